"""What the link check knows of each address.

Revision ID: 011_links
Revises: 010_quality
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "011_links"
down_revision = "010_quality"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "govshare_link",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("data", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="unknown"),
        sa.Column("since", WHEN, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", WHEN),
        sa.Column("silent_since", WHEN),
        sa.Column("last_ok", WHEN),
        sa.Column("checked", WHEN),
        sa.Column("status", sa.Integer),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("next_check", WHEN, nullable=False),
        sa.Column("asked", WHEN),
        sa.Column("unused_since", WHEN),
        sa.CheckConstraint("state IN ('ok', 'dead', 'unknown')", name="govshare_link_state"),
    )
    op.create_index("govshare_link_due", "govshare_link", ["next_check"])
    op.create_table(
        "govshare_link_change",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "key", sa.Text, sa.ForeignKey("govshare_link.key", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "govshare_link_host",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("free_from", WHEN, nullable=False),
    )
    # Which entries name an address: asked whenever its state changes.
    op.execute("CREATE INDEX govshare_link_named ON resource (md5(url))")
    # What the demo and uploads used to write beside a file is known here now.
    op.execute("UPDATE resource SET extras = (extras::jsonb - 'link_state')::text WHERE extras LIKE '%link_state%'")
    op.execute("UPDATE package SET extras = extras - 'link_state' WHERE type = 'application'")


def downgrade() -> None:
    op.execute("DROP INDEX govshare_link_named")
    for table in ("host", "change"):
        op.drop_table(f"govshare_link_{table}")
    op.drop_table("govshare_link")
