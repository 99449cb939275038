"""Filters of the catalogue pages: what one can narrow a search by, and the words for each value.

A page of search narrows by the parameters of its address that are filters; others (of an analytics firm, of a preview)
say nothing. Several values of one filter widen it, several filters narrow the search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from flask import g, has_request_context, request

from ckanext.govshare.kernel import clock

SHOWN = 8  # values of one filter before "more"
MOST = 100  # values of one filter at all
CODED = ("open_type", "open_domain", "update_cycle", "region")  # values are codes of the list of that name
ONLY_TO_CHOOSE = ("region", "class_xiang")  # not shown where all results have the same value
STATE = "update_state"  # worked out from two days of each entry, as the index knows no today
STATES = ("on_time", "due_soon", "overdue")
PAGES = ("dataset.search", "organization.read")
_VALUE = re.compile(r'[^"\\{}\x00-\x1f\ud800-\udfff\ufffe\uffff]{1,200}')


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
        STATE: tk._("Update state"),
        "class_xiang": tk._("Class of the catalogue"),
        "region": tk._("Region"),
    }
    return {name: title for name, title in found.items() if name != leave_out}


def label(name: str, value: str, display_name: str = "") -> str:
    """Word for a value of a filter, in the reader's language."""
    if name in CODED:
        return tk.h.govshare_code_label(name, value) or value
    if name == "class_xiang":
        parts = (tk.h.govshare_code_label("class_lei", value[:1]), tk.h.govshare_code_label(name, value))
        return " / ".join(part for part in parts if part)
    if name == STATE:
        words = {"on_time": tk._("On time"), "due_soon": tk._("Due soon"), "overdue": tk._("Overdue")}
        return words.get(value, value)
    return display_name or value


def asked() -> dict[str, list[str]]:
    """The filters in force on this page, by name; values that no filter can have are left out."""
    known = titles()
    found: dict[str, list[str]] = {}
    for name, value in request.args.items(multi=True):
        fits = value in STATES if name == STATE else _VALUE.fullmatch(value) is not None
        if name in known and fits and value not in found.get(name, ()):
            found.setdefault(name, []).append(value)
    return found


def narrowed(params: dict[str, Any]) -> dict[str, Any]:
    """The search of a page of search, narrowed by its filters; every other search stays as it is.

    :param params: parameters of ``package_search``, with ``facet.field`` as :func:`titles` names them
    """
    wanted = params.get("facet.field")
    if not isinstance(wanted, list) or STATE not in wanted or not has_request_context():
        return params
    if request.endpoint not in PAGES:
        return params
    return {
        **params,
        "facet.field": [*(name for name in wanted if name != STATE), "due", "due_soon"],
        "facet.limit": -1,
        "fq": _place(),
        "fq_list": [*(params.get("fq_list") or []), *restrictions(asked())],
    }


def _place() -> str:
    """What the page is about: the catalogue, or the entries of the department that core read for it."""
    group = g.get("group_dict") if request.endpoint == "organization.read" else None
    owner = f'+owner_org:"{group["id"]}" ' if group else ""
    return f"{owner}+dataset_type:dataset"


def restrictions(chosen: Mapping[str, Sequence[str]]) -> list[str]:
    """Filters as Solr reads them, one a filter."""
    return [
        _states(values) if name == STATE else "{}:({})".format(name, " OR ".join(f'"{v}"' for v in values))
        for name, values in chosen.items()
    ]


def _states(values: Sequence[str]) -> str:
    today = clock.today()
    yesterday, tomorrow = (today + timedelta(days=days) for days in (-1, 1))
    ranges = {
        "on_time": f"due_soon:[{tomorrow} TO *]",
        "due_soon": f"(due:[{today} TO *] AND due_soon:[* TO {today}])",
        "overdue": f"due:[* TO {yesterday}]",
    }
    return "({})".format(" OR ".join(ranges[value] for value in values))


def _states_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Values of the state of updates, from the days of the results."""
    today = clock.today().isoformat()

    def number(name: str, late: Any) -> int:
        return sum(item["count"] for item in found.get(name, {}).get("items", []) if late(item["name"]))

    every = number("due", lambda _day: True)
    overdue = number("due", lambda day: day < today)
    soon = number("due_soon", lambda day: day <= today) - overdue
    counts = dict(zip(STATES, (every - overdue - soon, soon, overdue), strict=True))
    return [{"name": name, "count": count} for name, count in counts.items() if count]


def _items(name: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _states_of(found) if name == STATE else found.get(name, {}).get("items", [])


def filters(names: Mapping[str, str], found: Mapping[str, Any] | None) -> list[Filter]:
    """What the page shows beside the results.

    :param names: titles by name, as :func:`titles`
    :param found: ``search_facets`` of ``package_search``
    """
    if not found:
        return []  # the search did not work
    chosen, shown = asked(), []
    for name, title in names.items():
        # What else there is to choose: as if nothing of this filter was chosen.
        items = _items(name, _without(name, chosen) if name in chosen else found)
        values = _values(name, items, chosen.get(name, []))
        if values and (name in chosen or name not in ONLY_TO_CHOOSE or len(values) > 1):
            shown.append(Filter(name, title, tuple(values[:SHOWN]), tuple(values[SHOWN:MOST])))
    return shown


def _without(name: str, chosen: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Facets of the page's search without one of its filters."""
    others = {other: values for other, values in chosen.items() if other != name}
    query = {
        "q": request.args.get("q", ""),
        "fq": _place(),
        "fq_list": restrictions(others),
        "facet.field": ["due", "due_soon"] if name == STATE else [name],
        "facet.limit": -1,
        "rows": 0,
        "include_private": request.endpoint != PAGES[0] or tk.config["ckan.search.default_include_private"],
    }
    context = {"user": getattr(tk.current_user, "name", "") or "", "auth_user_obj": tk.current_user}
    return tk.get_action("package_search")(context, query)["search_facets"]


def _values(name: str, items: list[dict[str, Any]], active: Sequence[str]) -> list[Value]:
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


def chosen(names: Mapping[str, str], found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The filters in force, each with the address without it: ``[{title, label, url}]``."""
    rows = []
    for name, values in asked().items():
        if name not in names:
            continue
        display = {
            item["name"]: item.get("display_name", "")
            for item in (found or {}).get(name, {}).get("items", [])
        }
        rows += [
            {
                "title": names[name],
                "label": label(name, value, display.get(value, "")),
                "url": tk.h.govshare_query_url(toggle=(name, value)),
            }
            for value in values
        ]
    return rows
