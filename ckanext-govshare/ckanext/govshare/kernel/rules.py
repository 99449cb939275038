"""The rules of the catalogue: form, API, Excel and harvest meet the same ones.

A rule is a pure function with a stable slug, a number of the fact base (V3 …) and a weight per profile.
`national` entries are made here: every rule refuses. `federated` entries come from portals of another
standard: what that standard cannot say only warns. The engine sets the profile, never a client.

What a rule must know beside the entry comes as `Facts` (uniqueness, existence, the published version);
a rule whose fact is not given says nothing.
"""

from __future__ import annotations

from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.codes import uscc_valid
from ckanext.govshare.kernel.findings import (
    FEDERATED,
    NATIONAL,
    PROFILES,
    RULES,
    Entry,
    Facts,
    Finding,
    Given,
    Rule,
    Severity,
    refused,
)
from ckanext.govshare.kernel.rules_facts import (
    system_known,
    v1_code_taken,
    v9_provider_uscc,
    v13_related_known,
    v18_stricter,
    v19_title_taken,
)
from ckanext.govshare.kernel.rules_form import (
    v2_class_parent,
    v6_format_type,
    v8_share_mode,
    v10_pub_date,
    v11_update_cycle,
    v13_related_codes,
    v16_lead_org,
)
from ckanext.govshare.kernel.rules_general import (
    required,
    too_long,
    unknown_code,
    v1_code_shape,
    v10_day,
    v15_plain_number,
    v19_title_form,
)
from ckanext.govshare.kernel.rules_items import (
    item_type_letter,
    standard_item_conflict,
    standard_item_unknown,
    v7_items,
    v14_item_names,
    v17_item_share,
)
from ckanext.govshare.kernel.rules_sharing import (
    basis_level,
    secrecy_wording,
    share_reason,
    v3_share_conditions,
    v4_share_and_open,
    v5_open_reason,
    v12_secret,
    v20_open_beyond_share,
)
from ckanext.govshare.kernel.text import blank

__all__ = [
    "FEDERATED",
    "NATIONAL",
    "PROFILES",
    "RULES",
    "Entry",
    "Facts",
    "Finding",
    "Rule",
    "Severity",
    "basis_level",
    "check",
    "check_entry",
    "check_facts",
    "check_organization",
    "item_type_letter",
    "refused",
    "required",
    "secrecy_wording",
    "share_reason",
    "standard_item_conflict",
    "standard_item_unknown",
    "system_known",
    "too_long",
    "unknown_code",
    "v1_code_shape",
    "v1_code_taken",
    "v2_class_parent",
    "v3_share_conditions",
    "v4_share_and_open",
    "v5_open_reason",
    "v6_format_type",
    "v7_items",
    "v8_share_mode",
    "v9_provider_uscc",
    "v10_day",
    "v10_pub_date",
    "v11_update_cycle",
    "v12_secret",
    "v13_related_codes",
    "v13_related_known",
    "v14_item_names",
    "v15_plain_number",
    "v16_lead_org",
    "v17_item_share",
    "v18_stricter",
    "v19_title_form",
    "v19_title_taken",
    "v20_open_beyond_share",
]

_ORGANIZATION_CODES = {"org_type": "机构类型", "region": "行政区划", "level": "层级"}


def check(
    package_type: str,
    entry: Entry,
    profile: str,
    codes: codelists.Codelists | None = None,
    facts: Facts | None = None,
) -> list[Finding]:
    """Apply every rule that holds for the type to an entry.

    :param package_type: a type that has a form, e.g. ``dataset``
    :param entry: its fields, as the YAML of the type names them; ``resources`` may be there
    :param profile: ``national`` or ``federated``
    :param codes: the code lists; the installed ones if not given
    :param facts: what lies beside the entry; rules that need more say nothing
    :returns: findings in the order of the rules, an empty list for a good entry
    :raises ValueError: an unknown profile
    :raises KeyError: the type has no form
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}")
    given = Given.of(package_type, codes, facts)
    return [
        finding
        for held in RULES.values()
        if held.holds_for(package_type)
        for finding in held.findings(entry, profile, given)
    ]


def check_facts(
    package_type: str,
    entry: Entry,
    profile: str,
    facts: Facts | None,
    codes: codelists.Codelists | None = None,
) -> list[Finding]:
    """What the rules find only because of the facts: for an entry that was checked alone before.

    :param facts: what lies beside the entry
    :returns: findings in the order of the rules
    """
    if facts is None:
        return []
    alone, beside = Given.of(package_type, codes), Given.of(package_type, codes, facts)
    asking = [held for held in RULES.values() if held.facts and held.holds_for(package_type)]
    known = {finding for held in asking for finding in held.findings(entry, profile, alone)}
    found = [finding for held in asking for finding in held.findings(entry, profile, beside)]
    return [finding for finding in found if finding not in known]


def check_entry(
    entry: Entry, profile: str, codes: codelists.Codelists | None = None, facts: Facts | None = None
) -> list[Finding]:
    """Apply every rule to a 信息资源; parameters and result as `check`."""
    return check("dataset", entry, profile, codes, facts)


def check_organization(
    organization: Entry, provides_data: bool = False, codes: codelists.Codelists | None = None
) -> list[Finding]:
    """Apply the rules on organisations: V9 and code values.

    :param organization: its fields, as schemas/organization.yaml names them
    :param provides_data: a body without a unified social credit code may exist, but not provide data
    :param codes: the code lists; the installed ones if not given
    """
    tables = codelists.installed() if codes is None else codes
    findings = list(_uscc(organization.get("uscc"), provides_data))
    for field, zh in _ORGANIZATION_CODES.items():
        value = organization.get(field)
        if value not in (None, "") and field in tables and value not in tables[field]:
            findings.append(
                Finding(
                    "unknown_code",
                    field,
                    f"“{zh}”的值“{value}”不在代码表中，请从代码表选择。",
                    f'The value "{value}" of {field} is not in the code list: choose one of the list.',
                )
            )
    return findings


def _uscc(code: object, provides_data: bool) -> list[Finding]:
    """V9. Digits 3 to 8 need not be the organisation's region: vertical administration, old region codes."""
    if blank(code):
        return [
            Finding(
                "uscc_missing",
                "uscc",
                "该机构没有统一社会信用代码，不能作为信息资源提供方；请补填18位代码。",
                "Without a unified social credit code the organisation cannot provide data: add the "
                "18 characters.",
                Severity.REFUSE if provides_data else Severity.WARN,
                "V9",
            )
        ]
    if not uscc_valid(code):
        return [
            Finding(
                "uscc",
                "uscc",
                f"统一社会信用代码“{code}”有误：应为18位大写字母和数字（不含I、O、S、V、Z），且末位校"
                "验码正确，请对照证书核对。",
                f'"{code}" is no unified social credit code: 18 digits and capital letters (no I, O, '
                "S, V, Z) whose last is the check character.",
                Severity.REFUSE,
                "V9",
            )
        ]
    if not str(code).startswith("1"):
        return [
            Finding(
                "uscc_registrar",
                "uscc",
                "统一社会信用代码首位不是“1”（机构编制部门登记），请确认该单位不是行政机关或事业单位。",
                "The code does not begin with 1 (registered by the staffing office): confirm that "
                "this is no government body.",
                Severity.WARN,
                "V9",
            )
        ]
    return []
