"""Events, roles, codes, files, change log and index outbox.

Revision ID: 001_foundation
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "001_foundation"
down_revision = None
branch_labels = None
depends_on = None

# The database computes the chain itself: whoever can insert cannot choose the hash, and nobody can change a row.
CHAIN = """
CREATE FUNCTION govshare_event_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7305801);
    SELECT COALESCE(max(id), 0) + 1 INTO NEW.id FROM govshare_event;
    NEW.prev_hash := COALESCE((SELECT hash FROM govshare_event WHERE id = NEW.id - 1), repeat('0', 64));
    NEW.hash := encode(sha256(convert_to(NEW.id || NEW.prev_hash || NEW.payload, 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER govshare_event_chain BEFORE INSERT ON govshare_event
    FOR EACH ROW EXECUTE FUNCTION govshare_event_chain();
CREATE FUNCTION govshare_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'govshare_event is append-only';
END $$;
CREATE TRIGGER govshare_event_keep BEFORE UPDATE OR DELETE ON govshare_event
    FOR EACH ROW EXECUTE FUNCTION govshare_event_refuse();
CREATE TRIGGER govshare_event_keep_all BEFORE TRUNCATE ON govshare_event
    FOR EACH STATEMENT EXECUTE FUNCTION govshare_event_refuse();
"""


def _derived(name: str) -> sa.Column:
    """A column that the database derives from the payload, so that one fact stands once."""
    return sa.Column(name, sa.Text, sa.Computed(f"(payload::jsonb ->> '{name}')", persisted=True))


def upgrade() -> None:
    when = sa.DateTime(timezone=True)
    op.create_table(
        "govshare_event",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.Text, nullable=False),
        *(_derived(name) for name in ("at", "actor", "action", "object_type", "object_id", "region")),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("ix_govshare_event_object", "govshare_event", ["object_type", "object_id"])
    op.execute(CHAIN)
    op.create_table(
        "govshare_role",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", when, nullable=False),
        sa.Column("until", when),
        sa.Column("granted_by", sa.Text, nullable=False),
    )
    op.create_index(
        "uq_govshare_role_current",
        "govshare_role",
        ["user_id", "organization_id", "role"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "govshare_code",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("since", when, nullable=False),
        sa.Column("until", when),
    )
    op.create_table(
        "govshare_code_counter",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "govshare_file",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("mimetype", sa.Text),
        sa.Column("rows", sa.BigInteger),
        sa.Column("columns", sa.Integer),
        sa.Column("stored_by", sa.Text, nullable=False),
        sa.Column("stored", when, nullable=False),
    )
    op.create_table(
        "govshare_change_log",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("at", when, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, index=True),
        sa.Column("fields", JSONB, nullable=False),
    )
    op.create_table(
        "govshare_index_outbox",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
        sa.Column("queued", when, nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    for table in ("index_outbox", "change_log", "file", "code_counter", "code", "role", "event"):
        op.drop_table(f"govshare_{table}")
    op.execute("DROP FUNCTION govshare_event_chain(); DROP FUNCTION govshare_event_refuse()")
