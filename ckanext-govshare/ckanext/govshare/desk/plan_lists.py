"""Planned publications as pages and files show them: plan beside reality, in words; sums by month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.desk import pages
from ckanext.govshare.kernel import clock, codelists

SOON = 14  # days before a planned day that are told
PLANNED, DONE, DROPPED = "planned", "done", "dropped"
STATES = ("late", PLANNED, DONE, DROPPED)


@dataclass(frozen=True)
class Listed:
    """A list of plans, overdue first, and what is chosen of it.

    :param counts: how many there are: ``late`` (open, and its day is over), ``planned`` (open), ``done``, ``on_time``
        (of those done), ``dropped``
    """

    chosen: list[dict[str, Any]]
    counts: dict[str, int]
    state: str

    @classmethod
    def of(cls, rows: list[dict[str, Any]], state: str) -> Listed:
        """Choose by state; nonsense chooses all.

        :param rows: as ``govshare_plan_list`` answers them
        """
        counts = {
            "late": sum(_is(row, "late") for row in rows),
            PLANNED: sum(row["state"] == PLANNED for row in rows),
            DONE: sum(row["state"] == DONE for row in rows),
            "on_time": sum(row["state"] == DONE and not row["late_days"] for row in rows),
            DROPPED: sum(row["state"] == DROPPED for row in rows),
        }
        state = state if state in STATES else ""
        return cls([row for row in rows if not state or _is(row, state)], counts, state)

    def page(self, number: int) -> list[dict[str, Any]]:
        """The rows of a page, with their words."""
        return [shown(row) for row in self.chosen[(number - 1) * pages.PAGE : number * pages.PAGE]]


def _is(row: dict[str, Any], state: str) -> bool:
    if state == "late":
        return row["state"] == PLANNED and row["late_days"] > 0
    return row["state"] == state


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A plan with its words.

    :returns: the row with ``field_label``, ``badge: {text, look}``, and ``slip``: calendar days between the first
        planned day and the day on which it was done, or will be done at the earliest
    """
    now = max(clock.today(), date.fromisoformat(row["planned"]))
    end = date.fromisoformat(row["done_on"]) if row["done_on"] else now
    slip = (end - date.fromisoformat(row["first_planned"])).days
    return {**row, "field_label": field(row["field"]), "badge": badge(row), "slip": max(0, slip)}


def field(code: str) -> str:
    """A field (开放领域) in the reader's language."""
    found = codelists.installed()["open_domain"].get(code)
    if found is None:
        return ""
    return found.en if str(tk.h.lang() or "").startswith("en") else found.zh


def badge(row: dict[str, Any]) -> dict[str, str]:
    """Where a plan stands, as a word with its look."""
    late = row["late_days"]
    if row["state"] == DROPPED:
        return {"text": tk._("Given up"), "look": ""}
    if row["state"] == DONE:
        if not late:
            return {"text": tk._("Done in time"), "look": "open"}
        text = tk.ungettext("Done {number} day late", "Done {number} days late", late)
        return {"text": text.format(number=late), "look": "late"}
    if late:
        text = tk.ungettext("Overdue by {number} day", "Overdue by {number} days", late)
        return {"text": text.format(number=late), "look": "bad"}
    left = (date.fromisoformat(row["planned"]) - clock.today()).days
    if left > SOON:
        return {"text": tk._("As planned"), "look": ""}
    if not left:
        return {"text": tk._("Due today"), "look": "late"}
    text = tk.ungettext("{number} day left", "{number} days left", left)
    return {"text": text.format(number=left), "look": "late"}


def acts() -> dict[str, str]:
    """The acts of a plan's history, in words."""
    return {
        "created": tk._("Plan made"),
        "moved": tk._("Moved to another day"),
        "linked": tk._("Tied to an entry"),
        "transferred": tk._("Passed to the successor of the department"),
        "dropped": tk._("Given up"),
        "done": tk._("Published and counted"),
    }


def departments(rows: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The departments that have plans: ``(id, title)``, by title."""
    found = {row["organization"]["id"]: row["organization"]["title"] for row in rows}
    return sorted(found.items(), key=lambda pair: pair[1])


def months(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums by the month of the planned day, plans that were given up left out.

    :returns: ``[{month, all, done, on_time, open, late}]``, the earliest first
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["state"] == DROPPED:
            continue
        sums = found.setdefault(row["planned"][:7], {"all": 0, "done": 0, "on_time": 0, "open": 0, "late": 0})
        sums["all"] += 1
        sums["done"] += row["state"] == DONE
        sums["on_time"] += row["state"] == DONE and not row["late_days"]
        sums["open"] += row["state"] == PLANNED
        sums["late"] += _is(row, "late")
    return [{"month": month, **found[month]} for month in sorted(found)]


def heading() -> list[str]:
    """Columns of the file."""
    return [
        tk._("Department"), tk._("What is planned"), tk._("Field of opening"), tk._("First planned day"),
        tk._("Planned day"), tk._("Times moved"), tk._("State"), tk._("Published and counted"), tk._("Days late"),
        tk._("Entry"), tk._("Note"),
    ]  # fmt: skip


def lines(rows: Iterable[dict[str, Any]]) -> Iterator[list[str | int | None]]:
    """Plans as lines of the file."""
    for row in rows:
        entry = row["package"]
        yield [
            row["organization"]["title"], row["title"], field(row["field"]), row["first_planned"], row["planned"],
            row["moves"], badge(row)["text"], row["done_on"], row["late_days"], entry["title"] if entry else None,
            row["note"],
        ]  # fmt: skip
