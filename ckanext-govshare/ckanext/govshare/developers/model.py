"""Tables of the room (migration 023): keys of developers, levels of accounts."""

from __future__ import annotations

import uuid
from datetime import datetime

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock

WHEN = sa.DateTime(timezone=True)


class Key(tk.BaseModel):
    """A key of a developer. It names who counts against which quota and gives no right at all.

    ``digest`` is the SHA-256 of the key, which is nowhere kept; ``shown`` its first characters, to tell keys apart.
    ``per_minute`` and ``per_day`` (requests) are what the office set, None where the settings hold.
    """

    __tablename__ = "govshare_key"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    user_id: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str]
    shown: Mapped[str]
    digest: Mapped[str]
    per_minute: Mapped[int | None]
    per_day: Mapped[int | None]
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    revoked: Mapped[datetime | None] = mapped_column(WHEN)
    revoked_by: Mapped[str | None]


class Identity(tk.BaseModel):
    """How well the site knows who is behind an account: ``level`` none or real_name, told by ``source``."""

    __tablename__ = "govshare_identity"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    source: Mapped[str]
    verified_at: Mapped[datetime | None] = mapped_column(WHEN)
    verified_by: Mapped[str]
