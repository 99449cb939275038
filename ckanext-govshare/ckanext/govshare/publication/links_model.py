"""Tables of the link check (migration 011_links): addresses, changes of their state, hosts to be left alone."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

WHEN = sa.DateTime(timezone=True)


class Link(tk.BaseModel):
    """What is known of one address. `key` is the md5 of its text in hexadecimal digits, so that facts can join it.

    `data` says whether a data file is expected there (a page in its place is a fault); `failing_since` is the first
    failure since it last worked, `silent_since` since when nothing could be learnt of it, `asked` when a person
    last asked for a check, `unused_since` since when no open entry and no approved application names it.
    """

    __tablename__ = "govshare_link"

    key: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    host: Mapped[str]
    data: Mapped[bool]
    state: Mapped[str] = mapped_column(default="unknown")
    since: Mapped[datetime] = mapped_column(WHEN)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(WHEN)
    silent_since: Mapped[datetime | None] = mapped_column(WHEN)
    last_ok: Mapped[datetime | None] = mapped_column(WHEN)
    checked: Mapped[datetime | None] = mapped_column(WHEN)
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(default="")
    next_check: Mapped[datetime] = mapped_column(WHEN)
    asked: Mapped[datetime | None] = mapped_column(WHEN)
    unused_since: Mapped[datetime | None] = mapped_column(WHEN)


class LinkChange(tk.BaseModel):
    """A change of an address's state: one row a change, none a check."""

    __tablename__ = "govshare_link_change"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(sa.ForeignKey("govshare_link.key", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(WHEN)
    state: Mapped[str]
    status: Mapped[int | None]
    detail: Mapped[str]


class LinkHost(tk.BaseModel):
    """Until when nobody asks a host: a pause after each request, or as long as the host demanded."""

    __tablename__ = "govshare_link_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    free_from: Mapped[datetime] = mapped_column(WHEN)


LINK = Link.__table__
