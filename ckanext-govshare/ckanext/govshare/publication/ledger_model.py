"""Tables of the ledger (migration 009): candidates as they are, verdicts as they were and are.

A verdict holds from `since` up to the day before `until`; the one of today has no `until`. So every day can be read
like today, and a day on which nothing changes writes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column


class LedgerCandidate(tk.BaseModel):
    """What is known of a candidate now: the facts that it was judged by, and what pages show of it.

    `keys`: what it competes by; `next_change`: the day on which time alone may change its verdict.
    """

    __tablename__ = "govshare_ledger_candidate"

    measure: Mapped[str] = mapped_column(primary_key=True)
    candidate: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    resource_code: Mapped[str]
    published: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    keys: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    marks: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    files: Mapped[int]
    next_change: Mapped[date | None]


class LedgerVerdict(tk.BaseModel):
    """What a rule said of a candidate from one day to another.

    `again`: it follows a verdict that counted just the same; only its place (department, field …) is another.
    """

    __tablename__ = "govshare_ledger_verdict"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    measure: Mapped[str]
    rule: Mapped[int]
    candidate: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    counted: Mapped[bool]
    again: Mapped[bool]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    warnings: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    public: Mapped[bool]
    organization_id: Mapped[str]
    region: Mapped[str]
    field: Mapped[str]
    open_type: Mapped[str]
    interface: Mapped[bool]


class LedgerAmount(tk.BaseModel):
    """Rows of the counted data sets of a department in a field, from a day on until the next line."""

    __tablename__ = "govshare_ledger_amount"

    rule: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    region: Mapped[str]
    rows: Mapped[int] = mapped_column(sa.BigInteger)


class LedgerHead(tk.BaseModel):
    """The one row that says since when the ledger is kept, by which rules, and how often it changed."""

    __tablename__ = "govshare_ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    began: Mapped[date]
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    rules: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))


class LedgerTouched(tk.BaseModel):
    """Facts of a package changed; written by a trigger in the transaction that changed them."""

    __tablename__ = "govshare_ledger_touched"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    candidate: Mapped[str]
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


CANDIDATE = LedgerCandidate.__table__
VERDICT = LedgerVerdict.__table__
AMOUNT = LedgerAmount.__table__
HEAD = LedgerHead.__table__
TOUCHED = LedgerTouched.__table__
