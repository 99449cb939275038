"""Rules on the information items (信息项) of an entry.

Source: 编制指南 (发改高技〔2017〕1272号) and the national import template.
The numbers (V1 …) are those of the project's fact base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ckanext.govshare.kernel.findings import Entry, Given, Problem, Severity, rule
from ckanext.govshare.kernel.standards import conflicts
from ckanext.govshare.kernel.text import blank, title_key

ITEM_TYPES = "CNYDTLMGBIF"
"""Letters of the data types in the order of their numbers 1 to 11."""
_TYPES_WITH_LENGTH = frozenset("CNBIF")
_LENGTH = re.compile(r"[1-9][0-9]{0,9}(,[0-9]{1,3})?")
_LISTING_CLASSES = ("2", "3")  # spreadsheets, databases


def item_type_letter(value: object) -> str | None:
    """The letter of a data type given as letter or number (``"c"``, ``"1"`` and 1 give ``"C"``), or None."""
    text = str(value).strip().upper()
    if len(text) == 1 and text in ITEM_TYPES:
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(ITEM_TYPES):
        return ITEM_TYPES[int(text) - 1]
    return None


def _items(entry: Entry) -> list[dict[str, Any]]:
    items = entry.get("info_items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, (list, tuple)) else []


def _label(position: int, item: dict[str, Any]) -> tuple[str, str]:
    name = str(item.get("name") or "").strip()
    zh, en = f"第{position}个信息项", f"item {position}"
    return (f"{zh}“{name}”", f'{en} "{name}"') if name else (zh, en)


@rule("items", "V7", federated=Severity.WARN)
def v7_items(entry: Entry, given: Given) -> Iterator[Problem]:
    """Databases and spreadsheets list their items, each with name, type and, where it applies, length."""
    items = _items(entry)
    if not items and entry.get("format_class") in _LISTING_CLASSES:
        yield Problem(
            "info_items",
            "电子表格、数据库类信息资源至少填写一个信息项（名称、数据类型、长度）。",
            "A spreadsheet or database needs at least one information item with name, type and length.",
        )
    for position, item in enumerate(items, start=1):
        zh, en = _label(position, item)
        letter = item_type_letter(item.get("type", ""))
        length = str(item.get("length") or "").strip().replace("，", ",")
        if not str(item.get("name") or "").strip():
            yield Problem("info_items", f"{zh}没有名称，请填写中文名称。", f"Give {en} a name.")
        if blank(item.get("type")):
            yield Problem("info_items", f"{zh}没有数据类型，请选择。", f"Choose the data type of {en}.")
        elif letter is None:
            yield Problem(
                "info_items",
                f"{zh}的数据类型“{item['type']}”不在代码表中，请选择 {ITEM_TYPES} 之一。",
                f'The data type "{item["type"]}" of {en} is unknown: choose one of {ITEM_TYPES}.',
            )
        if (letter in _TYPES_WITH_LENGTH and not length) or (length and not _LENGTH.fullmatch(length)):
            yield Problem(
                "info_items",
                f"请为{zh}填写数据长度（字节数，如“50”；数值型可为“18,2”）。",
                f'Give {en} its length in bytes, such as "50"; a number may have "18,2".',
            )


@rule("item_names", "V14", federated=Severity.WARN)
def v14_item_names(entry: Entry, given: Given) -> Iterator[Problem]:
    """No two items of an entry have one name."""
    seen: set[str] = set()
    for position, item in enumerate(_items(entry), start=1):
        key = title_key(str(item.get("name") or ""))
        if key and key in seen:
            zh, en = _label(position, item)
            zh_text = f"{zh}与前面的信息项重名，请区分名称。"
            yield Problem("info_items", zh_text, f"The name of {en} is taken: rename it.")
        seen.add(key)


@rule("item_share", "V17")
def v17_item_share(entry: Entry, given: Given) -> Iterator[Problem]:
    """An item may be shared more strictly than its entry, never more loosely."""
    whole = entry.get("share_type")
    for position, item in enumerate(_items(entry), start=1):
        own = item.get("share_type")
        zh, en = _label(position, item)
        if own not in (None, "") and own not in ("1", "2", "3"):
            zh_text = f"{zh}的共享类型“{own}”不在代码表中，请选择1、2或3。"
            en_text = f'The share type "{own}" of {en} is unknown: choose 1, 2 or 3.'
            yield Problem("info_items", zh_text, en_text)
        elif own and whole in ("1", "2", "3") and own < whole:
            yield Problem(
                "info_items",
                f"{zh}的共享类型比所属信息资源宽松，请改为同等或更严格的类型。",
                f"{en[0].upper()}{en[1:]} is shared more loosely than its entry: choose the same type "
                "or a stricter one.",
            )


_KEYS = {
    "type": ("数据类型", "data type"),
    "length": ("数据长度", "length"),
    "code_table": ("代码表", "code table"),
}


@rule("standard_item_unknown")
def standard_item_unknown(entry: Entry, given: Given) -> Iterator[Problem]:
    """An item is bound to a standard item of the register or to none."""
    for position, item in enumerate(_items(entry), start=1):
        bound = item.get("standard")
        if bound not in (None, "") and str(bound) not in given.standards:
            zh, en = _label(position, item)
            yield Problem(
                "info_items",
                f"{zh}引用的标准数据元“{bound}”不存在，请从数据元目录中选择，或留空。",
                f'The standard item "{bound}" of {en} is not in the register: choose one of it, or none.',
            )


@rule("standard_item_conflict", national=Severity.WARN, federated=Severity.WARN)
def standard_item_conflict(entry: Entry, given: Given) -> Iterator[Problem]:
    """An item that is bound to a standard item has its type, length and code table."""
    for position, item in enumerate(_items(entry), start=1):
        standard = given.standards.get(str(item.get("standard") or ""))
        if standard is None:
            continue
        zh, en = _label(position, item)
        for key in conflicts(item, standard, item_type_letter(item.get("type", ""))):
            key_zh, key_en = _KEYS[key]
            yield Problem(
                "info_items",
                f"{zh}的{key_zh}“{item[key]}”与标准数据元“{standard.zh}”的“{getattr(standard, key)}”不一致，"
                "请改为标准值；确有不同的，请勿引用该数据元。",
                f'The {key_en} "{item[key]}" of {en} is not "{getattr(standard, key)}" as that of the standard '
                f'item "{standard.en}": take the standard value, or do not bind the item.',
            )
