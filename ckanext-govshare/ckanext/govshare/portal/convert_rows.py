"""Rows of a file that is made: where they come from, and what they are called.

From a table of the DataStore PostgreSQL sends them as they stand in the file (COPY of one expression a row); of a
stored file they are read here, from the plain CSV that :mod:`kernel.transcode` makes of it.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import psycopg2
from ckanext.datastore.backend.postgres import get_read_engine
from psycopg2 import errors

from ckanext.govshare.kernel import transcode
from ckanext.govshare.portal import convert_json

ROW_BYTES = 256 * 1024  # of rows that go on together
LOCK_SECONDS = 10
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
MIDNIGHTS = ("timestamp without time zone",)
Send = Callable[[list[bytes]], None]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param id: as programs name it; unique
    :param label: as people name it; unique
    :param kind: ``number``, ``day``, ``moment``, ``truth``, ``json`` or ``text``
    :param sql: the value in SQL, of a type that suits the kind; empty for a column of a file
    """

    id: str
    label: str
    kind: str
    sql: str = ""


Begin = Callable[[list[Column]], Send]  # the head of the file is written; then the rows go there


class Shape(Protocol):
    """How a row looks in a file: said to PostgreSQL, and done here. Both make the same bytes."""

    def select(self, columns: Sequence[Column], rows: str) -> str:
        """The rows in SQL.

        :param rows: ``FROM … ORDER BY …``
        """

    def options(self) -> str:
        """Options of COPY."""

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        """A row of a file, its cells as text, empty where there is nothing."""


class BusyError(RuntimeError):
    """A table is being replaced, or too much is being made at once: come back later."""


class Table:
    """A table of the DataStore as it is now: what replaces it meanwhile waits, what changes it is not seen."""

    def __init__(self, resource_id: str, titles: dict[str, str], seconds: int):
        """Open and hold the table.

        :param titles: names of columns for people, by id, where the data dictionary has none
        :param seconds: that reading it may take
        :raises LookupError: there is no such table
        :raises BusyError: it is being replaced
        """
        engine = get_read_engine()
        arguments, options = engine.dialect.create_connect_args(engine.url)
        # A connection of its own, not one of the pool: a reader who goes away has it cut off.
        self._connection = psycopg2.connect(*arguments, **options)
        self._name = _quote(resource_id)
        try:
            self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with self._connection.cursor() as cursor:
                cursor.execute(SETTINGS.format(seconds=seconds, lock=LOCK_SECONDS))
                # Before the first look: a snapshot that is older than a TRUNCATE would find nothing.
                cursor.execute(f"LOCK TABLE {self._name} IN ACCESS SHARE MODE")
                self.columns, self.revision = self._look(cursor, titles)
        except errors.UndefinedTable:
            self.close()
            raise LookupError(resource_id) from None
        except (errors.LockNotAvailable, errors.QueryCanceled):
            self.close()
            raise BusyError(resource_id) from None
        except BaseException:
            self.close()
            raise

    def send(self, shape: Shape, begin: Begin) -> None:
        """Send all rows, in the order in which they came into the table."""
        send = begin(self.columns)
        rows = _Rows(send)
        statement = shape.select(self.columns, f"FROM {self._name} ORDER BY _id")
        with self._connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({statement}) TO STDOUT WITH ({shape.options()})", rows)
        rows.pass_on()

    def cancel(self) -> None:
        """Stop what PostgreSQL does for it, from another thread."""
        with suppress(psycopg2.Error):  # it is closed already
            self._connection.cancel()

    def close(self) -> None:
        self._connection.close()

    def _look(self, cursor: Any, titles: dict[str, str]) -> tuple[list[Column], list[Any]]:
        """Columns, and what is another after any change: the file that holds the table, how many rows there are,
        which transactions wrote them. The same look tells columns of times that are all at midnight: days."""
        table = cursor.mogrify("to_regclass(%s)", (self._name,)).decode()
        cursor.execute(COLUMNS.format(table=table))
        found = cursor.fetchall()
        labels = _unique(_label(comment) or titles.get(name, "") or name for name, _type, comment in found)
        columns = [
            Column(name, label, *_kind(declared, _quote(name)))
            for (name, declared, _comment), label in zip(found, labels, strict=True)
        ]
        moments = [column for column in columns if column.kind == "moment"]
        midnight = "".join(f", bool_and({column.sql} = {column.sql}::date)" for column in moments)
        counted = f"pg_relation_filenode({table}), count(*), sum(xmin::text::bigint)::text{midnight}"
        cursor.execute(f"SELECT {counted} FROM {self._name}")  # noqa: S608 - quoted names
        revision = list(cursor.fetchone())
        days = {column for column, is_day in zip(moments, revision[3:], strict=True) if is_day}
        return [
            replace(column, kind="day", sql=f"{column.sql}::date") if column in days else column
            for column in columns
        ], revision


