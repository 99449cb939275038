"""Tables in the DataStore for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.govshare.portal import preview_store

STOPS = [
    ("10001", "市政府", "东城", 114.4123, 23.0868, 40),
    ("10002", "文化广场公交站", "东城", 114.4155, 23.0902, 7),
    ("10003", "人民医院", "西城", 114.4210, 23.0931, 100),
    ("10004", "汽车总站", "南湖", 114.4018, 23.0790, 9),
    ("10005", "第一中学", "东城", 114.4187, 23.0844, None),
    ("10006", "公交总公司", "西城", 114.4090, 23.0811, 12),
]
FIELDS = [
    ("code", "text", "站点编号"),
    ("name", "text", "站点名称"),
    ("district", "text", "所在区"),
    ("lon", "numeric", "经度"),
    ("lat", "numeric", "纬度"),
    ("seats", "int", "候车座位数"),
]


def fill(
    resource_id: str, fields: Sequence[tuple[str, str, str]] = FIELDS, rows: Sequence[Sequence[Any]] = STOPS
) -> None:
    """Make the table of a resource: columns as (id, type, title)."""
    tk.get_action("datastore_create")(
        {"ignore_auth": True, "user": "office"},
        {
            "resource_id": resource_id,
            "force": True,
            "fields": [{"id": name, "type": kind, "info": {"label": title}} for name, kind, title in fields],
            "records": [dict(zip([field[0] for field in fields], row, strict=True)) for row in rows],
        },
    )
    model.Session.expire_all()


def fill_loose(resource_id: str, rows: int) -> preview_store.Table:
    """Make a table that belongs to no entry, of generated rows: number, word, district."""
    drop(resource_id)
    with get_write_engine().begin() as connection:
        for statement in (
            f'CREATE TABLE "{resource_id}" (_id serial PRIMARY KEY, n int, word text, district text)',
            f'GRANT SELECT ON "{resource_id}" TO PUBLIC',
            f'INSERT INTO "{resource_id}" (n, word, district) SELECT i, md5(i::text),'
            f" (ARRAY['东城', '西城', '南湖'])[i % 3] FROM generate_series(1, {rows}) AS i",
        ):
            connection.execute(sa.text(statement.replace("::", r"\:\:")))
    with get_write_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f'ANALYZE "{resource_id}"'))
    return preview_store.table_of(resource_id, {})


@contextmanager
def held(resource_id: str) -> Iterator[None]:
    """The table as the loader holds it while it replaces its rows."""
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f'LOCK TABLE "{resource_id}" IN ACCESS EXCLUSIVE MODE'))
        yield


def drop(resource_id: str) -> None:
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f'DROP TABLE IF EXISTS "{resource_id}"'))


def open_file(entry: dict[str, Any]) -> dict[str, Any]:
    """The first file of an entry that is for the public."""
    return next(resource for resource in entry["resources"] if resource["audience"] == "open")
