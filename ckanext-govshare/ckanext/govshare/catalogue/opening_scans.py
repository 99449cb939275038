"""Scans of stored files: done at once when the file is small, by a worker when it is not, kept by checksum."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.govshare import config
from ckanext.govshare.catalogue import files, opening_records, scanning
from ckanext.govshare.catalogue.model import StoredFile
from ckanext.govshare.catalogue.opening_model import Scan, ScanState
from ckanext.govshare.kernel import clock, scan
from ckanext.govshare.kernel.scan import ScanFinding
from ckanext.govshare.kernel.scan_marks import Kind

log = logging.getLogger(__name__)
TIMEOUT = 3600  # seconds that a worker may take for one file
WAITING = "govshare_scans"


def find(digests: Iterable[str]) -> dict[str, Scan]:
    """The scans of many files in one statement; a file that was never scanned has none."""
    wanted = set(digests)
    rows = model.Session.scalars(sa.select(Scan).where(Scan.digest.in_(wanted))) if wanted else ()
    return {row.digest: row for row in rows}


def findings(resource: Mapping[str, Any], row: Scan | None) -> list[ScanFinding] | None:
    """What is known about the content of an open file.

    :returns: findings; None while nobody has looked. A link is looked at by a person.
    """
    if not opening_records.is_file(resource):
        return [scan.whole(Kind.LINK)]
    if row is None or row.state != ScanState.DONE.value:
        return None
    return [ScanFinding.from_dict(values) for values in row.findings]


def prepare(digests: Iterable[str], known: dict[str, Scan]) -> dict[str, Scan]:
    """Have files scanned that never were: small ones now, the others by a worker after the commit.

    :param known: their scans; completed and returned
    """
    for digest in sorted({digest for digest in digests if digest not in known}):
        stored = _stored(digest)
        if stored is not None and stored.size <= at_once():
            known[digest] = run(digest)
        else:
            queue(digest)
    return known


def at_once() -> int:
    """Bytes up to which a file is scanned while somebody waits."""
    return int(config.get("opening.scan_at_once"))


def outdated(row: Scan) -> bool:
    """Whether a scan failed, or an older scanner made it."""
    return row.state == ScanState.FAILED.value or row.version != scan.VERSION


def run(digest: str) -> Scan:
    """Scan a stored file now, inside the caller's transaction.

    :returns: the scan, done or failed
    """
    stored = _stored(digest)
    path = files.path_of(digest)
    if stored is None or not path.exists():
        return _keep(digest, ScanState.FAILED, error="missing")
    try:
        done = scanning.scan_file(path, stored.filename)
    except Exception as error:  # a foreign file may break its reader in any way
        log.exception("scan of %s failed", digest)
        return _keep(digest, ScanState.FAILED, error=type(error).__name__)
    return _keep(
        digest,
        ScanState.DONE,
        rows=done.rows,
        columns=done.columns,
        findings=[finding.as_dict() for finding in done.findings],
        error=done.unread or None,
    )


def begin(digest: str) -> Scan:
    """Note that a worker has it, or is about to."""
    return _keep(digest, ScanState.RUNNING)


def _stored(digest: str) -> StoredFile | None:
    return model.Session.scalars(
        sa.select(StoredFile).where(StoredFile.sha256 == digest).order_by(StoredFile.stored.desc()).limit(1)
    ).first()


def _keep(digest: str, state: ScanState, **values: Any) -> Scan:
    row = {
        "version": scan.VERSION,
        "state": state.value,
        "at": clock.now(),
        "rows": None,
        "columns": [],
        "findings": [],
        "error": None,
        **values,
    }
    statement = insert(Scan).values(digest=digest, **row)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=row))
    return model.Session.get(Scan, digest, populate_existing=True)


def queue(digest: str) -> None:
    """Have a worker scan a file once the transaction is committed: before, it would not see who attaches it."""
    if not sa.event.contains(Session, "after_commit", _announce):
        sa.event.listen(Session, "after_commit", _announce)
        sa.event.listen(Session, "after_soft_rollback", _forget)
    model.Session.info.setdefault(WAITING, set()).add(digest)


def _announce(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint is released: nothing is committed yet
        return
    for digest in session.info.pop(WAITING, set()):
        enqueue(digest)


def _forget(session: Session, _previous: Any) -> None:
    if not session.in_transaction():
        session.info.pop(WAITING, None)


def enqueue(digest: str) -> bool:
    """Ask a worker to scan a file; without a queue it is scanned when somebody opens its review.

    :returns: whether there was a queue
    """
    from ckanext.govshare.catalogue import (
        opening_doors,
    )  # it writes entries, which are prepared through this module

    try:
        options = {"timeout": TIMEOUT, "job_id": f"govshare-scan-{digest}"}
        tk.enqueue_job(opening_doors.scan_job, [digest], title="govshare scan", rq_kwargs=options)
    except Exception as error:  # noqa: BLE001 - a write must not fail because the queue is away
        log.warning("scan of %s not enqueued: %s", digest, type(error).__name__)
        return False
    return True
