"""Background jobs: a run is worked at in slices, each with a time limit of its own (T26)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.jobs import Worker, get_queue
from sqlalchemy.exc import SQLAlchemyError

from ckanext.govshare import config
from ckanext.govshare.exchange import engine, lease, runs

log = logging.getLogger(__name__)


def enqueue(run_id: str) -> bool:
    """Set a worker to a run.

    :returns: False when there is no queue now; the timer finds the run then
    """
    # Room for one fetch, one plan and one slice: what exceeds it hangs.
    timeout = int(config.get("exchange.max_seconds") + 2400 + engine.SLICE)
    try:
        if any(waiting.startswith(_prefix(run_id)) for waiting in get_queue().get_job_ids()):
            return True
        # An id of its own for each slice: the present one is still at work when it enqueues the next.
        options = {"timeout": timeout, "job_id": f"{_prefix(run_id)}{uuid.uuid4().hex[:8]}"}
        tk.enqueue_job(run_slice, [run_id], title=f"govshare run {run_id}", rq_kwargs=options)
    except Exception as error:  # noqa: BLE001 - the run is in the database; without Valkey the timer will set it going
        log.warning("run %s not enqueued: %s", run_id, type(error).__name__)
        return False
    return True


def _prefix(run_id: str) -> str:
    return f"govshare-run-{run_id}-"


def run_slice(run_id: str) -> None:
    """Work at a run for one slice, and enqueue the next when something is left."""
    try:
        again = engine.work(run_id)
    except lease.LeaseTaken as error:
        log.info("run %s is with %s", run_id, error)
        return
    except lease.LeaseLost:
        log.warning("run %s was taken over", run_id)
        return
    finally:
        model.Session.remove()
    if again:
        enqueue(run_id)


def work_through(run_id: str) -> None:
    """Work at a run in this process until it ends or waits for a person.

    :raises LeaseTaken: a living worker is at it
    """
    while engine.work(run_id, seconds=3600):
        continue


def resume_stale() -> list[str]:
    """Enqueue every run that should be worked at and that no living worker holds.

    :returns: ids of the runs
    """
    stale = [run.id for run in runs.open_runs() if run.lease_owner is None or lease.is_free(run.id)]
    model.Session.rollback()
    for run_id in stale:
        enqueue(run_id)
    return stale


def watch_workers() -> None:
    """Let every worker take up what a dead one left: when it starts, and when its own work horse was killed.

    CKAN offers no hook for these moments; elsewhere the timer finds such runs.
    """
    for name in ("register_birth", "handle_work_horse_killed"):
        whole = getattr(Worker, name)
        if not getattr(whole, "govshare", False):
            setattr(Worker, name, _followed_by_resuming(whole))


def _followed_by_resuming(whole: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(whole)
    def method(self: Worker, *args: Any, **options: Any) -> Any:
        answer = whole(self, *args, **options)
        try:
            resumed = resume_stale()
            if resumed:
                log.info("resumed runs: %s", ", ".join(resumed))
        except SQLAlchemyError as error:
            log.warning("no run resumed: %s", type(error).__name__)
        finally:
            model.Session.remove()
        return answer

    method.govshare = True
    return method
