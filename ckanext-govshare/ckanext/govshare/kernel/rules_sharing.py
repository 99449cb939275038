"""Rules on sharing, opening and secrecy. They refuse in both profiles: no standard excuses their absence.

Sources: 编制指南 (发改高技〔2017〕1272号), 国发〔2016〕51号, 政务数据共享条例 (国务院令第809号).
The numbers (V3 …) are those of the project's fact base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.govshare.kernel.findings import Entry, Given, Problem, Severity, rule
from ckanext.govshare.kernel.text import blank

UNCONDITIONAL, CONDITIONAL, NOT_SHARED = "1", "2", "3"
OPEN, OPEN_ON_CONDITION, NOT_OPEN = "1", "2", "3"

_UNCONDITIONAL_WORDS = ("无条件", "无条件共享", "unconditional")
_KIND = "(?:国家|工作|商业)?秘密"
_DENIAL = re.compile(
    rf"(?:[非不无未]|没有)涉密|(?:非|不|未|无|没有)(?:涉及|属于?|包含|含有?|是)?{_KIND}(?:(?:[、，]|[和或与及])*{_KIND})*"
)
_SECRECY = re.compile(
    r"国家秘密|工作秘密|商业秘密|绝密|机密|秘密|涉密|内部(?:资料|使用|文件|掌握|信息)|仅限内部"
    r"|national defen[cs]e|(?:interests?|reasons?|grounds?) of national security|\bsecret\b"
    r"|for official use only|internal use only",
    re.IGNORECASE,
)
# What does not reach the public waits only where it says of itself that it is a secret of state or of work: those
# enter no portal (条例809 第三条). Trade secrets and privacy are good reasons not to open, and so is an interest.
_KEPT_SECRET = re.compile(
    r"国家秘密|工作秘密|绝密|机密|涉密|\bkept secret\b|\btop[ -]secret\b|\bclassified as secret\b",
    re.IGNORECASE,
)
_SECRECY_FIELDS = (
    *("title", "notes", "open_condition", "no_open_reason", "share_condition", "no_share_basis"),
    *("tag_string", "info_items", "resources"),
)


def _no_condition(value: object) -> bool:
    return blank(value) or (isinstance(value, str) and value.strip().casefold() in _UNCONDITIONAL_WORDS)


@rule("share_conditions", "V3")
def v3_share_conditions(entry: Entry, given: Given) -> Iterator[Problem]:
    """有条件共享 needs scope and condition, 不予共享 its basis, 无条件共享 has no condition."""
    share = entry.get("share_type")
    if share == UNCONDITIONAL and not _no_condition(entry.get("share_condition")):
        yield Problem(
            "share_condition",
            "共享类型为“无条件共享”，共享条件应留空或填写“无条件”；确有条件的，请将共享类型改为“有条"
            "件共享”。",
            "The share type is unconditional: leave the condition empty, or change the share type to "
            "conditional.",
        )
    if share == CONDITIONAL and _no_condition(entry.get("share_condition")):
        yield Problem(
            "share_condition",
            "共享类型为“有条件共享”，请填写共享条件：哪些部门、为何种用途可以使用。",
            "The share type is conditional: state the condition (which departments may use it, and "
            "for what).",
        )
    if share == CONDITIONAL and blank(entry.get("share_scope")):
        yield Problem(
            "share_scope",
            "共享类型为“有条件共享”，请填写共享范围，例如“全市政务部门”。",
            "The share type is conditional: state the scope, for example all departments of the city.",
        )
    if share == NOT_SHARED and blank(entry.get("no_share_basis")):
        yield Problem(
            "no_share_basis",
            "共享类型为“不予共享”，请填写不予共享依据：法律、行政法规或党中央、国务院政策的名称和条款。",
            "The share type is not shared: name the law, regulation or policy, with its article, "
            "that forbids it.",
        )


@rule("share_reason", national=Severity.WARN, federated=None)
def share_reason(entry: Entry, given: Given) -> Iterator[Problem]:
    """Unconditional sharing is the default; who deviates from it says why (国发〔2016〕51号, 按需共享)."""
    if entry.get("share_type") == CONDITIONAL and blank(entry.get("share_reason")):
        yield Problem(
            "share_reason",
            "政务信息资源以无条件共享为原则；请说明不能无条件共享的理由，例如含有个人信息。",
            "Sharing is unconditional by default: say what speaks against it, for example personal data.",
        )


@rule("basis_level", "V3", national=Severity.WARN, federated=None)
def basis_level(entry: Entry, given: Given) -> Iterator[Problem]:
    """The basis for not sharing is of a level that the law in force accepts; a lower one is listed for the office."""
    level = entry.get("no_share_basis_level")
    if entry.get("share_type") != NOT_SHARED or (level and level not in given.codes["basis_level"]):
        return
    if blank(level):
        yield Problem(
            "no_share_basis_level",
            "请选择不予共享依据的层级，例如法律、行政法规。",
            "Choose the level of the basis for not sharing, for example law or administrative regulation.",
        )
    elif level not in given.law.basis_levels:
        found = given.codes["basis_level"].get(level)
        yield Problem(
            "no_share_basis_level",
            f"“{given.law.zh}”不接受以“{found.zh}”作为不予共享的依据，请补充更高层级的依据，或调整共享类型；该资"
            "源将列入主管部门核查清单。",
            f'"{given.law.en}" does not accept the level "{found.en}" as a basis for not sharing: name one of a '
            "higher level, or change the share type. The entry is listed for the office.",
        )


@rule("share_and_open", "V4")
def v4_share_and_open(entry: Entry, given: Given) -> Iterator[Problem]:
    """What is not shared is not opened either; what is not opened has no file for the public."""
    not_shared = entry.get("share_type") == NOT_SHARED
    if not_shared and not blank(entry.get("open_type")) and entry.get("open_type") != NOT_OPEN:
        yield Problem(
            "open_type",
            "共享类型为“不予共享”的信息资源不得向社会开放，请将开放类型改为“不予开放”，或重新核定共享类型。",
            "What is not shared with departments is not opened to the public: set the open type to not open.",
        )
    if not_shared or entry.get("open_type") == NOT_OPEN:
        resources = entry.get("resources") or ()
        if any(isinstance(item, dict) and item.get("audience") == "open" for item in resources):
            yield Problem(
                "resources",
                "该信息资源不予开放，但挂接了面向社会的文件；请先将文件的使用对象改为“共享”，或移除该文件。",
                "The entry is not open but carries a file for the public: set the file's audience to "
                "share, or remove it.",
            )


@rule("open_reason", "V5")
def v5_open_reason(entry: Entry, given: Given) -> Iterator[Problem]:
    """有条件开放 needs its condition, 不予开放 its reason."""
    kind = entry.get("open_type")
    if kind == OPEN_ON_CONDITION and _no_condition(entry.get("open_condition")):
        yield Problem(
            "open_condition",
            "开放类型为“有条件开放”，但没有开放条件；请写明谁、在什么条件下可以申请使用。",
            "The open type is conditional but no condition is given: state who may apply, and on what terms.",
        )
    if kind == NOT_OPEN and blank(entry.get("no_open_reason")):
        yield Problem(
            "no_open_reason",
            "开放类型为“不予开放”，但没有说明理由；请写明不予开放的理由和依据。",
            "The open type is not open but no reason is given: state the reason and its basis.",
        )


@rule("secret", "V12")
def v12_secret(entry: Entry, given: Given) -> Iterator[Problem]:
    """State secrets and work secrets never enter this portal (条例809 第三条)."""
    value = entry.get("secret")
    if value is True or str(value or "").strip().casefold() in ("1", "true", "yes", "是", "涉密"):
        yield Problem(
            "secret",
            "涉及国家秘密、工作秘密的信息资源不得进入本平台，请撤回并按保密规定管理。",
            "State secrets and work secrets must not enter this portal: withdraw the entry and "
            "handle it as the rules on secrecy say.",
        )


@rule("open_beyond_share", "V20")
def v20_open_beyond_share(entry: Entry, given: Given) -> Iterator[Problem]:
    """The public is never given what a department is refused or must ask for."""
    share, kind = entry.get("share_type"), entry.get("open_type")
    if kind == OPEN and share != UNCONDITIONAL:
        yield Problem(
            "share_type",
            "无条件向社会开放的信息资源，对部门也应无条件共享；请将共享类型改为“无条件共享”，或收紧开"
            "放类型。",
            "What is open to everyone is shared unconditionally too: set the share type to "
            "unconditional, or restrict the opening.",
        )
    if kind == OPEN_ON_CONDITION and share == NOT_SHARED:
        yield Problem(
            "share_type",
            "有条件开放的信息资源不能对部门“不予共享”；请调整共享类型，或将开放类型改为“不予开放”。",
            "What the public may apply for cannot be refused to departments: change the share type, "
            "or set the open type to not open.",
        )


@rule("secrecy_wording", "V12", national=Severity.WARN, federated=Severity.WARN)
def secrecy_wording(entry: Entry, given: Given) -> Iterator[Problem]:
    """Wording of secrecy in what would reach the public, or in what says that it is kept secret.

    The engine puts such a record before a person (`exchange.plan`); a denial ("不涉及国家秘密") is no wording.
    """
    pattern = _KEPT_SECRET if entry.get("open_type") == NOT_OPEN else _SECRECY
    for field in _SECRECY_FIELDS:
        found = pattern.search(_DENIAL.sub("", "\n".join(_words(entry.get(field)))))
        if found:
            yield Problem(
                field,
                f"文字中出现“{found.group(0)}”，公开前须由人工完成保密审查。",
                f'The text says "{found.group(0)}": a person has to review it for secrecy before it is public.',
            )


def _words(value: object) -> Iterator[str]:
    """The texts of a field: of a table, those that people wrote."""
    rows = value if isinstance(value, list | tuple) else [value]
    for row in rows:
        if isinstance(row, dict):
            yield from (str(row[name]) for name in ("name", "description") if row.get(name))
        elif row:
            yield str(row)
