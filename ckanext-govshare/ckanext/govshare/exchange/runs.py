"""Life of a run: opened, moved from state to state, shown. The work itself is in engine.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange import fetch
from ckanext.govshare.exchange.guard import Reason
from ckanext.govshare.exchange.model import ACTIVE, PLAN, RUN, WORKABLE, ExchangePoint, HarvestRun
from ckanext.govshare.kernel import clock, states
from ckanext.govshare.kernel.states import RunState

COUNTS = ("create", "update", "unchanged", "missing", "suspend", "reappear", "reject", "conflict", "review")


class Busy(Exception):  # noqa: N818 - reads as what happened
    """The point has a run under way."""

    def __init__(self, run_id: str):
        super().__init__(run_id)
        self.run_id = run_id


def find(run_id: str) -> HarvestRun:
    """A run by id.

    :raises ObjectNotFound: there is none
    """
    known = bool(run_id) and "\x00" not in run_id
    run = model.Session.get(HarvestRun, run_id) if known else None
    if run is None:
        raise tk.ObjectNotFound(tk._("Run not found"))
    return run


def start(point: ExchangePoint, user: str, dry_run: bool = False) -> HarvestRun:
    """Open a run of a point; the caller commits and sets a worker to it.

    A held run gives way to a new one, which meets the same guard: a source that is well again must not wait
    for a person. A point row is locked meanwhile, so that two starts meet one after the other.

    :raises Busy: a worker is at a run of this point, or will be
    """
    make_way(point.id)
    run = HarvestRun(
        point_id=point.id,
        state=RunState.QUEUED.value,
        started_by=user,
        dry_run=dry_run,
        counts=dict.fromkeys(COUNTS, 0),
        totals={},
        created=clock.now(),
    )
    model.Session.add(run)
    model.Session.flush()
    return run


def make_way(point_id: str) -> None:
    """Make sure that no other run of a point is active; a held one is cancelled.

    :raises Busy: a worker is at a run of this point, or will be
    """
    model.Session.execute(sa.select(ExchangePoint.id).where(ExchangePoint.id == point_id).with_for_update())
    active = model.Session.scalar(
        sa.select(HarvestRun).where(HarvestRun.point_id == point_id, HarvestRun.state.in_(ACTIVE))
    )
    if active is None:
        return
    if active.state != RunState.HELD.value:
        raise Busy(active.id)
    finish(active, RunState.CANCELLED, Reason("superseded", "已由新的运行取代", "A newer run took its place"))
    fetch.clear(active.id)
    model.Session.flush()


def check_move(run: HarvestRun, to: RunState) -> None:
    """Raise unless a run can move to a state.

    :raises WrongMove: there is no such move
    """
    states.move(states.RUN_MOVES, run.state, to)


def move(run: HarvestRun, to: RunState) -> None:
    """Change the state of a run by the table of moves.

    :raises WrongMove: there is no such move
    """
    check_move(run, to)
    run.state = to.value


def finish(run: HarvestRun, to: RunState, reason: Reason | None = None) -> None:
    """End a run."""
    move(run, to)
    run.finished = clock.now()
    if reason is not None:
        run.reason = reason.as_dict()


def previous(point_id: str) -> HarvestRun | None:
    """The last run of a point that is done: what the next one compares its source with."""
    return model.Session.scalar(
        sa.select(HarvestRun)
        .where(HarvestRun.point_id == point_id, HarvestRun.state == RunState.DONE.value)
        .order_by(HarvestRun.finished.desc())
        .limit(1)
    )


def outdated(run: HarvestRun) -> bool:
    """Whether another run was applied since this one was planned: its plan speaks of a former ledger."""
    latest = previous(run.point_id)
    return latest is not None and run.started is not None and latest.finished > run.started


def open_runs() -> list[HarvestRun]:
    """Runs that a worker should be at, oldest first."""
    return list(
        model.Session.scalars(
            sa.select(HarvestRun).where(HarvestRun.state.in_(WORKABLE)).order_by(HarvestRun.created)
        )
    )


def as_dict(run: HarvestRun, point: ExchangePoint | None = None) -> dict[str, Any]:
    """What lists show of a run."""
    return {
        "id": run.id,
        "exchange_point": {"id": run.point_id, "name": point.name, "title": point.title}
        if point
        else {"id": run.point_id},
        "state": run.state,
        "dry_run": run.dry_run,
        "counts": {name: run.counts.get(name, 0) for name in COUNTS},
        "totals": run.totals,
        "progress": run.progress,
        "reason": run.reason,
        "seconds": round(run.seconds, 3),
        "writes": run.writes,
        "started_by": run.started_by,
        **{
            name: _iso(getattr(run, name))
            for name in ("created", "started", "planned", "finished", "confirmed")
        },
        "confirmed_by": run.confirmed_by,
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def in_language(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with its text in the reader's language; Chinese where nobody asked for another."""
    return {
        "slug": finding["slug"],
        "field": finding.get("field", ""),
        "severity": finding.get("severity", "refuse"),
        "message": message(finding),
    }


def message(text: Mapping[str, Any]) -> str:
    """The text of a finding or reason in the reader's language."""
    try:
        language = tk.h.lang() or ""
    except (RuntimeError, AttributeError, TypeError):
        language = ""
    return text.get("message_en" if language.startswith("en") else "message_zh") or ""


def forget_plans(before: datetime) -> int:
    """Remove the records of plans of runs that ended before a moment; the last run of each point keeps its own.

    What the runs counted stays, and so does the history of every entry. At most 50 runs at a time.

    :returns: how many runs gave up their records
    """
    last = sa.select(RUN.c.id).distinct(RUN.c.point_id).order_by(RUN.c.point_id, RUN.c.created.desc())
    old = model.Session.scalars(
        sa.select(RUN.c.id)
        .where(RUN.c.finished < before, RUN.c.id.not_in(last), sa.exists().where(PLAN.c.run_id == RUN.c.id))
        .order_by(RUN.c.finished)
        .limit(50)
    ).all()
    model.Session.execute(sa.delete(PLAN).where(PLAN.c.run_id.in_(old)))
    return len(old)
