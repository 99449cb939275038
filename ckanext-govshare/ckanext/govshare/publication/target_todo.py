"""What targets put on the office's to-do list, and the reminder that next year's working days are not known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.publication import service, target_rules
from ckanext.govshare.publication.count import Viewer
from ckanext.govshare.publication.model import Measure, Target

SOON = timedelta(days=30)
LATE_DAYS = 7
"""Days before the last one from which a target that is not reached is urgent."""
REMEMBERED = timedelta(days=30)
"""How long after its day a missed target stays on the list."""
CALENDAR_ASKED = (12, 1)
CALENDAR_LATE = (12, workdays.REACH)
"""From here on terms of every day touch the year that is not known."""


def lines(context: Context) -> list[dict[str, Any]]:
    """Every line for the caller: nothing for who is of no office; with ``ignore_auth``, the site's office."""
    held = roles.memberships(context.get("user"))
    regions = {organization.region for organization, has in held if roles.Role.OFFICE in has}
    if context.get("ignore_auth"):
        regions = {config.region()}
    if not regions:
        return []
    found = _of_targets(regions)
    return found + (_of_calendar(clock.today()) if config.region() in regions else [])


def _of_targets(regions: Iterable[str]) -> list[dict[str, Any]]:
    today = clock.today()
    near = Target.due.between(today - REMEMBERED, today + SOON)
    targets = list(
        model.Session.scalars(
            sa.select(Target).where(Target.region.in_(set(regions)), near).order_by(Target.due)
        )
    )
    if not targets:
        return []
    rows = service.progress(targets, Viewer(office_regions=frozenset(regions)))
    told = [_of_target(target, row, today) for target, row in zip(targets, rows, strict=True)]
    return [line for line in told if line]


def _of_target(target: Target, row: dict[str, Any], today: date) -> dict[str, Any] | None:
    """The line of a target that is not reached; that of a day that is over speaks of its locked row."""
    over = target.due < today
    final = row.get("locked") if over else None
    told = final or row
    unit = Measure(target.measure).unit
    value = told.get("value") if unit == "rows" else None
    if target_rules.reached(unit, target.at_least, told["counted"], told.get("candidates", 0), value):
        return None
    line = {
        "detail": target.title,
        "url": f"/progress/{target.id}" if Measure(target.measure).public else "/office/targets",
        "due": target.due.isoformat(),
        "since": None,
        "organization": "",
        "count": 1,
    }
    if over:
        title = tk._("A target was missed: {counted} of {at_least}")
        reached = _number(unit, told)
        asked = service.plain(target.at_least)
        title = title.format(counted=reached, at_least=f"{asked}%" if unit == "percent" else asked)
        return {**line, "slug": "target_missed", "title": title, "level": "late"}
    title = tk._("A target is due soon: {number} to go").format(number=row["needed"])
    level = "late" if (target.due - today).days <= LATE_DAYS else "warn"
    return {**line, "slug": "target_soon", "title": title, "level": level}


def _number(unit: str, told: dict[str, Any]) -> str:
    """What was counted, as the target asks for it."""
    if unit == "percent":
        share = told["counted"] * 100 / told["candidates"] if told.get("candidates") else 0
        return f"{share:.1f}%"
    return str(told.get("value", told["counted"]) if unit == "rows" else told["counted"])


def _of_calendar(today: date) -> list[dict[str, Any]]:
    """The year whose notice is missing: this one at once, the next one from 1 December on."""
    year = today.year
    if workdays.known(year):
        year += 1
        if today < date(today.year, *CALENDAR_ASKED) or workdays.known(year):
            return []
    late = year == today.year or today >= date(today.year, *CALENDAR_LATE)
    return [
        {
            "slug": "calendar_missing",
            "title": tk._("The working days of {year} are not loaded").format(year=year),
            "detail": tk._(
                "Terms that touch {year} are provisional. Upload the notice of the State Council."
            ).format(year=year),
            "url": "/office/calendar",
            "since": date(year - 1, *CALENDAR_ASKED).isoformat(),
            "due": None,
            "level": "late" if late else "warn",
            "organization": "",
            "count": 1,
        }
    ]
