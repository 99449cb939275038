"""Front-end databases (前置库) of two departments: SQLite of the meteorological bureau, PostgreSQL of the
trading centre.

They are what an exchange point of kind `database` meets in a city: one with comments in its catalogue, one
whose comments lie in a table beside the data. Making them again changes nothing.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from ckanext.govshare.runtime.demo.generators import Column, make_rows, parse_column

SOURCE = Path(__file__).parent / "data" / "frontends.yaml"
DATABASE = "demo_front"
READER = "demo_front_reader"
COMMENTS = "govshare_comments"


def describe(name: str) -> tuple[dict[str, Any], list[Column], list[list[Any]]]:
    """One front-end table.

    Args:
        name: `weather` or `trading`.

    Returns:
        Its settings, its columns and its rows.
    """
    table = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))[name]
    columns = [parse_column(line) for line in table["columns"]]
    return table, columns, make_rows(f"frontend/{name}", columns, table["rows"], table.get("per", 0))


def make_weather(path: Path) -> None:
    """Make the SQLite database of the meteorological bureau, unless it is there.

    Args:
        path: file to make; it appears whole or not at all.
    """
    if path.exists():
        return
    table, columns, rows = describe("weather")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    connection = sqlite3.connect(fresh)
    try:
        defined = ", ".join(f"{column.name_en} {_sql_type(column)} NOT NULL" for column in columns)
        marks = ", ".join("?" for _ in columns)
        comments = [(table["table"], column.name_en, _comment(column)) for column in columns]
        connection.execute(f"CREATE TABLE {table['table']} ({defined}, PRIMARY KEY (obs_time, station_id))")
        connection.executemany(
            f"INSERT INTO {table['table']} VALUES ({marks})",  # noqa: S608 - names from our own file
            [[_text(value) for value in row] for row in rows],
        )
        connection.execute(f"CREATE TABLE {COMMENTS} (table_name TEXT, column_name TEXT, comment TEXT)")
        connection.executemany(
            f"INSERT INTO {COMMENTS} VALUES (?, ?, ?)",  # noqa: S608
            [(table["table"], None, table["comment"]), *comments],
        )
        connection.commit()
    finally:
        connection.close()
    fresh.replace(path)


def make_trading(superuser_url: str, password: str) -> None:
    """Make the PostgreSQL database of the trading centre: a table, a commented view, a reading account.

    Args:
        superuser_url: SQLAlchemy address of an account that may create databases and roles.
        password: of the reading account, set anew each time.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the server cannot be reached, or the account may not create.
    """
    server = sa.create_engine(superuser_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        known = connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": READER})
        verb = "ALTER" if known else "CREATE"
        secret = connection.scalar(sa.text("SELECT quote_literal(:password)"), {"password": password})
        connection.exec_driver_sql(f"{verb} ROLE {READER} LOGIN PASSWORD {secret.replace('%', '%%')}")
        if not connection.scalar(
            sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}
        ):
            connection.exec_driver_sql(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
        connection.exec_driver_sql(f"REVOKE CONNECT, TEMPORARY ON DATABASE {DATABASE} FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {DATABASE} TO {READER}")
    own = sa.create_engine(sa.make_url(superuser_url).set(database=DATABASE), poolclass=sa.NullPool)
    with own.begin() as connection:
        _fill_trading(connection)


def reader_url(superuser_url: str, password: str) -> str:
    """SQLAlchemy address under which the exchange point reads the trading centre's database."""
    url = sa.make_url(superuser_url).set(username=READER, password=password, database=DATABASE)
    return url.render_as_string(hide_password=False)


def _fill_trading(connection: sa.Connection) -> None:
    table, columns, rows = describe("trading")
    schema, name, view = table["schema"], table["table"], table["view"]
    if sa.inspect(connection).has_table(view, schema=schema):
        return
    defined = ", ".join(f"{column.name_en} {_sql_type(column)} NOT NULL" for column in columns)
    listed = ", ".join(column.name_en for column in columns)
    marks = ", ".join(f":{column.name_en}" for column in columns)
    for statement in (
        f"CREATE SCHEMA {schema}",
        f"CREATE TABLE {schema}.{name} ({defined}, PRIMARY KEY (project_no))",
        f"CREATE VIEW {schema}.{view} AS SELECT {listed} FROM {schema}.{name}",  # noqa: S608
        f"GRANT USAGE ON SCHEMA {schema} TO {READER}",
        f"GRANT SELECT ON {schema}.{view} TO {READER}",
        f"COMMENT ON VIEW {schema}.{view} IS '{table['comment']}'",
        *(
            f"COMMENT ON COLUMN {schema}.{view}.{column.name_en} IS '{_comment(column)}'"
            for column in columns
        ),
    ):
        connection.exec_driver_sql(statement)
    insert = sa.text(f"INSERT INTO {schema}.{name} VALUES ({marks})")  # noqa: S608
    names = [column.name_en for column in columns]
    connection.execute(insert, [dict(zip(names, row, strict=True)) for row in rows])


def _comment(column: Column) -> str:
    return f"{column.name}：{column.description}" if column.description else column.name


def _sql_type(column: Column) -> str:
    """Type in the words that SQLite and PostgreSQL share."""
    sized = {
        "C": f"VARCHAR({column.length})",
        "N": f"NUMERIC({column.length})",
        "Y": f"NUMERIC({column.length})",
    }
    plain = {
        "D": "DATE",
        "T": "TIMESTAMP",
        "I": "INTEGER",
        "B": "DOUBLE PRECISION",
        "L": "VARCHAR(4)",
        "M": "TEXT",
    }
    return sized.get(column.type) or plain[column.type]


def _text(value: Any) -> Any:
    """Dates as SQLite keeps them: text."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else value
