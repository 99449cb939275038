"""What the public wrote, at the desk: who gets in, acting once, and pages that name their faults."""

from __future__ import annotations

import re

import pytest

from tests.dialogue.conftest import CONTACT, SECRETS, WRITTEN, call, entry, write  # noqa: F401 - fixtures
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")


def test_office_and_department_see_their_cases_and_nobody_else_does(write, see):  # noqa: F811
    id = write(provider="jiaotong", **CONTACT)["id"]
    page = f"/desk/dialogue/{id}"
    assert all(secret in see(page, "office").body for secret in SECRETS)
    assert see("/office/dialogue", "office").body.count(WRITTEN["request"]["title"]) == 1
    for user in ("", "citizen", "officer", "neighbour", "firm", "county_office", "operator"):
        answer = see(page, user)
        assert answer.status_code in (302, 403, 404), user
        assert not any(secret in answer.body for secret in (*SECRETS, WRITTEN["request"]["title"]))
        status = {"": 302, "county_office": 200}.get(user, 403)
        assert see("/office/dialogue", user).status_code == status
    call("accept", id=id)
    assert WRITTEN["request"]["title"] in see("/desk/dialogue", "officer").body
    assert see(page, "officer").status_code == 200
    assert WRITTEN["request"]["title"] not in see("/desk/dialogue", "neighbour").body
    assert see(page, "neighbour").status_code == 404  # public elsewhere, not theirs to work on


def test_a_case_goes_its_whole_way_through_the_forms_and_every_click_counts_once(write, send, see):  # noqa: F811
    id = write(text="王某某的需求", **CONTACT)["id"]
    at = f"/desk/dialogue/{id}/act"
    faulty = send(at, "office", act="accept", organization="jiaotong", shown="1", blacked="李某")
    assert faulty.status_code == 200
    assert 'role="alert"' in faulty.body
    accept = {"act": "accept", "organization": "jiaotong", "shown": "1", "blacked": "王某某\r\n"}
    assert send(at, "office", **accept).status_code == 302
    assert send(at, "office", **accept).status_code == 200
    assert call("show", "", id=id)["text"] == "█████的需求"
    assert send(at, "officer", act="answer", words="").status_code == 200
    assert send(at, "officer", act="answer", words="答复").status_code == 302
    assert send(at, "neighbour", act="answer", words="x").status_code in (200, 404)
    assert send(at, "office", act="close").status_code == 302
    assert send(at, "office", act="publish").status_code == 302  # no tick: hidden
    assert call("list", "")["count"] == 0
    assert send(at, "office", act="nonsense").status_code == 400
    assert call("show", id=id)["state"] == "closed"
    assert "答复" in see(f"/desk/dialogue/{id}", "office").body


def test_the_desk_and_the_office_lead_there(write, see):  # noqa: F811
    write("complaint")
    office = see("/office", "office").body
    assert "/office/dialogue?state=received&amp;kind=complaint" in office
    assert 'href="/office/dialogue"' in office
    assert 'href="/desk/dialogue"' in see("/desk", "officer").body


@pytest.mark.parametrize("kind", ["request", "correction", "comment", "complaint"])
def test_every_page_of_a_case_has_labels_for_its_fields_and_each_id_once(write, see, entry, kind):  # noqa: F811
    id = write(kind, entry=entry["name"], **CONTACT)["id"]
    for step, user in ((None, ""), ("accept", "office"), ("answer", "officer"), ("close", "office")):
        if step:
            call(step, user, id=id, **({"answer": "答复"} if step == "answer" else {}))
        for reader in ("office", "officer"):
            body = see(f"/desk/dialogue/{id}", reader).body
            ids = re.findall(r' id="([^"]+)"', body)
            assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
            fields = set(re.findall(r'<(?:textarea|select|input type="checkbox")[^>]* id="([^"]+)"', body))
            assert fields <= set(re.findall(r'for="([^"]+)"', body))


def test_the_list_asks_the_database_as_often_for_many_as_for_one(write, see):  # noqa: F811
    write()
    see("/office/dialogue", "office")
    with statements() as few:
        see("/office/dialogue?state=all", "office")
    for number in range(8):
        write(title=f"需求 {number}", provider="jiaoyu")
    with statements() as many:
        see("/office/dialogue?state=all", "office")
    assert len(many) <= len(few) + 1


def test_filters_take_nonsense(write, see):  # noqa: F811
    write()
    for query in (
        "state=x",
        "kind=x",
        "page=-1",
        "page=999999",
        "overdue=2",
        "state=all&overdue=1",
        "state=refused",
    ):
        assert see(f"/office/dialogue?{query}", "office").status_code == 200
