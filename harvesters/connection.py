"""A connection that can only read, for a limited time, and whose failures tell no credentials."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.refusals import FetchRefused

CONNECT_SECONDS = 10
_STEPS = 10_000  # SQLite instructions between two looks at the clock


@contextmanager
def reading(address: str, seconds: float) -> Iterator[sa.Connection]:
    """Connect, in a read-only transaction with a statement time-out where the database has them.

    :param address: SQLAlchemy address from the configuration
    :param seconds: for one statement
    :raises FetchRefused: no connection or a failed statement, without the driver's words (secrets)
    """
    try:
        url = sa.make_url(address)
        _check_sqlite(url)
        engine = sa.create_engine(url, poolclass=NullPool, connect_args=_arguments(url))
        connection = engine.connect()
    except (SQLAlchemyError, ImportError) as error:
        raise FetchRefused(
            "database_unreachable",
            f"无法连接前置库（{type(error).__name__}），请联系平台运维人员检查配置和网络。",
            f"The database cannot be reached ({type(error).__name__}): have the configuration checked.",
        ) from None
    try:
        _read_only(connection, seconds)
        yield connection
    except (SQLAlchemyError, ValueError, OverflowError) as error:
        if _timed_out(error):
            raise refusals.database_slow() from None
        raise FetchRefused(
            "database_failed",
            f"读取前置库失败（{_kind(error)}），请核对视图能否正常查询；日期应在公元1年至9999年之间。",
            f"Reading the database failed ({_kind(error)}): check that the view can be queried; "
            "dates must lie between the years 1 and 9999.",
        ) from None
    finally:
        connection.close()
        engine.dispose()


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _timed_out(error: Exception) -> bool:
    return _kind(error) == "QueryCanceled" or "interrupted" in str(getattr(error, "orig", ""))


def _check_sqlite(url: sa.URL) -> None:
    """SQLite would make a file that is not there."""
    if url.get_backend_name() != "sqlite":
        return
    path = url.database
    if path and not path.startswith("file:") and not Path(path).is_file():
        raise FetchRefused(
            "database_unreachable",
            "前置库文件不存在，请联系平台运维人员检查配置。",
            "The database file is not there: have the configuration checked.",
        )


def _arguments(url: sa.URL) -> dict[str, object]:
    names = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mariadb": "connect_timeout"}
    name = names.get(url.get_backend_name())
    return {name: CONNECT_SECONDS} if name and url.get_driver_name() != "asyncpg" else {}


def _read_only(connection: sa.Connection, seconds: float) -> None:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        timeout = sa.func.set_config("statement_timeout", str(int(seconds * 1000)), True)
        zone = sa.func.set_config("TimeZone", "Asia/Shanghai", True)  # else the file depends on the server's
        connection.execute(sa.select(timeout, zone))
    elif dialect in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.commit()
    elif dialect == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        deadline = time.monotonic() + seconds
        raw = connection.connection.dbapi_connection
        raw.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)  # type: ignore[union-attr]
