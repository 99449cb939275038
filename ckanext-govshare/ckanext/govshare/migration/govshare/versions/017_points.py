"""Exchange points go through registration, review, assessment and acceptance.

Revision ID: 017_points
Revises: 016_shown
"""

from __future__ import annotations

revision = "017_points"
down_revision = "016_shown"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
