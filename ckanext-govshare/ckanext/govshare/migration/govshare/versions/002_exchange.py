"""Exchange points, runs, plans and the ledger of records.

Revision ID: 002_exchange
Revises: 001_foundation
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "002_exchange"
down_revision = "001_foundation"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
EMPTY = sa.text("'{}'::jsonb")
NONE = sa.text("'[]'::jsonb")


def _text(name: str, default: str | None = None, *, optional: bool = False, key: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, primary_key=key, nullable=optional, server_default=default)


def upgrade() -> None:
    op.create_table(
        "govshare_exchange_point",
        _text("id", key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        _text("title"),
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        *(_text(name) for name in ("kind", "url", "network", "default_class", "share_type")),
        *(_text(name, "") for name in ("share_scope", "share_condition")),
        _text("publish", "auto"),
        _text("schedule", "manual"),
        sa.Column("settings", JSONB, nullable=False, server_default=EMPTY),
        _text("state"),
        sa.Column("created", WHEN, nullable=False),
        _text("created_by"),
        sa.Column("accepted", WHEN),
        _text("accepted_by", optional=True),
    )
    op.create_table(
        "govshare_harvest_run",
        _text("id", key=True),
        _text("point_id"),
        _text("state"),
        sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("started_by"),
        sa.Column("created", WHEN, nullable=False),
        *(sa.Column(name, WHEN) for name in ("started", "planned", "finished")),
        sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
        sa.Column("counts", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("totals", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("writes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reason", JSONB),
        sa.Column("confirmed", WHEN),
        _text("confirmed_by", optional=True),
        sa.Column("cancel_asked", sa.Boolean, nullable=False, server_default=sa.false()),
        *(_text(name, optional=True) for name in ("recipe", "etag", "last_modified", "document_digest")),
        _text("lease_owner", optional=True),
        sa.Column("heartbeat", WHEN),
    )
    op.create_index("ix_govshare_harvest_run_point", "govshare_harvest_run", ["point_id", "created"])
    op.create_index("ix_govshare_harvest_run_created", "govshare_harvest_run", ["created"])
    op.create_index(
        "uq_govshare_harvest_run_active",
        "govshare_harvest_run",
        ["point_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'planning', 'held', 'applying')"),
    )
    op.create_table(
        "govshare_harvest_plan",
        _text("run_id", key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("guid"),
        _text("title", ""),
        _text("verdict"),
        *(_text(name, optional=True) for name in ("digest", "package_id", "name", "code")),
        sa.Column("data", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("findings", JSONB, nullable=False, server_default=NONE),
        sa.Column("applied", WHEN),
    )
    op.create_index("ix_govshare_harvest_plan_verdict", "govshare_harvest_plan", ["run_id", "verdict", "seq"])
    op.create_index(
        "ix_govshare_harvest_plan_open",
        "govshare_harvest_plan",
        ["run_id", "seq"],
        postgresql_where=sa.text("applied IS NULL"),
    )
    op.create_table(
        "govshare_harvest_record",
        _text("point_id", key=True),
        _text("guid", key=True),
        _text("title", ""),
        sa.Column("package_id", sa.Text, index=True),
        _text("digest"),
        _text("state"),
        sa.Column("missing_since", WHEN),
        sa.Column("missing_runs", sa.Integer, nullable=False, server_default="0"),
        _text("last_change_run"),
        sa.Column("changed", WHEN, nullable=False),
        sa.Column("pins", JSONB, nullable=False, server_default=NONE),
        sa.Column("applied", JSONB, nullable=False, server_default=EMPTY),
        sa.Column("findings", JSONB, nullable=False, server_default=NONE),
    )
    op.create_index("ix_govshare_harvest_record_guid", "govshare_harvest_record", ["guid"])
    op.create_index(
        "ix_govshare_harvest_record_state", "govshare_harvest_record", ["point_id", "state", "guid"]
    )


def downgrade() -> None:
    for table in ("harvest_record", "harvest_plan", "harvest_run", "exchange_point"):
        op.drop_table(f"govshare_{table}")
