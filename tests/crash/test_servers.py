"""PostgreSQL restarted, Solr away, Valkey emptied in the middle of a run: it ends like a quiet one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.crash import snapshot
from tests.crash.conftest import Nursery, queued, wait_for
from tests.crash.nursery import dispose
from tests.crash.steps import STEPS
from tests.exchange.server import records

pytestmark = pytest.mark.usefixtures("saved_city", "site", "settings")

COUNT = 60
LONG = bool(os.environ.get("GOVSHARE_TRIALS"))  # make crash
# Steps that a first load passes through.
LOADING = [step for step in STEPS if not step.startswith(("suspend", "apply.1", "apply.2"))]
AT = LOADING if LONG else ["plan.2_in_a_later_chunk", "apply.4_batch_written_and_not_committed"]
CLEAN: dict[str, dict[str, Any]] = {}


class Servers:
    """The embedded servers of this session, stopped without a word and started again."""

    def __init__(self) -> None:
        from ckanext.govshare.runtime import stack, testing
        from ckanext.govshare.runtime.paths import Home
        from ckanext.govshare.runtime.processes import Runner

        home = Home(testing.default_home())
        self.runner = Runner(home.run, home.logs)
        port = stack.Setup(home).values["solr_port"]
        made = stack.servers(home, port, lambda _text: None, testing.DATABASES, durable=False)
        self.services = {service.name: service for service in made.services()}

    def stop(self, name: str) -> None:
        """PostgreSQL by its immediate shutdown, which keeps nothing in memory; the others by SIGKILL."""
        if name == "postgres":
            flush()
        self.runner.stop(name, signal.SIGQUIT if name == "postgres" else signal.SIGKILL)

    def start(self, name: str) -> None:
        if not self.runner.pid(name):
            self.runner.start(self.services[name])
        self.runner.wait_ready(self.services[name])


def flush() -> None:
    """Put what is committed on the disk: the servers of tests take their time with that."""
    from ckan import model

    with model.meta.engine.connect() as connection:
        connection.execute(sa.text("SET synchronous_commit = on"))
        connection.execute(sa.text("SELECT pg_logical_emit_message(true, 'flush', '')"))
        connection.commit()
        connection.execute(sa.text("RESET synchronous_commit"))
        connection.commit()


@pytest.fixture
def servers(ckan_config: Any) -> Iterator[Servers]:
    from ckan import model

    from ckanext.govshare.runtime import testing

    if not testing.is_running():
        pytest.skip("the servers of this session are not ours to restart")
    found = Servers()
    yield found
    model.Session.remove()
    for name in found.services:
        found.start(name)
    dispose()


@pytest.fixture
def point(source, make_point) -> str:
    source.put(records(COUNT))
    return make_point(source.url)


def entries_now() -> int:
    from ckan import model

    with model.meta.engine.connect() as connection:
        return connection.execute(sa.text("SELECT count(*) FROM package WHERE type = 'dataset'")).scalar_one()


def go_on(nursery: Nursery, worker: Callable[..., Any], run_id: str, ask) -> dict[str, Any]:
    """Let the timer find the run if it has not ended, and a worker end it; what the site is then."""
    if ask("govshare_harvest_run_show", {"id": run_id})["state"] == "done":
        return settled(run_id, ask)
    assert run_id in ask("govshare_exchange_due", {})["resumed"]
    assert worker(run_id).wait() == 0, nursery.said()
    return settled(run_id, ask)


def settled(run_id: str, ask) -> dict[str, Any]:
    while ask("govshare_index_drain", {})["left"]:
        continue
    run = ask("govshare_harvest_run_show", {"id": run_id})
    assert run["state"] == "done", run["reason"]
    snapshot.ids_agree()
    return snapshot.site()


def test_a_quiet_run(point, worker, nursery, ask):
    run_id = queued(point)
    assert worker(run_id).wait() == 0, nursery.said()
    CLEAN["load"] = settled(run_id, ask)


@pytest.mark.parametrize("step", AT)
def test_postgresql_restarted_at_a_step(step, point, worker, nursery, ask, servers):
    run_id = queued(point)
    working = worker(run_id, replace(STEPS[step], by=signal.SIGSTOP))
    working.wait_stopped()
    servers.stop("postgres")
    servers.start("postgres")
    working.go_on()
    working.wait()

    assert snapshot.differences(CLEAN["load"], go_on(nursery, worker, run_id, ask)) == {}


def test_postgresql_restarted_while_the_source_is_waited_for_is_not_even_noticed(
    source, point, worker, nursery, ask, servers
):
    slow = [True]

    def answer(handler: Any) -> None:
        wait_for(lambda: not slow[0])
        source.answer = None
        source.reply(handler)

    source.answer, source.requests = answer, 0
    run_id = queued(point)
    working = worker(run_id, **{"ckanext.govshare.exchange.stall_seconds": 120})
    wait_for(lambda: source.requests)
    servers.stop("postgres")
    servers.start("postgres")
    slow[0] = False

    assert working.wait() == 0, nursery.said()
    assert snapshot.differences(CLEAN["load"], settled(run_id, ask)) == {}


def test_solr_killed_in_the_middle_of_a_run_that_goes_on(point, worker, nursery, ask, servers):
    run_id = queued(point)
    killed = worker(run_id, STEPS["apply.5_committed_and_not_indexed"])
    assert killed.wait() == -signal.SIGKILL
    servers.stop("solr")
    assert worker(run_id).wait() == 0, nursery.said()
    assert entries_now() == COUNT
    servers.start("solr")

    assert snapshot.differences(CLEAN["load"], settled(run_id, ask)) == {}


def test_valkey_emptied_before_a_worker_took_the_job(point, worker, nursery, ask):
    from ckan.lib.jobs import get_queue
    from ckan.lib.redis import connect_to_redis

    run_id = ask("govshare_harvest_run", {"exchange_point": point})["run_id"]
    assert [run_id] in [list(job.args) for job in get_queue().jobs]
    connect_to_redis().flushdb()
    assert get_queue().jobs == []

    assert snapshot.differences(CLEAN["load"], go_on(nursery, worker, run_id, ask)) == {}
    get_queue().empty()


def test_valkey_killed_while_a_run_is_asked_for(point, worker, nursery, ask, servers):
    servers.stop("valkey")
    run_id = ask("govshare_harvest_run", {"exchange_point": point})["run_id"]
    servers.start("valkey")

    assert snapshot.differences(CLEAN["load"], go_on(nursery, worker, run_id, ask)) == {}
