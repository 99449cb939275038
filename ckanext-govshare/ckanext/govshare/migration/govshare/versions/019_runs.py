"""Runs note how far they are, and where the next one goes on; titles are found without reading every entry.

Revision ID: 019_runs
Revises: 018_exchange_files
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "019_runs"
down_revision = "018_exchange_files"
branch_labels = None
depends_on = None

EMPTY = sa.text("'{}'::jsonb")


# As catalogue/facts.py asks for it.
TITLE = r"md5(lower(regexp_replace(normalize(title, NFKC), '\s', '', 'g')))"


def upgrade() -> None:
    op.execute(f"CREATE INDEX ix_govshare_package_title ON package (owner_org, {TITLE})")
    op.add_column(
        "govshare_harvest_run", sa.Column("cursor", JSONB, nullable=False, server_default=EMPTY)
    )
    op.add_column(
        "govshare_harvest_run", sa.Column("progress", JSONB, nullable=False, server_default=EMPTY)
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_govshare_package_title")
    op.drop_column("govshare_harvest_run", "progress")
    op.drop_column("govshare_harvest_run", "cursor")