class File:
    """The table of a stored file, which never changes."""

    def __init__(self, path: Path, filename: str, sha256: str, titles: dict[str, str], folder: Path):
        """Nothing is read yet.

        :param filename: its suffix says what to expect
        :param folder: where the plain CSV lies while it is read
        """
        self._path, self._filename, self._titles, self._folder = path, filename, titles, folder
        self._stopped = False
        self.revision: list[Any] = [sha256]

    def send(self, shape: Shape, begin: Begin) -> None:
        """Send all rows.

        :raises UnreadableError: it is no table, is damaged, or beyond what is read
        """
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="reading-") as folder:
            plain, path, name = Path(folder) / "plain.csv", self._path, self._filename
            if name.endswith(".json"):
                path, name = Path(folder) / "records.csv", "records.csv"
                convert_json.write_csv(self._path, path)
            found = transcode.transcode(path, name, plain)
            columns = self._columns(found, plain)
            rows = _Rows(begin(columns))
            for cells in _csv(plain):
                if self._stopped:
                    raise InterruptedError
                rows.write(shape.row(columns, cells))
            rows.pass_on()

    def cancel(self) -> None:
        """Stop reading, from another thread."""
        self._stopped = True

    def close(self) -> None:
        """Nothing stays open."""

    def _columns(self, found: transcode.Table, plain: Path) -> list[Column]:
        kinds = [{"numeric": "number", "timestamp": "day"}.get(kind, "text") for kind in found.types]
        days = [place for place, kind in enumerate(kinds) if kind == "day"]
        for cells in _csv(plain) if days else ():
            for place in [place for place in days if not _is_day(cells[place])]:
                kinds[place] = "moment"
                days.remove(place)
        ids = _unique(found.header)
        labels = _unique(self._titles.get(name, name) for name in found.header)
        return [Column(*column) for column in zip(ids, labels, kinds, strict=True)]


class _Rows:
    """What COPY writes to, a row a call: passes on many at a time."""

    def __init__(self, send: Send):
        self._send, self._rows, self._bytes = send, list[bytes](), 0

    def write(self, row: bytes) -> None:
        self._rows.append(row)
        self._bytes += len(row)
        if self._bytes > ROW_BYTES:
            self.pass_on()

    def pass_on(self) -> None:
        if self._rows:
            self._send(self._rows)
        self._rows, self._bytes = [], 0


def _csv(plain: Path) -> Iterator[list[str]]:
    """Rows below the header."""
    with plain.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from rows


def _is_day(cell: str) -> bool:
    """Whether a moment, as `transcode` knows it, is a day or at midnight."""
    time = cell.replace("T", " ").partition(" ")[2]
    return not time.strip("0:.")


def _kind(declared: str, name: str) -> tuple[str, str]:
    """The kind of a column, and its value in SQL."""
    if declared in NUMBERS:
        return "number", name
    if declared == "date":
        return "day", name
    if declared in MIDNIGHTS:
        return "moment", name
    if declared == "boolean":
        return "truth", name
    if declared in ("json", "jsonb"):
        return "json", f"{name}::text"
    if declared == "nested":  # what the DataStore makes of its type "json"
        return "json", f"({name}).json::text"
    if declared.endswith("[]"):
        return "json", f"to_json({name})::text"
    return "text", name if declared == "text" else f"{name}::text"


def _label(comment: str | None) -> str:
    """The title of a column in the data dictionary, as core keeps it."""
    try:
        return str(json.loads(comment or "{}")["_info"]["label"])
    except (ValueError, LookupError, TypeError):
        return ""


def _unique(names: Any) -> list[str]:
    """Names of which no two are alike: the second 名称 is 名称_2."""
    result: list[str] = []
    for name in names:
        unique, again = name, 1
        while unique in result:
            again += 1
            unique = f"{name}_{again}"
        result.append(unique)
    return result


def _quote(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


# psycopg2 begins the transaction; a session that is left alone in it ends by itself.
SETTINGS = (
    "SET LOCAL statement_timeout = '{seconds}s'; SET LOCAL lock_timeout = '{lock}s';"
    " SET LOCAL idle_in_transaction_session_timeout = '{seconds}s';"
    " SET LOCAL timezone = 'Asia/Shanghai'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL client_encoding = 'UTF8'"
)
COLUMNS = (
    "SELECT a.attname, format_type(a.atttypid, NULL), col_description(a.attrelid, a.attnum) FROM pg_attribute a"
    " WHERE a.attrelid = {table} AND a.attnum > 0 AND NOT a.attisdropped"
    " AND a.attname NOT IN ('_id', '_full_text') ORDER BY a.attnum"
)
