"""Rules on the form of an information resource: class, format, delivery, dates, related codes, lead.

A portal of another standard cannot say most of this, so most of it only warns in the federated profile.
Source: 编制指南 (发改高技〔2017〕1272号) and the national import template.
The numbers (V1 …) are those of the project's fact base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codes import code_valid
from ckanext.govshare.kernel.findings import Entry, Given, Problem, Severity, rule
from ckanext.govshare.kernel.rules_general import FIRST_DAY, day_of
from ckanext.govshare.kernel.rules_sharing import NOT_SHARED
from ckanext.govshare.kernel.text import blank

_CLASS_FIELDS = ("class_lei", "class_xiang", "class_mu", "class_ximu")
_CLASS_SHAPE = {"class_mu": re.compile(r"[123][0-9]{5}"), "class_ximu": re.compile(r"[123][0-9]{6,}")}
_ELECTRONIC, _SPREADSHEET, _DATABASE, _SELF_DESCRIBING, _SERVICE = "1", "2", "3", "6", "7"
_BY_PLATFORM = "1"
# Through the platform a database goes as table or interface, a service as interface, the rest as files.
_MODES = {_ELECTRONIC: "2", _SPREADSHEET: "2", _DATABASE: "13", "4": "2", "5": "2", _SERVICE: "3"}


@rule("class_parent", "V2", federated=Severity.WARN)
def v2_class_parent(entry: Entry, given: Given) -> Iterator[Problem]:
    """Each level of the classification is a child of the level above, by its digits."""
    above, above_value = "", ""
    for field in _CLASS_FIELDS:
        value = str(entry.get(field) or "")
        if not value:
            continue
        shape = _CLASS_SHAPE.get(field)
        if not value.startswith(above_value) or (shape and not shape.fullmatch(value)):
            yield Problem(
                field,
                f"分类“{value}”不属于上级分类“{above_value}”，请在上级分类之下重新选择。",
                f'{field} "{value}" does not lie below {above or "its parent"} "{above_value}": '
                "choose one of its children.",
            )
        above, above_value = field, value


@rule("format_type", "V6", federated=Severity.WARN)
def v6_format_type(entry: Entry, given: Given) -> Iterator[Problem]:
    """The format type belongs to the format class; a self-describing format is described."""
    kind, name = entry.get("format_class"), entry.get("format_type")
    known = given.codes["format_type"].get(name) if "format_type" in given.codes else None
    if known and kind and known.parent and known.parent != kind:
        yield Problem(
            "format_type",
            f"格式类型“{name}”不属于所选格式分类，请重新选择格式分类或格式类型。",
            f'Format type "{name}" does not belong to format class {kind}: choose another class or type.',
        )
    if kind == _SELF_DESCRIBING and blank(entry.get("format_desc")):
        yield Problem(
            "format_desc",
            "格式分类为“自描述格式”，请填写其他类型资源格式描述，说明如何读取。",
            "The format is self-describing: describe it, so that others can read it.",
        )


@rule("share_mode", "V8", federated=Severity.WARN)
def v8_share_mode(entry: Entry, given: Given) -> Iterator[Problem]:
    """How it is delivered is said, and fits the format."""
    if entry.get("share_type") in (None, "", NOT_SHARED):
        return
    mode, kind = entry.get("share_mode"), entry.get("share_mode_type")
    if mode in (None, ""):
        yield Problem("share_mode", "请选择共享方式分类。", "Choose how the data are shared.")
        return
    if mode == _BY_PLATFORM and kind in (None, ""):
        yield Problem(
            "share_mode_type",
            "通过共享平台共享的，请选择共享方式类型（数据库、文件或接口）。",
            "Shared through the platform: choose whether as a database, a file or an interface.",
        )
        return
    fitting = _MODES.get(str(entry.get("format_class")))
    if mode == _BY_PLATFORM and fitting and kind not in tuple(fitting):
        yield Problem(
            "share_mode_type",
            "共享方式类型与格式分类不符：数据库类选择“数据库”或“接口”，服务接口选择“接口”，其他选择“文件”。",
            "The delivery does not fit the format: a database goes as database or interface, a "
            "service as interface, the rest as files.",
        )


@rule("pub_date", "V10", federated=Severity.WARN)
def v10_pub_date(entry: Entry, given: Given) -> Iterator[Problem]:
    """The publication date is a day between 1949 and today."""
    value = entry.get("pub_date")
    if value in (None, ""):
        return
    day = day_of(value)
    if day is None:
        yield Problem(
            "pub_date",
            f"发布日期“{value}”不是有效日期，请按“2026-03-31”的格式填写。",
            f'"{value}" is no valid date: write it as 2026-03-31.',
        )
    elif not FIRST_DAY <= day <= clock.today():
        yield Problem(
            "pub_date",
            f"发布日期“{value}”应不早于1949年、不晚于今天，请核对。",
            f"The publication date {value} must not lie before 1949 or after today: check it.",
        )


@rule("update_cycle", "V11")
def v11_update_cycle(entry: Entry, given: Given) -> Iterator[Problem]:
    """The update cycle is one of the list, because overdue is counted from it."""
    value = entry.get("update_cycle")
    if value not in (None, "") and "update_cycle" in given.codes and value not in given.codes["update_cycle"]:
        yield Problem(
            "update_cycle",
            f"更新周期“{value}”不在代码表中，请选择实时、每日、每周、每月、每季度、每半年、每年或其他。",
            f'The update cycle "{value}" is not in the code list: choose one of it.',
        )


def related_codes(entry: Entry) -> tuple[object, ...]:
    """The related codes of an entry, however they are given."""
    related = entry.get("related_codes") or ()
    return tuple(related) if isinstance(related, list | tuple) else (related,)


@rule("related_codes", "V13")
def v13_related_codes(entry: Entry, given: Given) -> Iterator[Problem]:
    """Related codes have the shape of one. Whether they exist is `related_known`."""
    for code in related_codes(entry):
        if not code_valid(code):
            yield Problem(
                "related_codes",
                f"关联资源代码“{code}”不是有效的信息资源代码，请核对。",
                f'The related code "{code}" is no resource code: check it.',
            )


@rule("lead_org", "V16", federated=Severity.WARN, facts=True)
def v16_lead_org(entry: Entry, given: Given) -> Iterator[Problem]:
    """Base and theme resources name the department that leads them; it is an organisation of this site."""
    item = given.form.field("lead_org")
    if not given.form.applies(item, entry):
        return
    lead = entry.get(item.name)
    if blank(lead):
        yield Problem(
            item.name,
            "基础信息资源、主题信息资源由多部门共建，请填写牵头部门。",
            "Base and theme resources are built by several departments: name the one that leads.",
        )
    elif given.facts.organizations is not None and str(lead) not in given.facts.organizations:
        yield Problem(
            item.name,
            f"牵头部门“{lead}”不是本平台登记的单位，请从单位列表中选择。",
            f'The lead department "{lead}" is no organization of this site: choose one of the list.',
        )
