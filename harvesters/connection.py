"""A connection that can only read, for a limited time, and whose failures tell no credentials.

Each database is told so in its own words: `_SETTLE` has them by dialect. A dialect that is not there reads with
what its account may do; then the right to read only is the account's, and between two rows the deadline is ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ckanext.govshare.harvesters import connection_kingbase, refusals
from ckanext.govshare.harvesters.refusals import FetchRefused

connection_kingbase.register()
CONNECT_SECONDS = 10
LOCK_SECONDS = 20
"""Seconds to wait for what others have locked: a front-end database belongs to its department first."""
ZONE = "Asia/Shanghai"
_BROKEN = (
    "server closed the",
    "terminating connection",
    "pgres_copy_out",
    "could not receive data",
    "connection reset",
)
"""What PostgreSQL's library says of a connection that broke off, in lower case; it has no code for it."""
_STEPS = 10_000  # SQLite instructions between two looks at the clock
_POSTGRES = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds; a server that vanished is no reason to wait for ever
}


@contextmanager
def reading(address: str, seconds: float) -> Iterator[sa.Connection]:
    """Connect, in one read-only transaction that sees one state of the database where it can.

    :param address: SQLAlchemy address from the configuration
    :param seconds: until the deadline
    :raises FetchRefused: no connection or a failed statement, without the driver's words (secrets)
    """
    engine = None
    try:
        url = sa.make_url(address)
        _check_sqlite(url)
        engine = sa.create_engine(url, poolclass=NullPool, connect_args=_arguments(url, seconds))
        connection = engine.connect()
    except (SQLAlchemyError, ImportError, TypeError, OSError, AssertionError) as error:
        raise FetchRefused(
            "database_unreachable",
            f"无法连接前置库（{_kind(error)}），请联系平台运维人员检查配置和网络。",
            f"The database cannot be reached ({_kind(error)}): have the configuration checked.",
        ) from None
    try:
        with telling():
            settle = _SETTLE.get(connection.dialect.name)
            if settle:
                settle(connection, seconds)
            yield connection
    finally:
        with suppress(SQLAlchemyError, OSError):  # a connection that broke off may not close either
            connection.close()
        engine.dispose()


@contextmanager
def telling(view: str = "") -> Iterator[None]:
    """Say what a driver's failure means, in words of ours.

    :param view: that is being read
    :raises FetchRefused: ``too_slow``, ``database_locked``, ``database_cut_off`` or ``database_failed``
    """
    try:
        yield
    except (SQLAlchemyError, ValueError, OverflowError) as error:
        raise _meaning(error, view) from None
    except Exception as error:
        if not of_a_driver(error):
            raise
        raise _meaning(error, view) from None


def limit(connection: sa.Connection, seconds: float) -> None:
    """Have the database itself stop a statement.

    :param seconds: that are left
    :raises FetchRefused: none are
    """
    if seconds <= 0:
        raise refusals.database_slow()
    dialect, milliseconds = connection.dialect.name, max(1, int(seconds * 1000))
    if dialect == "postgresql":
        timeout = sa.func.set_config("statement_timeout", str(milliseconds), True)
        connection.execute(sa.select(timeout))
    elif dialect in ("mysql", "mariadb"):
        mariadb = getattr(connection.dialect, "is_mariadb", False)
        name, value = ("max_statement_time", seconds) if mariadb else ("max_execution_time", milliseconds)
        connection.exec_driver_sql(
            f"SET SESSION {name} = {value:f}" if mariadb else f"SET SESSION {name} = {value}"
        )
    elif dialect == "oracle":
        _raw(connection).call_timeout = milliseconds


def _kind(error: BaseException) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def of_a_driver(error: BaseException) -> bool:
    """Whether a driver raised it: every one of them has its own ``Error`` (PEP 249), met where we go around
    SQLAlchemy."""
    return any(kind.__name__ in ("Error", "DatabaseError", "InterfaceError") for kind in type(error).__mro__)


