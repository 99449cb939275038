"""Bounded questions to tables of the DataStore, over its reading connection.

Who asks has the resource from ``package_show``, with its ``url``: the right to *take* was asked for there
(catalogue/rights.py). Nothing here knows of rights. Column names come out of the table itself, values go as parameters,
every statement has a time limit, and no statement counts or sorts without one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

log = logging.getLogger(__name__)
PATIENCE = 1500  # ms that a reader's own question may take
SHORT = 500  # ms for what a page shows unasked
WAITS = (
    "57014",
    "55P03",
    "25P03",
)  # query_canceled (time limit), lock_not_available, idle_in_transaction timeout
NUMBERS = ("int", "numeric", "float", "double", "real", "small", "big")
TIMES = ("timestamp", "date")
SHAPE = sa.text(
    "SELECT a.attname, format_type(a.atttypid, NULL), col_description(a.attrelid, a.attnum), c.reltuples"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attrelid = to_regclass(:table)"
    " AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND left(a.attname, 1) <> '_' ORDER BY a.attnum"
)
LIMITS = sa.text(
    "SELECT set_config('statement_timeout', :most, true), set_config('lock_timeout', :most, true),"
    " set_config('transaction_read_only', 'on', true)"
)


class TooSlowError(Exception):
    """A question took longer than it may, or the table is being replaced."""


class GoneError(Exception):
    """There is no such table, or it cannot be read."""


@dataclass(frozen=True)
class Column:
    """One column: its id in the data, its title for people, its kind: ``text``, ``number`` or ``time``."""

    id: str
    title: str
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A table of the DataStore: what it is called, its columns, how many rows PostgreSQL last estimated (-1: never)."""

    resource_id: str
    columns: Sequence[Column]
    types: dict[str, str]
    estimate: int

    def source(self) -> sa.TableClause:
        return sa.table(sa.sql.quoted_name(self.resource_id, quote=True))

    def column(self, column_id: str) -> Any:
        """A column as SQL; only of this table."""
        if column_id not in self.types:
            raise GoneError(column_id)
        return sa.column(sa.sql.quoted_name(column_id, quote=True))

    @property
    def ordered(self) -> set[str]:
        """Columns whose values have an order: text, numbers, times."""
        return {
            column.id for column in self.columns if column.kind != "text" or self.types[column.id] == "text"
        }

    def text(self, column_id: str, most: int = 0) -> Any:
        """The cells of a column as text, or their first characters."""
        column = self.column(column_id)
        if self.types[column_id] == "nested":  # JSON, as the DataStore keeps it
            quoted = column_id.replace('"', '""')
            column = sa.literal_column(f'("{quoted}").json')
        text = sa.cast(column, sa.Text)
        return sa.func.left(text, most) if most else text


def ask(statement: Any, most: int, values: dict[str, Any] | None = None) -> list[Any]:
    """Rows of one reading statement.

    :param most: milliseconds that it may take, and may wait for a table that is being replaced
    :raises TooSlowError: it took longer
    :raises GoneError: the table is not there, or cannot be read this way
    """
    if not tk.config.get("ckan.datastore.read_url"):
        raise GoneError
    try:
        with get_read_engine().connect() as connection, connection.begin():
            connection.execute(LIMITS, {"most": str(most)})
            return list(connection.execute(statement, values or {}).all())
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", "") in WAITS:
            raise TooSlowError from None
        log.warning("a table of the DataStore cannot be read: %s", type(error.orig).__name__)
        raise GoneError from None
    except SQLAlchemyError as error:  # every connection is in use
        log.warning("the DataStore cannot be asked: %s", type(error).__name__)
        raise TooSlowError from None


def table_of(resource_id: str, titles: dict[str, str]) -> Table:
    """The table of a resource.

    :param titles: titles of columns that the table itself does not name
    :raises GoneError: there is none
    """
    quoted = '"' + resource_id.replace('"', '""') + '"'
    rows = ask(SHAPE, SHORT, {"table": quoted})
    if not rows:
        raise GoneError(resource_id)
    columns = [
        Column(name, _label(comment) or titles.get(name) or name, _kind(kind))
        for name, kind, comment, _estimate in rows
    ]
    return Table(resource_id, columns, {row[0]: row[1] for row in rows}, int(rows[0][3]))


def count_to(table: Table, most: int) -> int:
    """How many rows a table has, counted no further than `most`."""
    some = sa.select(sa.literal(1)).select_from(table.source()).limit(most).subquery()
    return ask(sa.select(sa.func.count()).select_from(some), SHORT)[0][0]


def _kind(type_name: str) -> str:
    if type_name.startswith(NUMBERS) and not type_name.endswith("[]"):
        return "number"
    return "time" if type_name.startswith(TIMES) else "text"


def _label(comment: str | None) -> str:
    """The title of a column, as core's data dictionary keeps it."""
    try:
        return str(json.loads(comment or "{}")["_info"]["label"] or "")
    except (ValueError, LookupError, TypeError):
        return ""
