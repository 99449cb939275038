"""Workbooks that departments hand in.

Revision ID: 007_imports
Revises: 006_people
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "007_imports"
down_revision = "006_people"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_import",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("package_type", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("report", JSONB),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("applied", WHEN),
        sa.Column("applied_by", sa.Text),
    )
    op.create_index("govshare_import_of", "govshare_import", ["organization_id", "created"])


def downgrade() -> None:
    op.drop_table("govshare_import")
