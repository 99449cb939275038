"""The change in which a harvested record waits for a person.

Revision ID: 008_waiting
Revises: 007_imports
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "008_waiting"
down_revision = "007_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("govshare_harvest_record", sa.Column("change_id", sa.Text))


def downgrade() -> None:
    op.drop_column("govshare_harvest_record", "change_id")
