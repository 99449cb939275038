"""Tables of the publication room: targets, and the final row of each due date."""

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


class Measure(str, Enum):
    """What a target counts."""

    OPEN_DATASETS = "open_datasets"
    APPLICATIONS = "applications"


class Scope(str, Enum):
    """For whom a target counts: all of a region, or one department."""

    CITY = "city"
    DEPARTMENT = "department"


class Target(tk.BaseModel):
    """At least `at_least` of `measure` by 24:00 of `due`, Beijing time, by counting rule `rule_version`."""

    __tablename__ = "govshare_target"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    measure: Mapped[str]
    at_least: Mapped[int]
    due: Mapped[date]
    scope: Mapped[str]
    region: Mapped[str]
    organization_id: Mapped[str | None]
    rule_version: Mapped[int]
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    changed: Mapped[datetime | None] = mapped_column(WHEN)
    changed_by: Mapped[str | None]


class TargetLock(tk.BaseModel):
    """The count at 24:00 of a due date. Written once; later changes of data or rule never touch it.

    `ledger` = ``{"counted": [id …], "not_counted": {id: primary slug}}``; `not_counted` = slug → number.
    """

    __tablename__ = "govshare_target_lock"

    target_id: Mapped[str] = mapped_column(sa.ForeignKey("govshare_target.id"), primary_key=True)
    day: Mapped[date]
    counted: Mapped[int]
    candidates: Mapped[int]
    not_counted: Mapped[dict[str, int]] = mapped_column(JSONB)
    ledger: Mapped[dict[str, Any]] = mapped_column(JSONB)
    locked_at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
