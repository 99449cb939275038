"""Files of harvested entries that the site keeps itself.

Revision ID: 018_exchange_files
Revises: 017_points
"""

from __future__ import annotations

revision = "018_exchange_files"
down_revision = "017_points"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
