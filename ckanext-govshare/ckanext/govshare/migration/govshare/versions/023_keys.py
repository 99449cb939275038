"""Keys of developers, levels of accounts.

Revision ID: 023_keys
Revises: 022_pages
"""

from __future__ import annotations

revision = "023_keys"
down_revision = "022_pages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
