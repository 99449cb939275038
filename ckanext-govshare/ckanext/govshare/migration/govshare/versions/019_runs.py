"""Runs note how far they are, and where the next one goes on.

Revision ID: 019_runs
Revises: 018_exchange_files
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "019_runs"
down_revision = "018_exchange_files"
branch_labels = None
depends_on = None

EMPTY = sa.text("'{}'::jsonb")


def upgrade() -> None:
    op.add_column(
        "govshare_harvest_run", sa.Column("cursor", JSONB, nullable=False, server_default=EMPTY)
    )
    op.add_column(
        "govshare_harvest_run", sa.Column("progress", JSONB, nullable=False, server_default=EMPTY)
    )


def downgrade() -> None:
    op.drop_column("govshare_harvest_run", "progress")
    op.drop_column("govshare_harvest_run", "cursor")
