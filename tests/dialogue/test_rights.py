"""Who sees and who acts: every kind of person × every act × every state of being shown."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare.dialogue.logic import action
from ckanext.govshare.dialogue.model import Dialogue
from tests.dialogue.conftest import CONTACT, SECRETS, WRITTEN, call

pytestmark = pytest.mark.usefixtures("city")

OUTSIDE = ("", "citizen", "firm", "neighbour", "county_office", "operator")
DEPARTMENT = ("officer", "reviewer")
EVERYBODY = (*OUTSIDE, *DEPARTMENT, "office")
ACTS = {
    "accept": {},
    "refuse": {"reason": "x"},
    "return": {"reason": "x"},
    "assign": {"organization": "jiaoyu"},
    "answer": {"answer": "x"},
    "close": {},
    "publish": {"shown": True},
    "take_down": {"reason": "x"},
    "restore": {"reason": "x"},
}


def seen(user, id):
    """What a person is shown of a case: nothing, the public side, or everything."""
    try:
        found = call("show", user, id=id)
    except tk.ObjectNotFound:
        return "nothing"
    text = str(found)
    contact = all(secret in text for secret in SECRETS)
    assert contact or not any(secret in text for secret in SECRETS)
    return "everything" if contact else "public"


@pytest.mark.parametrize("kind", ["request", "complaint"])
def test_who_sees_what_at_each_step(write, entry, kind):
    """Received: the office. Accepted: the department too, and everybody where the office lets them."""
    id = write(kind, entry=entry["name"], **CONTACT)["id"]
    assert {user: seen(user, id) for user in EVERYBODY} == {
        user: "everything" if user == "office" else "nothing" for user in EVERYBODY
    }
    call("accept", id=id, shown=False)
    hidden = {user: "nothing" if user in OUTSIDE else "everything" for user in EVERYBODY}
    assert {user: seen(user, id) for user in EVERYBODY} == hidden
    call("publish", id=id, shown=True)
    shown = {user: "public" if user in OUTSIDE else "everything" for user in EVERYBODY}
    assert {user: seen(user, id) for user in EVERYBODY} == shown
    call("return", "officer", id=id, reason="不属于本部门")
    assert {user: seen(user, id) for user in EVERYBODY} == {
        user: "everything" if user == "office" else "nothing" for user in EVERYBODY
    }


def test_a_complaint_is_not_shown_unless_the_office_says_so_and_other_kinds_are(write, entry):
    for kind in WRITTEN:
        id = write(kind, entry=entry["name"])["id"]
        assert call("accept", id=id)["shown"] is (kind != "complaint")


@pytest.mark.parametrize(
    ("steps", "allowed"),
    [
        ((), {"accept": {"office"}, "refuse": {"office"}, "return": {"office"}}),
        (
            ("accept",),
            {
                "assign": {"office"},
                "publish": {"office"},
                "answer": set(DEPARTMENT),
                "return": set(DEPARTMENT),
            },
        ),
        (("accept", "answer"), {"close": {"office"}, "publish": {"office"}, "return": {"office"}}),
        (("accept", "answer", "close"), {"publish": {"office"}}),
        (("refuse",), {}),
    ],
)
def test_who_acts_in_which_state(write, entry, steps, allowed):
    """Everybody else is refused, sysadmins and the office of a county too; what the state forbids is refused to all."""
    id = write("request", entry=entry["name"])["id"]
    for step in steps:
        call(step, "officer" if step == "answer" else "office", id=id, **ACTS[step])
    for act, data in ACTS.items():
        for user in EVERYBODY:
            model.Session.begin_nested()
            try:
                tk.check_access(f"govshare_dialogue_{act}", {"user": user}, {"id": id, **data})
                may = True
            except tk.NotAuthorized:
                may = False
            insiders = {"office", *DEPARTMENT} if steps[:1] == ("accept",) else {"office"}
            assert not may or user in insiders, (act, user)
            if user in allowed.get(act, ()):
                assert may, (act, user)
            elif may:
                with pytest.raises(tk.ValidationError):
                    call(act, user, id=id, **data)
            model.Session.rollback()


def test_only_those_who_work_on_cases_have_lists_and_lines_of_them(write, entry):
    id = write("request", entry=entry["name"])["id"]
    assert [line["slug"] for line in call("todo")] == ["dialogue_received"]
    call("accept", id=id)
    for user in ("", "citizen", "operator"):
        with pytest.raises(tk.NotAuthorized):
            call("list", user, inside=True)
        with pytest.raises(tk.NotAuthorized):
            call("todo", user)
    for user in ("neighbour", "firm", "county_office"):
        assert call("list", user, inside=True)["count"] == 0
        assert call("todo", user) == []
    assert call("list", "officer", inside=True)["count"] == 1
    assert [line["slug"] for line in call("todo", "officer")] == ["dialogue_accepted"]
    assert call("todo") == []


def test_the_receipt_opens_one_case_and_nothing_else(write):
    mine, other = write(**CONTACT), write(title="另一件", **CONTACT)
    assert call("show", "", code=mine["code"])["contact"] == CONTACT
    for code in (
        mine["id"],
        mine["code"][:-1],
        mine["code"] + "0",
        "",
        "-",
        "x" * 10_000,
        ["x"],
        {"a": 1},
        7,
    ):
        with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
            call("show", "citizen", code=code)
        for act in ("withdraw", "submit"):
            with pytest.raises(tk.ObjectNotFound):
                call(act, "", code=code)
    assert mine["code"] != other["code"]
    kept = model.Session.execute(sa.select(Dialogue)).scalars().all()
    assert not any(mine["code"] in str(vars(row)) for row in kept)


def test_a_case_of_a_countys_entry_comes_before_the_countys_office(write, city):
    county = factories.Organization(
        name="xianjiaotong", title="东城区交通局", org_type="agency", government="1", level="4", region="990101",
        users=[{"name": "county_office", "capacity": "editor"}],
    )  # fmt: skip
    id = write("request", provider=county["name"])["id"]
    assert call("show", "county_office", id=id)["state"] == "received"
    with pytest.raises(tk.ObjectNotFound):
        call("show", "office", id=id)
    with pytest.raises(tk.ValidationError) as refused:
        call("accept", "county_office", id=id, organization="jiaotong")
    assert list(refused.value.error_dict) == ["organization"]


def test_the_actions_that_read_are_the_only_ones_that_answer_a_get():
    reads = {"list", "show", "counts", "todo"}
    for name in action.__all__:
        free = getattr(getattr(action, name), "side_effect_free", False)
        assert bool(free) is (name.removeprefix("govshare_dialogue_") in reads), name
