"""Files of harvested entries that the site keeps itself: what is known of each, and what a point wants.

Revision ID: 018_exchange_files
Revises: 017_points
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "018_exchange_files"
down_revision = "017_points"
branch_labels = None
depends_on = None

TABLE = "govshare_exchange_file"
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "govshare_exchange_point", sa.Column("files", sa.Text, nullable=False, server_default="link")
    )
    op.create_table(
        TABLE,
        sa.Column("resource_id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("package_id", "point_id", "url", "host")),
        sa.Column("state", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("etag", "last_modified", "sha256")),
        sa.Column("size", sa.BigInteger),
        sa.Column("loaded", sa.Text),
        sa.Column("rows", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try", WHEN),
        sa.Column("checked", WHEN, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("findings", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    )
    op.create_index(f"ix_{TABLE}_point", TABLE, ["point_id", "state"])
    op.create_index(f"ix_{TABLE}_host", TABLE, ["host"], postgresql_where=sa.text("next_try IS NOT NULL"))


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("govshare_exchange_point", "files")
