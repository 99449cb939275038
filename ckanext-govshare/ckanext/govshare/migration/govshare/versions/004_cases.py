"""Cases with their events, and changes of entries.

Revision ID: 004_cases
Revises: 003_publication
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "004_cases"
down_revision = "003_publication"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_case",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("opened", WHEN, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("since", WHEN, nullable=False),
        sa.Column("due", WHEN),
    )
    op.create_index("govshare_case_waiting", "govshare_case", ["kind", "state", "organization_id"])
    op.create_index("govshare_case_region", "govshare_case", ["region", "kind", "state"])
    op.create_table(
        "govshare_case_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("govshare_case.id"), nullable=False, index=True),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("opinion", sa.Text, nullable=False, server_default=""),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "govshare_change",
        sa.Column("id", sa.Text, sa.ForeignKey("govshare_case.id"), primary_key=True),
        sa.Column("package_type", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, index=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("base", JSONB),
        sa.Column("origin", JSONB),
        sa.Column("authors", JSONB, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated", WHEN, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("govshare_change")
    op.drop_table("govshare_case_event")
    op.drop_table("govshare_case")
