"""Workbooks that departments hand in.

Revision ID: 007_imports
Revises: 006_people
"""

from __future__ import annotations

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "007_imports"
down_revision = "006_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
