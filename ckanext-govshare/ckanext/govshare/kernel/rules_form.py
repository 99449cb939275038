"""Rules on the form of an entry: what must be filled in, codes, lengths, items, format, date, title.

A portal of another standard cannot say most of this, so most of it only warns in the federated profile.
Source: 编制指南 (发改高技〔2017〕1272号) and the national import template.
The numbers (V1 …) are those of the project's fact base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codelists import Codelists
from ckanext.govshare.kernel.codes import code_valid
from ckanext.govshare.kernel.findings import Entry, Problem, Severity, rule
from ckanext.govshare.kernel.rules_sharing import NOT_SHARED
from ckanext.govshare.kernel.text import blank, normal_title

# (field, Chinese name, English name, needed in the federated profile as well)
REQUIRED = (
    ("title", "信息资源名称", "title", True),
    ("owner_org", "信息资源提供方", "providing organisation", True),
    ("share_type", "共享类型", "share type", True),
    ("open_type", "是否向社会开放", "open type", True),
    ("notes", "信息资源摘要", "summary", False),
    ("class_lei", "信息资源分类（类）", "class (lei)", False),
    ("class_xiang", "信息资源分类（项）", "class (xiang)", False),
    ("class_mu", "信息资源分类（目）", "class (mu)", False),
    ("format_class", "信息资源格式分类", "format class", False),
    ("format_type", "信息资源格式类型", "format type", False),
    ("update_cycle", "更新周期", "update cycle", False),
    ("pub_date", "发布日期", "publication date", False),
)
CODED = {
    "class_lei": "信息资源分类（类）",
    "class_xiang": "信息资源分类（项）",
    "format_class": "信息资源格式分类",
    "format_type": "信息资源格式类型",
    "share_type": "共享类型",
    "share_mode": "共享方式分类",
    "share_mode_type": "共享方式类型",
    "open_type": "是否向社会开放",
    "open_domain": "开放领域",
}
LENGTHS = {  # characters
    "title": ("信息资源名称", 50),
    "notes": ("信息资源摘要", 256),
    "share_condition": ("共享条件", 500),
    "share_scope": ("共享范围", 500),
    "no_share_basis": ("不予共享依据", 500),
    "open_condition": ("开放条件", 500),
    "no_open_reason": ("不予开放理由", 500),
    "format_desc": ("其他类型资源格式描述", 500),
    "provider_unit": ("提供方内部部门", 100),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLASS_FIELDS = ("class_lei", "class_xiang", "class_mu", "class_ximu")
_CLASS_SHAPE = {"class_mu": re.compile(r"[123][0-9]{5}"), "class_ximu": re.compile(r"[123][0-9]{6,}")}
_ELECTRONIC, _SPREADSHEET, _DATABASE, _SELF_DESCRIBING, _SERVICE = "1", "2", "3", "6", "7"
_BY_PLATFORM = "1"
# Through the platform a database goes as table or interface, a service as interface, the rest as files.
_MODES = {_ELECTRONIC: "2", _SPREADSHEET: "2", _DATABASE: "13", "4": "2", "5": "2", _SERVICE: "3"}


@rule("required", federated=Severity.WARN)
def required(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """The mandatory elements."""
    for field, zh, en, always in REQUIRED:
        value = entry.get(field)
        if value is None or not str(value).strip():
            severity = Severity.REFUSE if always else None
            zh_text = f"请填写“{zh}”，此项为必填项。"
            yield Problem(field, zh_text, f"Fill in the {en}: it is mandatory.", severity)


@rule("unknown_code")
def unknown_code(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """A coded field holds a value of its list."""
    for field, zh in CODED.items():
        value = entry.get(field)
        if value in (None, "") or field not in codes or value in codes[field]:
            continue
        severity = Severity.WARN if field.startswith(("class_", "format_")) else None
        yield Problem(
            field,
            f"“{zh}”的值“{value}”不在代码表中，请从代码表选择。",
            f'The value "{value}" of {field} is not in the code list: choose one of the list.',
            severity,
        )


@rule("too_long", "V19", federated=Severity.WARN)
def too_long(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """Texts keep to their lengths: a title of 50, a summary of 256 characters."""
    for field, (zh, limit) in LENGTHS.items():
        size = len(str(entry.get(field) or ""))
        if size > limit:
            yield Problem(
                field,
                f"“{zh}”不得超过{limit}字，现为{size}字，请精简。",
                f"{field} has {size} characters, at most {limit} are allowed: shorten it.",
            )


@rule("code_shape", "V1")
def v1_code_shape(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """A resource code has its shape and begins with the class of the entry. The server allots it."""
    code = entry.get("resource_code")
    if code in (None, ""):
        return
    if not code_valid(code):
        yield Problem(
            "resource_code",
            f"信息资源代码“{code}”不符合“分类码/顺序码”的格式，例如“307001004/0007”；代码由系统生成，"
            "请勿修改。",
            f'"{code}" is no resource code such as 307001004/0007: codes are allotted by the system, '
            'do not edit them.',
        )
        return
    chosen = next((str(entry[field]) for field in reversed(_CLASS_FIELDS) if entry.get(field)), "")
    prefix = str(code).partition("/")[0]
    if not prefix.startswith(chosen):
        yield Problem(
            "resource_code",
            f"信息资源代码的分类码“{prefix}”与所选分类“{chosen}”不一致，请核对分类；改变分类须经主管部"
            "门批准后重新编码。",
            f'The code begins with "{prefix}" but the class is "{chosen}": check the class; '
            're-classification needs approval.',
        )


@rule("class_parent", "V2", federated=Severity.WARN)
def v2_class_parent(entry: Entry, codes: Codelists) -> Iterator[Problem]:
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
                'choose one of its children.',
            )
        above, above_value = field, value


@rule("format_type", "V6", federated=Severity.WARN)
def v6_format_type(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """The format type belongs to the format class; a self-describing format is described."""
    kind, name = entry.get("format_class"), entry.get("format_type")
    known = codes["format_type"].get(name) if "format_type" in codes else None
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
def v8_share_mode(entry: Entry, codes: Codelists) -> Iterator[Problem]:
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
def v10_pub_date(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """The publication date is a day between 1949 and today."""
    value = entry.get("pub_date")
    if value in (None, ""):
        return
    try:
        day = date.fromisoformat(str(value)) if _DAY.fullmatch(str(value)) else None
    except ValueError:
        day = None
    if day is None:
        yield Problem(
            "pub_date",
            f"发布日期“{value}”不是有效日期，请按“2026-03-31”的格式填写。",
            f'"{value}" is no valid date: write it as 2026-03-31.',
        )
    elif not date(1949, 1, 1) <= day <= clock.today():
        yield Problem(
            "pub_date",
            f"发布日期“{value}”应不早于1949年、不晚于今天，请核对。",
            f"The publication date {value} must not lie before 1949 or after today: check it.",
        )


@rule("update_cycle", "V11")
def v11_update_cycle(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """The update cycle is one of the list, because overdue is counted from it."""
    value = entry.get("update_cycle")
    if value not in (None, "") and "update_cycle" in codes and value not in codes["update_cycle"]:
        yield Problem(
            "update_cycle",
            f"更新周期“{value}”不在代码表中，请选择实时、每日、每周、每月、每季度、每半年、每年或其他。",
            f'The update cycle "{value}" is not in the code list: choose one of it.',
        )


@rule("related_codes", "V13")
def v13_related_codes(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """Related codes have the shape of one. Whether they exist is asked by the catalogue."""
    related = entry.get("related_codes") or ()
    for code in related if isinstance(related, (list, tuple)) else (related,):
        if not code_valid(code):
            yield Problem(
                "related_codes",
                f"关联资源代码“{code}”不是有效的信息资源代码，请核对。",
                f'The related code "{code}" is no resource code: check it.',
            )


@rule("title_form", "V19", federated=Severity.WARN)
def v19_title_form(entry: Entry, codes: Codelists) -> Iterator[Problem]:
    """A title has no stray blanks, control or full-width Latin characters, which make false duplicates."""
    title = entry.get("title")
    if isinstance(title, str) and title.strip() and title != normal_title(title):
        yield Problem(
            "title",
            f"名称中有多余空格、控制字符或全角字母数字，请改为“{normal_title(title)}”。",
            f'The title has stray blanks, control or full-width characters: write "{normal_title(title)}".',
        )
