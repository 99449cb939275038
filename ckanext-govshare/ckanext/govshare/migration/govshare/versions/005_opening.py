"""Scans of files and review records before opening.

Revision ID: 005_opening
Revises: 004_cases
"""

from __future__ import annotations

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "005_opening"
down_revision = "004_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
