"""Actions on harvest runs: start, plan, apply, confirm, cancel, show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import config
from ckanext.govshare.exchange import behind, fetch, health, jobs, lease, load, points, runs, turns, words
from ckanext.govshare.exchange.guard import Reason
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.logic.action import record_event, visible
from ckanext.govshare.exchange.model import ExchangePoint, HarvestRun
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import PointState, RunState, WrongMove
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_exchange_due",
    "govshare_harvest_apply",
    "govshare_harvest_cancel",
    "govshare_harvest_confirm",
    "govshare_harvest_plan",
    "govshare_harvest_run",
    "govshare_harvest_run_list",
    "govshare_harvest_run_show",
]

CANCELLED = Reason("cancelled", "已由人工取消", "Cancelled by a person")
EXPIRED = Reason("plan_expired", "计划已过期，请重新生成", "The plan is too old; make a new one")
PLAN_LIFE = timedelta(days=7)
PROBLEM_LIMIT = 1000  # with the run itself; govshare_harvest_problem_list has them all


def govshare_harvest_run(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Harvest an exchange point: fetch, plan, guard, apply, index. A worker does it in the background.

    :param exchange_point: id or name
    :returns: ``{run_id}``; ``govshare_harvest_run_show`` tells how it goes
    :raises ValidationError: the point is not accepted, or a run of it is under way
    """
    return _start(context, data_dict, "govshare_harvest_run", dry_run=False)


