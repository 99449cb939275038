"""Requests for data, corrections, comments, complaints.

Revision ID: 021_dialogue
Revises: 020_usage
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "021_dialogue"
down_revision = "020_usage"
branch_labels = None
depends_on = None


WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_dialogue",
        sa.Column("id", sa.Text, sa.ForeignKey("govshare_case.id"), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("contact_name", sa.Text, nullable=False),
        sa.Column("contact_phone", sa.Text, nullable=False),
        sa.Column("contact_mail", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False, unique=True),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("marks", JSONB, nullable=False),
        sa.Column("shown", JSONB),
        sa.Column("blacked", JSONB, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered", WHEN),
        sa.Column("took", sa.Integer),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("taken_down", WHEN),
        sa.Column("mails", JSONB, nullable=False),
    )
    op.create_index("govshare_dialogue_created", "govshare_dialogue", ["created", "address_hash"])
    op.create_index("govshare_dialogue_entry", "govshare_dialogue", ["package_id"])
    shown = sa.text("shown IS NOT NULL")
    op.create_index("govshare_dialogue_shown", "govshare_dialogue", ["created"], postgresql_where=shown)


def downgrade() -> None:
    op.drop_table("govshare_dialogue")
