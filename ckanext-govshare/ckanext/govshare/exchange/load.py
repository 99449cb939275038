"""Rows of a stored CSV into the DataStore, by one COPY.

xloader's loader is not used, for four reasons seen in its 2.5.2: it imports ``tabulator`` and ``Unidecode``,
which its metadata forgets; it guesses encoding and header row of files whose encoding and header we know; it
splits files at line ends, also inside quoted cells, into a fixed path below ``/tmp``; it cuts column names at
63 characters where PostgreSQL cuts at 63 bytes. The table itself is made by core's ``datastore_create``; only
the rows take this way.

Limits: one file, UTF-8, comma, header row; empty cells become NULL.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine

SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
MAX_ID_BYTES = 63
# Types of information items (standards.md §1.2, 8b) as DataStore columns. Codes, telephone and identity
# numbers are C, never N, so that no leading zero is lost.
TYPES = {
    "N": "numeric",
    "Y": "numeric",
    "B": "numeric",
    "F": "numeric",
    "I": "numeric",
    "T": "timestamp",
    "D": "timestamp",
}


class DoesNotFit(ValueError):  # noqa: N818 - reads as what happened
    """A file has a row that its table cannot take."""


@dataclass(frozen=True)
class Column:
    """One column: its id in the DataStore, its title for people, its DataStore type."""

    id: str
    label: str
    type: str = "text"

    def as_field(self, plain: bool) -> dict[str, Any]:
        return {"id": self.id, "type": "text" if plain else self.type, "info": {"label": self.label}}


def columns(names: Iterable[str], items: Sequence[dict[str, Any]] = ()) -> list[Column]:
    """Safe, distinct columns for the header of a file.

    :param names: header cells, in order
    :param items: information items of the entry, in the same order (``name``, ``name_en``, ``type``); may be
        fewer
    """
    result: list[Column] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        item = items[place] if place < len(items) else {}
        base = next(filter(_is_safe, (item.get("name_en"), name)), f"column_{place + 1}")
        safe, again = base, 1
        while safe.lower() in taken:
            again += 1
            safe = f"{base[: MAX_ID_BYTES - 4]}_{again}"
        taken.add(safe.lower())
        result.append(Column(safe, item.get("name") or name, TYPES.get(item.get("type", ""), "text")))
    return result


def _is_safe(name: str | None) -> bool:
    return bool(name and SAFE.fullmatch(name) and len(name) <= MAX_ID_BYTES)


def header(path: Path) -> list[str]:
    """Header cells of a UTF-8 CSV, with or without a byte order mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def load(resource_id: str, path: Path, wanted: Sequence[Column]) -> int:
    """Make the table of a resource hold exactly the rows of a file. Doing it again changes nothing.

    :param path: UTF-8 CSV with a header row and as many columns as ``wanted``
    :returns: rows in the table now
    :raises DoesNotFit: the file is no such CSV
    """
    try:
        return _load(resource_id, path, wanted, plain=False)
    except DoesNotFit:
        # A cell does not parse as what its item promises: every column as text keeps the rows, and their
        # count.
        return _load(resource_id, path, wanted, plain=True)


def _load(resource_id: str, path: Path, wanted: Sequence[Column], plain: bool) -> int:
    fields = [column.as_field(plain) for column in wanted]
    engine = get_write_engine()
    table = _quote(engine, resource_id)
    if _shape(engine, resource_id) != [(field["id"], field["type"]) for field in fields]:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
        tk.get_action("datastore_create")(
            {"ignore_auth": True, "user": ""}, {"resource_id": resource_id, "force": True, "fields": fields}
        )
    names = ", ".join(_quote(engine, column.id) for column in wanted)
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE TABLE {table} RESTART IDENTITY"))
        _copy(
            connection,
            f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')",
            path,
        )
        rows = connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - quoted
    backend = DatastoreBackend.get_active_backend()
    backend.clear_table_stats(resource_id)
    backend.calculate_record_count(resource_id)
    return rows


def _copy(connection: sa.Connection, statement: str, path: Path) -> None:
    try:
        with path.open("rb") as file, connection.connection.cursor() as cursor:
            cursor.copy_expert(statement, file)
    except psycopg2.DataError as error:
        raise DoesNotFit(str(error).splitlines()[0]) from None


def _quote(engine: sa.Engine, name: str) -> str:
    return engine.dialect.identifier_preparer.quote_identifier(name)


def _shape(engine: sa.Engine, resource_id: str) -> list[tuple[str, str]]:
    """Columns of the table as (id, type), without the DataStore's own; empty when there is no table."""
    query = sa.text(
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a"
        " WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attname NOT IN ('_id', '_full_text') ORDER BY a.attnum"
    )
    with engine.connect() as connection:
        rows = connection.execute(query, {"table": _quote(engine, resource_id)}).all()
    return [(name, "timestamp" if kind.startswith("timestamp") else kind) for name, kind in rows]
