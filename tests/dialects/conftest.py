"""Fixtures of the contract that every dialect keeps: its servers, a point on them, and reading."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.govshare.harvesters.base import FetchState, PointSpec
from ckanext.govshare.harvesters.database import DatabaseHarvester
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.runtime import testing

from . import fronts, mariadb


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mariadb.Server]:
    pytest.importorskip("pymysql")
    try:
        base = mariadb.programs(testing.default_home() / "mariadb")
        server = mariadb.Server(base, tmp_path_factory.mktemp("m"))
    except (mariadb.Unavailable, OSError) as reason:
        pytest.skip(f"no MariaDB: {reason}")
    yield server
    server.stop()


@pytest.fixture
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[fronts.Front]:
    """An empty front-end database of the dialect that the test is run for."""
    dialect = getattr(request, "param", "sqlite")
    if dialect == "sqlite":
        made = fronts.sqlite(tmp_path)
        yield made
        made.close()
        return
    if dialect == "postgresql":
        address = os.environ.get("CKAN_DATASTORE_WRITE_URL") or pytest.skip("no PostgreSQL: run `make test`")
        context = fronts.postgresql(address)
    elif dialect == "mysql":
        context = fronts.mysql(request.getfixturevalue("mariadb_server"))
    else:
        context = fronts.other(fronts.others()[dialect])
    with context as found:
        yield found


class Reader:
    """Fetches as the engine does, with what a point keeps between its runs."""

    def __init__(self, front: fronts.Front, folder: Path):
        self.harvester = DatabaseHarvester({"front": front.url}.get)
        self.folder = folder
        self.keep = folder / "keep"
        self.keep.mkdir()
        self.state = FetchState(keep=self.keep)
        self.runs = 0

    def fetch(self, applied: bool = True, keep: bool = True, **settings: Any) -> dict[str, SimpleNamespace]:
        """What a fetch says of every view, by its name: ``rows`` with header, ``data``, ``slugs`` of findings.

        :param applied: whether the run goes on to its end, so that the next one is told its cursor
        :param keep: whether anything may be kept, as in a mere test of a point it may not
        """
        budgets = settings.pop("budgets", {})
        told = settings.pop("told", lambda size: None)
        spec, workdir = self.spec(**settings), self.workdir()
        self.harvester.validate_url(spec.url, spec.settings)
        state = self.state if keep else FetchState()
        session = GuardedSession(**budgets)
        session.told = told
        fetched = self.harvester.fetch(spec, session, workdir, state)
        if applied:
            self.state = FetchState(cursor=fetched.cursor, keep=self.keep)
        return {
            record.data["view"]: SimpleNamespace(
                data=record.data,
                slugs=[finding.slug for finding in record.findings],
                file=record.files[0] if record.files else None,
                rows=_rows(Path(record.files[0]["path"])) if record.files else [],
                entry=self.harvester.to_entry(record, spec),
            )
            for record in self.harvester.records(fetched, spec)
        }

    def spec(self, **settings: Any) -> PointSpec:
        """The point."""
        return PointSpec(
            id="1", name="front", title="前置库", organization="finance", kind="database", url="database:front",
            default_class="307001004", settings=settings,
        )  # fmt: skip

    def workdir(self) -> Path:
        """A work folder for one run."""
        self.runs += 1
        made = self.folder / f"run{self.runs}"
        made.mkdir()
        return made

    def one(self, view: str, **settings: Any) -> SimpleNamespace:
        """What a fetch says of a single view."""
        return self.fetch(view=view, **settings)[view]


def _rows(path: Path) -> list[list[str]]:
    former = csv.field_size_limit(1 << 30)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))
    finally:
        csv.field_size_limit(former)


@pytest.fixture
def reader(front: fronts.Front, tmp_path: Path) -> Reader:
    return Reader(front, tmp_path)


@pytest.fixture
def at(frozen: Callable[[datetime], Any]) -> Callable[[str], Any]:
    """Freeze the clock at a moment in Beijing: ``with at("2026-03-01 08:00"): …``."""
    from ckanext.govshare.kernel import clock

    return lambda moment: frozen(datetime.fromisoformat(moment).replace(tzinfo=clock.ZONE))
