"""Rows out of the DataStore through the web server beside ``psql \\copy`` of the same table.

`make bench ARGS="-k downloads"`; ``ROWS=1000000`` is the size of the table. The server is gunicorn with one process, as
`govshare up` has it.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError
from urllib.request import urlopen

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import rebuild

from ckanext.govshare.exchange import load
from ckanext.govshare.portal.formats import MADE
from tests.conftest import publish

from . import rows, table
from .test_rows import ROWS, mark_active, psql

ROUNDS = 3
CHUNK = 1024 * 1024
HEAD = ("rows", "way", "seconds", "rows a second", "of psql", "MiB", "peak MiB", "more than idle")


@contextmanager
def server(ini: str) -> Iterator[tuple[str, int]]:
    """A web server on loopback: its address, and the process that works."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "ckanext.govshare.runtime.wsgi:application"]
    command += [
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "4",
    ]
    command += ["--timeout", "120", "--no-control-socket", "--log-level", "warning"]
    process = subprocess.Popen(command, env={**os.environ, "CKAN_INI": ini})
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urlopen(f"{address}/api/3/action/status_show").close()  # noqa: S310 - our own server
                break
            except URLError:
                time.sleep(0.1)
        (worker,) = (
            int(name) for name in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        )
        yield address, worker
    finally:
        process.terminate()
        process.wait(30)


def peak(pid: int) -> float:
    """The most memory that a process had resident, MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def fetch(address: str) -> tuple[float, int]:
    """Seconds from the request to the last byte, and how many bytes came."""
    started, size = time.perf_counter(), 0
    with urlopen(address) as answer:  # noqa: S310 - our own server
        while chunk := answer.read(CHUNK):
            size += len(chunk)
    return time.perf_counter() - started, size


def test_rows_out_of_the_datastore(
    request: pytest.FixtureRequest,
    city: SimpleNamespace,
    ckan_config: dict[str, str],
    tmp_path: Path,
    facts: str,
) -> None:
    entry = publish(city, title="公交站点")
    resource = next(row["id"] for row in entry["resources"] if row["audience"] == "open")
    small = publish(city, title="别的站点")
    other = next(row["id"] for row in small["resources"] if row["audience"] == "open")
    for count, id in ((ROWS, resource), (10, other)):
        file = tmp_path / f"{count}.csv"
        with file.open("w", encoding="utf-8") as text:
            text.writelines(rows.lines(count))
        mark_active(id)
        rebuild(model.Resource.get(id).package_id)  # the index has what `package_show` answers
        assert load.load(id, file, load.columns(load.header(file), rows.ITEMS)) == count
    url = sa.make_url(ckan_config["ckan.datastore.write_url"])
    columns = ", ".join(column.id for column in load.columns(load.header(file), rows.ITEMS))
    made = Path(tk.config["ckan.storage_path"]) / "govshare-made"
    plain, measured = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        psql(
            url,
            f"\\copy \"{resource}\" ({columns}) TO '{tmp_path / 'out.csv'}' WITH (FORMAT csv, HEADER true)",
        )
        plain.append(time.perf_counter() - started)
    usual = statistics.median(plain)
    ini = str(Path(str(request.config.getoption("ckan_ini"))).resolve())
    for extension in MADE:
        with server(ini) as (address, worker):
            fetch(f"{address}/dataset/{small['name']}/resource/{other}/as/{extension}")
            idle, taken = peak(worker), []
            for _ in range(ROUNDS):
                shutil.rmtree(made, ignore_errors=True)
                taken.append(fetch(f"{address}/dataset/{entry['name']}/resource/{resource}/as/{extension}"))
            again, size = fetch(f"{address}/dataset/{entry['name']}/resource/{resource}/as/{extension}")
            assert {size} == {came for _seconds, came in taken}
            seconds = statistics.median(seconds for seconds, _size in taken)
            most = peak(worker)
            measured.append(row(MADE[extension], seconds, usual, size, most, idle))
            if extension == "csv":
                measured.append(row("CSV once more, as it was kept", again, usual, size))
    size = (tmp_path / "out.csv").stat().st_size
    measured.insert(0, row("`psql \\copy` to a file", usual, usual, size))
    shutil.rmtree(made, ignore_errors=True)
    load.drop(resource)
    load.drop(other)
    sys.stdout.write("\n" + table.write("downloads", HEAD, measured, facts))


def row(way: str, seconds: float, usual: float, size: int, most: float = 0, idle: float = 0) -> list[str]:
    """A line of the table."""
    share = f"{100 * usual / seconds:.0f} %"
    memory = [f"{most:.0f}", f"{most - idle:.0f}"] if most else ["–", "–"]
    figures = [f"{seconds:.1f}", f"{ROWS / seconds:,.0f}", share, f"{size / CHUNK:.0f}"]
    return [f"{ROWS:,}", way, *figures, *memory]
