"""What progress pages show beside the ledger leaves a note there too: targets, locked rows, plans, departments.

Revision ID: 016_shown
Revises: 015_calendar
"""

from __future__ import annotations

from alembic import op

revision = "016_shown"
down_revision = "015_calendar"
branch_labels = None
depends_on = None

TABLES = ("govshare_target", "govshare_target_lock", "govshare_plan", '"group"')
# A note of no package: nobody is judged, but what was added up or drawn before is out of date.
FUNCTION = """
CREATE FUNCTION govshare_touch_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO govshare_ledger_touched (candidate) VALUES ('');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    for table in TABLES:
        op.execute(
            f"""CREATE TRIGGER govshare_touch_shown AFTER INSERT OR UPDATE OR DELETE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION govshare_touch_shown()"""
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER govshare_touch_shown ON {table}")
    op.execute("DROP FUNCTION govshare_touch_shown()")
