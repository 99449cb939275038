"""What the link check knows of each address.

Revision ID: 011_links
Revises: 010_quality
"""

from __future__ import annotations

revision = "011_links"
down_revision = "010_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
