"""Fixtures of the exchange room, and workers in processes of their own that can be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.conftest import ask, entries, harvest, loopback, make_point, source

__all__ = ["ask", "entries", "harvest", "loopback", "make_point", "source", "worker"]

# A worker as `ckan jobs worker` starts it: CKAN loaded, one run worked at. It stops where the test says.
WORKER = """
import os, signal, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(sys.argv[1]))
import ckan.plugins.toolkit as tk
tk.config["ckanext.govshare.exchange.allow_loopback"] = True
tk.config["ckanext.govshare.exchange.batch"] = 10
tk.config["ckan.storage_path"] = sys.argv[4]
from ckan import model
from ckanext.govshare.exchange import apply, engine, lease

def die():
    print("dying", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

def dying_after(owner, name, count, before=False):
    whole = getattr(owner, name)
    seen = [0]
    def call(*args, **kwargs):
        seen[0] += 1
        if before and seen[0] == count:
            die()
        answer = whole(*args, **kwargs)
        if seen[0] == count:
            die()
        return answer
    setattr(owner, name, call)

point = sys.argv[3]
if point == "before_commit":
    dying_after(lease, "renew", 4)  # a batch is written, nothing committed
elif point == "after_commit":
    dying_after(apply.Applier, "_write", 3)  # committed, not indexed
elif point == "in_batch":
    dying_after(apply.Applier, "_one", 25)   # in the middle of the third batch
elif point == "planning":
    dying_after(lease, "renew", 1, before=True)  # plan written, not committed
elif point == "fetched":
    from ckanext.govshare.exchange import fetch
    dying_after(fetch, "bring", 1)
elif point == "before_done":
    dying_after(engine, "_end", 1, before=True)
with app._wsgi_app.test_request_context() if hasattr(app, "_wsgi_app") else app.test_request_context():
    engine.work(sys.argv[2])
print("finished", flush=True)
"""


@pytest.fixture
def worker(request: Any, ckan_config: Any) -> Iterator[Callable[[str, str], subprocess.Popen]]:
    """Start a worker on a run; it dies by SIGKILL at the named point, or finishes."""
    ini = Path(request.config.getoption("ckan_ini")).absolute()
    started: list[subprocess.Popen] = []

    def start(run_id: str, point: str = "") -> subprocess.Popen:
        command = [sys.executable, "-c", WORKER, str(ini), run_id, point, ckan_config["ckan.storage_path"]]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
