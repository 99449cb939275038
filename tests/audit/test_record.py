"""The record of events: append-only, chained, altered rows are found."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from sqlalchemy.exc import DatabaseError

from ckanext.govshare.audit import service


@pytest.fixture
def events(site):
    """Three events."""
    for number in range(3):
        service.append("officer", "tested", "entry", str(number), "990100", {"说明": "中文", "n": number})
    model.Session.commit()


def tamper(statement: str) -> None:
    """Change the record as only the owner of the table can: with its triggers switched off."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE govshare_event DISABLE TRIGGER USER"))
        connection.execute(sa.text(statement))
        connection.execute(sa.text("ALTER TABLE govshare_event ENABLE TRIGGER USER"))


def test_an_untouched_chain_is_intact(events):
    assert service.verify()["intact"]
    assert service.verify()["count"] == 3


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE govshare_event SET payload = replace(payload, 'officer', 'nobody') WHERE id = 2",
            {2: "altered"},
        ),
        ("DELETE FROM govshare_event WHERE id = 2", {2: "rows 2 to 2 are missing"}),
        (
            "UPDATE govshare_event SET hash = repeat('0', 64) WHERE id = 1",
            {1: "altered", 2: "does not follow its predecessor"},
        ),
    ],
)
def test_a_changed_row_is_found(events, statement, fault):
    tamper(statement)
    assert {found["id"]: found["fault"] for found in service.verify()["faults"]} == fault


@pytest.mark.parametrize(
    "statement",
    ["UPDATE govshare_event SET payload = '{}'", "DELETE FROM govshare_event", "TRUNCATE govshare_event"],
)
def test_the_application_can_neither_change_nor_delete(events, statement):
    with pytest.raises(DatabaseError, match="append-only|permission denied|must be owner"):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()
    assert service.verify()["count"] == 3


def test_nobody_can_choose_the_hash(events):
    model.Session.execute(
        sa.text("INSERT INTO govshare_event (id, payload, prev_hash, hash) VALUES (99, '{}', 'x', 'y')")
    )
    model.Session.commit()
    assert (service.verify()["intact"], service.verify()["count"]) == (True, 4)


@pytest.mark.parametrize(
    ("user", "allowed"), [("office", True), ("officer", False), ("citizen", False), ("", False)]
)
def test_only_auditors_and_the_office_read_the_record(city, user, allowed):
    for action in ("govshare_audit_list", "govshare_audit_verify"):
        if allowed:
            assert tk.check_access(action, {"user": user}, {})
        else:
            with pytest.raises(tk.NotAuthorized):
                tk.check_access(action, {"user": user, "auth_user_obj": model.User.get(user)}, {})


@pytest.mark.parametrize("user", ["operator", "office", ""])
def test_nobody_writes_an_event_by_hand(city, user):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access(
            "govshare_event_add", {"user": user}, {"action": "x", "object_type": "y", "object_id": "z"}
        )


def test_publishing_an_entry_is_recorded(make_entry):
    entry = make_entry()
    listed = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_id": entry["id"]})
    assert ("entry_created", "office") in [(event["action"], event["actor"]) for event in listed["results"]]
