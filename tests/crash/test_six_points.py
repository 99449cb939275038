"""Six points at once on three workers, and SIGKILL every two seconds until all is done: like a quiet run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash import scenarios, snapshot
from tests.crash.supervised import Every, Workers, write_ini
from tests.exchange.server import Source, record, records

pytestmark = pytest.mark.usefixtures("saved_city", "site", "settings")

LONG = bool(os.environ.get("GOVSHARE_TRIALS"))  # make crash
POINTS = 6
COUNT = 600 if LONG else 60
SECONDS = 900 if LONG else 150
CLASS = "30700100{}"


@pytest.fixture
def sources() -> Iterator[list[Source]]:
    made = [Source() for _ in range(POINTS)]
    yield made
    for source in made:
        source.close()


def serve(sources: list[Source]) -> None:
    """Catalogues of records that the others do not have; one in fifty breaks a rule."""
    for number, source in enumerate(sources):
        start = number * 100_000
        source.put(
            [
                *records(COUNT, start=start),
                *(record(start + 50_000 + bad, accessLevel="non-public", rights="") for bad in range(COUNT // 50)),
            ]
        )


def change(sources: list[Source]) -> None:
    """A tenth of the records changed, a tenth gone, a tenth new."""
    tenth = COUNT // 10
    for number, source in enumerate(sources):
        start = number * 100_000
        source.put(
            [
                *(record(start + n, title=f"改名后的第{start + n}号数据") for n in range(tenth)),
                *records(COUNT - 2 * tenth, start=start + tenth),
                *records(tenth, start=start + 10_000),
            ]
        )


def points(sources: list[Source], make_point) -> list[str]:
    """A class each, so that the codes of one do not depend on how fast another is."""
    return [
        make_point(source.url, name=f"point-{number}", default_class=CLASS.format(number + 1))
        for number, source in enumerate(sources)
    ]


@pytest.fixture
def workers(tmp_path: Path, ckan_config: Any) -> Iterator[Callable[[], Workers]]:
    from ckan.lib.jobs import get_queue

    made: list[Workers] = []

    def start() -> Workers:
        ini = write_ini(tmp_path / "workers.ini", scenarios.SETTINGS)
        made.append(Workers(ini, tmp_path / "workers.log"))
        return made[-1]

    get_queue().empty()
    yield start
    for started in made:
        started.close()
    get_queue().empty()


def run_all(ask, names: list[str]) -> None:
    """Each point once, quietly, in this process."""
    for name in names:
        ask("govshare_harvest_run", {"exchange_point": name, "wait": True})


def run_under_fire(ask, workers: Workers, names: list[str], disasters: dict[float, Callable[[], None]]) -> None:
    """All points at once, a kill every two seconds, a timer every five."""
    started = [ask("govshare_harvest_run", {"exchange_point": name})["run_id"] for name in names]
    begin, kill, due = time.monotonic(), Every(2), Every(5)
    waiting = dict(disasters)
    states: list[str] = []
    while time.monotonic() < begin + SECONDS:
        states = [ask("govshare_harvest_run_show", {"id": run_id})["state"] for run_id in started]
        if not {"queued", "planning", "planned", "applying"} & set(states):
            break
        for after in [after for after in waiting if time.monotonic() > begin + after]:
            waiting.pop(after)()
        if kill:
            workers.kill_one()
        workers.restart()
        if due:
            ask("govshare_exchange_due", {})
        time.sleep(0.1)
    assert states == ["done"] * len(names), (states, workers.said())


def settle(ask) -> None:
    while ask("govshare_index_drain", {})["left"]:
        continue
    snapshot.ids_agree()


def flush_queue() -> None:
    """Valkey forgets everything."""
    from ckan.lib.redis import connect_to_redis

    connect_to_redis().flushdb()


def test_six_points_on_three_workers_that_are_killed_end_like_a_quiet_run(
    sources, make_point, ask, workers
):
    from tests import conftest as base

    serve(sources)
    run_all(ask, points(sources, make_point))
    if LONG:
        change(sources)
        run_all(ask, [f"point-{number}" for number in range(POINTS)])
    settle(ask)
    quiet = snapshot.site()
    base.empty()
    base.restore()
    serve(sources)
    names = points(sources, make_point)
    fire = workers()

    run_under_fire(ask, fire, names, {4: flush_queue})
    if LONG:
        change(sources)
        run_under_fire(ask, fire, names, {20: flush_queue})
    settle(ask)

    assert snapshot.differences(quiet, snapshot.site()) == {}
    assert all(fire.killed.values()) if LONG else any(fire.killed.values()), fire.killed
