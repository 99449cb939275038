"""Rows of a stored CSV into the DataStore, by one COPY.

xloader's loader is not used, for four reasons seen in its 2.5.2: it imports ``tabulator`` and ``Unidecode``,
which its metadata forgets; it guesses encoding and header row of files whose encoding and header we know; it
splits files at line ends, also inside quoted cells, into a fixed path below ``/tmp``; it cuts column names at
63 characters where PostgreSQL cuts at 63 bytes. The table itself is made by core's ``datastore_create``; only
the rows take this way.

COPY is cheap; core's trigger that fills ``_full_text`` row by row takes tens of times as long, and its index as much
again. Only ``q`` of ``datastore_search`` needs them. So a large file is loaded without, and a worker fills both
afterwards (:func:`fill_full_text`); until then ``q`` finds nothing in that table, everything else works.

Limits: one file, UTF-8, comma, header row; empty cells become NULL.
"""

from __future__ import annotations

import csv
import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine
from sqlalchemy.dialects.postgresql import dialect

log = logging.getLogger(__name__)
SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
MAX_ID_BYTES = 63
AT_ONCE = 4 * 1024 * 1024  # bytes of a file up to which its full text is filled with its rows: about two seconds
CHUNK = 50_000  # rows whose full text is filled in one transaction
FILL_SECONDS = 3600
COPY_BYTES = 1024 * 1024
IDENTIFIERS = dialect().identifier_preparer
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
    table = _quote(resource_id)
    if _shape(engine, resource_id) != [(field["id"], field["type"], field["info"]["label"]) for field in fields]:
        drop(resource_id)
        tk.get_action("datastore_create")(
            {"ignore_auth": True, "user": ""}, {"resource_id": resource_id, "force": True, "fields": fields}
        )
    names = ", ".join(_quote(column.id) for column in wanted)
    copy = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8', FREEZE true)"
    later = path.stat().st_size > AT_ONCE
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE TABLE {table} RESTART IDENTITY"))
        if later:
            with _bare(connection, resource_id):
                rows = _copy(connection, copy, path)
        else:
            rows = _copy(connection, copy, path)
        connection.execute(COUNTED, {"table": resource_id, "rows": rows})
    if later:
        _fill_later(resource_id)
    return rows


@contextmanager
def _bare(connection: sa.Connection, resource_id: str) -> Iterator[None]:
    """An empty table without what makes COPY slow: the index and the trigger of its full text, and while rows come
    in its key. (A trigger before each row, even one that is disabled, has PostgreSQL take rows one by one.)
    """
    table, sequence = _quote(resource_id), _quote(f"{resource_id}__id_seq")

    def execute(statement: str) -> None:
        connection.execute(sa.text(statement))

    for index in connection.execute(FULL_TEXT_INDEXES, {"table": table}).scalars():
        execute(f"DROP INDEX {_quote(index)}")
    execute(f"DROP TRIGGER zfulltext ON {table}")
    execute(f"ALTER TABLE {table} DROP CONSTRAINT {_quote(f'{resource_id}_pkey')}")
    execute(f"ALTER SEQUENCE {sequence} CACHE 1000000")
    execute("SET LOCAL maintenance_work_mem = '128MB'")
    yield
    execute(f"ALTER TABLE {table} ADD PRIMARY KEY (_id)")
    execute(f"ALTER SEQUENCE {sequence} CACHE 1")
    execute(f"SELECT setval('{sequence}', max(_id)) FROM {table}")  # noqa: S608 - quoted
    execute(TRIGGER.format(table=table))


def drop(resource_id: str) -> None:
    """Take away the table of a resource, if there is one."""
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f"DROP TABLE IF EXISTS {_quote(resource_id)}"))
        connection.execute(sa.text("DELETE FROM _table_stats WHERE resource_id = :id"), {"id": resource_id})


def _fill_later(resource_id: str) -> None:
    try:
        options = {"timeout": FILL_SECONDS, "job_id": f"govshare-full-text-{resource_id}"}
        tk.enqueue_job(fill_full_text, [resource_id], title="govshare full text of a table", rq_kwargs=options)
    except Exception as error:  # noqa: BLE001 - without Valkey the timer finds the table (unfilled)
        log.warning("full text of %s not enqueued: %s", resource_id, type(error).__name__)


