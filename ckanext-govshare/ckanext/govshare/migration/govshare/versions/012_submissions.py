"""Applications that somebody handed in and the office has not approved yet.

Revision ID: 012_submissions
Revises: 011_links
"""

from __future__ import annotations

revision = "012_submissions"
down_revision = "011_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
