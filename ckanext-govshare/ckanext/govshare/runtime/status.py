"""What runs: read from the state that the supervisor writes, checked against the processes themselves."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ckanext.govshare.runtime.paths import Home, read_json
from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.processes import Runner, identity
from ckanext.govshare.runtime.stack import NAMES, clear_leftovers


def supervisor_pid(home: Home) -> int | None:
    """Pid of the living supervisor of a home."""
    known = read_json(home.state).get("supervisor", {})
    pid = known.get("pid")
    return pid if isinstance(pid, int) and identity(pid) == known.get("identity") else None


def read(home: Home) -> dict[str, Any]:
    """The state of a home.

    :returns: `{home, ready, phase, url, supervisor, message, services: {name: {state, pid, address}}}`
    """
    told = read_json(home.state)
    alive = supervisor_pid(home)
    runner = Runner(home.run, home.logs)
    services = {}
    for name in NAMES:
        entry = dict(told.get("services", {}).get(name, {}))
        pid = runner.pid(name) if home.run.is_dir() else None
        if not entry and pid is None:
            continue
        state = entry.get("state", "stopped") if alive else ("orphaned" if pid else "stopped")
        if state == "running" and pid is None:
            state = "died"
        services[name] = {"state": state, "pid": pid, "address": entry.get("address")}
    phase = told.get("phase", "stopped") if alive else "stopped"
    return {
        "home": str(home.root),
        "phase": phase,
        "ready": bool(
            phase == "ready" and services and all(entry["state"] == "running" for entry in services.values())
        ),
        "url": told.get("url"),
        "supervisor": alive,
        "message": told.get("message") if alive else None,
        "services": services,
    }


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold a home for this process.

    :raises Problem: `already-running`
    """
    handle = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            url = read_json(home.state).get("url") or ""
            raise Problem(
                "already-running",
                f"this site is running or starting already {url} (pid {supervisor_pid(home)}). "
                "See `govshare status`; stop it with `govshare down`.",
                f"本站点已在运行或启动中 {url}。可用 `govshare status` 查看，`govshare down` 停止。",
            ) from error
        yield
    finally:
        os.close(handle)


def stop(home: Home, seconds: float = 90.0) -> bool:
    """Stop a running site and what a killed one left over.

    :param seconds: how long the supervisor may take
    :returns: whether there was anything to stop
    :raises Problem: it does not stop
    """
    pid = supervisor_pid(home)
    if pid:
        os.kill(pid, signal.SIGTERM)
        limit = time.monotonic() + seconds
        while supervisor_pid(home) and time.monotonic() < limit:
            time.sleep(0.2)
        if supervisor_pid(home):
            raise Problem(
                "does-not-stop",
                f"the supervisor (pid {pid}) did not stop within {seconds:.0f} s; see {home.logs}.",
                f"监管进程（pid {pid}）未能在 {seconds:.0f} 秒内停止，日志见 {home.logs}。",
            )
    if not home.run.is_dir():
        return False
    runner = Runner(home.run, home.logs)
    left = [name for name in NAMES if runner.pid(name)]
    clear_leftovers(runner, lambda text: None)
    return bool(pid or left)
