"""Applications that somebody handed in and the office has not approved yet.

Revision ID: 012_submissions
Revises: 011_links
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "012_submissions"
down_revision = "011_links"
branch_labels = None
depends_on = None


WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_submission",
        sa.Column("id", sa.Text, sa.ForeignKey("govshare_case.id"), primary_key=True),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("contact_name", sa.Text, nullable=False),
        sa.Column("contact_phone", sa.Text, nullable=False),
        sa.Column("contact_mail", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("package_id", sa.Text, unique=True),
    )
    op.create_index("govshare_submission_created", "govshare_submission", ["created", "address_hash"])
    op.create_index("govshare_submission_identifier", "govshare_submission", ["identifier"])
    op.create_table(
        "govshare_application_look",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("holds_until", sa.Date),
    )
    op.create_index("govshare_application_look_of", "govshare_application_look", ["package_id", "id"])


def downgrade() -> None:
    op.drop_table("govshare_application_look")
    op.drop_table("govshare_submission")
