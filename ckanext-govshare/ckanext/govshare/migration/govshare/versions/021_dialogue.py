"""Requests for data, corrections, comments, complaints.

Revision ID: 021_dialogue
Revises: 020_usage
"""

from __future__ import annotations

revision = "021_dialogue"
down_revision = "020_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
