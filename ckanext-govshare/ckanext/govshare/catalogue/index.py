"""Database and search index in step: an outbox row for every write, and one request to Solr a batch.

Core builds one document and posts it at once, before the database commits. Here every write of a package leaves a row
in ``govshare_index_outbox`` in its own transaction (whoever wrote it, by form, API or harvest), and :func:`drain`
posts the documents of many rows in one request, after the commit. A document is core's own, collected instead of sent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.search import common, index
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.govshare import roles
from ckanext.govshare.catalogue import dictized, solr_connection
from ckanext.govshare.catalogue.model import Outbox

log = logging.getLogger(__name__)
DRAIN_LOCK = 7305802
_local = threading.local()
_connect = index.make_connection


class _Collector:
    """Takes documents where core expects a connection to Solr."""

    url = "collector"

    def __init__(self) -> None:
        self.docs: list[dict[str, Any]] = []

    def add(self, docs: list[dict[str, Any]], commit: bool = False) -> None:
        self.docs.extend(docs)


def _make_connection(*args: Any, **kwargs: Any) -> Any:
    return getattr(_local, "collector", None) or _connect(*args, **kwargs)


def install() -> None:
    """Put the collector's switch and the kept connection of searches into core, and watch the session for writes."""
    index.make_connection = _make_connection
    solr_connection.install()
    if not sa.event.contains(Session, "after_flush", _remember):
        sa.event.listen(Session, "after_flush", _remember)
        sa.event.listen(Session, "after_commit", _announce)
        sa.event.listen(Session, "after_soft_rollback", _forget)


def _packages_of(session: Session) -> set[str]:
    ids = set()
    for item in (*session.new, *session.dirty, *session.deleted):
        if isinstance(item, model.Package):
            ids.add(item.id)
        elif isinstance(item, model.Resource | model.PackageTag):
            ids.add(item.package_id)
        elif isinstance(item, model.Member) and item.table_name == "package":
            ids.add(item.table_id)
    return {package_id for package_id in ids if package_id}


def _remember(session: Session, _flush_context: Any) -> None:
    ids = _packages_of(session)
    if ids:
        queue(session, ids)
        session.info["govshare_queued"] = True


def _announce(session: Session) -> None:
    if session.info.pop("govshare_queued", False) and not session.info.get("govshare_quiet"):
        enqueue_drain()


def _forget(session: Session, _previous: Any) -> None:
    if not session.in_transaction():
        session.info.pop("govshare_queued", None)


def queue(session: Session, ids: set[str]) -> None:
    """Leave outbox rows inside the session's transaction, in a stable order against deadlocks."""
    rows = [{"package_id": package_id} for package_id in sorted(ids)]
    statement = insert(Outbox.__table__).values(rows)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["package_id"], set_={"revision": Outbox.__table__.c.revision + 1}
        )
    )


def queue_all() -> None:
    """Leave an outbox row for every package: what the index holds is to be made anew. Commits."""
    outbox = Outbox.__table__
    every = insert(outbox).from_select(["package_id"], sa.select(model.Package.id))
    model.Session.execute(
        every.on_conflict_do_update(index_elements=["package_id"], set_={"revision": outbox.c.revision + 1})
    )
    model.Session.commit()


def enqueue_drain() -> None:
    """Ask a worker to drain the outbox; without Valkey the timer will do it."""
    try:
        tk.enqueue_job(drain_job, title="govshare index", rq_kwargs={"job_id": "govshare-index-drain"})
    except Exception as error:  # noqa: BLE001 - a write must not fail because the queue is away
        log.warning("index drain not enqueued: %s", type(error).__name__)


def drain_job() -> None:
    """Background job: drain until nothing is left."""
    while drain(200)["indexed"]:
        pass


def documents(package_ids: Collection[str]) -> list[dict[str, Any]]:
    """The index documents that core would post for packages, those of packages that are gone left out.

    Core reads each package by some fifteen statements; here some eight serve them all, whatever their number.
    """
    _local.collector = collector = _Collector()
    try:
        with roles.remembered():
            for default, custom in dictized.both_schemas(package_ids):
                found = dict(default, with_custom_schema=custom)
                index.PackageSearchIndex().index_package(found, defer_commit=True)
    finally:
        _local.collector = None
    return collector.docs


def drain(limit: int = 500) -> dict[str, int]:
    """Index up to ``limit`` packages of the outbox in one request.

    :returns: ``{indexed, removed, left}``: numbers of packages
    """
    session = model.Session
    # One drainer at a time: two could post an older document over a newer one.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(DRAIN_LOCK)))
    rows = session.execute(
        sa.select(Outbox.package_id, Outbox.revision).order_by(Outbox.queued).limit(limit)
    ).all()
    docs = documents([row.package_id for row in rows])
    gone = {row.package_id for row in rows} - {doc["id"] for doc in docs}
    if rows:
        connection = common.make_connection()
        if gone:
            site = tk.config["ckan.site_id"]
            wanted = " OR ".join(f'"{package_id}"' for package_id in sorted(gone))
            connection.delete(q=f'+site_id:"{site}" +id:({wanted})', commit=not docs)
        if docs:
            connection.add(docs=docs, commit=True)
        # A row that moved meanwhile stays: its newer revision is indexed by the next drain.
        session.execute(
            sa.delete(Outbox).where(sa.tuple_(Outbox.package_id, Outbox.revision).in_(list(map(tuple, rows))))
        )
    session.commit()
    left = session.scalar(sa.select(sa.func.count()).select_from(Outbox))
    session.commit()
    return {"indexed": len(docs), "removed": len(gone), "left": left or 0}
