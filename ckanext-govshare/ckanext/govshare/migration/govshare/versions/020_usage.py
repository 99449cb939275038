"""Views, downloads and calls a day.

Revision ID: 020_usage
Revises: 019_runs
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "020_usage"
down_revision = "019_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "govshare_usage",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, primary_key=True, index=True),
        sa.Column("resource_id", sa.Text, primary_key=True, server_default=""),
        sa.Column("format", sa.Text, primary_key=True, server_default=""),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.CheckConstraint("kind IN ('view', 'download', 'call')", name="govshare_usage_kind"),
        sa.CheckConstraint("number > 0", name="govshare_usage_number"),
    )
    # Which bundles of counters are in the table already: what makes moving them happen exactly once.
    op.create_table(
        "govshare_usage_batch",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("moved", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("govshare_usage_batch")
    op.drop_table("govshare_usage")
