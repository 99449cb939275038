"""Data officers of record; departments that are renamed, merge and split.

Revision ID: 006_people
Revises: 005_opening
"""

from __future__ import annotations

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "006_people"
down_revision = "005_opening"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
