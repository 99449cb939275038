"""SIGKILL at every numbered step of a run: whoever goes on makes of it what a run without a kill makes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import conftest as base
from tests.crash import scenarios, snapshot
from tests.crash.conftest import Nursery, queued
from tests.crash.steps import FILE_STEPS, STEPS, Death

pytestmark = pytest.mark.usefixtures("saved_city", "site", "settings")

LONG = bool(os.environ.get("GOVSHARE_TRIALS"))  # make crash: every step
SHORT = {
    "fetch.3_after_the_download",
    "plan.2_in_a_later_chunk",
    "plan.4_planned_and_not_decided",
    "apply.3_in_a_batch_of_new_entries",
    "apply.4_batch_written_and_not_committed",
    "index.2_after_the_request",
    "suspend.1_in_the_step",
    "suspend.3_after_the_commit",
    "done.2_before_the_work_folder_is_cleared",
    "files.2_committed_and_not_loaded",
    "files.4_loaded_and_not_marked",
}
CLEAN: dict[str, dict[str, Any]] = {}  # what runs without a kill made of the site


@pytest.fixture
def mixed(request, source, ask, monkeypatch) -> str:
    """A run over a source in which everything happens, waiting for a worker. Its past is made once."""
    first, second, third = scenarios.states()
    if "past" in CLEAN:
        with monkeypatch.context() as kept:
            kept.setattr(base, "SAVED", "saved_past")
            base.restore()
        index_all(ask)
    else:
        make_point, harvest = request.getfixturevalue("make_point"), request.getfixturevalue("harvest")
        source.put(first)
        point = make_point(source.url)
        assert harvest(point)["counts"]["create"] == len(first)
        source.put(second)
        assert harvest(point)["counts"]["suspend"] == 1
        with monkeypatch.context() as kept:
            kept.setattr(base, "SAVED", "saved_past")
            forget_events()
            base.save()
        CLEAN["past"] = {"point": point}
    source.put(third)
    return queued(CLEAN["past"]["point"])


def forget_events() -> None:
    """The record of events: its rows are a chain that nobody puts back."""
    from ckan import model

    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE govshare_event DISABLE TRIGGER USER"))
        connection.execute(sa.text("TRUNCATE govshare_event"))
        connection.execute(sa.text("ALTER TABLE govshare_event ENABLE TRIGGER USER"))


def index_all(ask) -> None:
    """The index as the database is."""
    from ckan import model

    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO govshare_index_outbox (package_id) SELECT id FROM package ON CONFLICT DO NOTHING")
        )
    drain(ask)


def drain(ask) -> None:
    while ask("govshare_index_drain", {})["left"]:
        continue


@pytest.fixture
def front_end(ckan_config: Any, monkeypatch: Any, tmp_path: Path) -> dict[str, str]:
    """Settings with the address of a department's server with two tables."""
    url = f"sqlite:///{tmp_path / 'front.db'}"
    engine = sa.create_engine(url)
    scenarios.bus_stops(engine, 300)
    engine.dispose()
    settings = {"ckanext.govshare.exchange.database.bus": url}
    for key, value in settings.items():
        monkeypatch.setitem(ckan_config, key, value)
    return settings


@pytest.fixture
def with_files(front_end, make_point) -> str:
    """A run over a front-end database, waiting for a worker."""
    return queued(make_point("bus", name="bus-stops", kind="database", settings=scenarios.BUS))


def go_on(nursery: Nursery, worker: Callable[..., Any], run_id: str, ask, **settings: Any) -> dict[str, Any]:
    """Work a run to its end; what the site is then."""
    made = worker(run_id, **settings)
    assert made.wait() == 0, nursery.said()
    drain(ask)
    run = ask("govshare_harvest_run_show", {"id": run_id})
    assert run["state"] == "done", run["reason"]
    snapshot.ids_agree()
    return snapshot.site()


def kill(nursery: Nursery, worker: Callable[..., Any], run_id: str, death: Death, **settings: Any) -> None:
    made = worker(run_id, death, **settings)
    assert made.wait() == -signal.SIGKILL, nursery.said()


def test_a_clean_run_does_everything(mixed, worker, nursery, ask):
    CLEAN["mixed"] = go_on(nursery, worker, mixed, ask)

    counts = ask("govshare_harvest_run_show", {"id": mixed})["counts"]
    assert counts == {
        "create": 10,
        "update": 8,
        "unchanged": 23,
        "missing": 5,
        "suspend": 5,
        "reappear": 1,
        "reject": 3,
        "conflict": 0,
        "review": 2,
    }


def test_a_clean_run_stores_files_and_rows(with_files, worker, nursery, ask, front_end):
    CLEAN["files"] = go_on(nursery, worker, with_files, ask, **front_end)

    assert CLEAN["files"]["DataStore"] == {"<file 0 of <entry bus:stops>>": 300, "<file 0 of <entry bus:lines>>": 300}


@pytest.mark.parametrize("step", [step for step in FILE_STEPS if LONG or step in SHORT])
def test_rows_of_files_are_whole_whenever_the_worker_was_killed(
    step, with_files, worker, nursery, ask, front_end
):
    kill(nursery, worker, with_files, FILE_STEPS[step], **front_end)

    resumed = go_on(nursery, worker, with_files, ask, **front_end)

    assert snapshot.differences(CLEAN["files"], resumed) == {}


@pytest.mark.parametrize("step", [step for step in STEPS if LONG or step in SHORT])
def test_a_run_killed_at_a_step_ends_like_one_that_was_not(step, mixed, worker, nursery, ask):
    kill(nursery, worker, mixed, STEPS[step])

    resumed = go_on(nursery, worker, mixed, ask)

    assert snapshot.differences(CLEAN["mixed"], resumed) == {}
