"""Fixtures of the trials: workers in processes of their own that can be killed, and the servers that go away."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.crash import scenarios
from tests.crash.steps import Death
from tests.exchange.conftest import ask, entries, harvest, loopback, make_point
from tests.exchange.server import Source

__all__ = ["ask", "entries", "harvest", "loopback", "make_point", "nursery", "settings", "source", "worker"]

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A forked worker."""

    def __init__(self, pid: int):
        self.pid = pid
        self.code: int | None = None
        self.ended = threading.Event()

    def wait(self, timeout: float = 120) -> int:
        """Its exit code, or minus the signal that ended it."""
        assert self.ended.wait(timeout), "the worker does not end"
        return self.code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait_stopped(self) -> None:
        """Until it has stopped itself."""
        wait_for(lambda: self.ended.is_set() or self._state() == "T")
        assert not self.ended.is_set(), "the worker ended without stopping"

    def _state(self) -> str:
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class Nursery:
    """The process of :mod:`tests.crash.nursery`, and what it says."""

    def __init__(self, ini: Path, log: Path):
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.nursery", str(ini)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.workers: dict[int, Worker] = {}
        self.born: queue.Queue[Worker | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._next()

    def _listen(self) -> None:
        for line in self.process.stdout:
            said = json.loads(line)
            if "code" in said:
                worker = self.workers[said["pid"]]
                worker.code = said["code"]
                worker.ended.set()
            else:
                worker = self.workers[said["pid"]] = Worker(said["pid"])
                self.born.put(worker)
        self.born.put(None)

    def _next(self) -> Worker:
        worker = self.born.get(timeout=120)
        assert worker is not None, self.said()
        return worker

    def start(self, run_id: str, death: Death | None = None, **settings: Any) -> Worker:
        """A worker at a run."""
        request = {
            "run": run_id,
            "death": asdict(death) if death else None,
            "settings": {**scenarios.SETTINGS, **settings},
            "chunk": scenarios.CHUNK,
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._next()

    def said(self) -> str:
        """The end of what workers wrote to their log."""
        return self.log.read_text(errors="replace")[-4000:]

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture(scope="session")
def nursery(request: Any, migrated: None, tmp_path_factory: Any) -> Iterator[Nursery]:
    ini = Path(request.config.getoption("ckan_ini")).absolute()
    made = Nursery(ini, tmp_path_factory.mktemp("nursery") / "workers.log")
    yield made
    made.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Source]:
    """One address for a whole module, so that its runs can be compared."""
    made = Source()
    yield made
    made.close()


@pytest.fixture
def source(served: Source) -> Source:
    """The module's source as if it were new."""
    served.body, served.etag, served.answer, served.requests = b"", None, None, 0
    return served


@pytest.fixture
def settings(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process harvests as the workers do."""
    from ckanext.govshare.exchange import plan

    for key, value in scenarios.SETTINGS.items():
        monkeypatch.setitem(ckan_config, key, value)
    monkeypatch.setattr(plan, "CHUNK", scenarios.CHUNK)


@pytest.fixture
def worker(nursery: Nursery, ckan_config: Any) -> Iterator[Callable[..., Worker]]:
    """Start a worker on a run: ``worker(run_id, death)``; those that still live are killed in the end."""
    started: list[Worker] = []

    def start(run_id: str, death: Death | None = None, **settings: Any) -> Worker:
        settings = {"ckan.storage_path": ckan_config["ckan.storage_path"], **settings}
        made = nursery.start(run_id, death, **settings)
        started.append(made)
        return made

    yield start
    for made in started:
        if not made.ended.is_set():
            made.kill()
            made.wait()


def queued(point: str) -> str:
    """A run that waits for a worker."""
    from ckan import model

    from ckanext.govshare.exchange import points, runs

    run = runs.start(points.find(point), "operator")
    run_id = run.id
    model.Session.commit()
    return run_id


def wait_for(what: Callable[[], Any], seconds: float = 60, pause: float = 0.05) -> Any:
    """What a question answers as soon as the answer is true."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if found := what():
            return found
        time.sleep(pause)
    raise AssertionError("waited in vain")
