"""The course of a target over time, and periods of all departments: what reports and charts take from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import counting
from ckanext.govshare.publication import ledger_read
from ckanext.govshare.publication.count import DERIVED, PUBLIC, Viewer, current, holds
from ckanext.govshare.publication.ledger import RULED, UNRULED
from ckanext.govshare.publication.ledger_model import VERDICT
from ckanext.govshare.publication.model import Measure, Target
from ckanext.govshare.publication.service import locked, locks_of


def history(
    target: Target,
    viewer: Viewer = PUBLIC,
    first: date | None = None,
    last: date | None = None,
    step: str = "month",
) -> dict[str, Any]:
    """The course of a target, a point a day, a week's end or a month's end, with the locked row of its due day.

    :param first: first day; 1 January of the year of the target (or of this year, if earlier) by default
    :param last: last day; today by default, and never later
    :returns: as `govshare_publication_history` describes
    """
    count = current()
    first = first or date(min(target.due.year, count.today.year), 1, 1)
    last = max(first, min(last or count.today, count.today))
    lock = locks_of([target]).get(target.id)
    return {
        "basis": "ledger",
        "began": count.head.began.isoformat(),
        "points": _points(ledger_read.course(count, target), first, last, step),
        "locked": [] if lock is None else [locked(lock, target, viewer)],
    }


def _points(course: list[dict[str, Any]], first: date, last: date, step: str) -> list[dict[str, Any]]:
    points, at, added, gone = [], 0, 0, 0
    state: dict[str, Any] = {"counted": 0, "candidates": 0, "value": 0}
    for end in _ends(first, last, step):
        while at < len(course) and course[at]["day"] <= end:
            move = course[at]
            state = {key: move[key] for key in state}
            if move["day"] >= first:
                added, gone = added + move["added"], gone + move["gone"]
            at += 1
        points.append({"day": end.isoformat(), **state, "added": added, "gone": gone})
        added = gone = 0
    return points


def _ends(first: date, last: date, step: str) -> Iterable[date]:
    """The first day, the end of each step after it, and the last day."""
    yield first
    day = first
    while day < last:
        if step == "day":
            day += timedelta(days=1)
        elif step == "week":
            day += timedelta(days=7 - day.weekday() if day.weekday() == 6 else 6 - day.weekday())
        else:
            after = (day + timedelta(days=1)).replace(day=28) + timedelta(days=4)
            day = after.replace(day=1) - timedelta(days=1)
        day = min(day, last)
        yield day


def period(first: date, last: date, ids: Iterable[str] | None) -> dict[str, dict[str, dict[str, int]]]:
    """A period by department and measure; one statement a measure.

    :param ids: only these organisations; all by default
    :returns: organisation id → measure → ``{total, new, gone, candidates}``; of rows ``{total}`` only
    """
    count, chosen = current(), None if ids is None else set(ids)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for measure in Measure:
        if measure is Measure.ROWS:
            at = count.on(last).amounts()
            numbers: dict[str, dict[str, int]] = {}
            for (rule, ident, _field_code), (_region, amount) in at.items():
                if rule == counting.LATEST:
                    numbers.setdefault(ident, {"total": 0})["total"] += amount
        else:
            ruled = measure in RULED or measure is Measure.INTERFACES
            rule = counting.LATEST if ruled else UNRULED
            numbers = count.keep(
                ("period", measure, first, last),
                lambda measure=measure, rule=rule: _period(measure, rule, first, last, count.today),
            )
        for ident, line in numbers.items():
            if ident and (chosen is None or ident in chosen):
                found.setdefault(ident, {})[measure.value] = dict(line)
    return found


def _period(measure: Measure, rule: int, first: date, last: date, today: date) -> dict[str, dict[str, int]]:
    """A month by department: the stock at its end, what came and went within it; one statement.

    :param first: first day; compared is 24:00 of the day before
    :param last: last day, its 24:00
    :returns: organisation id → ``{total, new, gone, candidates}``
    """
    population = DERIVED.get(measure, measure)
    counts = (
        sa.and_(VERDICT.c.counted, VERDICT.c.interface)
        if measure is Measure.INTERFACES
        else VERDICT.c.counted
    )

    def side(day: date, name: str) -> Any:
        return (
            sa.select(VERDICT.c.candidate, VERDICT.c.organization_id, counts.label("counted"))
            .where(
                VERDICT.c.measure == population.value,
                VERDICT.c.rule == rule,
                holds(day if day < today else None),
            )
            .cte(name)
        )

    before, after = side(first - timedelta(days=1), "before"), side(last, "after")
    was, is_ = sa.func.coalesce(before.c.counted, sa.false()), sa.func.coalesce(after.c.counted, sa.false())
    organization = sa.func.coalesce(after.c.organization_id, before.c.organization_id).label(
        "organization_id"
    )
    number = sa.func.count()
    joined = before.join(
        after,
        sa.and_(after.c.candidate == before.c.candidate, after.c.organization_id == before.c.organization_id),
        full=True,
    )
    rows = model.Session.execute(
        sa.select(
            organization,
            number.filter(is_).label("total"),
            number.filter(is_, sa.not_(was)).label("new"),
            number.filter(was, sa.not_(is_)).label("gone"),
            number.filter(after.c.candidate.is_not(None)).label("candidates"),
        )
        .select_from(joined)
        .group_by(organization)
    )
    return {
        row.organization_id: {
            "total": row.total,
            "new": row.new,
            "gone": row.gone,
            "candidates": row.candidates,
        }
        for row in rows
    }
