"""Background jobs: a run is worked at in slices, each with a time limit of its own (T26)."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

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
        tk.enqueue_job(run_slice, [run_id], title=f"govshare run {run_id}", rq_kwargs={"timeout": timeout})
    except Exception as error:  # noqa: BLE001 - the run is in the database; without Valkey the timer will set it going
        log.warning("run %s not enqueued: %s", run_id, type(error).__name__)
        return False
    return True


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


def at_worker_start(*_args: Any) -> None:
    """Take up what a dead worker left."""
    resumed = resume_stale()
    if resumed:
        log.info("resumed runs: %s", ", ".join(resumed))
