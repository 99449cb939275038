"""Processes of the stack: started in a session of their own, known by pid file, stopped by pid only.

A pid file names the process beyond doubt (boot, pid and start time), so that a reused pid is never signalled.
Linux only: it reads /proc.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ckanext.govshare.runtime.paths import read_json, write_json
from ckanext.govshare.runtime.problems import service_failed

POLL_SECONDS = 0.1


def identity(pid: int) -> str | None:
    """Name of a living process that no other one ever has: boot, pid, start time; None when it is dead.

    :param pid: process id
    """
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    if fields[0] in ("Z", "X"):
        return None
    return f"{boot}:{pid}:{fields[19]}"


def as_user(user: tuple[int, int] | None) -> dict[str, Any]:
    """Arguments of `subprocess` that run a program as another user; none for the own one."""
    return {"user": user[0], "group": user[1], "extra_groups": []} if user else {}


def session_members(leader: int) -> list[int]:
    """Ids of the living processes in the session that a service's process leads."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == leader and identity(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@dataclass
class Service:
    """One long-running process of the stack.

    :param name: stable name, also of its log and pid file
    :param title: what is shown to people
    :param command: program and arguments
    :param ready: answers whether the service does its work; called until it says yes
    :param address: where it listens, for people
    :param environ: the whole environment of the process
    :param user: user and group id to run as, None for the own ones
    :param stop_signal: what asks it to stop
    :param stop_seconds: how long it may take before it is killed
    :param ready_seconds: how long it may take to become ready
    """

    name: str
    title: str
    command: Sequence[str]
    ready: Callable[[], bool]
    address: str
    environ: Mapping[str, str]
    user: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    ready_seconds: float = 90.0
    prepare: Callable[[], None] | None = None


@dataclass
class Runner:
    """Starts and stops services of one home.

    :param run: folder of the pid files
    :param logs: folder of the log files
    """

    run: Path
    logs: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log_path(self, name: str) -> Path:
        """Log file of a service."""
        return self.logs / f"{name}.log"

    def pid(self, name: str) -> int | None:
        """Pid of a service when the process that its pid file names is alive."""
        record = read_json(self.run / f"{name}.pid")
        pid = record.get("pid")
        return pid if isinstance(pid, int) and identity(pid) == record.get("identity") else None

    def start(self, service: Service) -> int:
        """Start a service; raises OSError when the program cannot be run.

        :returns: pid; the same as before when it is running already
        """
        running = self.pid(service.name)
        if running:
            return running
        self.kill_session(service.name)
        if service.prepare:
            service.prepare()
        log = self.log_path(service.name)
        if log.exists() and log.stat().st_size > 20_000_000:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child = subprocess.Popen(  # noqa: S603  the commands are made in this package
                list(service.command),
                env=dict(service.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                umask=0o077,
                **as_user(service.user),
            )
        self.children[service.name] = child
        write_json(self.run / f"{service.name}.pid", {"pid": child.pid, "identity": identity(child.pid)})
        return child.pid

    def exited(self, name: str) -> bool:
        """Whether a service that was started is no longer alive (its end is collected)."""
        child = self.children.get(name)
        if child is not None:
            return child.poll() is not None
        return self.pid(name) is None

    def wait_ready(self, service: Service) -> None:
        """Wait until a started service does its work.

        :raises Problem: it ended, or did not become ready in time; the end of its log is in the message
        """
        limit = time.monotonic() + service.ready_seconds
        while time.monotonic() < limit:
            if self.exited(service.name):
                break
            if service.ready():
                return
            time.sleep(POLL_SECONDS)
        raise service_failed(service.title, self.log_path(service.name), self.tail(service.name))

    def stop(self, name: str, stop_signal: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
        """Ask a service to stop, wait, kill what is left of its session, remove its pid file."""
        pid = self.pid(name)
        started = self.children.get(name)
        if not pid and started is not None and started.poll() is None:
            pid = started.pid  # interrupted before its pid file was written
            write_json(self.run / f"{name}.pid", {"pid": pid, "identity": identity(pid)})
        if pid:
            _signal(pid, stop_signal)
            limit = time.monotonic() + seconds
            while self.pid(name) and time.monotonic() < limit:
                child = self.children.get(name)
                if child is not None:
                    child.poll()
                time.sleep(POLL_SECONDS)
        self.kill_session(name)
        child = self.children.pop(name, None)
        if child is not None:
            child.wait()
        (self.run / f"{name}.pid").unlink(missing_ok=True)

    def kill_session(self, name: str) -> None:
        """Kill what a dead or stubborn service left in its session (a worker's running job, for one)."""
        record = read_json(self.run / f"{name}.pid")
        leader, known = record.get("pid"), record.get("identity")
        if not isinstance(leader, int) or not isinstance(known, str):
            return
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        alive = identity(leader)
        if not known.startswith(boot) or alive not in (None, known):
            return  # another boot, or another process has the number now
        for member in session_members(leader):
            _signal(member, signal.SIGKILL)
        limit = time.monotonic() + 5
        while session_members(leader) and time.monotonic() < limit:
            child = self.children.get(name)
            if child is not None:
                child.poll()
            time.sleep(POLL_SECONDS)

    def tail(self, name: str, characters: int = 3000) -> str:
        """The last part of a service's log."""
        log = self.log_path(name)
        if not log.exists():
            return ""
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - characters))
            return file.read().decode("utf-8", "replace").strip()


def _signal(pid: int, number: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
