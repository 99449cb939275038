"""Rules on sharing, opening, secrecy and organisations, one behaviour a test."""

from __future__ import annotations

import pytest
from kernel_entries import CODES, CONDITIONAL, NOT_SHARED, found

from ckanext.govshare.kernel import rules
from ckanext.govshare.kernel.rules import FEDERATED, NATIONAL, Severity, check_organization

pytestmark = pytest.mark.usefixtures("march_2026")


# V3


@pytest.mark.parametrize("value", ["", None, "无", "  ", "无条件", "无条件共享"])
def test_v3_unconditional_share_has_no_condition(value):
    assert found(share_condition=value) == set()


def test_v3_unconditional_share_with_condition_is_refused():
    assert found(share_condition="仅限公安部门") == {("share_conditions", "share_condition", "refuse")}


def test_v3_conditional_share_with_condition_and_scope_passes():
    assert found(**CONDITIONAL) == set()


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("field", ["share_condition", "share_scope"])
@pytest.mark.parametrize("value", ["", None, " ", "无", "N/A"])
def test_v3_conditional_share_without_condition_or_scope_is_refused(profile, field, value):
    assert found(profile, **{**CONDITIONAL, field: value}) == {("share_conditions", field, "refuse")}


def test_v3_conditional_share_cannot_be_unconditional():
    assert found(**{**CONDITIONAL, "share_condition": "无条件"}) == {("share_conditions",
        "share_condition", "refuse")}


def test_v3_not_shared_with_basis_passes():
    assert found(**NOT_SHARED) == set()


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("value", ["", None, "无", "-"])
def test_v3_not_shared_without_basis_is_refused(profile, value):
    assert found(profile, **{**NOT_SHARED, "no_share_basis": value}) == {("share_conditions",
        "no_share_basis", "refuse")}


# V4


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("open_type", ["1", "2"])
def test_v4_not_shared_is_not_open(profile, open_type):
    slugs = {(slug, field) for slug, field,
        _ in found(profile, **{**NOT_SHARED, "open_type": open_type, "open_condition": "x"})}
    assert ("share_and_open", "open_type") in slugs
    assert ("open_beyond_share", "share_type") in slugs


def test_v4_not_open_entry_has_no_file_for_the_public():
    resources = [{"audience": "share"}, {"audience": "open"}]
    assert found(**NOT_SHARED, resources=resources) == {("share_and_open", "resources", "refuse")}
    assert found(**NOT_SHARED, resources=resources[:1]) == set()
    assert found(resources=resources) == set()


# V5


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("value", ["", None, "无", "None", "null"])
def test_v5_conditional_opening_needs_its_condition(profile, value):
    assert found(profile, **{**CONDITIONAL, "open_condition": value}) == {("open_reason",
        "open_condition", "refuse")}


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("value", ["", None, "无", "None", "null"])
def test_v5_not_open_needs_its_reason(profile, value):
    assert found(profile, **{**NOT_SHARED, "no_open_reason": value}) == {("open_reason", "no_open_reason",
        "refuse")}


# V20: the whole square of share and open types


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("share", ["1", "2", "3"])
@pytest.mark.parametrize("opening", ["1", "2", "3"])
def test_v20_public_gets_nothing_that_departments_are_refused(profile, share, opening):
    entry = {"share_type": share, "open_type": opening}
    allowed = {("1", "1"), ("1", "2"), ("1", "3"), ("2", "2"), ("2", "3"), ("3", "3")}
    findings = rules.v20_open_beyond_share(entry, profile, CODES)
    assert (not findings) == ((share, opening) in allowed)
    assert all(finding.severity is Severity.REFUSE for finding in findings)


# V9


def organization(uscc, **more):
    return {"title": "演示市交通运输局", "uscc": uscc, **more}


def test_v9_right_code_passes():
    assert check_organization(organization("11330283002982634F", org_type="agency", region="990100",
        level="3"), True, CODES) == []


@pytest.mark.parametrize("code",
    ["11330283002982634E", "11330283002982634f", "113302830029826", "11330283002982634F "])
def test_v9_wrong_code_is_refused(code):
    [finding] = check_organization(organization(code), codes=CODES)
    assert (finding.slug, finding.severity, finding.number) == ("uscc", Severity.REFUSE, "V9")


def test_v9_other_registrar_only_warns():
    [finding] = check_organization(organization("91350100M000100Y43"), True, CODES)
    assert (finding.slug, finding.severity) == ("uscc_registrar", Severity.WARN)


def test_v9_body_without_code_may_exist_but_not_provide():
    assert check_organization(organization(""), False, CODES)[0].severity is Severity.WARN
    assert check_organization(organization(None), True, CODES)[0].severity is Severity.REFUSE


def test_organization_codes_are_of_their_lists():
    findings = check_organization(organization("11330283002982634F", org_type="bureau", region="000000",
        level="9"), codes=CODES)
    assert {finding.field for finding in findings} == {"org_type", "region", "level"}


# secrecy


@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
@pytest.mark.parametrize("value", ["1", 1, True, "是", "涉密"])
def test_v12_secrets_stay_out(profile, value):
    assert found(profile, secret=value) == {("secret", "secret", "refuse")}


@pytest.mark.parametrize("value", ["0", 0, False, None, "", "否"])
def test_v12_what_is_no_secret_passes(value):
    assert found(secret=value) == set()


@pytest.mark.parametrize("words",
    ["含国家秘密", "Classified for national defense", "a secret list", "内部资料，请勿外传"])
def test_wording_of_secrecy_puts_it_before_a_person(words):
    assert found(FEDERATED, notes=words) == {("secrecy_wording", "notes", "warn")}


@pytest.mark.parametrize("words",
    ["Secretary of the Treasury", "非涉密信息资源", "classified by ZIP code", "内部部门名称"])
def test_innocent_wording_passes(words):
    assert found(FEDERATED, notes=words) == set()


@pytest.mark.parametrize("words",
    ["本数据不涉及国家秘密、工作秘密和商业秘密", "无涉密内容", "Measures that promote national security"])
def test_a_denial_or_an_interest_is_no_wording_of_secrecy(words):
    assert found(FEDERATED, notes=words) == set()


@pytest.mark.parametrize("reason", ["涉及商业秘密", "National defense or foreign policy", "trade secrets"])
def test_a_reason_not_to_open_is_no_wording_of_secrecy(reason):
    assert found(**{**NOT_SHARED, "no_open_reason": reason}) == set()


@pytest.mark.parametrize("reason", ["属于国家秘密", "机密级", "authorized to be kept secret in the interest of …"])
def test_what_says_that_it_is_kept_secret_comes_before_a_person_though_it_is_not_open(reason):
    assert found(**{**NOT_SHARED, "no_open_reason": reason}) == {("secrecy_wording", "no_open_reason", "warn")}


def test_wording_of_secrecy_is_found_in_items_and_files():
    assert found(FEDERATED, resources=[{"name": "绝密附件.xlsx", "audience": "share"}]) == {
        ("secrecy_wording", "resources", "warn")
    }
