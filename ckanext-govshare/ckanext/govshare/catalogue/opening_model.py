"""Tables of the opening gate: scans of files, and the acts that make a review record (migration 005)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


class ScanState(str, Enum):
    """Where the scan of a file stands; ``none`` is no row."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Act(str, Enum):
    """What people, and a standing record, do to a review record."""

    CLEAR = "clear"
    SIGN = "sign"
    CONFIRM = "confirm"
    REVOKE = "revoke"
    STANDING = "standing"  # what a standing record says of a file that it covers


class Scan(tk.BaseModel):
    """The newest scan of a stored file, by its checksum."""

    __tablename__ = "govshare_scan"

    digest: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    rows: Mapped[int | None] = mapped_column(sa.BigInteger)
    columns: Mapped[list[str]] = mapped_column(JSONB, default=list)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    error: Mapped[str | None]


class OpeningAct(tk.BaseModel):
    """One act on the review record of a file (or, with ``point``, of what an exchange point delivers); append-only.

    ``digest`` is the SHA-256 of a stored file, of the address of a link, or of a point's name with its columns.
    """

    __tablename__ = "govshare_opening"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    organization_id: Mapped[str]
    digest: Mapped[str]
    point: Mapped[str | None]
    act: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    actor: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
