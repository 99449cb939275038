"""Rules that look beyond the entry. Whoever has a database gathers the facts; without them these rules are silent.

The numbers (V1 …) are those of the project's fact base.
"""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.govshare.kernel.codes import code_valid, uscc_valid
from ckanext.govshare.kernel.findings import EVERY, Entry, Given, Problem, Severity, rule
from ckanext.govshare.kernel.rules_form import related_codes
from ckanext.govshare.kernel.text import blank, title_key

_LEVELS = ("1", "2", "3")  # of sharing and of opening, from free to closed


@rule("code_taken", "V1", types=EVERY, facts=True)
def v1_code_taken(entry: Entry, given: Given) -> Iterator[Problem]:
    """No two entries bear one code, past codes included."""
    field = given.form.code.field
    code = entry.get(field)
    if isinstance(code, str) and code in (given.facts.taken_codes or ()):
        yield Problem(
            field,
            f"代码“{code}”已属于另一条目；代码由系统生成，新增的请留空。",
            f'The code "{code}" belongs to another entry: codes are allotted by the system, leave it empty.',
        )


@rule("title_taken", "V19", types=EVERY, facts=True)
def v19_title_taken(entry: Entry, given: Given) -> Iterator[Problem]:
    """A provider has no two entries of one title, blanks, width and case aside."""
    title = entry.get("title")
    if given.facts.titles is None or not isinstance(title, str) or not title.strip():
        return
    other = given.facts.titles.get(title_key(title))
    if other is not None:
        yield Problem(
            "title",
            f"本部门已有同名条目（{other}），请核对是否重复编目；确属不同的，请在名称中写明区别。",
            f"The provider has an entry of this title ({other}): is it the same? If not, say the "
            "difference in the title.",
        )


@rule("related_known", "V13", federated=Severity.WARN, facts=True)
def v13_related_known(entry: Entry, given: Given) -> Iterator[Problem]:
    """Related codes are those of entries that exist."""
    if given.facts.known_codes is None:
        return
    for code in related_codes(entry):
        if code_valid(code) and code not in given.facts.known_codes:
            yield Problem(
                "related_codes",
                f"关联资源代码“{code}”在目录中不存在，请核对，或待其发布后再关联。",
                f'No entry has the related code "{code}": check it, or relate it when it is published.',
            )


@rule("stricter", "V18", federated=Severity.WARN, facts=True)
def v18_stricter(entry: Entry, given: Given) -> Iterator[Problem]:
    """What was shared or opened is made stricter only with the office's consent (山东省公共数据开放办法)."""
    before = given.facts.before
    if before is None or given.facts.office_consents:
        return
    for field, zh, en in (("share_type", "共享", "sharing"), ("open_type", "开放", "opening")):
        old, new = before.get(field), entry.get(field)
        if old in _LEVELS and new in _LEVELS and new > old:
            yield Problem(
                field,
                f"{zh}类型改得更严格，须经主管部门同意；请提交主管部门审核。",
                f"The {en} becomes stricter than what is published: the office has to consent, submit it "
                "for its review.",
            )


@rule("provider_uscc", "V9", national=Severity.WARN, federated=None, types=EVERY, facts=True)
def v9_provider_uscc(entry: Entry, given: Given) -> Iterator[Problem]:
    """The provider has a valid unified social credit code (GB 32100-2015): without one it should not provide data."""
    code = given.facts.provider_uscc
    if code is None or uscc_valid(code):
        return
    yield Problem(
        "owner_org",
        "提供方没有有效的统一社会信用代码，请先在单位信息中补填18位代码。",
        "The provider has no valid unified social credit code: add the 18 characters to the organization first.",
    )


@rule("system_known", national=Severity.WARN, federated=None, facts=True)
def system_known(entry: Entry, given: Given) -> Iterator[Problem]:
    """The source system is registered as an information system."""
    system = entry.get("source_system")
    if given.facts.systems is None or blank(system) or str(system).strip() in given.facts.systems:
        return
    yield Problem(
        "source_system",
        f"政务信息系统“{system}”尚未登记，请从已登记的系统中选择，或先登记该系统。",
        f'The information system "{system}" is not registered: choose one that is, or register it.',
    )
