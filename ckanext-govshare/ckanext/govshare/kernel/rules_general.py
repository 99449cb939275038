"""Rules that ask nothing but the form of the type, so that they hold for every type alike.

Source of what must be filled in: 编制指南 (发改高技〔2017〕1272号) and the national import template.
The numbers (V1 …) are those of the project's fact base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import EVERY, Entry, Given, Problem, Severity, rule
from ckanext.govshare.kernel.forms import Field, empty
from ckanext.govshare.kernel.text import normal_title

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
FIRST_DAY = date(1949, 1, 1)


def title_of(item: Field) -> str:
    """Chinese name of a field as the Excel form says it."""
    return item.column or item.zh


def _weight(item: Field, what: str) -> Severity | None:
    return Severity(item.federated[what]) if what in item.federated else None


@rule("required", federated=Severity.WARN, types=EVERY)
def required(entry: Entry, given: Given) -> Iterator[Problem]:
    """The mandatory elements that apply, but for those that a rule of their own asks for."""
    for item in given.form.missing(entry):
        if "empty" not in item.own_rule:
            yield Problem(
                item.name,
                f"请填写“{title_of(item)}”，此项为必填项。",
                f'Fill in "{item.en}": it is mandatory.',
                _weight(item, "empty"),
            )


@rule("unknown_code", types=EVERY)
def unknown_code(entry: Entry, given: Given) -> Iterator[Problem]:
    """A coded field holds a value of its list. Below a parent that has none listed, any value will do."""
    for item in given.form.of_kind("choice"):
        value, table = entry.get(item.name), given.codes.get(item.codelist)
        if value in (None, "") or table is None or value in table or "code" in item.own_rule:
            continue
        if item.cascade_of and not table.children(str(entry.get(item.cascade_of) or "")):
            continue
        yield Problem(
            item.name,
            f"“{title_of(item)}”的值“{value}”不在代码表中，请从代码表选择。",
            f'The value "{value}" of {item.name} is not in the code list: choose one of the list.',
            _weight(item, "code"),
        )


@rule("too_long", "V19", federated=Severity.WARN, types=EVERY)
def too_long(entry: Entry, given: Given) -> Iterator[Problem]:
    """Texts keep to their lengths: a title of 50, a summary of 256 characters."""
    for item in given.form.fields:
        size = len(str(entry.get(item.name) or "")) if item.max_length else 0
        if size > item.max_length:
            yield Problem(
                item.name,
                f"“{title_of(item)}”不得超过{item.max_length}字，现为{size}字，请精简。",
                f"{item.name} has {size} characters, at most {item.max_length} are allowed: shorten it.",
            )
    rows = entry.get(given.form.items_name) if given.form.items_name else ()
    for position, row in enumerate(rows if isinstance(rows, list | tuple) else (), start=1):
        for item in given.form.items if isinstance(row, dict) else ():
            size = len(str(row.get(item.name) or "")) if item.max_length else 0
            if size > item.max_length:
                yield Problem(
                    given.form.items_name,
                    f"第{position}行的“{title_of(item)}”不得超过{item.max_length}字，现为{size}字，请精简。",
                    f"{item.name} of row {position} has {size} characters, at most {item.max_length} are "
                    "allowed: shorten it.",
                )


@rule("plain_number", "V15", federated=Severity.WARN, types=EVERY)
def v15_plain_number(entry: Entry, given: Given) -> Iterator[Problem]:
    """Numbers, those of the census too, are plain: digits, no unit, no separator; 0 if unknown."""
    for item in given.form.of_kind("number"):
        value = entry.get(item.name)
        if not empty(value) and (isinstance(value, bool) or not _NUMBER.fullmatch(str(value).strip())):
            yield Problem(
                item.name,
                f"“{title_of(item)}”应为数字，不带单位和千分位，例如“12.5”，不清楚的填0；现为“{value}”。",
                f'{item.name} is a plain number without unit such as 12.5, 0 if unknown; it reads "{value}".',
            )


def day_of(value: object) -> date | None:
    """The day that a text such as ``2026-03-31`` names, None if it names none."""
    try:
        return date.fromisoformat(str(value)) if _DAY.fullmatch(str(value)) else None
    except ValueError:
        return None


@rule("day", "V10", federated=Severity.WARN, types=EVERY)
def v10_day(entry: Entry, given: Given) -> Iterator[Problem]:
    """A date is a day between 1949 and today."""
    for item in given.form.of_kind("date"):
        value = entry.get(item.name)
        if empty(value) or "day" in item.own_rule:
            continue
        day = day_of(value)
        if day is None or not FIRST_DAY <= day <= clock.today():
            yield Problem(
                item.name,
                f"“{title_of(item)}”应为1949年以来、不晚于今天的日期，格式如“2026-03-31”；现为“{value}”。",
                f'{item.name} is a day between 1949 and today, such as 2026-03-31; it reads "{value}".',
            )


@rule("code_shape", "V1", types=EVERY)
def v1_code_shape(entry: Entry, given: Given) -> Iterator[Problem]:
    """A code has its shape and begins with the class of the entry. The server allots it."""
    spec = given.form.code
    code = entry.get(spec.field)
    if code in (None, ""):
        return
    if not spec.valid(code):
        yield Problem(
            spec.field,
            f"代码“{code}”不符合规定的格式，例如“{spec.example}”；代码由系统生成，请勿修改。",
            f'"{code}" is no code such as {spec.example}: codes are allotted by the system, do not edit them.',
        )
        return
    chosen = _class(entry, given)
    prefix = str(code).partition("/")[0]
    if not prefix.startswith(chosen):
        yield Problem(
            spec.field,
            f"信息资源代码的分类码“{prefix}”与所选分类“{chosen}”不一致，请核对分类；改变分类须经主管部"
            "门批准后重新编码。",
            f'The code begins with "{prefix}" but the class is "{chosen}": check the class; '
            "re-classification needs approval.",
        )


def _class(entry: Entry, given: Given) -> str:
    """The deepest level of the classification that the entry gives, if codes are made from one."""
    names = list(given.form.code.prefix)
    while names and given.form.field(names[-1]).cascade_of:
        names.append(given.form.field(names[-1]).cascade_of)
    return next((str(entry[name]) for name in names if entry.get(name)), "")


@rule("title_form", "V19", federated=Severity.WARN, types=EVERY)
def v19_title_form(entry: Entry, given: Given) -> Iterator[Problem]:
    """A title has no stray blanks, control or full-width Latin characters, which make false duplicates."""
    title = entry.get("title")
    if isinstance(title, str) and title.strip() and title != normal_title(title):
        yield Problem(
            "title",
            f"名称中有多余空格、控制字符或全角字母数字，请改为“{normal_title(title)}”。",
            f'The title has stray blanks, control or full-width characters: write "{normal_title(title)}".',
        )
