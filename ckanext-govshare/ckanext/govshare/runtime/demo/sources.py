"""The sources of the demo's exchange points: each is made when its point is registered, and once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from ckanext.govshare import config
from ckanext.govshare.runtime.demo import catalogue, city, folders, frontends, packages, state

Report = Callable[[str], None]


def make(point: dict[str, Any], home: Path, port: int, report: Report) -> bool:
    """Make the source of a point, if this installation can have it.

    Args:
        point: as `city.points` answers it.
        home: folder of the demo.
        port: port of the demo's server of records, 0 without.
        report: told in words why a source cannot be made.

    Returns:
        Whether the point has a source now.
    """
    name = point["url"].partition(":")[2]
    if point["kind"] == "drop_folder":
        return config.folder(name) is not None and _drop_folder(point, home)
    if point["kind"] == "database":
        return config.database_url(name) is not None and _database(point, home, report)
    if not port:
        return False
    if point["kind"] == "catalogue_api":
        _interface(point, home)
    return True


def _drop_folder(point: dict[str, Any], home: Path) -> bool:
    department = point["organization"]
    title = next(row["title"] for row in city.departments() if row["name"] == department)
    folders.make(state.drop_path(home), city.at_source(department), title)
    return True


def _interface(point: dict[str, Any], home: Path) -> None:
    files = home / "www" / "files"
    files.mkdir(parents=True, exist_ok=True)
    entries = city.at_source(point["organization"])
    updated = {entry.fields["title"]: packages.data_updated(entry.fields) for entry in entries}
    catalogue.make(state.interface_path(home), files, entries, updated)


def _database(point: dict[str, Any], home: Path, report: Report) -> bool:
    if point["organization"] == "qixiang":
        frontends.make_weather(state.weather_path(home))
        return True
    superuser = state.superuser_url(home)
    if superuser is None:
        return False
    try:
        frontends.make_trading(superuser, state.reader_password(home))
    except SQLAlchemyError as error:
        report(f"  {point['title']}: {type(error).__name__}")
        return False
    return True
