"""What a worker process spent on a piece of work. Needs nothing but what every CKAN has: both sides import it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]


def peak() -> float:
    """The most memory that this process had resident since it was started, MiB.

    ``VmHWM`` belongs to the program that runs now; ``ru_maxrss`` would carry over what its parent had.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM: this is no Linux")


def measure(work: Work) -> None:
    """Work, and print what it answered, what it took and how many data sets the site finds then: a line of JSON.

    SQL statements are those that SQLAlchemy sends (one with many rows is one), Solr requests those that leave
    through `requests`, which pysolr and CKAN use. Loading Python, CKAN and its plugins is no part of the time.
    """
    import requests
    import sqlalchemy as sa

    spent = {"sql": 0, "commits": 0, "solr": 0}
    solr = os.environ["CKAN_SOLR_URL"].partition("://")[2]  # CKAN puts name and password before it
    send = requests.adapters.HTTPAdapter.send

    def count(name: str) -> None:
        spent[name] += 1

    def counted(adapter: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if solr in request.url:
            count("solr")
        return send(adapter, request, *arguments, **options)

    requests.adapters.HTTPAdapter.send = counted
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: count("sql"))
    sa.event.listen(sa.Engine, "commit", lambda *_: count("commits"))
    before, started, used = peak(), time.perf_counter(), time.process_time()
    answer = work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    took = {"seconds": seconds, "cpu": cpu, "peak": peak(), **spent}
    sys.stdout.write(json.dumps({**took, "idle": before, "found": found(), **answer}) + "\n")


def found() -> int:
    """Data sets that a search finds."""
    import ckan.plugins.toolkit as tk

    query = {"fq": "dataset_type:dataset", "rows": 0}
    return tk.get_action("package_search")({"ignore_auth": True, "user": ""}, query)["count"]
