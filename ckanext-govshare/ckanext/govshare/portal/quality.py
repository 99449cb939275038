"""Marks of quality on an entry's page: facts, no score; each says what it means and what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from flask import g

from ckanext.govshare.kernel import clock, counting, counting_days, counting_facts
from ckanext.govshare.portal import words

TABULAR = ("2", "3")  # format classes whose entries must describe their items


@dataclass(frozen=True)
class Mark:
    """One fact, with its tone ("open" good, "late" or "bad", "" neutral), its meaning, and what was measured."""

    text: str
    tone: str = ""
    meaning: str = ""
    measured: str = ""


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
    ends = counting_days.of_dataset(facts)  # the days after the ends of the first and of the last grace
    due = (ends[0] - timedelta(days=1)).isoformat() if ends else ""
    promised = tk.h.govshare_code_label("update_cycle", cycle)
    told = tk._("Promised: {cycle}. Data of {day}; the next are due by {due}.")
    return Mark(
        tk._("Overdue") if late else tk._("On time"),
        "late" if late else "open",
        tk._("Whether the data came within the update cycle that the provider promised."),
        told.format(cycle=promised, day=updated.date().isoformat(), due=due),
    )


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


def marks(entry: dict[str, Any]) -> list[Mark]:
    """The marks of one entry."""
    files = [resource for resource in entry.get("resources", []) if resource.get("audience") == "open"]
    found = [_completeness(entry)]
    if files:
        found += [_formats(files), *_readable(files), *_blanks(files), *_links(entry)]
    fresh = freshness(entry)
    return [*found, fresh] if fresh else found


def _completeness(entry: dict[str, Any]) -> Mark:
    there, of = complete(entry)
    return Mark(
        tk._("Metadata complete {there}/{of}").format(there=there, of=of),
        "open" if there == of else "late",
        tk._("Whether the 13 core elements of the national guide for catalogues are filled in."),
        tk._("{there} of {of} elements are filled in.").format(there=there, of=of),
    )


def _formats(files: list[dict[str, Any]]) -> Mark:
    formats = [(file.get("format") or "").upper() for file in files]
    readable = [name for name in formats if name in counting.MACHINE_READABLE]
    return Mark(
        tk._("Machine-readable") if readable else tk._("Not machine-readable"),
        "open" if readable else "late",
        tk._("Whether at least one file is in a format that programs can read without people's help."),
        tk._("{readable} of {number} files: {formats}").format(
            readable=len(readable),
            number=len(files),
            formats="、".join(sorted({name for name in formats if name})),
        ),
    )


def _readable(files: list[dict[str, Any]]) -> list[Mark]:
    """Whether stored files open as what they say they are; nothing where none was looked at."""
    looked = [file for file in files if file.get("parses") not in (None, "")]
    if not looked:
        return []
    bad = [file for file in looked if not tk.asbool(file["parses"])]
    forced = [file for file in looked if tk.asbool(file.get("forced") or False)]
    meaning = tk._("Every stored file is opened and read from beginning to end when it comes.")
    measured = tk._(
        "{number} files looked at, {bad} do not open, {forced} are documents forced into a table."
    )
    measured = measured.format(number=len(looked), bad=len(bad), forced=len(forced))
    if bad:
        return [Mark(tk._("{number} files cannot be read").format(number=len(bad)), "bad", meaning, measured)]
    if forced:
        return [Mark(tk._("Converted by force, not really a table"), "bad", meaning, measured)]
    return [Mark(tk._("Files can be read"), "open", meaning, measured)]


def _blanks(files: list[dict[str, Any]]) -> list[Mark]:
    shares = [int(file["blank_percent"]) for file in files if str(file.get("blank_percent", "")).isdecimal()]
    if not shares:
        return []
    most = max(shares)
    return [
        Mark(
            tk._("Blank cells {percent}%").format(percent=most),
            "bad" if most > counting_facts.MOST_BLANK else "",
            tk._("The share of cells without a value, in the table that has most of them."),
            tk._("Counted over all cells of {number} tables.").format(number=len(shares)),
        )
    ]


def _links(entry: dict[str, Any]) -> list[Mark]:
    """What to say of links: nothing as long as one was never looked at."""
    states = [state["state"] for state in link_states(entry).values()]
    dead = states.count("dead")
    meaning = tk._("Links to files at the provider are asked at regular times.")
    measured = tk._("{number} links, {dead} do not answer.").format(number=len(states), dead=dead)
    if dead:
        return [Mark(tk._("{number} dead links").format(number=dead), "bad", meaning, measured)]
    return [] if "unknown" in states or not states else [Mark(tk._("Links work"), "open", meaning, measured)]
