"""Marks of quality on an entry's page: facts about what is there, no score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from flask import g

from ckanext.govshare.kernel import clock, counting
from ckanext.govshare.portal import words

TABULAR = ("2", "3")  # format classes whose entries must describe their items


@dataclass(frozen=True)
class Mark:
    """One fact, with its tone: "open" good, "late" or "bad", "" neutral."""

    text: str
    tone: str = ""


def _conditions(entry: dict[str, Any]) -> bool:
    wanted = {"1": (), "2": ("share_condition", "share_scope"), "3": ("no_share_basis",)}
    return all(entry.get(name) for name in wanted.get(entry.get("share_type", ""), ()))


def _opening(entry: dict[str, Any]) -> bool:
    wanted = {"1": "open_type", "2": "open_condition", "3": "no_open_reason"}
    return bool(entry.get(wanted.get(entry.get("open_type", ""), "open_type")))


# The 13 core elements of 《政务信息资源目录编制指南（试行）》, in its order.
ELEMENTS: tuple[Callable[[dict[str, Any]], Any], ...] = (
    lambda entry: entry.get("class_lei"),
    lambda entry: entry.get("title"),
    lambda entry: entry.get("resource_code"),
    lambda entry: entry.get("owner_org"),
    lambda entry: entry.get("provider_unit") or entry.get("organization"),
    lambda entry: entry.get("notes"),
    lambda entry: entry.get("format_class"),
    lambda entry: entry.get("info_items") or entry.get("format_class") not in TABULAR,
    _conditions,
    _opening,
    lambda entry: entry.get("update_cycle"),
    lambda entry: entry.get("pub_date"),
    lambda entry: True,  # related codes: where there are any
)


def complete(entry: dict[str, Any]) -> tuple[int, int]:
    """How many of the core elements an entry has, of how many."""
    return sum(bool(element(entry)) for element in ELEMENTS), len(ELEMENTS)


def freshness(entry: dict[str, Any]) -> Mark | None:
    """Whether the data came within the promised cycle; None where nothing was promised or is known."""
    updated = words.moment(entry.get("data_updated"))
    cycle = entry.get("update_cycle") or ""
    if updated is None or cycle not in counting.CYCLES:
        return None
    facts = counting.DatasetFacts(id="", update_cycle=cycle, data_updated=updated.date())
    late = counting.overdue(facts, clock.today())
    return Mark(tk._("Overdue"), "late") if late else Mark(tk._("On time"), "open")


def link_states(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the link check says of an entry's links, asked once a request; nothing where its room is not loaded.

    :returns: resource id → what `govshare_link_states` answers
    """
    try:
        action = tk.get_action("govshare_link_states")
    except KeyError:
        return {}
    known = g.setdefault("govshare_link_states", {})
    if entry["id"] not in known:
        user = getattr(tk.current_user, "name", "") or ""
        known[entry["id"]] = action({"user": user}, {"package_id": entry["id"]})
    return known[entry["id"]]


def _links(states: list[str]) -> list[Mark]:
    """What to say of links: nothing as long as one was never looked at."""
    dead = states.count("dead")
    if dead:
        return [Mark(tk._("{number} dead links").format(number=dead), "bad")]
    return [] if "unknown" in states else [Mark(tk._("Links work"), "open")]


def marks(entry: dict[str, Any]) -> list[Mark]:
    """The marks of one entry."""
    there, of = complete(entry)
    found = [
        Mark(
            tk._("Metadata complete {there}/{of}").format(there=there, of=of),
            "open" if there == of else "late",
        )
    ]
    files = [resource for resource in entry.get("resources", []) if resource.get("audience") == "open"]
    if files:
        readable = [file for file in files if (file.get("format") or "").upper() in counting.MACHINE_READABLE]
        found.append(
            Mark(tk._("Machine-readable"), "open") if readable else Mark(tk._("Not machine-readable"), "late")
        )
        found += _links([state["state"] for state in link_states(entry).values()])
    fresh = freshness(entry)
    return [*found, fresh] if fresh else found
