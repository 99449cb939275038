"""Reading beside stock CKAN: home, search, entry page and ``package_search``, with the same entries: `make bench`.

Two sites with the same entries (reading_sites.py), one web process each, are asked in turn in one run. Readers have no
account. Nothing is asserted about time: figures belong to a machine and a day and go into docs/performance.md.
Asserted is that rows and documents are what each side makes itself (reading_fill.py), and that searches find.

``SIZES=1000,100000`` names the numbers of entries, ``REQUESTS=60`` the requests of one reader for each kind of page
(the crowd makes three times as many).
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
import pytest
import requests

from ckanext.govshare.runtime.postgres import SUPERUSER, Closing

from . import reading_city, table
from .environment import Rival
from .reading_sites import OURS, STOCK, Served, Site

HERE = Path(__file__).parent
SIZES = [int(size) for size in os.environ.get("SIZES", "1000").split(",") if size]
REQUESTS = int(os.environ.get("REQUESTS", "60"))
CROWD, TIMES = 20, 3
WARM = 160  # requests of each side that are not measured: until then Java compiles what a search runs through
KINDS = ("home", "search", "entry", "package_search")
HEAD = (
    "entries",
    "page",
    "p50 ms",
    "p95 ms",
    "ratio of p50",
    "requests a second",
    "CPU ms of the web process",
)
# Words that stand alone as tags: CKAN's own analysis finds no word inside a Chinese title.
QUERIES = (
    "公交", "站点", "出行", "医院", "名录", "统计", "就业", "监测", "信用", "医保", "备案", "预警", "食品安全", "政策",
    "空气质量", "线路", "票价", "气象灾害", "规范性文件", "汽车维修", "AQI", "12345", "医院 名录", "公交 站点",
    "2026年",
)  # fmt: skip
SORTS = ("", "metadata_modified desc", "title_string asc")


def search_queries() -> list[dict[str, str]]:
    """What people search for: words, areas page by page, the entries of a department; all different."""
    words = [{"q": word, "sort": sort} for word in QUERIES for sort in SORTS]
    areas = [{"q": area, "page": page} for area in reading_city.AREAS[:15] for page in ("1", "2", "3")]
    departments = [
        {"organization": row["name"], "sort": sort}
        for row in reading_city.departments()
        for sort in SORTS[:2]
    ]
    return [{name: text for name, text in query.items() if text} for query in (*words, *areas, *departments)]


def as_api(query: dict[str, str]) -> str:
    """The same question to the API, with the facets that most clients ask for."""
    asked = {"rows": "20", "start": str(20 * (int(query.get("page", 1)) - 1))}
    asked |= {name: query[name] for name in ("q", "sort") if name in query}
    if "organization" in query:
        asked["fq"] = f"organization:{query['organization']}"
    return "/api/3/action/package_search?" + urlencode(
        {**asked, "facet.field": '["organization","tags","res_format"]'}
    )


def pages(kind: str, count: int) -> list[str]:
    """Every page of a kind that is asked for, in an order by chance that is always the same."""
    if kind == "home":
        return ["/"]
    if kind == "entry":
        found = [f"/dataset/{reading_city.entry(n)['name']}" for n in range(0, count, max(1, count // 1000))]
    elif kind == "search":
        found = ["/dataset/?" + urlencode(query) for query in search_queries()]
    else:
        found = [as_api(query) for query in search_queries()]
    random.Random(3).shuffle(found)  # noqa: S311 - no secret
    return found


def each_once(kind: str, count: int, number: int) -> list[str]:
    """So many requests, no page a second time before all were asked for."""
    found = pages(kind, count)
    return [found[place % len(found)] for place in range(number)]


def by_rank(kind: str, count: int, number: int, seed: int) -> list[str]:
    """So many requests, some pages asked for much more often than others (Zipf: the n-th of them 1/n as often)."""
    found, chance = pages(kind, count), random.Random(seed)  # noqa: S311 - no secret
    return chance.choices(found, [1 / rank for rank in range(1, len(found) + 1)], k=number)


@dataclass
class Spent:
    """What the requests for one kind of page took on one side."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    bytes: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.times) * 1000

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1] * 1000

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.cpu / len(self.times) * 1000