def govshare_harvest_plan(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Fetch and plan without changing anything; ``govshare_harvest_apply`` applies this very plan.

    :param exchange_point: id or name
    :returns: ``{run_id}``
    :raises ValidationError: the point is not accepted, or a run of it is under way
    """
    return _start(context, data_dict, "govshare_harvest_plan", dry_run=True)


def _start(context: Context, data_dict: dict[str, Any], action: str, dry_run: bool) -> dict[str, Any]:
    tk.check_access(action, context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_run())
    point = points.find(data["exchange_point"])
    if point.state != PointState.ACCEPTED.value:
        raise tk.ValidationError(
            {"exchange_point": [tk._("The exchange point is not accepted by the office")]}
        )
    try:
        run = runs.start(point, context.get("user") or "", dry_run)
    except runs.Busy as busy:
        raise _busy(busy) from None
    run_id = run.id
    model.Session.commit()
    _set_going(context, run_id, data["wait"])
    return {"run_id": run_id}


def _busy(busy: runs.Busy) -> tk.ValidationError:
    model.Session.rollback()
    message = tk._("A run of this exchange point is under way: {run}").format(run=busy.run_id)
    return tk.ValidationError({"exchange_point": [message]})


def _set_going(context: Context, run_id: str, wait: bool) -> None:
    """Hand a run to a worker; commands work at it themselves."""
    if wait and context.get("ignore_auth"):
        jobs.work_through(run_id)
    else:
        jobs.enqueue(run_id)


def govshare_harvest_apply(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Apply a plan that ``govshare_harvest_plan`` made.

    :param id: id of the planned run
    :returns: ``{run_id, state}``: *held* where the guard wants a person to confirm
    :raises ValidationError: the run is not planned; the point is not accepted, changed, or another run was applied
        since (plan again)
    """
    tk.check_access("govshare_harvest_apply", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_apply())
    run = _locked(data["id"])
    if run.state != RunState.PLANNED.value:
        message = tk._("The run is not a plan that waits: it is {state}").format(state=words.label(run.state, "run"))
        raise _refused(message)
    if runs.outdated(run):
        raise _refused(tk._("Another run was applied since; make a new plan"))
    _check_in_force(run)
    try:
        runs.make_way(run.point_id)
    except runs.Busy as busy:
        raise _busy(busy) from None
    runs.move(run, RunState.HELD if run.reason else RunState.APPLYING)
    run_id, state = run.id, run.state
    model.Session.commit()
    if state == RunState.APPLYING.value:
        _set_going(context, run_id, data["wait"])
    return {"run_id": run_id, "state": runs.find(run_id).state}


def govshare_harvest_confirm(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Let a held run go on. Of two who confirm at once one does; the other is told who.

    :param id: id of the run
    :returns: ``{run_id, state}``
    :raises ValidationError: the run is not held, or not any more; the point is not accepted, or changed since
    :raises NotAuthorized: the caller is neither the office, a reviewer of the department, nor an operator
    """
    tk.check_access("govshare_harvest_confirm", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_apply())
    run = _locked(data["id"])
    if run.state != RunState.HELD.value:
        raise _refused(_not_held(run))
    _check_in_force(run)
    runs.move(run, RunState.APPLYING)
    run.confirmed, run.confirmed_by = clock.now(), context.get("user") or ""
    record_event(
        context, "run_confirmed", points.find(run.point_id), run=run.id, reason=run.reason, counts=run.counts
    )
    run_id = run.id
    model.Session.commit()
    _set_going(context, run_id, data["wait"])
    return {"run_id": run_id, "state": runs.find(run_id).state}


def _locked(run_id: str) -> HarvestRun:
    """A run as it is now; who else decides about it waits until this transaction is over."""
    wanted = sa.select(HarvestRun).where(HarvestRun.id == runs.find(run_id).id).with_for_update()
    return model.Session.scalars(wanted, execution_options={"populate_existing": True}).one()


def _check_in_force(run: HarvestRun) -> None:
    """Raise unless the point is accepted, and is what it was when the plan was made.

    :raises ValidationError: it is not
    """
    point = points.find(run.point_id)
    if point.state != PointState.ACCEPTED.value:
        raise _refused(tk._("The exchange point is not accepted by the office"))
    if run.recipe != points.source(point):
        raise _refused(tk._("The exchange point changed since; make a new plan"))


def _refused(message: str) -> tk.ValidationError:
    model.Session.rollback()  # nobody waits for the lock any longer
    return tk.ValidationError({"id": [message]})


def _not_held(run: HarvestRun) -> str:
    if run.confirmed is None:
        return tk._("The run is not held: it is {state}").format(state=words.label(run.state, "run"))
    who, when = words.person(run.confirmed_by or ""), words.moment(run.confirmed.isoformat())
    return tk._("{person} confirmed this run already, {moment}").format(person=who, moment=when)


def govshare_harvest_cancel(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Cancel a run: at once when nobody works at it, else after the present batch. What is applied stays.

    :param id: id of the run
    :returns: ``{run_id, state}``
    :raises ValidationError: the run has ended
    """
    tk.check_access("govshare_harvest_cancel", context, data_dict)
    run = _locked(checked(context, data_dict, schema.by_id())["id"])
    try:
        runs.check_move(run, RunState.CANCELLED)
    except WrongMove:
        raise _refused(tk._("The run has ended: {state}").format(state=words.label(run.state, "run"))) from None
    run.cancel_asked = True
    if run.state in (RunState.HELD.value, RunState.PLANNED.value) or lease.is_free(run.id):
        runs.finish(run, RunState.CANCELLED, CANCELLED)
        fetch.clear(run.id)
    record_event(context, "run_cancelled", points.find(run.point_id), run=run.id)
    model.Session.commit()
    return {"run_id": run.id, "state": run.state}


@tk.side_effect_free
def govshare_harvest_run_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One run.

    :param id: id of the run
    :returns: ``{id, state, counts: {create, update, unchanged, missing, suspend, reappear, reject, conflict,
        review (put before a person)}, problems: [{guid, title, verdict, findings: [{slug, field, severity,
        message}]}], seconds (of work), writes (rows written beside the run's own), reason, totals: {records,
        bytes, items, known, not_modified}, exchange_point, dry_run, created, started, planned, finished,
        confirmed}``; at most 1000 problems
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_harvest_run_show", context, data_dict)
    run = runs.find(checked(context, data_dict, schema.by_id())["id"])
    return {**runs.as_dict(run, points.find(run.point_id)), "problems": behind.problems(run, PROBLEM_LIMIT)}


@tk.side_effect_free
def govshare_harvest_run_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Runs, newest first.

    :param exchange_point: id or name (optional; else of all points that the caller may see)
    :param state: one state (optional)
    :param limit: at most 1000 (default 20)
    :param offset: runs to pass over (default 0)
    :returns: as ``govshare_harvest_run_show`` without problems
    """
    tk.check_access("govshare_harvest_run_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_run_list())
    query = (
        sa.select(HarvestRun).order_by(HarvestRun.created.desc()).limit(data["limit"]).offset(data["offset"])
    )
    if data.get("exchange_point"):
        known = {point.id: point for point in [points.find(data["exchange_point"])]}
    else:
        may_see = visible(context)
        known = {
            point.id: point for point in model.Session.scalars(sa.select(ExchangePoint)) if may_see(point)
        }
    query = query.where(HarvestRun.point_id.in_(known))
    if data.get("state"):
        query = query.where(HarvestRun.state == data["state"])
    return [runs.as_dict(run, known[run.point_id]) for run in model.Session.scalars(query)]


def govshare_exchange_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What time makes due in the exchange room: runs that a dead worker left, points whose turn it is, old
    plans, records of plans past their time, messages that nobody sent.

    Idempotent.

    :returns: ``{resumed: [run id], started: [run id], expired: [run id], forgotten: runs, told: messages,
        full_text: [resource id] whose tables still lack it}``
    """
    tk.check_access("govshare_exchange_due", context, data_dict)
    expired = []
    for run in model.Session.scalars(
        sa.select(HarvestRun).where(
            HarvestRun.state == RunState.PLANNED.value, HarvestRun.planned < clock.now() - PLAN_LIFE
        )
    ).all():
        runs.finish(run, RunState.CANCELLED, EXPIRED)
        fetch.clear(run.id)
        expired.append(run.id)
    forgotten = runs.forget_plans(clock.now() - timedelta(days=config.get("exchange.keep_days")))
    model.Session.commit()
    resumed = jobs.resume_stale()
    started, told = _start_due(), health.send()
    return {
        "resumed": resumed,
        "started": started,
        "expired": expired,
        "forgotten": forgotten,
        "told": told,
        "full_text": load.fill_due(),
    }


def _start_due() -> list[str]:
    started = []
    for point in turns.due():
        try:
            started.append(runs.start(point, "").id)
        except runs.Busy:
            model.Session.rollback()
            continue
        model.Session.commit()
    for run_id in started:
        jobs.enqueue(run_id)
    return started
