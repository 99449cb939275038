"""Scans of files and review records before opening.

Revision ID: 005_opening
Revises: 004_cases
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "005_opening"
down_revision = "004_cases"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
# Files that were open before there was a gate have no record: they wait for one. Linked files of federated entries are
# their publisher's.
MARK = """
UPDATE resource SET extras = (nullif(resource.extras, '')::jsonb || jsonb_build_object('opening',
    CASE WHEN package.extras ->> 'profile' = 'federated' AND coalesce(resource.url_type, '') = ''
    THEN 'publisher' ELSE 'waiting' END))::text
FROM package
WHERE package.id = resource.package_id AND package.type = 'dataset'
    AND nullif(resource.extras, '')::jsonb ->> 'audience' = 'open'
"""
REINDEX = """
INSERT INTO govshare_index_outbox (package_id)
SELECT DISTINCT package_id FROM resource WHERE nullif(extras, '')::jsonb ? 'opening' ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.create_table(
        "govshare_scan",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("rows", sa.BigInteger),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "govshare_opening",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("point", sa.Text),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
    )
    op.create_index("ix_govshare_opening_digest", "govshare_opening", ["digest", "organization_id"])
    op.create_index(
        "ix_govshare_opening_point",
        "govshare_opening",
        ["point"],
        postgresql_where=sa.text("point IS NOT NULL"),
    )
    op.execute(MARK)
    op.execute(REINDEX)


def downgrade() -> None:
    op.drop_table("govshare_opening")
    op.drop_table("govshare_scan")
