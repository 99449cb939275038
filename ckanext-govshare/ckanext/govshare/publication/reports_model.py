"""Tables of the monthly reports (migration 014): the month of a region, and the report of a department."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


class Period(tk.BaseModel):
    """The reports of one month in one region: what is asked, from which day to which, due when.

    `form` is the form as it was when the month was opened; `summary` is what was closed, and is never computed anew.
    """

    __tablename__ = "govshare_report_period"

    region: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
    due: Mapped[date]
    provisional: Mapped[bool] = mapped_column(default=False)
    form: Mapped[dict[str, Any]] = mapped_column(JSONB)
    opened: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    locked: Mapped[datetime | None] = mapped_column(WHEN)
    locked_by: Mapped[str | None]
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Report(tk.BaseModel):
    """The report of one department; its case (of the same id) says where it stands.

    `prefilled` is what was counted, `values` what the department says otherwise, and all of it once it is handed in;
    `notes` say why a number is another one than was counted.
    """

    __tablename__ = "govshare_report"

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    region: Mapped[str]
    period: Mapped[str]
    form_version: Mapped[int]
    nil: Mapped[bool] = mapped_column(default=False)
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    notes: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    prefilled: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    counted: Mapped[datetime | None] = mapped_column(WHEN)
    revision: Mapped[int] = mapped_column(default=1)
    changed: Mapped[datetime | None] = mapped_column(WHEN)
    changed_by: Mapped[str | None]
    submitted: Mapped[datetime | None] = mapped_column(WHEN)
    submitted_by: Mapped[str | None]
    late: Mapped[bool] = mapped_column(default=False)
