"""Rows into the DataStore beside ``psql \\copy`` of the same file into the same database: `make bench ARGS="-k rows"`.

The plain table has the same columns and types and nothing else. ``ROWS=1000000`` is the size of the file.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange import load
from ckanext.govshare.runtime.postgres_system import environment, program
from tests.conftest import publish

from . import rows, table

HERE = Path(__file__).parent
ROWS = int(os.environ.get("ROWS", "1000000"))
ROUNDS = 3
HEAD = ("rows", "way", "seconds", "rows a second", "of psql", "peak MiB")


def psql(url: sa.URL, *commands: str) -> None:
    """Commands of psql on a database of the tests."""
    told = [part for command in commands for part in ("-c", command)]
    where = ["-h", str(url.query["host"]), "-U", str(url.username), "-d", str(url.database)]
    done = subprocess.run(
        [str(program("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", *where, *told],
        env={**environment(), "PGPASSWORD": str(url.password)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def mark_active(resource_id: str) -> None:
    """The resource as the engine has written it before it loads rows: core need not write it again."""
    resource = model.Resource.get(resource_id)
    resource.extras = {**resource.extras, "datastore_active": True}
    model.Session.commit()


def test_rows_into_the_datastore(
    request: pytest.FixtureRequest,
    city: SimpleNamespace,
    ckan_config: dict[str, str],
    tmp_path: Path,
    facts: str,
) -> None:
    file = tmp_path / "stops.csv"
    with file.open("w", encoding="utf-8") as text:
        text.writelines(rows.lines(ROWS))
    url = sa.make_url(ckan_config["ckan.datastore.write_url"])
    columns = ", ".join(
        f"{column.id} {column.type}" for column in load.columns(load.header(file), rows.ITEMS)
    )
    ini = str(Path(str(request.config.getoption("ckan_ini"))).resolve())
    plain, ours, texts, peak = [], [], [], 0.0
    for _ in range(ROUNDS):
        psql(url, "DROP TABLE IF EXISTS plain", f"CREATE TABLE plain ({columns})")
        started = time.perf_counter()
        psql(url, f"\\copy plain FROM '{file}' WITH (FORMAT csv, HEADER true)")
        plain.append(time.perf_counter() - started)
        # a resource of its own each time: what is measured is a first load, with its table
        resource = publish(city, title=f"公交站点{len(ours)}")["resources"][0]["id"]
        mark_active(resource)
        command = [sys.executable, str(HERE / "rows.py"), ini, resource, str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        spent, text_seconds = map(json.loads, done.stdout.splitlines()[-2:])
        assert spent["rows"] == ROWS
        ours.append(spent["seconds"])
        texts.append(text_seconds)
        peak = max(peak, spent["peak"])
        load.drop(resource)
    psql(url, "DROP TABLE plain")

    def row(way: str, seconds: float, memory: str = "–") -> list[str]:
        of_psql = f"{100 * statistics.median(plain) / seconds:.0f} %"
        return [f"{ROWS:,}", way, f"{seconds:.1f}", f"{ROWS / seconds:,.0f}", of_psql, memory]

    loaded, filled = statistics.median(ours), statistics.median(texts)
    measured = [
        row("`psql \\copy` into a plain table", statistics.median(plain)),
        row("DataStore: rows there and counted", loaded, f"{peak:.0f}"),
        row("DataStore: full text searchable too", loaded + filled),
    ]
    sys.stdout.write("\n" + table.write("rows", HEAD, measured, facts))