def unfilled() -> list[str]:
    """Tables whose full text is still to be filled: a load left them without its index."""
    query = sa.text(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '_full_text'"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)) ORDER BY 1"
    )
    with get_write_engine().connect() as connection:
        return list(connection.execute(query).scalars())


def fill_due() -> list[str]:
    """Set workers to the tables whose full text is still to be filled; answers their names."""
    waiting = unfilled()
    for resource_id in waiting:
        _fill_later(resource_id)
    return waiting


def fill_full_text(resource_id: str) -> int:
    """Fill the full text of a table and make its index, a chunk a transaction. Doing it again changes nothing.

    What is filled is what core's trigger would: the cells of a row as JSON shows them, with blanks between.

    :returns: rows filled
    """
    engine = get_write_engine()
    table = _quote(resource_id)
    shape = _shape(engine, resource_id)
    cells = ", ".join(
        f"to_json({_quote(name)}) #>> '{{}}'" if kind == "timestamp" else f"CAST({_quote(name)} AS text)"
        for name, kind, _title in shape
        if not name.startswith("_")
    ).replace(":", r"\:")  # no bind parameters
    if not cells:
        return 0
    filled, start = 0, 0
    with engine.connect() as connection:
        last = connection.execute(sa.text(f"SELECT coalesce(max(_id), 0) FROM {table}")).scalar_one()  # noqa: S608
    fill = f"UPDATE {table} SET _full_text = to_tsvector(concat_ws(' ', {cells}))"  # noqa: S608 - quoted names
    chunk = sa.text(f"{fill} WHERE _id > :start AND _id <= :end AND _full_text IS NULL")
    while start < last:
        with engine.begin() as connection:
            filled += connection.execute(chunk, {"start": start, "end": start + CHUNK}).rowcount
        start += CHUNK
    with engine.begin() as connection:
        if not connection.execute(FULL_TEXT_INDEXES, {"table": table}).first():
            method = tk.config["ckan.datastore.default_fts_index_method"]
            connection.execute(sa.text(f"CREATE INDEX ON {table} USING {method} (_full_text)"))
    return filled


# What `update_cached_table_row_count` of the DataStore keeps, without counting again what COPY counted.
COUNTED = sa.text(
    "INSERT INTO _table_stats VALUES (:table, jsonb_build_object('rows', CAST(:rows AS bigint)))"
    " ON CONFLICT (resource_id) DO UPDATE SET stats = _table_stats.stats || excluded.stats"
)
# As the DataStore makes it with a table.
TRIGGER = (
    "CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {table}"
    " FOR EACH ROW EXECUTE PROCEDURE populate_full_text_trigger()"
)
FULL_TEXT_INDEXES = sa.text(
    "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = '_full_text' AND a.attnum = ANY (i.indkey)"
    " WHERE i.indrelid = to_regclass(:table)"
)


def _copy(connection: sa.Connection, statement: str, path: Path) -> int:
    """Send a file to the database; answers how many rows it took."""
    try:
        with path.open("rb") as file, connection.connection.cursor() as cursor:
            cursor.copy_expert(statement, file, size=COPY_BYTES)
            return cursor.rowcount
    except (psycopg2.DataError, psycopg2.errors.ProgramLimitExceeded) as error:
        raise DoesNotFit(str(error).splitlines()[0]) from None


def _quote(name: str) -> str:
    return IDENTIFIERS.quote_identifier(name)


def _shape(engine: sa.Engine, resource_id: str) -> list[tuple[str, str, str]]:
    """Columns of the table as (id, type, label), without the DataStore's own; empty when there is no table."""
    query = sa.text(
        "SELECT a.attname, format_type(a.atttypid, NULL), col_description(a.attrelid, a.attnum) FROM pg_attribute a"
        " WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attname NOT IN ('_id', '_full_text') ORDER BY a.attnum"
    )
    with engine.connect() as connection:
        rows = connection.execute(query, {"table": _quote(resource_id)}).all()
    return [
        (name, "timestamp" if kind.startswith("timestamp") else kind, _label(comment))
        for name, kind, comment in rows
    ]


def _label(comment: str | None) -> str:
    """The title of a column, as core keeps it."""
    try:
        return json.loads(comment or "{}")["_info"]["label"]
    except (ValueError, LookupError, TypeError):
        return ""
