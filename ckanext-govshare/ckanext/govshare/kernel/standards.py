"""The register of standard items (数据元) as rules see it: what an item bound to one takes, and where it differs.

Requirement: one data standard for formats, fields and codes (R10); the register is schemas/standard_items.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ckanext.govshare.kernel.provided import Provided
from ckanext.govshare.kernel.text import blank

TAKEN = ("type", "length", "code_table")
"""What an item takes from the standard item that it is bound to, where it says nothing itself."""


@dataclass(frozen=True)
class StandardItem:
    """A data element that many resources hold in one form.

    :param id: stable identifier, e.g. ``DE001``
    :param zh: Chinese name
    :param en: English name
    :param name: usual name of its column
    :param type: letter of the data type (``C``, ``D`` …)
    :param length: bytes as text, empty where the type has none
    :param code_table: standard or code list that its values follow, empty if free
    :param description: what it holds and how it is written
    :param source: standard that defines it
    """

    id: str
    zh: str
    en: str
    name: str
    type: str
    length: str = ""
    code_table: str = ""
    description: str = ""
    source: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON values, in the shape of the YAML file."""
        return {key: value for key, value in asdict(self).items() if value}


Register = Mapping[str, StandardItem]

_register: Provided[Register] = Provided("standard items")
provide = _register.provide
installed = _register.installed


def apply(items: list[dict[str, Any]], register: Register) -> list[dict[str, Any]]:
    """Fill what items bound to a standard item leave blank: type, length, code table.

    :param items: rows of the item table
    :returns: new rows in their order; those that are bound to nothing, or to an unknown item, as they were
    """
    return [_filled(item, register) for item in items]


def _filled(item: dict[str, Any], register: Register) -> dict[str, Any]:
    standard = register.get(str(item.get("standard") or ""))
    if standard is None:
        return item
    taken = {key: getattr(standard, key) for key in TAKEN if blank(item.get(key)) and getattr(standard, key)}
    if not blank(item.get("type")) and item["type"] != standard.type:
        taken.pop("length", None)  # the length of another type
    return {**item, **taken}


def conflicts(item: Mapping[str, Any], standard: StandardItem, letter: str | None) -> Iterator[str]:
    """The keys in which an item contradicts its standard item.

    :param letter: data type of the item as a letter, None where it is unknown
    """
    if letter is not None and letter != standard.type:
        yield "type"
    elif not blank(item.get("length")) and standard.length and str(item["length"]).strip() != standard.length:
        yield "length"
    if (
        not blank(item.get("code_table"))
        and standard.code_table
        and item["code_table"] != standard.code_table
    ):
        yield "code_table"
