"""Cells as values of a form, and back: labels and codes, dates, lists, the words that mean nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from ckanext.govshare.kernel.codelists import Codelists, CodeTable
from ckanext.govshare.kernel.forms import Field
from ckanext.govshare.kernel.rules_items import item_type_letter
from ckanext.govshare.kernel.text import blank

NO_UNIT = "无相关内部部门"  # what the guide wants to be written where there is no unit
_SEPARATORS = re.compile(r"[\n、,，;；]+")
_LOOSE = re.compile(r"[\s\-—–:：、.．_()（）]+")
_DAY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
_SERIAL = re.compile(r"[1-9][0-9]{4}")
_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's dates
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(\.[0-9]+)?")
_LENGTH_COMMA = re.compile(r"(?<=[0-9])，\s*(?=[0-9])")
_TAG = re.compile(r"[\w\-. ]{2,100}")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_URL = re.compile(r"https?://[^\s/]+\S*")
_LISTED = 12  # labels that a message names


@dataclass(eq=False)
class WrongError(ValueError):
    """A cell that is no value of its column.

    :param slug: stable name of the reason
    """

    slug: str
    zh: str
    en: str


def value_of(
    field: Field, text: str, codes: Codelists, parent: str = "", licences: Mapping[str, str] | None = None
) -> Any:
    """The value that a cell means.

    :param text: the cell as text
    :param parent: value of the field that the codes of this one depend on
    :param licences: title of a licence → its id
    :returns: text, or a list of texts for a field of lists; empty when the cell says nothing
    :raises WrongError: the cell says something that the column cannot hold
    """
    if not text or _says_nothing(field, text):
        return [] if field.kind == "list" else ""
    if _UNSTORABLE.search(text):
        raise WrongError(
            "characters",
            "单元格含有不可见的控制字符，无法保存，请重新输入。",
            "The cell holds control characters that cannot be stored: type it again.",
        )
    reader = _READERS.get(field.kind)
    if field.kind == "choice" and field.codelist in codes:
        return choice(codes[field.codelist], text, parent)
    if field.kind == "licence":
        return (licences or {}).get(loose(text), text)
    if reader is not None:
        return reader(text)
    if field.name.endswith("_url") and not _URL.fullmatch(text):
        raise WrongError(
            "bad_url",
            f"“{text[:60]}”不是网址，请填写以http://或https://开头的完整地址。",
            f'"{text[:60]}" is no address: it begins with http:// or https://.',
        )
    return _LENGTH_COMMA.sub(",", text) if field.name == "length" else text


def _says_nothing(field: Field, text: str) -> bool:
    """无 and the like in a cell that may be empty: the guide wants no cell left blank (编制指南, 填报模板)."""
    if field.required and not field.when:
        return False
    return blank(text) or text == NO_UNIT


def loose(text: str) -> str:
    """A label without blanks, marks, width and case."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@cache
def _index(table: CodeTable) -> dict[str, tuple[str, ...]]:
    """Codes by every way in which people write them: code, label, code and label."""
    found: dict[str, dict[str, None]] = {}
    for position, code in enumerate(table.codes, 1):
        ways = [code.code, code.zh, code.en, code.code + code.zh, code.code + code.en, code.zh + code.code]
        if item_type_letter(code.code) == code.code:  # data types are numbered as well
            ways += [f"{position}", f"{position}{code.zh}", f"{position}{code.zh}{code.code}"]
        for way in ways:
            found.setdefault(loose(way), {})[code.code] = None
    return {way: tuple(codes) for way, codes in found.items()}


def choice(table: CodeTable, text: str, parent: str = "") -> str:
    """The code that a cell means: it holds the code, the label, or both (``1 无条件共享``).

    :param parent: code of the list above; tells labels apart that stand under several parents, and completes a
        code that was given without its parent's digits
    :raises WrongError: the list has no such value; a number below a parent that has none listed is let through
    """
    way = loose(text)
    found = _index(table).get(way, ())
    if len(found) > 1 and parent:
        found = tuple(code for code in found if table.get(code).parent == parent) or found
    if found:
        return found[0]
    if parent:
        whole = f"{parent}{way}"
        if whole in table:
            return whole
        if way.isdigit() and not table.children(parent):
            return way
    if way.isdigit() and parent == "" and any(code.parent for code in table.codes):
        return way
    raise WrongError(
        "unknown_code",
        f"“{text}”不在“{table.zh}”代码表中，请选择：{_choices(table, parent, 'zh')}。",
        f'"{text}" is not in the list "{table.en}": choose {_choices(table, parent, "en")}.',
    )


def _choices(table: CodeTable, parent: str, language: str) -> str:
    codes = (parent and table.children(parent)) or table.codes
    named = [f"{code.code} {getattr(code, language)}" for code in codes[:_LISTED]]
    return "、".join([*named, "…"] if len(codes) > _LISTED else named)


def day(text: str) -> str:
    """A date as ``2026-03-31``: written with ``- / .`` or 年月日, in eight digits, or as a spreadsheet's serial number.

    Anything else is handed on: the rule on dates says what is wrong with it.
    """
    found = _DAY.fullmatch(text)
    try:
        if found:
            parts = [int(part) for part in found.groups() if part]
            return date(*parts).isoformat()
        if _SERIAL.fullmatch(text):
            return (_EPOCH + timedelta(days=int(text))).isoformat()
    except ValueError:
        return text
    return text


def _number(text: str) -> str:
    return text.replace(",", "") if _NUMBER.fullmatch(text) else text


def _list(text: str) -> list[str]:
    return [part for part in map(str.strip, _SEPARATORS.split(text)) if part and not blank(part)]


def _tags(text: str) -> str:
    tags = list(dict.fromkeys(_list(text)))
    wrong = next((tag for tag in tags if not _TAG.fullmatch(tag)), None)
    if wrong is not None:
        raise WrongError(
            "bad_tag",
            f"标签“{wrong}”应为2至100个汉字、字母、数字，可含“-”“_”“.”，请修改。",
            f'The tag "{wrong}" must have 2 to 100 letters, digits, "-", "_" or ".".',
        )
    return ",".join(sorted(tags))


_READERS = {"date": day, "number": _number, "list": _list, "tags": _tags}


def cell_of(field: Field, value: Any, codes: Codelists, licences: Mapping[str, str] | None = None) -> str:
    """A value as the template shows it: ``code label`` for codes, one line for lists.

    :param licences: id of a licence → its title
    """
    if value in (None, "", []):
        return ""
    if field.kind == "choice" and field.codelist in codes:
        code = codes[field.codelist].get(str(value))
        return label(code.code, code.zh) if code is not None else str(value)
    if field.kind == "licence":
        return (licences or {}).get(str(value), str(value))
    if isinstance(value, list):
        return "、".join(map(str, value))
    return str(value)


def label(code: str, zh: str) -> str:
    """How a drop-down shows a code; a code that says the same as its label is not said twice."""
    return zh if loose(code) == loose(zh) else f"{code} {zh}"
