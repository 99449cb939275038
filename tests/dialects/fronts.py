"""Front-end databases of every dialect, each empty at the start of a test: what the contract is tried on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from . import mariadb

OTHERS = "GOVSHARE_TEST_DATABASE_"
"""Prefix of environment variables with the address of an empty database of another dialect, such as
``GOVSHARE_TEST_DATABASE_ORACLE``. Its tables are dropped."""


@dataclass
class Front:
    """A department's database and what differs between dialects.

    :param url: address with the right to write
    :param secret: password in it
    :param forever: a query that never ends
    :param lock: statement that keeps everybody from reading ``{table}``
    """

    dialect: str
    url: str
    secret: str
    forever: str = ""
    lock: str = ""
    _engines: list[sa.Engine] = field(default_factory=list)

    @property
    def engine(self) -> sa.Engine:
        """Writes."""
        if not self._engines:
            self._engines.append(sa.create_engine(self.url))
        return self._engines[0]

    def run(self, statement: str, *rows: dict[str, Any]) -> None:
        """Run a statement, once for every row of parameters."""
        with self.engine.begin() as connection:
            for one in rows or ({},):
                connection.execute(sa.text(statement), one)

    def table(
        self, name: str, *columns: sa.Column[Any], rows: list[dict[str, Any]] | None = None, comment: str = ""
    ) -> sa.Table:
        """Make a table with comments and rows; SQLite gets its comments beside it."""
        table = sa.Table(name, sa.MetaData(), *columns, comment=comment or None)
        table.drop(self.engine, checkfirst=True)
        table.create(self.engine)
        if self.dialect == "sqlite":
            self._comments(table)
        self.fill(table, rows or [])
        return table

    def fill(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Add rows."""
        if rows:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(table), rows)

    def _comments(self, table: sa.Table) -> None:
        self.run(
            "CREATE TABLE IF NOT EXISTS govshare_comments (table_name text, column_name text, comment text)"
        )
        told = [(None, table.comment), *((column.name, column.comment) for column in table.columns)]
        insert = "INSERT INTO govshare_comments VALUES (:t, :c, :d)"
        rows = [{"t": table.name, "c": column, "d": comment} for column, comment in told if comment]
        if rows:
            self.run(insert, *rows)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Keep everybody from reading a table."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.lock.format(table=table))
            yield
            with suppress(sa.exc.SQLAlchemyError):
                connection.exec_driver_sql("UNLOCK TABLES" if "LOCK TABLES" in self.lock else "ROLLBACK")

    def close(self) -> None:
        """Let go of its engine."""
        for engine in self._engines:
            engine.dispose()


def sqlite(folder: Path) -> Front:
    """A file."""
    path = folder / "front.db"
    path.touch()
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    return Front("sqlite", f"sqlite:///{path}", "no-secret", forever, "BEGIN EXCLUSIVE")


@contextmanager
def postgresql(address: str) -> Iterator[Front]:
    """A schema of its own in the tests' DataStore database plays the department's server."""
    url = sa.make_url(address)
    admin = sa.create_engine(url, poolclass=NullPool)
    with admin.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS front CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA front")
    own = url.update_query_dict({"options": "-csearch_path=front"}).render_as_string(hide_password=False)
    front = Front(
        "postgresql",
        own,
        url.password or "",
        "SELECT i, i AS j FROM generate_series(1, 1000000000000) AS n(i)",
        "BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    )
    yield front
    front.close()
    with admin.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA front CASCADE")


@contextmanager
def mysql(server: mariadb.Server) -> Iterator[Front]:
    """A database of its own, and a user with a password and all rights in it."""
    admin = sa.create_engine(server.url(), poolclass=NullPool)
    for statement in (
        "DROP DATABASE IF EXISTS front",
        "CREATE DATABASE front CHARACTER SET utf8mb4",
        f"CREATE OR REPLACE USER clerk@localhost IDENTIFIED BY '{mariadb.PASSWORD}'",
        "GRANT ALL ON front.* TO clerk@localhost",
    ):
        with admin.begin() as connection:
            connection.exec_driver_sql(statement)
    front = Front(
        "mysql",
        server.url("front", "clerk", mariadb.PASSWORD),
        mariadb.PASSWORD,
        "SELECT a.seq AS i, b.seq AS j FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
        "LOCK TABLES {table} WRITE",
    )
    yield front
    front.close()


def others() -> dict[str, str]:
    """Address of each database of another dialect that somebody gave, by a name in lower case."""
    found = {name[len(OTHERS) :].lower(): url for name, url in os.environ.items() if name.startswith(OTHERS)}
    return {re.sub(r"\W", "-", name): url for name, url in sorted(found.items())}


@contextmanager
def other(address: str) -> Iterator[Front]:
    """A database of another dialect, emptied."""
    url = sa.make_url(address)
    engine = sa.create_engine(url, poolclass=NullPool)
    reflected = sa.MetaData()
    reflected.reflect(engine)
    reflected.drop_all(engine)
    engine.dispose()
    front = Front(url.get_backend_name(), address, url.password or "no-secret")
    yield front
    front.close()
