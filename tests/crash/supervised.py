"""Real workers (`ckan jobs worker`) that somebody restarts whenever they end, as systemd does, and somebody kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from ckanext.govshare.runtime.processes import session_members

ROOT = Path(__file__).resolve().parents[2]


def write_ini(path: Path, settings: dict[str, Any]) -> Path:
    """The configuration of the tests with other settings."""
    lines = (ROOT / "test.ini").read_text(encoding="utf-8").replace("%(here)s", str(ROOT)).splitlines()
    kept = [line for line in lines if line.partition("=")[0].strip() not in settings]
    place = kept.index("[loggers]")
    kept[place:place] = [f"{key} = {value}" for key, value in settings.items()]
    text = "\n".join(kept).replace("[logger_ckan]\nlevel = WARNING", "[logger_ckan]\nlevel = INFO")
    path.write_text(text, encoding="utf-8")
    return path


@dataclass
class Workers:
    """Some workers on the queue of the tests.

    :param count: how many
    """

    ini: Path
    log: Path
    count: int = 3
    killed: dict[str, int] = field(default_factory=lambda: {"horse": 0, "group": 0, "worker": 0})

    def __post_init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = [self._start() for _ in range(self.count)]
        self.sessions = {process.pid for process in self.processes}
        # The kernel takes the work horse; the machine goes down; somebody kills the worker and its job goes on.
        self._ways = cycle(("horse", "group", "horse", "horse", "worker"))
        self._turn = cycle(range(self.count))

    def _start(self) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).with_name("ckan")), "-c", str(self.ini), "jobs", "worker"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)

    def restart(self) -> None:
        """Start again whoever has ended."""
        for place, process in enumerate(self.processes):
            if process.poll() is not None:
                self.processes[place] = self._start()
                self.sessions.add(self.processes[place].pid)

    def kill_one(self) -> None:
        """SIGKILL for the next worker, its job, or both; one that is not up yet is passed over."""
        log = self.log.read_text(errors="replace")
        up = [process.pid for process in self.processes if f"(PID {process.pid}) has started" in log]
        if not up:
            return
        way, victim = next(self._ways), up[next(self._turn) % len(up)]
        members = session_members(victim)
        chosen = {
            "horse": [pid for pid in members if pid != victim],
            "group": members,
            "worker": [pid for pid in members if pid == victim],
        }[way]
        for pid in chosen:
            _kill(pid)
        self.killed[way] += bool(chosen)

    def close(self) -> None:
        """End all of them, with the jobs that outlived their worker."""
        for session in self.sessions:
            for pid in session_members(session):
                _kill(pid)
        for process in self.processes:
            process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Every:
    """Says at each interval that it is time."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.next = time.monotonic() + seconds

    def __bool__(self) -> bool:
        if time.monotonic() < self.next:
            return False
        self.next = time.monotonic() + self.seconds
        return True
