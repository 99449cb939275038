"""Pages and announcements that the office writes.

Revision ID: 022_pages
Revises: 021_dialogue
"""

from __future__ import annotations

revision = "022_pages"
down_revision = "021_dialogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
