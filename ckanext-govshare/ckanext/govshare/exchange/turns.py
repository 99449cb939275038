"""Which points are to run now: the schedules (schedule.py) over what the points did so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange import schedule
from ckanext.govshare.exchange.model import RUN, ExchangePoint
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import PointState, RunState

LOOKED_AT = 30  # runs of a point; more failures in a row make its next try no later


def due() -> list[ExchangePoint]:
    """The accepted points whose turn it is, in two statements: those that wait longest first."""
    points = model.Session.scalars(
        sa.select(ExchangePoint).where(
            ExchangePoint.state == PointState.ACCEPTED.value, ExchangePoint.schedule != "manual"
        )
    ).all()
    history = _history([point.id for point in points])
    now, found = clock.now(), []
    for point in points:
        last, failures = standing(history.get(point.id, ()))
        if last is None and "@" in point.schedule:
            last = point.accepted  # the hour was chosen: a new point waits for it too
        if schedule.due(point.schedule, last, failures, now):
            found.append((last or point.created, point.id, point))
    return [point for _last, _id, point in sorted(found, key=lambda row: row[:2])]


def standing(runs: Sequence[Any]) -> tuple[datetime | None, int]:
    """What a schedule asks of the runs of a point.

    :param runs: ``(state, created, finished, reason)``, newest first
    :returns: when the last one began, or ended where it failed for a reason that may pass; and how many of the last
        ones did so
    """
    failures = 0
    for run in runs:
        if run.state != RunState.FAILED.value or not schedule.may_pass(run.reason):
            break
        failures += 1
    if not runs:
        return None, 0
    return (runs[0].finished if failures else None) or runs[0].created, failures


def _history(point_ids: Iterable[str]) -> dict[str, list[Any]]:
    place = sa.func.row_number().over(partition_by=RUN.c.point_id, order_by=RUN.c.created.desc()).label("place")
    columns = (RUN.c.point_id, RUN.c.state, RUN.c.created, RUN.c.finished, RUN.c.reason)
    numbered = (
        sa.select(*columns, place).where(RUN.c.point_id.in_(list(point_ids)), RUN.c.dry_run.is_(False)).subquery()
    )
    query = sa.select(numbered).where(numbered.c.place <= LOOKED_AT).order_by(numbered.c.point_id, numbered.c.place)
    found: dict[str, list[Any]] = {}
    for row in model.Session.execute(query):
        found.setdefault(row.point_id, []).append(row)
    return found
