"""Publications that departments plan.

Revision ID: 013_plans
Revises: 012_submissions
"""

from __future__ import annotations

revision = "013_plans"
down_revision = "012_submissions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
