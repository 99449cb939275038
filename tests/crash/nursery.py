"""A process that has loaded CKAN once and forks a worker for each run, as `ckan jobs worker` forks a work horse.

Requests come as lines of JSON on stdin (``{run, death, settings, chunk}``), answers go as lines to stdout:
``{pid}`` when a worker is at work, ``{pid, code}`` when it has ended (its exit code, or minus the signal).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from typing import Any

from tests.crash import steps


def child(app: Any, request: dict[str, Any]) -> None:
    """Work at one run, as a job does."""
    import ckan.plugins.toolkit as tk

    from ckanext.govshare.exchange import jobs, plan

    tk.config.update(request["settings"])
    plan.CHUNK = request["chunk"]
    if request["death"]:
        steps.arm(steps.Death(**request["death"]))
    with app._wsgi_app.test_request_context():
        jobs.work_through(request["run"])


def fork(app: Any, request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.dup2(2, 1)
        child(app, request)
        code = 0
    except BaseException:  # noqa: BLE001 - a worker ends here, whatever happens
        traceback.print_exc()
    finally:
        os._exit(code)


def dispose() -> None:
    """No connection goes through a fork."""
    from ckan import model
    from ckanext.datastore.backend import postgres

    model.Session.remove()
    model.meta.engine.dispose()
    for engine in postgres._engines.values():
        engine.dispose()


def say(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main(ini: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    dispose()
    say(pid=os.getpid())
    living: set[int] = set()
    while True:
        ready, _, _ = select.select([0], [], [], 0.02)
        if ready:
            line = sys.stdin.readline()
            if not line:
                break
            pid = fork(app, json.loads(line))
            living.add(pid)
            say(pid=pid)
        for pid in list(living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                living.discard(pid)
                say(pid=pid, code=os.waitstatus_to_exitcode(status))
    for pid in living:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
