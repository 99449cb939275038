"""Packages that are no entries are found without reading every entry: applications, information systems.

Revision ID: 024_types
Revises: 023_keys
"""

from __future__ import annotations

from alembic import op

revision = "024_types"
down_revision = "023_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_govshare_package_type ON package (type) WHERE type <> 'dataset'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_govshare_package_type")
