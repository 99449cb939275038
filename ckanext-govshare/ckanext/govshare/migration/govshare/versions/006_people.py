"""Data officers of record; departments that are renamed, merge and split.

Revision ID: 006_people
Revises: 005_opening
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "006_people"
down_revision = "005_opening"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_officer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("post", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("appointed", WHEN, nullable=False),
        sa.Column("appointed_by", sa.Text, nullable=False),
        sa.Column("handover", sa.Text, nullable=False, server_default=""),
        sa.Column("ended", WHEN),
        sa.Column("ended_by", sa.Text),
        sa.CheckConstraint("until IS NULL OR until >= since", name="govshare_officer_dates"),
    )
    # Exactly one data officer a department (R82): the database holds it against two people who click at once.
    op.create_index(
        "uq_govshare_officer_current",
        "govshare_officer",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "govshare_officer_delegate",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("officer_id", sa.Text, sa.ForeignKey("govshare_officer.id"), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("named", WHEN, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.Column("ended", WHEN),
        sa.CheckConstraint("until >= since", name="govshare_officer_delegate_dates"),
    )
    op.create_index(
        "uq_govshare_officer_delegate_current",
        "govshare_officer_delegate",
        ["officer_id"],
        unique=True,
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_table(
        "govshare_officer_confirmation",
        sa.Column("officer_id", sa.Text, sa.ForeignKey("govshare_officer.id"), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "govshare_organization_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("from_id", sa.Text, nullable=False, index=True),
        sa.Column("from_title", sa.Text, nullable=False),
        sa.Column("into_id", sa.Text, nullable=False, index=True),
        sa.Column("into_title", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False, server_default=""),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.CheckConstraint("kind IN ('rename', 'merge', 'split')", name="govshare_organization_event_kind"),
    )


def downgrade() -> None:
    for table in ("organization_event", "officer_confirmation", "officer_delegate", "officer"):
        op.drop_table(f"govshare_{table}")
