"""Tables of the publication room: targets, and the final row of each due date."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
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
    INTERFACES = "interfaces"
    ROWS = "rows"
    HOOK_UP = "hook_up"
    CLOUD = "cloud"

    @property
    def unit(self) -> str:
        """``number``, ``rows``, or ``percent`` (of the candidates)."""
        return {Measure.ROWS: "rows", Measure.HOOK_UP: "percent", Measure.CLOUD: "percent"}.get(
            self, "number"
        )

    @property
    def public(self) -> bool:
        """Whether the public may know of it: what is not open leaves no trace there, not even in a number."""
        return self not in (Measure.HOOK_UP, Measure.CLOUD)


class Scope(str, Enum):
    """For whom a target counts: all of a region, one department, or one field of a region."""

    CITY = "city"
    DEPARTMENT = "department"
    FIELD = "field"


class Target(tk.BaseModel):
    """At least `at_least` of `measure` by 24:00 of `due`, Beijing time, by counting rule `rule_version`.

    `at_least` is a number, or for a measure in percent a percentage; `field` a code of the list open_domain.
    """

    __tablename__ = "govshare_target"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    measure: Mapped[str]
    at_least: Mapped[Decimal] = mapped_column(sa.Numeric)
    due: Mapped[date]
    scope: Mapped[str]
    region: Mapped[str]
    organization_id: Mapped[str | None]
    field: Mapped[str] = mapped_column(default="")
    publish_departments: Mapped[bool] = mapped_column(default=False)
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
    rule_version: Mapped[int | None]
    value: Mapped[Decimal | None] = mapped_column(sa.Numeric)
