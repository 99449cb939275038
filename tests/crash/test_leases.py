"""Leases, cancelling and batches that fail: who may go on with a run, and what of it stays."""

from __future__ import annotations

import signal
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.crash import snapshot
from tests.crash.conftest import queued
from tests.crash.scenarios import LONG
from tests.crash.steps import STEPS
from tests.exchange.server import record, records

pytestmark = pytest.mark.usefixtures("site")

COUNT = 45


def test_the_lease_of_a_killed_worker_is_free_at_once_and_that_of_a_living_one_is_not(
    source, make_point, worker, ask
):
    from ckanext.govshare.exchange import engine, lease

    slow = [True]

    def answer(handler):
        while slow[0]:
            time.sleep(0.05)
        source.answer = None
        source.reply(handler)

    source.put(records(COUNT))
    source.answer = answer
    run_id = queued(make_point(source.url))
    living = worker(run_id)
    deadline = time.monotonic() + 60
    while source.requests == 0 and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not lease.is_free(run_id)
    with pytest.raises(lease.LeaseTaken):
        engine.work(run_id)
    living.kill()
    living.wait()
    assert lease.is_free(run_id)
    slow[0] = False


def test_a_worker_that_starts_takes_up_what_a_dead_one_left(source, make_point, worker, ask):
    from ckan import model
    from ckan.lib.jobs import Worker, get_queue

    source.put(records(COUNT))
    run_id = queued(make_point(source.url))
    killed = worker(run_id, STEPS["apply.4_batch_written_and_not_committed"])
    assert killed.wait() == -signal.SIGKILL
    get_queue().empty()

    Worker().register_birth()

    assert [list(job.args) for job in get_queue().jobs] == [[run_id]]
    get_queue().empty()
    model.Session.remove()


def test_a_worker_that_lost_its_lease_cannot_commit(source, make_point, ask, monkeypatch):
    from ckan import model

    from ckanext.govshare.exchange import engine, entries, lease
    from ckanext.govshare.exchange.model import RUN

    source.put(records(5))
    run_id = queued(make_point(source.url))
    write = entries.create

    def robbed(*args):
        with model.meta.engine.begin() as connection:
            connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(lease_owner="elsewhere:1:1"))
        return write(*args)

    monkeypatch.setattr(entries, "create", robbed)

    with pytest.raises(lease.LeaseLost):
        engine.work(run_id)

    model.Session.rollback()
    assert model.Session.query(model.Package).filter_by(type="dataset").count() == 0


@pytest.mark.parametrize("step", ["fetch.3_after_the_download", "apply.5_committed_and_not_indexed", "done.1_before"])
def test_a_worker_that_slept_through_its_lease_does_no_harm_when_it_wakes(
    step, source, make_point, worker, nursery, ask
):
    from ckan import model

    source.put(records(COUNT))
    run_id = queued(make_point(source.url))
    asleep = worker(run_id, replace(STEPS[step], by=signal.SIGSTOP))
    asleep.wait_stopped()
    assert ask("govshare_exchange_due", {})["resumed"] == []
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE govshare_harvest_run SET heartbeat = now() - interval '61 seconds'"))
    assert ask("govshare_exchange_due", {})["resumed"] == [run_id]
    assert worker(run_id).wait() == 0, nursery.said()
    ask("govshare_index_drain", {})
    whole = snapshot.site()

    asleep.go_on()
    asleep.wait()

    assert snapshot.differences(whole, snapshot.site()) == {}
    assert ask("govshare_harvest_run_show", {"id": run_id})["counts"]["create"] == COUNT
    snapshot.ids_agree()


def test_a_worker_that_wakes_to_a_broken_source_does_not_fail_the_run_of_another(
    source, make_point, worker, nursery, ask
):
    from ckan import model

    source.put([record(number, description=LONG) for number in range(1, COUNT + 1)])
    run_id = queued(make_point(source.url))
    asleep = worker(
        run_id,
        replace(STEPS["fetch.2_in_the_download"], by=signal.SIGSTOP),
        **{"ckanext.govshare.exchange.max_seconds": 5},
    )
    asleep.wait_stopped()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE govshare_harvest_run SET heartbeat = now() - interval '61 seconds'"))
    other = worker(run_id, replace(STEPS["apply.5_committed_and_not_indexed"], by=signal.SIGSTOP))
    other.wait_stopped()
    time.sleep(5)

    asleep.go_on()
    asleep.wait()

    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "applying"
    other.go_on()
    assert other.wait() == 0, nursery.said()
    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "done"
    snapshot.ids_agree()


def test_a_cancelled_run_stops_between_batches_and_keeps_what_is_applied(
    source, make_point, ask, monkeypatch, ckan_config
):
    from ckan import model

    from ckanext.govshare.exchange import apply, engine

    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.batch", 10)
    source.put(records(COUNT))
    run_id = queued(make_point(source.url))
    step = apply.Applier.step
    steps = []

    def cancelling(self):
        answer = step(self)
        steps.append(answer)
        if len(steps) == 2:
            with model.meta.engine.begin() as connection:
                table = sa.table("govshare_harvest_run", sa.column("id"), sa.column("cancel_asked"))
                connection.execute(sa.update(table).where(table.c.id == run_id).values(cancel_asked=True))
        return answer

    monkeypatch.setattr(apply.Applier, "step", cancelling)

    engine.work(run_id)

    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "cancelled"
    assert steps == [10, 10]
    assert ask("package_search", {})["count"] == 20


def test_one_record_that_the_catalogue_refuses_is_rejected_and_the_rest_applied(
    source, make_point, harvest, ask, monkeypatch
):
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.govshare.exchange import entries

    def refusing(write):
        def call(context, point, run_id, items, *rest):
            if "rec-3" in [item["guid"] for item in (items if isinstance(items, list) else [items])]:
                model.Session.rollback()
                raise tk.ValidationError({"title": ["不行"]})
            return write(context, point, run_id, items, *rest)

        return call

    for name in ("create", "save"):
        monkeypatch.setattr(entries, name, refusing(getattr(entries, name)))
    source.put(records(6))

    run = harvest(make_point(source.url))

    assert run["state"] == "done"
    assert ask("package_search", {})["count"] == 5
    refused = next(problem for problem in run["problems"] if problem["guid"] == "rec-3")
    assert (refused["verdict"], refused["findings"][-1]["slug"]) == ("rejected", "not_saved")
    assert (run["counts"]["create"], run["counts"]["reject"]) == (5, 1)


def test_a_run_goes_on_while_the_index_is_away_and_the_outbox_keeps_its_rows(
    source, make_point, harvest, ask, monkeypatch
):
    from ckan.lib.search import common

    with monkeypatch.context() as away:
        away.setattr(common, "make_connection", lambda *args, **kwargs: 1 / 0)
        source.put([record(1), record(2)])
        run = harvest(make_point(source.url))

    assert run["state"] == "done"
    assert ask("govshare_index_drain", {})["indexed"] == 2
    assert ask("package_search", {})["count"] == 2
