"""Monthly reports and the messages that remind of them.

Revision ID: 014_reports
Revises: 013_plans
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "014_reports"
down_revision = "013_plans"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
EMPTY = sa.text("'{}'::jsonb")


def upgrade() -> None:
    op.create_table(
        "govshare_report_period",
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("first", "last", "due")),
        sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("form", JSONB, nullable=False),
        sa.Column("opened", WHEN, nullable=False),
        sa.Column("locked", WHEN),
        sa.Column("locked_by", sa.Text),
        sa.Column("summary", JSONB),
        sa.CheckConstraint("(locked IS NULL) = (summary IS NULL)", name="govshare_report_period_locked"),
    )
    op.create_table(
        "govshare_report",
        sa.Column("id", sa.Text, sa.ForeignKey("govshare_case.id"), primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("form_version", sa.Integer, nullable=False),
        sa.Column("nil", sa.Boolean, nullable=False, server_default=sa.false()),
        *(
            sa.Column(name, JSONB, nullable=False, server_default=EMPTY)
            for name in ("values", "notes", "prefilled")
        ),
        sa.Column("counted", WHEN),
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("changed", WHEN),
        sa.Column("changed_by", sa.Text),
        sa.Column("submitted", WHEN),
        sa.Column("submitted_by", sa.Text),
        sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(
            ["region", "period"], ["govshare_report_period.region", "govshare_report_period.period"]
        ),
        sa.UniqueConstraint("organization_id", "period", name="govshare_report_one"),
    )
    op.create_index("govshare_report_of_period", "govshare_report", ["region", "period"])
    op.create_table(
        "govshare_reminder",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("sent_to", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    )
    op.create_index("govshare_change_log_at", "govshare_change_log", ["at"])


def downgrade() -> None:
    op.drop_index("govshare_change_log_at", "govshare_change_log")
    for table in ("govshare_reminder", "govshare_report", "govshare_report_period"):
        op.drop_table(table)
