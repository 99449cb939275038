"""Filters of the catalogue page: what one can narrow a search by, and the words for each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

SHOWN = 8  # values of one filter before "more"
CODED = ("open_type", "open_domain", "update_cycle")  # values are codes of the list of that name


@dataclass(frozen=True)
class Value:
    """One value of a filter: its number of entries, and the address that adds or removes it."""

    label: str
    count: int
    active: bool
    url: str


@dataclass(frozen=True)
class Filter:
    """A filter: the first values at once, the others behind "more"."""

    name: str
    title: str
    values: Sequence[Value]
    more: Sequence[Value]


def titles(leave_out: str = "") -> dict[str, str]:
    """Filters in the order of the page, by the name of their index field."""
    found = {
        "open_type": tk._("Openness"),
        "open_domain": tk._("Subject field"),
        "organization": tk._("Department"),
        "res_format": tk._("Format"),
        "update_cycle": tk._("Update cycle"),
    }
    return {name: title for name, title in found.items() if name != leave_out}


def label(name: str, value: str, display_name: str = "") -> str:
    """Word for a value of a filter, in the reader's language."""
    if name in CODED:
        return tk.h.govshare_code_label(name, value) or value
    return display_name or value


def filters(names: Mapping[str, str], found: Mapping[str, Any] | None) -> list[Filter]:
    """What the page shows beside the results.

    :param names: titles by name, as :func:`titles`
    :param found: ``search_facets`` of ``package_search``
    """
    return [
        Filter(name, title, tuple(values[:SHOWN]), tuple(values[SHOWN:]))
        for name, title in names.items()
        if (values := _values(name, (found or {}).get(name, {}).get("items", [])))
    ]


def _values(name: str, items: list[dict[str, Any]]) -> list[Value]:
    active = tk.request.args.getlist(name)
    listed = {item["name"] for item in items}
    # A value that no result has any more must still be there to be taken away.
    kept = [*items, *({"name": value, "count": 0} for value in active if value not in listed)]
    values = [
        Value(
            label(name, item["name"], item.get("display_name", "")),
            item["count"],
            item["name"] in active,
            tk.h.govshare_query_url(toggle=(name, item["name"])),
        )
        for item in kept
        if item["name"]
    ]
    return sorted(values, key=lambda value: (not value.active, -value.count))


def chosen(
    fields: Mapping[str, Sequence[str]], names: Mapping[str, str], found: Mapping[str, Any]
) -> list[dict[str, str]]:
    """The filters in force, each with the address without it: ``[{title, label, url}]``."""
    rows = []
    for name, values in fields.items():
        names_of = {
            item["name"]: item.get("display_name", "")
            for item in (found or {}).get(name, {}).get("items", [])
        }
        rows += [
            {
                "title": names.get(name, name),
                "label": label(name, value, names_of.get(value, "")),
                "url": tk.h.govshare_query_url(toggle=(name, value)),
            }
            for value in values
        ]
    return rows
