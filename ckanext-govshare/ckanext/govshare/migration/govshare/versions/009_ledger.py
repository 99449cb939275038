"""The ledger of counting: what counts since when and why not; targets of any measure and scope.

Revision ID: 009_ledger
Revises: 008_waiting
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "009_ledger"
down_revision = "008_waiting"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)

# Whatever writes facts of a candidate, and however (a form, the engine, a statement by hand), leaves a row that says
# so in the same transaction. Rows are only ever added and taken away, so that no writer waits for another.
TOUCH = """
CREATE FUNCTION govshare_touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject text;
BEGIN
    IF TG_TABLE_NAME = 'package' THEN
        subject := coalesce(NEW.id, OLD.id);
    ELSIF TG_TABLE_NAME = 'resource' THEN
        subject := coalesce(NEW.package_id, OLD.package_id);
    ELSE
        INSERT INTO govshare_ledger_touched (candidate) SELECT id FROM package WHERE owner_org = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO govshare_ledger_touched (candidate) VALUES (subject);
    RETURN NULL;
END $$
"""
TRIGGERS = (
    """CREATE TRIGGER govshare_touch AFTER INSERT OR UPDATE OR DELETE ON package
       FOR EACH ROW EXECUTE FUNCTION govshare_touch()""",
    """CREATE TRIGGER govshare_touch AFTER INSERT OR UPDATE OR DELETE ON resource
       FOR EACH ROW EXECUTE FUNCTION govshare_touch()""",
    """CREATE TRIGGER govshare_touch AFTER UPDATE ON "group" FOR EACH ROW
       WHEN (OLD.is_organization AND (OLD.extras IS DISTINCT FROM NEW.extras OR OLD.state <> NEW.state))
       EXECUTE FUNCTION govshare_touch()""",
)


def upgrade() -> None:
    op.create_table(
        "govshare_ledger_candidate",
        sa.Column("measure", sa.Text, primary_key=True),
        sa.Column("candidate", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("resource_code", sa.Text, nullable=False),
        sa.Column("published", sa.Date),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("keys", ARRAY(sa.Text), nullable=False),
        sa.Column("marks", ARRAY(sa.Text), nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("next_change", sa.Date),
    )
    op.create_index("govshare_ledger_keys", "govshare_ledger_candidate", ["keys"], postgresql_using="gin")
    op.create_index("govshare_ledger_next", "govshare_ledger_candidate", ["next_change"])
    newest = sa.text("published DESC NULLS LAST")
    op.create_index("govshare_ledger_newest", "govshare_ledger_candidate", ["measure", newest, "name"])
    op.create_table(
        "govshare_ledger_verdict",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("rule", sa.Integer, nullable=False),
        sa.Column("candidate", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.Column("reasons", ARRAY(sa.Text), nullable=False),
        sa.Column("warnings", ARRAY(sa.Text), nullable=False),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("open_type", sa.Text, nullable=False),
        sa.Column("interface", sa.Boolean, nullable=False),
        sa.CheckConstraint("until > since", name="govshare_ledger_verdict_days"),
    )
    op.create_index(
        "govshare_ledger_current",
        "govshare_ledger_verdict",
        ["measure", "rule", "candidate"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index("govshare_ledger_past", "govshare_ledger_verdict", ["measure", "rule", "until", "since"])
    op.create_table(
        "govshare_ledger_amount",
        sa.Column("rule", sa.Integer, primary_key=True),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "govshare_ledger_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("began", sa.Date, nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False),
        sa.Column("rules", ARRAY(sa.Integer), nullable=False),
        sa.CheckConstraint("id = 1", name="govshare_ledger_head_one"),
    )
    op.create_table(
        "govshare_ledger_touched",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("candidate", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False, server_default=sa.func.clock_timestamp()),
    )
    op.execute(TOUCH)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.add_column("govshare_target", sa.Column("field", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "govshare_target",
        sa.Column("publish_departments", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.alter_column("govshare_target", "at_least", type_=sa.Numeric)
    op.add_column("govshare_target_lock", sa.Column("rule_version", sa.Integer))
    op.add_column("govshare_target_lock", sa.Column("value", sa.Numeric))


def downgrade() -> None:
    op.drop_column("govshare_target_lock", "value")
    op.drop_column("govshare_target_lock", "rule_version")
    op.alter_column("govshare_target", "at_least", type_=sa.Integer)
    op.drop_column("govshare_target", "publish_departments")
    op.drop_column("govshare_target", "field")
    for table in ("package", "resource", '"group"'):
        op.execute(f"DROP TRIGGER govshare_touch ON {table}")
    op.execute("DROP FUNCTION govshare_touch()")
    for table in ("touched", "head", "amount", "verdict", "candidate"):
        op.drop_table(f"govshare_ledger_{table}")
