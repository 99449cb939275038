"""The engine: takes a run from state to state while it holds the run's lease.

``queued → planning → planned → applying → done``; a guard holds it, a refusal fails it, a person cancels it.
Every step may be repeated: planning leaves nothing before its one commit, applying goes on at the first open
item.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.exchange import (
    apply,
    entries,
    failures,
    fetch,
    files,
    guard,
    health,
    lease,
    ledger,
    plan,
    points,
    runs,
    writing,
)
from ckanext.govshare.exchange.guard import Reason
from ckanext.govshare.exchange.model import WORKABLE, HarvestRun
from ckanext.govshare.exchange.progress import CancelAsked, Progress
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.states import PointState, RunState

log = logging.getLogger(__name__)

SLICE = 30.0  # seconds of applying after which a job makes room for others: a small point waits for no large one
NOT_ACCEPTED = Reason("point_not_accepted", "交换节点尚未通过验收", "The exchange point is not accepted")
REVIEW = Reason(
    "review",
    "本节点的变更须经人工确认后发布",
    "Changes of this exchange point are published after a person confirms",
)
CANCELLED = Reason("cancelled", "已由人工取消", "Cancelled by a person")
INTERNAL = Reason("internal_error", "系统内部错误，已记入日志", "Internal error; the log has the details")


def work(run_id: str, seconds: float = SLICE) -> bool:
    """Work at a run for a while.

    :param seconds: how long to apply before making room; planning is one piece
    :returns: whether something is left for another slice
    :raises LeaseTaken: a living worker is at it
    :raises LeaseLost: another worker took it over
    """
    with lease.held(run_id) as owner:
        started = time.monotonic()
        try:
            return _slice(run_id, owner, started + seconds)
        except Exception as error:
            if isinstance(error, lease.LeaseLost) or failures.is_broken(error):
                raise  # the run stays where it is and is resumed
            log.exception("run %s failed", run_id)
            model.Session.rollback()
            _end(run_id, RunState.FAILED, INTERNAL)
            return False
        finally:
            model.Session.rollback()
            _add_seconds(run_id, time.monotonic() - started)


def _slice(run_id: str, owner: str, deadline: float) -> bool:
    run = runs.find(run_id)
    if run.state in (RunState.QUEUED.value, RunState.PLANNING.value) and not _cancelled(run):
        _plan(run, owner)
    applier: apply.Applier | None = None
    keeper: files.Files | None = None
    while True:
        run = runs.find(run_id)
        if run.state not in WORKABLE or _cancelled(run) or _out_of_force(run):
            return False
        if time.monotonic() > deadline:
            return True
        applier = applier or _applier(run, owner)
        if applier.step():
            continue
        if keeper is None and files.wanted(points.find(run.point_id)):
            keeper = files.Files(run_id, owner, run.point_id)
        if keeper is None or not keeper.step():
            _end(run_id, RunState.DONE)
            return False


def _out_of_force(run: HarvestRun) -> bool:
    """Whether the point was suspended, or its declaration changed, since the run began: it stops where it is."""
    if points.find(run.point_id).state == PointState.ACCEPTED.value:
        return False
    _end(run.id, RunState.CANCELLED, NOT_ACCEPTED)
    return True


def _cancelled(run: HarvestRun) -> bool:
    model.Session.refresh(run)
    if run.cancel_asked and run.state in WORKABLE:
        _end(run.id, RunState.CANCELLED, CANCELLED)
        return True
    return False


def _applier(run: HarvestRun, owner: str) -> apply.Applier:
    point = points.find(run.point_id)
    return apply.Applier(
        run.id,
        owner,
        batch=config.get("exchange.batch"),
        items=int(run.totals.get("items", 0)),
        actor=writing.actor(),
        point=entries.Point(
            point.id,
            point.name,
            point.organization_id,
            point.default_class,
            fetch.harvester(point.kind).profile,
        ),
    )


def _plan(run: HarvestRun, owner: str) -> None:
    """Fetch and plan, then decide where the run goes."""
    run_id = run.id
    if run.state == RunState.QUEUED.value:
        runs.move(run, RunState.PLANNING)
        run.started = clock.now()
        model.Session.commit()
    point = points.find(run.point_id)
    if point.state != PointState.ACCEPTED.value:
        _end(run_id, RunState.FAILED, NOT_ACCEPTED)
        return
    spec, recipe = points.spec(point), points.recipe(point)
    source = points.source(point)
    before = _previous(point.id, source)
    model.Session.rollback()  # no transaction stays open while the network is waited for
    progress = Progress(run_id)
    try:
        progress("fetch", 0)
        fetched = fetch.bring(spec, run_id, before, lambda size: progress("fetch", size))
        result = _make(run_id, owner, spec, recipe, fetched, progress)
    except CancelAsked:
        model.Session.rollback()
        _end(run_id, RunState.CANCELLED, CANCELLED)
        return
    except FetchRefused as error:
        model.Session.rollback()
        _end(run_id, RunState.FAILED, fetch.reason(error))
        return
    run = runs.find(run_id)
    run.recipe, run.planned = source, clock.now()
    run.etag, run.last_modified, run.document_digest = fetched.etag, fetched.last_modified, fetched.digest
    run.cursor = dict(fetched.cursor)
    run.counts = {name: result.counts[name] for name in runs.COUNTS}
    run.totals = {
        "records": result.seen,
        "bytes": fetched.bytes,
        "items": result.items,
        "known": result.known,
        "forgotten": result.forgotten,
        "not_modified": fetched.not_modified,
    }
    held = (
        None if fetched.not_modified else guard.judge(result.tally(), config.get("exchange.shrink_percent"))
    )
    if held is None and spec.publish == "review" and result.items:
        held = REVIEW
    _go_on(run, result.items > 0 or files.wanted(point), held)
    health.note(run)
    lease.renew(run_id, owner, model.Session)
    model.Session.commit()
    if run.state == RunState.DONE.value:
        fetch.clear(run_id)


def _go_on(run: HarvestRun, more: bool, held: Reason | None) -> None:
    runs.move(run, RunState.PLANNED)
    if held is not None:
        run.reason = held.as_dict()
    if run.dry_run:
        return
    if held is not None:
        runs.move(run, RunState.HELD)
    elif more:
        runs.move(run, RunState.APPLYING)
    else:
        runs.finish(run, RunState.DONE)


def _previous(point_id: str, source: str) -> fetch.FetchState:
    """What to ask the source with: nothing when the same bytes could now mean something else.

    A conflict may have been settled at the other point, a title taken by another entry be free again; a
    changed recipe maps every record anew.
    """
    keep = fetch.keep(point_id)
    last = runs.previous(point_id)
    if last is None or last.recipe != source or ledger.unsettled(model.Session(), point_id):
        return fetch.FetchState(keep=keep)
    return fetch.FetchState(
        etag=last.etag,
        last_modified=last.last_modified,
        digest=last.document_digest,
        cursor=last.cursor,
        known=partial(_known, point_id),
        keep=keep,
    )


def _known(point_id: str, guids: Collection[str]) -> set[str]:
    """Which of these records are as the ledger holds them as long as the source says that they have not changed."""
    with model.meta.engine.connect() as connection:
        return ledger.known(connection, point_id, guids)


def _make(
    run_id: str,
    owner: str,
    spec: fetch.PointSpec,
    recipe: str,
    fetched: fetch.Fetched,
    progress: Progress,
) -> plan.Result:
    frame = ledger.Frame(
        run_id=run_id,
        point_id=spec.id,
        organization_id=spec.organization,
        recipe=recipe,
        now=clock.now(),
        missing_runs=config.get("exchange.missing_runs"),
        missing_days=config.get("exchange.missing_days"),
    )
    kind = fetch.harvester(spec.kind)
    with model.meta.engine.begin() as connection:
        checker = partial(_beside, kind.profile)
        planner = plan.Planner(
            connection,
            frame,
            lambda record: kind.to_entry(record, spec),
            checker,
            lambda seen, known: progress("plan", seen, known or None),
        )
        if fetched.not_modified:
            result = planner.make_unmodified()
        else:
            result = planner.make(fetch.records(spec, fetched), fetched.complete)
        lease.renew(run_id, owner, connection)
    return result


def _beside(
    profile: str, entries: list[dict[str, Any]], package_ids: list[str | None]
) -> list[list[Finding]]:
    """What the rules say of entries that they cannot say without the rest of the catalogue."""
    answer = tk.get_action("govshare_entry_check")(
        {"ignore_auth": True}, {"entries": entries, "package_ids": package_ids, "profile": profile}
    )
    model.Session.rollback()
    return [[Finding.from_dict(finding) for finding in findings] for findings in answer]


def _end(run_id: str, state: RunState, reason: Reason | None = None) -> None:
    """End a run: its state, an event when it changed something, no work folder."""
    run = runs.find(run_id)
    runs.finish(run, state, reason)
    health.note(run)
    if run.writes:
        point = points.find(run.point_id)
        tk.get_action("govshare_event_add")(
            {"ignore_auth": True, "user": run.started_by},
            {
                "action": f"run_{state.value}",
                "object_type": "run",
                "object_id": run.id,
                "region": points.region(point),
                "data": {"point": point.name, "counts": run.counts, "writes": run.writes},
            },
        )
    lease.renew(run_id, lease.me(), model.Session)  # whoever slept through its lease ends nobody's run
    model.Session.commit()
    fetch.clear(run_id)


def _add_seconds(run_id: str, seconds: float) -> None:
    with model.meta.engine.begin() as connection:
        table = HarvestRun.__table__
        connection.execute(
            sa.update(table).where(table.c.id == run_id).values(seconds=table.c.seconds + seconds)
        )
