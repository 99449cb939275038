"""Pages and announcements that the office writes.

Revision ID: 022_pages
Revises: 021_dialogue
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "022_pages"
down_revision = "021_dialogue"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_page",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created", WHEN),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.CheckConstraint("version >= 0", name="govshare_page_version"),
    )
    op.create_table(
        "govshare_announcement",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("modified", WHEN, nullable=False),
        sa.Column("modified_by", sa.Text, nullable=False),
        sa.Column("withdrawn", WHEN),
        sa.CheckConstraint("until >= since", name="govshare_announcement_days"),
    )
    shown = sa.text("withdrawn IS NULL")
    op.create_index("govshare_announcement_shown", "govshare_announcement", ["since"], postgresql_where=shown)


def downgrade() -> None:
    op.drop_table("govshare_announcement")
    op.drop_table("govshare_page")
