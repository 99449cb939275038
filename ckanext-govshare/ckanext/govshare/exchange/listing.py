"""The list of exchange points on the desk: filters, counts by health, and the same as a table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.exchange import pages, runs, words
from ckanext.govshare.exchange.logic.auth import WORKING

HEALTH = ("bad", "warn", "ok", "none")  # what needs somebody first
FILTERS = ("organization", "kind", "network", "health", "state", "frequency")
Point = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Listing:
    """The points that fit the choices of the address.

    :param points: those that fit, what needs somebody first, then by title
    :param counts: how many there are of each health that fit the other choices
    :param total: how many the reader may see
    :param chosen: the choices, ``q`` among them
    :param choices: what can be chosen: ``{filter: [(value, label)]}``
    """

    points: list[Point]
    counts: dict[str, int]
    total: int
    chosen: dict[str, str]
    choices: dict[str, list[tuple[str, str]]]

    @classmethod
    def of_request(cls, points: Sequence[Point]) -> Listing:
        """Filter what the reader may see as the address says; choices that nobody knows change nothing."""
        choices = _choices(points)
        chosen = {
            name: pages.chosen(name, [value for value, _label in choices[name]]) for name in FILTERS if name in choices
        }
        chosen["q"] = pages.given("q", 100)
        fitting = [point for point in points if _fits(point, {**chosen, "health": ""})]
        counts = Counter(point["health"] for point in fitting)
        shown = [point for point in fitting if chosen["health"] in ("", point["health"])]
        shown.sort(key=lambda point: (_rank(point), point["title"], point["name"]))
        return cls(shown, {name: counts[name] for name in HEALTH}, len(points), chosen, choices)

    @property
    def filtered(self) -> bool:
        """Whether anything was chosen."""
        return any(self.chosen.values())


def _rank(point: Point) -> int:
    return HEALTH.index(point["health"]) if point["health"] in HEALTH else len(HEALTH)


def _choices(points: Iterable[Point]) -> dict[str, list[tuple[str, str]]]:
    points = list(points)
    departments = {point["organization"]["name"]: point["organization"]["title"] for point in points}

    def known(name: str) -> list[tuple[str, str]]:
        return sorted((value, words.label(value)) for value in {point[name] for point in points} if value)

    return {
        "organization": sorted(departments.items(), key=lambda pair: pair[1]),
        "kind": known("kind"),
        "network": known("network"),
        "health": [(value, words.label(value, "health")) for value in HEALTH],
        "state": known("state"),
        "frequency": [("high", tk._("High-frequency data"))],
    }


def _fits(point: Point, chosen: dict[str, str]) -> bool:
    simple = ("kind", "network", "health", "state")
    if any(chosen[name] and point[name] != chosen[name] for name in simple):
        return False
    if chosen["organization"] and point["organization"]["name"] != chosen["organization"]:
        return False
    if chosen["frequency"] and not point.get("high_frequency"):
        return False
    text = " ".join((point["title"], point["name"], point["url"], point["organization"]["title"])).casefold()
    return all(word in text for word in chosen["q"].casefold().split())


def runnable(points: Iterable[Point], user: str) -> set[str]:
    """Ids of the accepted points that somebody may start: as ``govshare_harvest_run`` decides it, for all at once."""
    ready = [point for point in points if point["state"] == "accepted" and not _runs(point)]
    if roles.is_operator(user):
        return {point["id"] for point in ready}
    held = roles.memberships(user)
    regions = {organization.region for organization, has in held if roles.Role.OFFICE in has}
    own = {organization.id for organization, has in held if has & set(WORKING)}
    groups = model.Session.scalars(
        sa.select(model.Group).where(model.Group.id.in_({point["organization"]["id"] for point in ready}))
    )
    near = {group.id for group in groups if group.extras.get("region", "") in regions}
    return {point["id"] for point in ready if point["organization"]["id"] in own | near}


def _runs(point: Point) -> bool:
    return bool(point["last_run"]) and point["last_run"]["state"] in words.BUSY


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What something answers, and how many seconds it took."""
    began = time.monotonic()
    return work(), time.monotonic() - began


def heading() -> list[str]:
    """Columns of the table."""
    _ = tk._
    return [
        _("Exchange point"),
        _("Name"),
        _("Department"),
        _("Kind"),
        _("Network"),
        _("State"),
        _("Health"),
        _("Since"),
        _("Last run"),
        _("State of the last run"),
        _("Reason"),
        _("Next run"),
        *(words.label(state, "record") for state in ("current", "missing", "suspended", "rejected", "conflict")),
        _("High-frequency data"),
        _("Address"),
    ]


def row(point: Point) -> list[Any]:
    """One point in the table."""
    last, records = point["last_run"] or {}, point["records"]
    return [
        point["title"],
        point["name"],
        point["organization"]["title"],
        words.label(point["kind"]),
        point["network"],
        words.label(point["state"]),
        words.label(point["health"], "health"),
        words.moment(point["health_since"]),
        words.moment(last.get("created")),
        words.label(last["state"]) if last else "",
        runs.message(last["reason"]) if last.get("reason") else "",
        words.next_turn(point),
        *(records[state] for state in ("current", "missing", "suspended", "rejected", "conflict")),
        tk._("yes") if point.get("high_frequency") else "",
        point["url"],
    ]
