"""Tables of the catalogue: codes and their aliases, stored files, change log, index outbox (migration 001)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


class Code(tk.BaseModel):
    """A resource code and the entry that bears or bore it; a past code stays as an alias."""

    __tablename__ = "govshare_code"

    code: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    since: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    until: Mapped[datetime | None] = mapped_column(WHEN)


class CodeCounter(tk.BaseModel):
    """The last sequence number given below a class prefix."""

    __tablename__ = "govshare_code_counter"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger)


class StoredFile(tk.BaseModel):
    """Who brought which file into the store, when. The bytes lie under their checksum and never change."""

    __tablename__ = "govshare_file"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    filename: Mapped[str]
    mimetype: Mapped[str | None]
    rows: Mapped[int | None] = mapped_column(sa.BigInteger)
    columns: Mapped[int | None]
    parses: Mapped[bool | None]
    blank_percent: Mapped[int | None]
    forced: Mapped[bool | None]
    checked: Mapped[int] = mapped_column(default=0)  # version of the check of its content; 0: never
    stored_by: Mapped[str]
    stored: Mapped[datetime] = mapped_column(WHEN, default=clock.now)


class ChangeLog(tk.BaseModel):
    """What changed in which entry, when, by whom; append-only."""

    __tablename__ = "govshare_change_log"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    actor: Mapped[str]
    kind: Mapped[str]
    run_id: Mapped[str | None]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Outbox(tk.BaseModel):
    """Packages whose index document may be behind the database."""

    __tablename__ = "govshare_index_outbox"

    package_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(sa.BigInteger)
    queued: Mapped[datetime] = mapped_column(WHEN)


class Change(tk.BaseModel):
    """What somebody wants an entry to become; its case says where it stands (migration 004).

    ``data`` is the content of the form with its files, ``base`` the published content that it began from.
    """

    __tablename__ = "govshare_change"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_type: Mapped[str]
    package_id: Mapped[str | None]
    purpose: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    authors: Mapped[list[str]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(default=1)
    updated: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    updated_by: Mapped[str]
