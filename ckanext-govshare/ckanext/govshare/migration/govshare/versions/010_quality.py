"""What is known of the content of stored files: whether they parse, blank cells, forced conversions.

Revision ID: 010_quality
Revises: 009_ledger
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "010_quality"
down_revision = "009_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("govshare_file", sa.Column("parses", sa.Boolean))
    op.add_column("govshare_file", sa.Column("blank_percent", sa.Integer))
    op.add_column("govshare_file", sa.Column("forced", sa.Boolean))
    # The version of the check that said so; files stored before there was one have none.
    op.add_column("govshare_file", sa.Column("checked", sa.Integer, nullable=False, server_default="0"))
    op.create_index("govshare_file_unchecked", "govshare_file", ["checked"])


def downgrade() -> None:
    op.drop_index("govshare_file_unchecked", "govshare_file")
    for column in ("checked", "forced", "blank_percent", "parses"):
        op.drop_column("govshare_file", column)
