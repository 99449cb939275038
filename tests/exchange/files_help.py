"""What the tests of harvested files share: a host, a point that keeps files, the last part of a run worked through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from .files_server import FileHost
from .server import Source, record

CSV = "站点编号,名称,客流\n001,人民广场,120\n002,火车站,88\n"


def distribution(url: str, **fields: Any) -> dict[str, Any]:
    """A file of a record of Project Open Data 1.1."""
    plain = {"@type": "dcat:Distribution", "title": "文件", "format": "CSV", "mediaType": "text/csv"}
    return {**plain, "downloadURL": url, **fields}


@dataclass
class Keeper:
    """One point whose files are kept."""

    point: str
    source: Source
    host: FileHost
    harvest: Callable[..., dict[str, Any]]
    run: dict[str, Any] = field(default_factory=dict)

    def put(self, *urls: str, **fields: Any) -> None:
        """Serve one record that names these files."""
        self.source.put([record(1, distribution=[distribution(url) for url in urls], **fields)])

    def mode(self, mode: str) -> None:
        """Say what becomes of the files of the point."""
        from ckan import model

        from ckanext.govshare.exchange import points

        points.find(self.point).files = mode
        model.Session.commit()

    def work(self) -> dict[str, int]:
        """A run, files and all; answers its counts of files."""
        self.run = self.harvest(self.point)
        assert self.run["state"] == "done", self.run
        return self.run["totals"]["files"]

    def resources(self) -> list[dict[str, Any]]:
        """Resources of the first entry, as stored."""
        from .conftest import call

        found = call("govshare_harvest_record_list", {"exchange_point": self.point})["results"]
        return call("package_show", {"id": found[0]["package_id"]})["resources"]

    def known(self) -> list[Any]:
        """What is known of the point's files."""
        import sqlalchemy as sa
        from ckan import model

        from ckanext.govshare.exchange.model import FILE

        return list(model.Session.execute(sa.select(FILE).order_by(FILE.c.url, FILE.c.resource_id)))


@pytest.fixture
def file_host() -> Iterator[FileHost]:
    served = FileHost()
    yield served
    served.close()


@pytest.fixture
def file_settings(ckan_config: Any) -> Iterator[Callable[..., None]]:
    """Set settings of the exchange room for one test."""
    former: dict[str, Any] = {}

    def change(**values: Any) -> None:
        for name, value in values.items():
            key = f"ckanext.govshare.exchange.{name}"
            former.setdefault(key, ckan_config.get(key))
            ckan_config[key] = value

    change(file_pause_seconds=0)
    yield change
    ckan_config.update(former)


@pytest.fixture
def keeper(
    make_point: Callable[..., str],
    source: Source,
    file_host: FileHost,
    harvest: Callable[..., Any],
    file_settings: Any,
) -> Keeper:
    """A point that mirrors, with one record of one file."""
    kept = Keeper(make_point(source.url), source, file_host, harvest)
    kept.mode("mirror")
    kept.put(file_host.put("/a.csv", CSV))
    return kept
