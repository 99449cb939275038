"""One worker at a time per run: a lease in PostgreSQL with a heartbeat.

An owner is ``host/namespace:pid:start``: the start time tells a process from a later one with the same
number. A lease is free when nobody holds it, when its holder is a dead process of this host, or after
:data:`SILENCE` without a heartbeat. Every batch renews it inside its own transaction (:func:`renew`), so that
a worker who lost it cannot commit.

All times of a lease are the database's: workers on several machines need not agree about the hour.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange.model import RUN

SILENCE = timedelta(seconds=60)
BEAT = 10  # seconds


class LeaseLost(Exception):  # noqa: N818 - reads as what happened
    """Another worker has taken the run over; what is not committed is void."""


class LeaseTaken(Exception):  # noqa: N818 - as above
    """A living worker holds the run."""


def _host() -> str:
    """This host and its space of process numbers: two containers may share a name and never a space."""
    try:
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        space = "0"
    return f"{socket.gethostname()}/{space}"


def _start_of(pid: int) -> str | None:
    """Start time of a living process in clock ticks since boot; None when it is none, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def me() -> str:
    """The owner that this process is."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_start_of(pid) or 0}"


def is_dead(owner: str) -> bool:
    """Whether an owner is known to be gone: a process of this host that no longer runs."""
    host, pid, start = owner.rsplit(":", 2)
    return host == _host() and _start_of(int(pid)) != start


def acquire(run_id: str) -> str:
    """Take the lease of a run, or raise.

    :returns: the owner written
    :raises LeaseTaken: a living worker holds it
    """
    owner = me()
    with model.meta.engine.begin() as connection:
        holder = _living_holder(connection, _query(run_id).with_for_update())
        if holder not in (None, owner):
            raise LeaseTaken(holder)
        values = {"lease_owner": owner, "heartbeat": sa.func.now()}
        connection.execute(sa.update(RUN).where(RUN.c.id == run_id).values(values))
    return owner


def is_free(run_id: str) -> bool:
    """Whether a worker could take the lease of a run now."""
    with model.meta.engine.begin() as connection:
        return _living_holder(connection, _query(run_id)) is None


def _query(run_id: str) -> sa.Select:
    silent = (RUN.c.heartbeat < sa.func.now() - SILENCE).label("silent")
    return sa.select(RUN.c.lease_owner, silent).where(RUN.c.id == run_id)


def _living_holder(connection: sa.Connection, query: sa.Select) -> str | None:
    row = connection.execute(query).one()
    if row.lease_owner is None or row.silent or is_dead(row.lease_owner):
        return None
    return row.lease_owner


def renew(
    run_id: str, owner: str, session: sa.orm.Session | sa.orm.scoped_session | sa.Connection, **values: Any
) -> None:
    """Beat inside the caller's transaction and make sure that the lease is still held: call it last before
    commit.

    :param values: columns of the run to write with it
    :raises LeaseLost: it is not
    """
    statement = sa.update(RUN).where(RUN.c.id == run_id, RUN.c.lease_owner == owner)
    if session.execute(statement.values(heartbeat=sa.func.now(), **values)).rowcount == 0:
        raise LeaseLost(run_id)


def release(run_id: str, owner: str) -> None:
    """Give the lease back; nothing happens when it is no longer held."""
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.update(RUN)
            .where(RUN.c.id == run_id, RUN.c.lease_owner == owner)
            .values(lease_owner=None, heartbeat=None)
        )


@contextmanager
def held(run_id: str) -> Iterator[str]:
    """Hold a run's lease with a heartbeat of its own, which goes on through a long fetch or COPY.

    A worker that hangs is ended by the time limit of its job; its lease then falls free like any other's.

    :raises LeaseTaken: a living worker holds it
    """
    owner = acquire(run_id)
    stop = threading.Event()
    engine = model.meta.engine

    def beat() -> None:
        while not stop.wait(BEAT):
            try:
                with engine.begin() as connection:
                    renew(run_id, owner, connection)
            except (LeaseLost, sa.exc.SQLAlchemyError):
                continue  # the next batch finds out for itself

    thread = threading.Thread(target=beat, name=f"lease-{run_id}", daemon=True)
    thread.start()
    try:
        yield owner
    finally:
        stop.set()
        thread.join()
        release(run_id, owner)
