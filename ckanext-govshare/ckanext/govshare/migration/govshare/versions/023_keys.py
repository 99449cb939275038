"""Keys of developers, levels of accounts.

Revision ID: 023_keys
Revises: 022_pages
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "023_keys"
down_revision = "022_pages"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("per_minute", sa.Integer),
        sa.Column("per_day", sa.Integer),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("revoked", WHEN),
        sa.Column("revoked_by", sa.Text),
        sa.CheckConstraint("per_minute >= 0 AND per_day >= 0", name="govshare_key_quota"),
    )
    op.create_table(
        "govshare_identity",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("verified_at", WHEN),
        sa.Column("verified_by", sa.Text, nullable=False),
        sa.CheckConstraint("level IN ('none', 'real_name')", name="govshare_identity_level"),
    )


def downgrade() -> None:
    op.drop_table("govshare_identity")
    op.drop_table("govshare_key")
