"""Tables of the people room: data officers of record, and what became of departments (migration 006).

Every row is a dated fact. A day is a day in Beijing; ``until`` is the last day on which the fact held.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


def _uuid() -> str:
    return str(uuid.uuid4())


class Officer(tk.BaseModel):
    """One period of one 数据专员; the row without ``until`` is the officer of record."""

    __tablename__ = "govshare_officer"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    organization_id: Mapped[str]
    user_id: Mapped[str]
    post: Mapped[str]
    phone: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    appointed: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    appointed_by: Mapped[str]
    handover: Mapped[str] = mapped_column(default="")
    ended: Mapped[datetime | None] = mapped_column(WHEN)
    ended_by: Mapped[str | None]


class Delegate(tk.BaseModel):
    """Who stands in for an officer (AB角), from a day to a day."""

    __tablename__ = "govshare_officer_delegate"

    id: Mapped[str] = mapped_column(primary_key=True, default=_uuid)
    officer_id: Mapped[str]
    user_id: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    named: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    named_by: Mapped[str]
    ended: Mapped[datetime | None] = mapped_column(WHEN)


class Confirmation(tk.BaseModel):
    """The yearly filing of an officer."""

    __tablename__ = "govshare_officer_confirmation"

    officer_id: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    by: Mapped[str]


class OrganizationEvent(tk.BaseModel):
    """A department took a new name, went into another one, or gave a part to another one."""

    __tablename__ = "govshare_organization_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    kind: Mapped[str]
    day: Mapped[date]
    from_id: Mapped[str]
    from_title: Mapped[str]
    into_id: Mapped[str]
    into_title: Mapped[str]
    document: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
