"""What the office writes for the public: pages in versions that stay, and announcements (migration 022)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


class Page(tk.BaseModel):
    """One version of a page in one language; rows are only ever added.

    Version 0 is the text that was shipped, kept when the office first writes its own, so that an upgrade changes no
    text that somebody may have cited; it has no moment and no author.
    """

    __tablename__ = "govshare_page"

    slug: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime | None] = mapped_column(WHEN)
    created_by: Mapped[str] = mapped_column(default="")


class Announcement(tk.BaseModel):
    """What the office announces, shown from one day to another; withdrawn, never deleted."""

    __tablename__ = "govshare_announcement"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    title: Mapped[str]
    text: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    text_en: Mapped[str] = mapped_column(default="")
    since: Mapped[date]
    until: Mapped[date | None]
    pinned: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    modified: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    modified_by: Mapped[str]
    withdrawn: Mapped[datetime | None] = mapped_column(WHEN)
