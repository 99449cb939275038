"""Tables of the exchange room: points, runs, plans and the ledger (migrations 002_exchange, 017_points).

The ledger (:class:`HarvestRecord`) says what the portal knows of every record of every source; it survives
runs. A plan (:class:`PlanItem`) says what one run is about to change and, once applied, what it changed.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import Enum
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)

# A point has one run at a time in these states (unique partial index of the migration).
ACTIVE = ("queued", "planning", "held", "applying")
# The worker has something to do in these.
WORKABLE = ("queued", "planning", "applying")


class RecordState(str, Enum):
    """What the ledger holds of a record."""

    CURRENT = "current"
    MISSING = "missing"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    CONFLICT = "conflict"


class FileMode(str, Enum):
    """What becomes of the files that the records of a point name."""

    LINK = "link"  # their addresses are shown
    MIRROR = "mirror"  # the site keeps them
    LOAD = "load"  # ... and the rows of tables go into the DataStore


def _uuid() -> str:
    return str(uuid.uuid4())


class ExchangePoint(tk.BaseModel):
    """One source of one department."""

    __tablename__ = "govshare_exchange_point"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    organization_id: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str]
    network: Mapped[str]
    default_class: Mapped[str]
    share_type: Mapped[str]
    share_scope: Mapped[str] = mapped_column(default="")
    share_condition: Mapped[str] = mapped_column(default="")
    publish: Mapped[str] = mapped_column(default="auto")
    schedule: Mapped[str] = mapped_column(default="manual")
    files: Mapped[str] = mapped_column(default="link")  # FileMode
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str]
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    # The steps that it has behind it; a changed declaration takes them back.
    reviewed: Mapped[datetime | None] = mapped_column(WHEN)
    reviewed_by: Mapped[str | None]
    checked: Mapped[datetime | None] = mapped_column(WHEN)
    checked_by: Mapped[str | None]
    accepted: Mapped[datetime | None] = mapped_column(WHEN)
    accepted_by: Mapped[str | None]
    # The office sent it back; gone when the department changes it.
    returned: Mapped[datetime | None] = mapped_column(WHEN)
    returned_by: Mapped[str | None]
    return_reason: Mapped[str | None]
    # The last connection test.
    tested: Mapped[datetime | None] = mapped_column(WHEN)
    test_passed: Mapped[bool | None]
    health: Mapped[str] = mapped_column(default="none")
    health_since: Mapped[datetime | None] = mapped_column(WHEN)
    system_id: Mapped[str | None]  # the information system (an entry of its register) that it connects
    high_frequency: Mapped[bool] = mapped_column(default=False)  # 高频数据
    # The network to which it moves, and by when: business networks are to be given up (国办发〔2017〕39号).
    moves_to: Mapped[str] = mapped_column(default="")
    moves_by: Mapped[date | None]


class PointFile(tk.BaseModel):
    """A paper about a point: assessment report, filing of classified protection …; bytes lie in the file store."""

    __tablename__ = "govshare_point_file"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    point_id: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str]
    filename: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    added: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    added_by: Mapped[str]


class PointMessage(tk.BaseModel):
    """One change of a point's health, to be told once. `sent_to`: ``[{user, mail}]``."""

    __tablename__ = "govshare_point_message"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    point_id: Mapped[str]
    run_id: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    refused: Mapped[int] = mapped_column(default=0)  # records
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    sent: Mapped[datetime | None] = mapped_column(WHEN)
    sent_to: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)


class OldLink(tk.BaseModel):
    """A link between two departments from before the platform, until it is given up (国发〔2016〕51号, 整合)."""

    __tablename__ = "govshare_old_link"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    title: Mapped[str]
    from_id: Mapped[str]  # department that gives
    to_id: Mapped[str]  # department that receives
    network: Mapped[str]
    content: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    since: Mapped[date | None]
    planned: Mapped[date | None]
    point_id: Mapped[str | None]  # the exchange point that takes its place
    note: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    changed: Mapped[datetime] = mapped_column(WHEN, default=clock.now)


class HarvestRun(tk.BaseModel):
    """One pass over one source. Its row is all that a run over an unchanged source writes."""

    __tablename__ = "govshare_harvest_run"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    point_id: Mapped[str]
    state: Mapped[str]
    dry_run: Mapped[bool] = mapped_column(default=False)
    started_by: Mapped[str]
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    started: Mapped[datetime | None] = mapped_column(WHEN)
    planned: Mapped[datetime | None] = mapped_column(WHEN)
    finished: Mapped[datetime | None] = mapped_column(WHEN)
    seconds: Mapped[float] = mapped_column(default=0.0)  # of work, without waiting
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    writes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[dict[str, str] | None] = mapped_column(
        JSONB
    )  # {slug, message_zh, message_en} of held or failed
    confirmed: Mapped[datetime | None] = mapped_column(WHEN)
    confirmed_by: Mapped[str | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    # What the next run compares with, when this one is done.
    recipe: Mapped[str | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    document_digest: Mapped[str | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    # How far it is: {stage, done, total}; written while it is at work (runs.note).
    progress: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    # The worker at it (lease.py).
    lease_owner: Mapped[str | None]
    heartbeat: Mapped[datetime | None] = mapped_column(WHEN)


class PlanItem(tk.BaseModel):
    """One record that a run creates, updates, misses, suspends, rejects …; unchanged records have no item."""

    __tablename__ = "govshare_harvest_plan"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guid: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    verdict: Mapped[str]
    digest: Mapped[str | None]
    package_id: Mapped[str | None]
    name: Mapped[str | None]
    code: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    applied: Mapped[datetime | None] = mapped_column(WHEN)


class HarvestRecord(tk.BaseModel):
    """The ledger: one row a record that a source ever gave, as long as an entry or a complaint hangs on
    it."""

    __tablename__ = "govshare_harvest_record"

    point_id: Mapped[str] = mapped_column(primary_key=True)
    guid: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(default="")
    package_id: Mapped[str | None]
    change_id: Mapped[str | None]  # the change that a person is to decide, or decided against (waiting.py)
    digest: Mapped[str]
    state: Mapped[str]
    missing_since: Mapped[datetime | None] = mapped_column(WHEN)
    missing_runs: Mapped[int] = mapped_column(default=0)
    last_change_run: Mapped[str]
    changed: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    pins: Mapped[list[str]] = mapped_column(JSONB, default=list)
    applied: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)  # field → hash of the stored value
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class ExchangeFile(tk.BaseModel):
    """What is known of a file that a record names and the site keeps (migration 018_exchange_files).

    `state` is ``kept``, ``failed`` or ``unreachable`` (its host does not answer, or asks to be left alone); what was
    kept before is still served then. `checked` is the moment of the last look that brought something new: looks at
    unchanged files leave no trace.
    """

    __tablename__ = "govshare_exchange_file"

    resource_id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    point_id: Mapped[str]
    url: Mapped[str]
    host: Mapped[str]
    state: Mapped[str]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    sha256: Mapped[str | None]
    size: Mapped[int | None]
    loaded: Mapped[str | None]  # checksum of the file whose rows the DataStore was given, whatever came of it
    rows: Mapped[int | None]  # in the DataStore
    failures: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[datetime | None] = mapped_column(WHEN)
    checked: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    run_id: Mapped[str]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


POINT = ExchangePoint.__table__
RUN = HarvestRun.__table__
PLAN = PlanItem.__table__
RECORD = HarvestRecord.__table__
FILE = ExchangeFile.__table__
