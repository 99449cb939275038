"""Publications that departments plan.

Revision ID: 013_plans
Revises: 012_submissions
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "013_plans"
down_revision = "012_submissions"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_plan",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("planned", sa.Date, nullable=False),
        sa.Column("first_planned", sa.Date, nullable=False),
        sa.Column("change_id", sa.Text),
        sa.Column("package_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("done_on", sa.Date),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("changed", WHEN),
        sa.Column("changed_by", sa.Text),
        sa.CheckConstraint("state IN ('planned', 'done', 'dropped')", name="govshare_plan_state"),
        sa.CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="govshare_plan_done"),
    )
    op.create_index("govshare_plan_region", "govshare_plan", ["region", "state", "planned"])
    # Two clicks are one plan: a department plans an open entry once.
    op.create_index(
        "uq_govshare_plan_open",
        "govshare_plan",
        ["organization_id", "measure", "title"],
        unique=True,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("govshare_plan_organization", "govshare_plan", ["organization_id", "state"])
    op.create_table(
        "govshare_plan_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("plan_id", sa.Text, sa.ForeignKey("govshare_plan.id"), nullable=False, index=True),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("before", sa.Date),
        sa.Column("after", sa.Date),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_table("govshare_plan_event")
    op.drop_table("govshare_plan")
