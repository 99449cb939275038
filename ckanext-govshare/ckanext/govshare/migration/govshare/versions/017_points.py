"""Exchange points go through registration, review, assessment and acceptance; health; links of former times.

Revision ID: 017_points
Revises: 016_shown
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "017_points"
down_revision = "016_shown"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
POINT = "govshare_exchange_point"
STEPS = ("reviewed", "checked", "returned")
# What counted as checked was a source that answers; nobody had assessed it.
BEFORE = """
UPDATE govshare_exchange_point SET state = 'registered' WHERE state = 'checked';
UPDATE govshare_exchange_point SET accepted = NULL, accepted_by = NULL WHERE state = 'registered';
UPDATE govshare_exchange_point
SET reviewed = accepted, reviewed_by = accepted_by, checked = accepted, checked_by = accepted_by
WHERE accepted IS NOT NULL;
"""


def upgrade() -> None:
    for column in (
        *(sa.Column(step, WHEN) for step in STEPS),
        *(sa.Column(f"{step}_by", sa.Text) for step in STEPS),
        sa.Column("return_reason", sa.Text),
        sa.Column("tested", WHEN),
        sa.Column("test_passed", sa.Boolean),
        sa.Column("health", sa.Text, nullable=False, server_default="none"),
        sa.Column("health_since", WHEN),
        sa.Column("system_id", sa.Text),
        sa.Column("high_frequency", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("moves_to", sa.Text, nullable=False, server_default=""),
        sa.Column("moves_by", sa.Date),
    ):
        op.add_column(POINT, column)
    op.execute(BEFORE)
    op.create_table(
        "govshare_point_file",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("point_id", sa.Text, sa.ForeignKey(f"{POINT}.id", ondelete="CASCADE"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "sha256", "filename", "added_by")),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("added", WHEN, nullable=False),
    )
    op.create_index("govshare_point_file_of", "govshare_point_file", ["point_id"])
    op.create_table(
        "govshare_point_message",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("point_id", sa.Text, sa.ForeignKey(f"{POINT}.id", ondelete="CASCADE"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("run_id", "before", "after")),
        sa.Column("reason", JSONB),
        sa.Column("refused", sa.Integer, nullable=False, server_default="0"),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("sent", WHEN),
        sa.Column("sent_to", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    )
    op.create_index(
        "govshare_point_message_open", "govshare_point_message", ["at"], postgresql_where=sa.text("sent IS NULL")
    )
    op.create_table(
        "govshare_old_link",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("title", "from_id", "to_id", "network", "state")),
        *(sa.Column(name, sa.Text, nullable=False, server_default="") for name in ("content", "note")),
        sa.Column("since", sa.Date),
        sa.Column("planned", sa.Date),
        sa.Column("point_id", sa.Text, sa.ForeignKey(f"{POINT}.id", ondelete="SET NULL")),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("changed", WHEN, nullable=False),
    )
    op.create_index("govshare_old_link_from", "govshare_old_link", ["from_id"])
    op.create_index("govshare_old_link_to", "govshare_old_link", ["to_id"])


def downgrade() -> None:
    for table in ("govshare_old_link", "govshare_point_message", "govshare_point_file"):
        op.drop_table(table)
    op.execute("UPDATE govshare_exchange_point SET state = 'registered' WHERE state IN ('reviewed', 'checked')")
    columns = [*STEPS, *(f"{step}_by" for step in STEPS), "return_reason", "tested", "test_passed", "health",
               "health_since", "system_id", "high_frequency", "moves_to", "moves_by"]  # fmt: skip
    for column in columns:
        op.drop_column(POINT, column)
