"""What is known of the content of stored files: whether they parse, blank cells, forced conversions.

Revision ID: 010_quality
Revises: 009_ledger
"""

from __future__ import annotations

revision = "010_quality"
down_revision = "009_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
