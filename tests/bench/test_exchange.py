"""Figures of the exchange engine, beside ckanext-harvest with ckanext-dcat in the same run: `make bench`.

Both read the same catalogue from loopback on the same PostgreSQL, Solr and Valkey; each run is a process of its own
with one worker. Nothing is asserted about
time: figures belong to a machine and a day and go into docs/performance.md. Asserted is that both did the work.

``SIZES=1000,10000`` names the sizes of the source, ``ALONE=50000`` sizes that only govshare is measured with,
``FORMATS=data_json,dcat`` the formats, ``UNTIL=1`` how many of the four runs are made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.server import Source, records

from . import table
from .environment import Rival
from .sources import FORMATS, Format

HERE = Path(__file__).parent
SIZES = [int(size) for size in os.environ.get("SIZES", "1000").split(",") if size]
ALONE = [int(size) for size in os.environ.get("ALONE", "").split(",") if size]
NAMES = os.environ.get("FORMATS", "data_json").split(",")
UNTIL = int(os.environ.get("UNTIL", "4"))
RUNS = ("first load", "same bytes", "same records, other order", "1 % changed")
HEAD = (
    "records", "run", "seconds", "records a second", "ratio", "CPU seconds: worker + servers", "ratio of CPU",
    "peak MiB", "SQL a record", "commits a record", "Solr requests a record",
)  # fmt: skip

Spent = dict[str, Any]


def catalogues(count: int) -> list[list[dict[str, Any]]]:
    """What the source serves in each run."""
    first = records(count)
    changed = [
        {**found, "description": f"{found['description']}（修订）"} if number % 100 == 0 else found
        for number, found in enumerate(first)
    ]
    reordered = [{**found, "keyword": found["keyword"][::-1]} for found in reversed(first)]
    return [first, first, reordered, changed][:UNTIL]


def runs(count: int, form: Format, source: Source, rival: Rival, run: Callable[[], str]) -> list[Spent]:
    """The runs, with what each took."""
    spent = []
    for catalogue in catalogues(count):
        source.body, source.type = form.text(catalogue).encode(), form.media_type
        before = rival.servers_cpu()
        answer = json.loads(run().splitlines()[-1])
        spent.append({"servers": rival.servers_cpu() - before, **answer})
    return spent


def govshare(count: int, form: Format, source: Source, rival: Rival, point: str, ini: str) -> list[Spent]:
    def run() -> str:
        command = [sys.executable, str(HERE / "ours.py"), ini, point]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    first, *others = spent = runs(count, form, source, rival, run)
    assert (first["counts"]["create"], first["found"]) == (count, count), first
    for again in others[:2]:
        assert (again["counts"]["unchanged"], again["writes"]) == (count, 0), again
    for changed in others[2:]:
        assert (changed["counts"]["update"], changed["found"]) == (-(-count // 100), count), changed
    return spent


def harvest(count: int, form: Format, source: Source, rival: Rival) -> list[Spent]:
    rival.empty()
    rival.script("source", form.rival, source.url)
    first, *others = spent = runs(count, form, source, rival, lambda: rival.script("run"))
    assert (first["state"], first["counts"]["added"], first["found"]) == ("Finished", count, count), first
    for found in others:
        assert (found["state"], found["counts"]["updated"], found["found"]) == ("Finished", count, count), (
            found
        )
    return spent


def ratio(sides: list[float]) -> str:
    return f"**{sides[1] / sides[0]:,.1f} ×**" if len(sides) == 2 else "–"


def row(count: int, run: str, sides: list[Spent]) -> list[str]:
    """Cells of a run: govshare's figure, then the rival's."""

    def cell(figure: Callable[[Spent], float], form: str) -> str:
        return " / ".join(format(figure(side), form) for side in sides)

    return [
        f"{count:,}",
        run,
        cell(lambda side: side["seconds"], ",.2f"),
        cell(lambda side: count / side["seconds"], ",.1f"),
        ratio([side["seconds"] for side in sides]),
        " / ".join(f"{side['cpu']:,.2f} + {side['servers']:,.2f}" for side in sides),
        ratio([side["cpu"] + side["servers"] for side in sides]),
        cell(lambda side: side["peak"], ",.0f"),
        cell(lambda side: side["sql"] / count, ".2f"),
        cell(lambda side: side["commits"] / count, ".3f"),
        cell(lambda side: side["solr"] / count, ".3f"),
    ]


@pytest.mark.parametrize("count", [*SIZES, *ALONE])
@pytest.mark.parametrize("name", NAMES)
def test_beside_the_rival(
    request: pytest.FixtureRequest,
    name: str,
    count: int,
    make_point: Callable[..., str],
    rival: Rival,
    facts: str,
) -> None:
    source, form = Source(), FORMATS[name]
    ini = str(Path(str(request.config.getoption("ckan_ini"))).resolve())
    point = make_point(source.url, kind=form.kind, settings=form.settings)
    sides = [govshare(count, form, source, rival, point, ini)]
    if count not in ALONE:
        sides.append(harvest(count, form, source, rival))
    source.close()
    rows = [row(count, run, list(of_run)) for run, *of_run in zip(RUNS[:UNTIL], *sides, strict=True)]
    sys.stdout.write("\n" + table.write(name, HEAD, rows, facts))
