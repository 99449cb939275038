"""Review on screen: a change with its difference and acts, merge, bulk approval."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ckanext.govshare.desk as desk
from tests.desk.conftest import CONTENT, call, words

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_a_change_shows_state_difference_and_history(see, make_entry):
    entry = make_entry()
    items = [*CONTENT["info_items"][:1], {"name": "首末班时间", "type": "C", "length": "20"}]
    change = call(
        "change_create", "officer", id=entry["id"], data={"notes": "含站点名称和线路。", "info_items": items}
    )
    body = see(f"/desk/change/{change['id']}", "reviewer").body
    text = words(body)
    assert "首末班时间" in text
    assert re.search(r'<tr class="gs-diff__added">', body)
    assert re.search(r'<tr class="gs-diff__removed">', body)
    assert re.search(r"<del>[^<]*</del>", body)
    assert body.count("<h1") == 1


@pytest.mark.parametrize("person", ["neighbour", "county_office", "citizen", "operator"])
def test_a_foreign_change_is_not_there(see, draft, person):
    change = draft(title="别人的草稿")
    answer = see(f"/desk/change/{change['id']}", person)
    missing = see(f"/desk/change/{UNKNOWN}", person)
    assert (answer.status_code, missing.status_code) == (404, 404)
    assert "别人的草稿" not in answer.body


@pytest.mark.parametrize(
    ("person", "buttons"), [("officer", set()), ("reviewer", {"approve", "return"}), ("office", set())]
)
def test_only_the_acts_that_a_person_may_do_are_offered(see, submitted, person, buttons):
    body = see(f"/desk/change/{submitted()['id']}", person).body
    found = set(re.findall(r'name="act" value="(\w+)"', body))
    assert found - {"withdraw"} == buttons


def test_an_approval_moves_the_change_on_with_the_opinion(send, submitted):
    change = submitted()
    answer = send(f"/desk/change/{change['id']}/act", "reviewer", act="approve", words="符合实际")
    after = call("change_show", "reviewer", id=change["id"])
    assert answer.status_code == 302
    assert (after["state"], after["events"][-1]["opinion"]) == ("office_review", "符合实际")


def test_a_double_click_is_told_and_does_nothing_twice(send, submitted):
    change = submitted()
    answers = [send(f"/desk/change/{change['id']}/act", "reviewer", act="approve") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(call("change_show", "reviewer", id=change["id"])["events"]) == 2


def test_a_return_without_a_reason_is_told(send, see, submitted):
    change = submitted()
    answer = send(f"/desk/change/{change['id']}/act", "reviewer", act="return", words=" ")
    assert answer.status_code == 302
    assert call("change_show", "reviewer", id=change["id"])["state"] == "dept_review"


@pytest.mark.parametrize("act", ["", "delete", "approve\x00"])
def test_an_unknown_act_is_a_bad_request(send, submitted, act):
    assert send(f"/desk/change/{submitted()['id']}/act", "reviewer", act=act).status_code == 400


def test_a_foreigner_cannot_act(send, submitted):
    change = submitted()
    assert send(f"/desk/change/{change['id']}/act", "neighbour", act="approve").status_code == 404
    assert call("change_show", "officer", id=change["id"])["state"] == "dept_review"


def test_a_draft_with_gaps_names_them_and_offers_no_hand_in(see, send, city):
    change = call("change_create", "officer", data={"title": "城区路灯信息"})
    body = see(f"/desk/change/{change['id']}", "officer").body
    assert 'value="submit"' not in body
    refused = send(f"/desk/change/{change['id']}/act", "officer", act="submit")
    assert refused.status_code == 200
    assert 'role="alert"' in refused.body


def conflict(make_entry):
    entry = make_entry()
    one = call("change_create", "officer", id=entry["id"], data={"notes": "甲的说明", "update_cycle": "3"})
    other = call("change_create", "officer", id=entry["id"], data={"notes": "乙的说明"})
    call("change_submit", "officer", id=one["id"])
    call("change_approve", "reviewer", id=one["id"])
    call("change_approve", "office", id=one["id"])
    return other["id"]


def test_a_conflict_is_chosen_on_the_page(see, send, make_entry):
    change = conflict(make_entry)
    body = see(f"/desk/change/{change}/merge", "officer").body
    assert "甲的说明" in body
    assert "乙的说明" in body
    unchosen = send(f"/desk/change/{change}/merge", "officer")
    assert 'role="alert"' in unchosen.body
    chosen = send(f"/desk/change/{change}/merge", "officer", **{"choice-notes": "mine"})
    assert chosen.status_code == 302
    assert call("change_show", "officer", id=change)["base_moved"] is False


def test_a_change_whose_base_stands_has_nothing_to_merge(see, draft):
    change = draft()
    assert see(f"/desk/change/{change['id']}/merge", "officer").status_code == 302


def test_marked_entries_are_approved_with_a_result_each(send, signed, submitted):
    good, early = signed(title="可以发布"), submitted(title="还在部门")
    answer = send("/desk/changes/approve", "office", ids=[good["id"], early["id"], UNKNOWN], back="office")
    text = words(answer.body)
    assert answer.status_code == 200
    assert "可以发布" in text
    assert "还在部门" in text
    assert f"/desk/change/{early['id']}" in answer.body
    assert call("change_show", "office", id=good["id"])["state"] == "approved"
    assert call("change_show", "office", id=early["id"])["state"] == "dept_review"


def test_nothing_marked_is_told(send, city):
    assert send("/desk/changes/approve", "office", back="office").status_code == 302


def test_lists_are_filtered_by_department_state_and_type(see, draft, submitted, city):
    draft(title="草稿一")
    submitted(title="待审一")
    page = words(
        see(f"/desk/changes?state=dept_review&organization={city.traffic}&type=dataset", "office").body
    )
    assert "待审一" in page
    assert "草稿一" not in page
    assert "待审一" not in words(see(f"/desk/changes?organization={city.school}", "office").body)


@pytest.mark.parametrize(
    "query", ["state=x", "organization=x", "type=x", "page=x", "page=999", "waiting=1&page=9"]
)
def test_a_nonsensical_filter_is_no_error(see, submitted, query):
    submitted()
    assert see(f"/desk/changes?{query}", "office").status_code == 200


@pytest.mark.parametrize("place", ["change", "entry", "import", "opening"])
def test_an_address_that_no_database_can_hold_is_not_there(see, city, place):
    tail = "/history" if place == "entry" else ""
    assert see(f"/desk/{place}/%00{tail}", "officer").status_code == 404


@pytest.mark.parametrize("path", ["", "/changes", "/catalogue", "/import", "/systems", "/opening"])
def test_a_department_that_no_database_can_hold_is_a_bad_request(see, city, path):
    assert see(f"/desk{path}?organization=%00", "officer").status_code == 400


HOSTILE = "<script>alert(1)</script>"


def test_what_people_type_is_never_markup(see, send, submitted, make_entry):
    entry = make_entry()
    change = call("change_create", "officer", id=entry["id"], data={"notes": HOSTILE, "title": HOSTILE})
    call("change_submit", "officer", id=change["id"])
    again = submitted(title=HOSTILE)
    send(f"/desk/change/{again['id']}/act", "reviewer", act="return", words=HOSTILE)
    pages = [
        see(path, person).body
        for path, person in (
            ("/desk", "officer"),
            ("/desk", "reviewer"),
            ("/office", "office"),
            ("/desk/changes", "office"),
            (f"/desk/change/{change['id']}", "reviewer"),
            (f"/desk/change/{again['id']}", "officer"),
            (f"/dataset/{entry['name']}", "officer"),
        )
    ]
    pages.append(send("/desk/changes/approve", "office", ids=[change["id"], again["id"], HOSTILE]).body)
    assert [page for page in pages if HOSTILE in page] == []


@pytest.mark.parametrize("ids", [["\x00"], ["'; DROP TABLE x"], ["1"] * 101])
def test_nonsense_is_not_approved(send, city, ids):
    assert send("/desk/changes/approve", "office", ids=ids).status_code in (200, 302)


def test_every_form_that_writes_carries_a_token():
    templates = Path(desk.__file__).parent / "templates"
    for path in templates.rglob("*.html"):
        text = path.read_text()
        for form in re.findall(r'(?s)<form[^>]*method="post".*?</form>', text):
            assert "csrf_input()" in form, path.name
