"""Monthly reports and the messages that remind of them.

Revision ID: 014_reports
Revises: 013_plans
"""

from __future__ import annotations

revision = "014_reports"
down_revision = "013_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
