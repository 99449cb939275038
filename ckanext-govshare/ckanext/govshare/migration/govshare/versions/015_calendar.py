"""Years of the working-day calendar that the office uploaded.

Revision ID: 015_calendar
Revises: 014_reports
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "015_calendar"
down_revision = "014_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "govshare_workdays",
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("uploaded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("govshare_workdays")
