"""Targets and the locked rows of their due dates.

Revision ID: 003_publication
Revises: 002_exchange
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "003_publication"
down_revision = "002_exchange"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_target",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False, server_default=""),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("at_least", sa.Integer, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("changed", WHEN),
        sa.Column("changed_by", sa.Text),
    )
    op.create_table(
        "govshare_target_lock",
        sa.Column("target_id", sa.Text, sa.ForeignKey("govshare_target.id"), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("candidates", sa.Integer, nullable=False),
        sa.Column("not_counted", JSONB, nullable=False),
        sa.Column("ledger", JSONB, nullable=False),
        sa.Column("locked_at", WHEN, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("govshare_target_lock")
    op.drop_table("govshare_target")
