"""PostgreSQL writes the rows itself: one ``COPY (SELECT …) TO STDOUT``, in the very form that `rows.cell` gives.

Columns are asked for so that the server's own text is that form. So dates that Python cannot hold (before the
year 1, after 9999, infinity) stay as the server writes them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from ckanext.govshare.harvesters.rows import CsvFile, Written

_OFFSET = "([+-][0-9]{2})$"  # PostgreSQL writes +08 where ISO and Python write +08:00
# Types whose text is the form, and is never empty. What is not named here is cast to text.
_AS_THEY_ARE = (
    sa.Integer,
    sa.Numeric,
    sa.Date,
    sa.DateTime,
    sa.Time,
    sa.Interval,
    sa.JSON,
    sa.Uuid,
    pg.INTERVAL,
    pg.INET,
    pg.CIDR,
    pg.MACADDR,
)
_SPECIAL_FLOATS = ("NaN", "Infinity", "-Infinity")


def expression(column: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    """What to select so that the server's text is the form of the file; NULL for the empty text.

    :param kind: the column's reflected type
    """
    text = sa.cast(column, sa.Text)
    if isinstance(kind, pg.MONEY):  # else in the words of the server's locale
        return sa.cast(column, sa.Numeric)
    if isinstance(kind, sa.Boolean):
        return text
    if isinstance(kind, sa.Float):  # servers before 14 know no infinite decimals
        return sa.case((text.in_(_SPECIAL_FLOATS), text), else_=sa.cast(sa.cast(text, sa.Numeric), sa.Text))
    if isinstance(kind, (sa.DateTime, sa.Time)) and kind.timezone:
        return sa.func.regexp_replace(text, _OFFSET, r"\1:00")
    if isinstance(kind, sa.ARRAY):
        return sa.func.array_to_json(column)
    if isinstance(kind, _AS_THEY_ARE):
        return column
    return sa.func.nullif(text, "")


def can_copy(connection: sa.Connection, columns: int) -> bool:
    """Whether rows can come by COPY: with psycopg2, and where no row could be an empty line."""
    return connection.dialect.driver == "psycopg2" and columns > 1


def as_text(value: sa.ColumnElement[Any], kind: Any) -> sa.ColumnElement[Any]:
    """What :func:`expression` gave, for drivers that would make values of Python of it."""
    return value if isinstance(kind, (pg.INET, pg.CIDR)) else sa.cast(value, sa.Text)


def copy(connection: sa.Connection, query: sa.Select[Any], file: CsvFile) -> Written:
    """Write the rows of a query into a file.

    :raises FetchRefused: a budget
    """
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    raw: Any = connection.connection.dbapi_connection
    with raw.cursor() as cursor:
        # the parameter that nobody asks for has doubled percent signs made single
        asked = cursor.mogrify(str(compiled), {"": None, **compiled.construct_params()})
        valid = raw.info.parameter_status("server_encoding") != "SQL_ASCII"
        target = file if valid else _Decoded(file)
        cursor.copy_expert(b"COPY (" + asked + b") TO STDOUT WITH (FORMAT csv, ENCODING 'UTF8')", target)
        return file.written(cursor.rowcount)


class _Decoded:
    """Makes UTF-8 of what a server of unknown encoding sends, row by row."""

    def __init__(self, file: CsvFile):
        self.file = file

    def write(self, content: bytes) -> None:
        self.file.write(content.decode("utf-8", "replace").encode())
