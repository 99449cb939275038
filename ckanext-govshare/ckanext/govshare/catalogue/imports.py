"""Files that were handed in: what they are, how far they are worked at, what came of it (migration 007).

The bytes lie in the file store under their checksum: the file that was checked is the file that is applied.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from enum import Enum
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)
_EVERY = 0.5  # seconds between two notes of progress


class ImportState(str, Enum):
    """Where a file stands: it waits for a worker, is worked at, was checked, applied, or its work broke off."""

    QUEUED = "queued"
    RUNNING = "running"
    CHECKED = "checked"
    APPLIED = "applied"
    FAILED = "failed"


class Import(tk.BaseModel):
    """A file that was handed in for one department and one type of entry."""

    __tablename__ = "govshare_import"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    organization_id: Mapped[str]
    package_type: Mapped[str]
    filename: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    applied: Mapped[datetime | None] = mapped_column(WHEN)
    applied_by: Mapped[str | None]


IMPORT = Import.__table__


def find(import_id: Any) -> Import:
    """An import by its id.

    :raises ObjectNotFound: there is none
    """
    found = model.Session.get(Import, import_id) if isinstance(import_id, str) else None
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such import"))
    return found


def note(import_id: str, **values: Any) -> None:
    """Write down how far an import is, visible at once: on a connection of its own, beside the work's transaction."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(IMPORT).where(IMPORT.c.id == import_id).values(**values))


class Progress:
    """Tells the row of an import how far its work is, a few times a second at most.

    :param import_id: its id, or None to tell nobody
    """

    def __init__(self, import_id: str | None):
        self.import_id, self._next = import_id, 0.0

    def __call__(self, done: int, total: int) -> None:
        if self.import_id is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            note(self.import_id, done=done, total=total)


def lock(import_id: str) -> None:
    """Let nobody else apply this import until the transaction ends.

    An advisory lock, not the row's: progress is noted in the row meanwhile.
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(import_id, 7))))
