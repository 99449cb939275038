"""Rows of a query into a CSV file, in the fastest way that the driver has: `rows` says what the file is like."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ckanext.govshare.harvesters import rows_mysql, rows_postgres
from ckanext.govshare.harvesters.connection import of_a_driver
from ckanext.govshare.harvesters.rows import Budget, CsvFile, Written, write_rows

AT_ONCE = 100
"""Rows that a driver fetches at once, where it can be told: each may hold cells of any size."""


def expressions(connection: sa.Connection, columns: Mapping[str, Any]) -> list[sa.ColumnElement[Any]]:
    """What to select, untyped, so that values come as the driver gives them.

    :param columns: reflected type by name
    """
    if connection.dialect.name != "postgresql":
        return [sa.column(name) for name in columns]
    asked = [rows_postgres.expression(sa.column(name), kind) for name, kind in columns.items()]
    if not rows_postgres.can_copy(connection, len(columns)):
        kinds = columns.values()
        asked = [rows_postgres.as_text(value, kind) for value, kind in zip(asked, kinds, strict=True)]
    return [
        value.label(None) for value in asked
    ]  # under its own name a column would be ordered as the text that it is


def read(
    connection: sa.Connection, query: sa.Select[Any], header: Sequence[str], path: Path, budget: Budget
) -> Written:
    """Write the rows of a query into a file.

    :param query: of :func:`expressions`
    :param header: cells of the first row
    :raises FetchRefused: a budget
    """
    try:
        with CsvFile(path, header, budget) as file:
            if connection.dialect.name == "postgresql" and rows_postgres.can_copy(connection, len(header)):
                return rows_postgres.copy(connection, query, file)
            return _fetch(connection, query, file)
    except Exception as error:
        if not of_a_driver(error):
            _abandon(connection)
        raise


def _fetch(connection: sa.Connection, query: sa.Select[Any], file: CsvFile) -> Written:
    with rows_mysql.texts(connection) as zero_dates:
        cursor = _cursor(connection)
        cursor.execute(*_statement(connection, query))
        written = write_rows(file, cursor)
        cursor.close()
    return dataclasses.replace(written, odd={**written.odd, **zero_dates.remark()})


def _cursor(connection: sa.Connection) -> Any:
    """A cursor of the driver whose rows stay at the server until they are asked for.

    SQLAlchemy's own results hold rows back by number, whatever their size.
    """
    raw: Any = connection.connection.dbapi_connection
    driver = connection.dialect.driver
    if driver == "pymysql":
        from pymysql.cursors import SSCursor

        return raw.cursor(SSCursor)
    if driver in ("psycopg2", "psycopg"):
        cursor = raw.cursor(name="govshare")
        cursor.itersize = AT_ONCE
        return cursor
    return raw.cursor()


def _statement(connection: sa.Connection, query: sa.Select[Any]) -> tuple[str, Any]:
    """A query and its parameters, as the driver wants them."""
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    if compiled.positional:
        return str(compiled), [values[name] for name in compiled.positiontup or ()]
    if connection.dialect.paramstyle in ("format", "pyformat"):
        values = {"": None, **values}  # nobody asks for it, but with it doubled percent signs are made single
    return str(compiled), values


def _abandon(connection: sa.Connection) -> None:
    """Leave a result in the middle: closing it in order would first read all that the server still sends."""
    rows_mysql.leave(connection)
    with suppress(SQLAlchemyError):
        connection.invalidate()
