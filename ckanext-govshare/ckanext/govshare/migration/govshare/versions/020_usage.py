"""Views, downloads and calls a day.

Revision ID: 020_usage
Revises: 019_runs
"""

from __future__ import annotations

revision = "020_usage"
down_revision = "019_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
