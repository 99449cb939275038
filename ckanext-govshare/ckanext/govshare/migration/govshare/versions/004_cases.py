"""Cases with their events, and changes of entries.

Revision ID: 004_cases
Revises: 003_publication
"""

from __future__ import annotations

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "004_cases"
down_revision = "003_publication"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
