"""Tables of usage: what was counted a day, and which bundles of counters are in already (migration 020)."""

from __future__ import annotations

from datetime import date, datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

KINDS = ("view", "download", "call")


class Usage(tk.BaseModel):
    """How often an entry, or one file of it, was used in one way on one day in Beijing."""

    __tablename__ = "govshare_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # one of KINDS
    package_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    resource_id: Mapped[str] = mapped_column(primary_key=True, default="")  # "": the entry as a whole
    format: Mapped[str] = mapped_column(primary_key=True, default="")  # of what was downloaded
    number: Mapped[int] = mapped_column(sa.BigInteger)


class Batch(tk.BaseModel):
    """A bundle of counters that was moved from Valkey into the table."""

    __tablename__ = "govshare_usage_batch"

    id: Mapped[str] = mapped_column(primary_key=True)
    moved: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), index=True)
