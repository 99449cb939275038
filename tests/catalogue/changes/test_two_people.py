"""Nobody approves their own; who may read, write and act in which state."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.changes.conftest import CONTENT, call

PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "neighbour", "office", "county_office", "operator")


def allowed(action: str, change_id: str) -> set[str]:
    """The people whose auth function says yes."""
    found = set()
    for person in PEOPLE:
        try:
            tk.check_access(f"govshare_change_{action}", {"user": person}, {"id": change_id})
            found.add(person)
        except tk.NotAuthorized:
            continue
    return found


@pytest.mark.parametrize(
    ("action", "people"),
    [
        ("show", {"officer", "reviewer", "office"}),
        ("update", {"officer", "reviewer", "office"}),
        ("merge", {"officer", "reviewer", "office"}),
        ("submit", {"officer", "reviewer", "office"}),
        ("withdraw", {"officer", "reviewer", "office"}),
        ("approve", set()),
        ("return", set()),
        ("propose", set()),
    ],
)
def test_who_may_touch_a_draft(draft, action, people):
    assert allowed(action, draft()["id"]) == people


@pytest.mark.parametrize(
    ("action", "people"),
    [
        ("show", {"officer", "reviewer", "office"}),
        ("update", set()),
        ("submit", set()),
        ("approve", {"reviewer"}),
        ("return", {"reviewer"}),
        ("withdraw", {"officer", "reviewer", "office"}),
    ],
)
def test_who_may_touch_a_change_before_the_department(submitted, action, people):
    assert allowed(action, submitted()["id"]) == people


@pytest.mark.parametrize(
    ("action", "people"),
    [
        ("show", {"officer", "reviewer", "office"}),
        ("update", set()),
        ("approve", {"office"}),
        ("return", {"office"}),
        ("withdraw", {"officer", "reviewer", "office"}),
    ],
)
def test_who_may_touch_a_change_before_the_office(signed, action, people):
    assert allowed(action, signed()["id"]) == people


@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_begin_a_change_of_the_department(city, person):
    try:
        call("change_create", person, owner_org=city.traffic, data={})
        began = True
    except tk.NotAuthorized:
        began = False
    assert began == (person in {"officer", "reviewer", "office"})


def test_a_reviewer_who_wrote_in_it_does_not_approve_it(draft):
    change = draft()
    call("change_update", "reviewer", id=change["id"], data={"notes": "含站点名称。"})
    handed = call("change_submit", "officer", id=change["id"])
    assert (handed["state"], handed["events"][-1]["note"]) == ("office_review", "one_person")


def test_the_api_refuses_to_approve_ones_own(city, app):
    from ckan.tests import factories

    factories.User(name="second")
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": city.traffic, "username": "second", "role": "admin"}
    )
    change = call("change_create", "reviewer", data=CONTENT)
    call("change_submit", "reviewer", id=change["id"])
    token = tk.get_action("api_token_create")({"ignore_auth": True}, {"user": "reviewer", "name": "t"})[
        "token"
    ]
    answer = app.post(
        "/api/action/govshare_change_approve",
        json={"id": change["id"]},
        headers={"Authorization": token},
        status=403,
    )
    assert "自己" in answer.json["error"]["message"] or "themselves" in answer.json["error"]["message"]
    assert call("change_approve", "second", id=change["id"])["state"] == "office_review"


def test_whoever_signed_for_the_department_does_not_publish_for_the_office(signed, city):
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": city.bureau, "username": "reviewer", "role": "editor"}
    )
    with pytest.raises(tk.NotAuthorized):
        call("change_approve", "reviewer", id=signed()["id"])


def test_an_office_person_who_wrote_it_does_not_publish_it(city):
    change = call("change_create", "office", owner_org=city.school, data=CONTENT)
    call("change_submit", "office", id=change["id"])
    with pytest.raises(tk.NotAuthorized):
        call("change_approve", "office", id=change["id"])


def test_lists_show_only_what_the_reader_may_see(draft):
    draft()
    counts = {}
    for person in ("officer", "reviewer", "office", "neighbour", "county_office"):
        counts[person] = call("change_list", person)["count"]
    assert counts == {"officer": 1, "reviewer": 1, "office": 1, "neighbour": 0, "county_office": 0}


@pytest.mark.parametrize(("person", "waits"), [("officer", 0), ("reviewer", 1), ("office", 0)])
def test_the_todo_list_names_what_waits_for_the_reader(submitted, person, waits):
    submitted()
    assert len(call("change_todo", person)) == waits


def test_a_returned_change_waits_for_its_author(submitted):
    call("change_return", "reviewer", id=submitted()["id"], reason="补充说明")
    assert [line["slug"] for line in call("change_todo", "officer")] == ["change_returned"]
