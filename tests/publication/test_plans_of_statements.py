"""Statements of public pages that must not read every entry: their plans name the index."""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.publication import submissions_used


def test_applications_of_an_entry_are_found_without_reading_all_entries(make_entry):
    entry = make_entry()
    asked: list[tuple[str, dict]] = []
    listener = lambda *args: asked.append((args[2], args[3]))  # noqa: E731
    sa.event.listen(model.meta.engine, "before_cursor_execute", listener)
    submissions_used.applications_of(entry)
    sa.event.remove(model.meta.engine, "before_cursor_execute", listener)
    ((statement, values),) = asked
    connection = model.Session.connection()
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the city is small
    plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
    model.Session.rollback()
    assert "ix_govshare_package_type" in plan