def _meaning(error: BaseException, view: str) -> FetchRefused:
    kind, told = _kind(error), str(getattr(error, "orig", None) or error).lower()
    code = next(iter(getattr(getattr(error, "orig", None) or error, "args", ())), None)
    zh, en = (f"“{view}”", f" {view}") if view else ("", "")
    # 1969 MariaDB, 3024 MySQL, DPY-4024 Oracle
    if kind == "QueryCanceled" or code in (1969, 3024) or "interrupted" in told or "dpy-4024" in told:
        return refusals.database_slow(view)
    # 1205 MySQL and SQL Server
    if (
        kind == "LockNotAvailable"
        or code in (1205, 1222)
        or "database is locked" in told
        or "is locked:" in told
    ):
        return FetchRefused(
            "database_locked",
            f"前置库{zh}被其他会话锁定，等待超过{LOCK_SECONDS}秒，已停止读取，稍后将重试。",
            f"Others hold a lock on the database{en} for more than {LOCK_SECONDS} seconds: tried again later.",
        )
    broken = kind in ("AdminShutdown", "CrashShutdown") or any(words in told for words in _BROKEN)
    # 2006, 2013 MySQL: the server has gone away, the connection was lost
    if broken or code in (2006, 2013) or getattr(error, "connection_invalidated", False):
        return FetchRefused(
            "database_cut_off",
            f"读取前置库{zh}时连接中断，内容不完整，稍后将重试。",
            f"The connection to the database{en} broke off before the end: tried again later.",
        )
    return FetchRefused(
        "database_failed",
        f"读取前置库{zh}失败（{kind}），请核对视图能否正常查询、账号有无读取权限。",
        f"Reading the database{en} failed ({kind}): check that the view can be queried and the account may read it.",
    )


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


def _arguments(url: sa.URL, seconds: float) -> dict[str, Any]:
    """What a driver is told when it connects; drivers that are not named here are told nothing."""
    driver = (url.get_backend_name(), url.get_driver_name())
    if driver in (("postgresql", "psycopg2"), ("postgresql", "psycopg"), ("kingbase", "psycopg2")):
        return dict(_POSTGRES)
    if driver in (("mysql", "pymysql"), ("mariadb", "pymysql")):
        patience = max(1, int(seconds) + LOCK_SECONDS)
        return {"connect_timeout": CONNECT_SECONDS, "read_timeout": patience}
    if driver[0] == "sqlite":
        return {"timeout": LOCK_SECONDS}
    if driver == ("oracle", "oracledb"):
        return {"tcp_connect_timeout": CONNECT_SECONDS}
    if driver == ("mssql", "pymssql"):
        return {"login_timeout": CONNECT_SECONDS, "timeout": max(1, int(seconds))}
    return {}


def _raw(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


def _postgres(connection: sa.Connection, seconds: float) -> None:
    connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    texts = {
        "lock_timeout": str(LOCK_SECONDS * 1000),
        "TimeZone": ZONE,  # else the file depends on the server's
        "DateStyle": "ISO, YMD",
        "IntervalStyle": "postgres",
        "extra_float_digits": "1",
    }
    connection.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in texts.items())))
    limit(connection, seconds)


def _mysql(connection: sa.Connection, seconds: float) -> None:
    for statement in (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}, innodb_lock_wait_timeout = {LOCK_SECONDS}",
        f"SET SESSION net_write_timeout = {max(60, int(seconds))}",
        "SET SESSION time_zone = '+08:00'",  # names need tables that servers do not always have
    ):
        connection.exec_driver_sql(statement)
    limit(connection, seconds)
    connection.commit()
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _sqlite(connection: sa.Connection, seconds: float) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")
    raw, deadline = _raw(connection), time.monotonic() + seconds
    raw.text_factory = _lenient
    raw.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
    connection.exec_driver_sql("BEGIN")  # all reads see the state that the first one meets


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _oracle(connection: sa.Connection, seconds: float) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    limit(connection, seconds)


def _mssql(connection: sa.Connection, seconds: float) -> None:
    connection.exec_driver_sql(f"SET LOCK_TIMEOUT {LOCK_SECONDS * 1000}")


_SETTLE: dict[str, Callable[[sa.Connection, float], None]] = {
    "postgresql": _postgres,
    "mysql": _mysql,
    "mariadb": _mysql,
    "sqlite": _sqlite,
    "oracle": _oracle,
    "mssql": _mssql,
}