def ask(sides: Sequence[Served], paths: list[str], readers: int) -> list[Spent]:
    """Ask the sides for the same pages in turn: a few requests of one, the same of the other."""
    step = 2 * readers if readers > 1 else 5
    blocks = [
        {"port": side.port, "readers": readers, "paths": paths[first : first + step]}
        for first in range(0, len(paths), step)
        for side in sides
    ]
    before = [side.cpu() for side in sides]
    command = [sys.executable, str(HERE / "reading_load.py")]
    done = subprocess.run(command, input=json.dumps(blocks), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = [Spent(cpu=side.cpu() - used) for side, used in zip(sides, before, strict=True)]
    for place, answer in enumerate(json.loads(done.stdout)):
        spent = found[place % len(sides)]
        spent.times += answer["times"]
        spent.seconds += answer["seconds"]
        spent.bytes += answer["bytes"]
    return found


def measure(sides: Sequence[Served], paths: list[str], warm: list[str]) -> dict[int, list[Spent]]:
    """One reader, then a crowd, after a warm-up that is not measured."""
    ask(sides, warm, 1)
    return {1: ask(sides, paths[:REQUESTS], 1), CROWD: ask(sides, paths[-REQUESTS * TIMES :], CROWD)}


def row(count: int, page: str, found: Sequence[Spent]) -> list[str]:
    """Cells of a page: govshare's figure, then stock CKAN's."""
    ours, stock = found

    def both(name: str, form: str) -> str:
        return f"{getattr(ours, name):{form}} / {getattr(stock, name):{form}}"

    ratio = f"**{stock.p50 / ours.p50:,.1f} ×**"
    return [
        f"{count:,}",
        page,
        both("p50", ",.1f"),
        both("p95", ",.1f"),
        ratio,
        both("rate", ",.1f"),
        both("cpu_ms", ",.1f"),
    ]


def readers_of(number: int) -> str:
    return "one reader" if number == 1 else f"{number} readers"


def found_by(served: Served, query: dict[str, str]) -> int:
    answer = requests.get(f"http://127.0.0.1:{served.port}{as_api(query)}", timeout=60)
    return answer.json()["result"]["count"]


@contextmanager
def sites(count: int) -> Iterator[dict[str, Served]]:
    """Both sides filled and served: govshare that keeps no page, govshare as it is, stock CKAN."""
    made = {side: Site(side, count) for side in (OURS, STOCK)}
    for site in made.values():
        site.fill(sys.stdout.write)
    made[OURS].forget_pages()
    with ExitStack() as running:
        try:
            yield {
                "drawn": running.enter_context(
                    made[OURS].serving(ckanext__govshare__portal__cache_seconds="0")
                ),
                "kept": running.enter_context(made[OURS].serving()),
                "stock": running.enter_context(made[STOCK].serving()),
            }
        finally:
            for site in made.values():
                site.unload()


@pytest.fixture(scope="module")
def servers_facts() -> str:
    """The line about machine and versions over the tables."""
    rival = Rival()
    with Closing(psycopg2.connect(rival.servers.postgres.url(SUPERUSER, "postgres"))) as connection:
        number = connection.info.parameter_status("server_version")
    return table.machine(str(number).split()[0], rival.solr_version())


@pytest.mark.parametrize("count", SIZES)
def test_reading(count: int, servers_facts: str) -> None:
    drawn, kept = [], []
    with sites(count) as served:
        for query in search_queries()[:: 1 if count >= 1000 else 7]:
            numbers = [found_by(served[side], query) for side in ("drawn", "stock")]
            assert all(numbers), (query, numbers)
        for kind in KINDS:
            paths = each_once(kind, count, REQUESTS * (TIMES + 1))
            warm = pages(kind, count)[-8:]
            warm *= WARM // len(warm)
            found = measure([served["drawn"], served["stock"]], paths, warm)
            drawn += [row(count, f"{kind}, {readers_of(number)}", sides) for number, sides in found.items()]
        for kind in KINDS:
            ask([served["kept"]], by_rank(kind, count, REQUESTS * TIMES, seed=1), CROWD)
            paths = by_rank(kind, count, REQUESTS * (TIMES + 1), seed=2)
            found = measure([served["kept"], served["stock"]], paths, paths[: min(WARM, REQUESTS)])
            kept += [row(count, f"{kind}, {readers_of(number)}", sides) for number, sides in found.items()]
    for name, rows in (("reading_drawn", drawn), ("reading_kept", kept)):
        sys.stdout.write("\n" + table.write(name, HEAD, rows, servers_facts))
