"""Targets of any measure and scope: what is refused, what stands in sequence, who sees which."""

from __future__ import annotations

import threading
from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication.model import Target
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")
PEOPLE = ("", "citizen", "firm", "officer", "neighbour", "office", "county_office", "operator")
INSIDE = {"officer", "neighbour", "office", "county_office"}


def call(action: str, user: str = "", **data):
    return tk.get_action(f"govshare_target_{action}")({"user": user}, data)


def refused(action: str, user: str = "office", **data) -> dict:
    with pytest.raises(tk.ValidationError) as error:
        call(action, user, **data)
    model.Session.rollback()
    return error.value.error_dict


def events() -> list[str]:
    found = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_type": "target"})["results"]
    return [event["action"] for event in found]


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ({"measure": "interfaces", "at_least": 10}, "number"),
        ({"measure": "rows", "at_least": "1000000"}, "rows"),
        ({"measure": "hook_up", "at_least": 62.5}, "percent"),
        ({"measure": "cloud", "at_least": 90, "scope": "department", "organization": "jiaotong"}, "percent"),
        ({"scope": "field", "field": "14", "publish_departments": True, "rule_version": 1}, "number"),
    ],
)
def test_target_of_any_measure_and_scope(make_target, fields, unit):
    made = make_target(**fields)
    assert made["unit"] == unit
    expected = {key: value for key, value in fields.items() if key != "organization"}
    if "at_least" in expected:
        expected["at_least"] = float(expected["at_least"])
    assert {key: made[key] for key in expected} == expected
    assert call("show", "office", id=made["id"]) == made


def test_target_says_its_field_and_department(make_target):
    assert make_target(scope="field", field="14")["field_title"] == "交通运输"
    made = make_target(scope="department", organization="jiaotong")
    assert (made["organization"]["name"], made["organization"]["title"]) == ("jiaotong", "市交通运输局")


IMPOSSIBLE = [
    ({"measure": "applications", "scope": "department", "organization": "jiaotong"}, {"scope"}),
    ({"measure": "applications", "scope": "field", "field": "14"}, {"scope"}),
    ({"measure": "cloud", "scope": "field", "field": "14"}, {"scope"}),
    ({"measure": "hook_up", "at_least": 100.5}, {"at_least"}),
    ({"measure": "hook_up", "at_least": "62.55"}, {"at_least"}),
    ({"measure": "cloud", "publish_departments": True}, {"publish_departments"}),
    ({"scope": "field"}, {"field"}),
    ({"scope": "field", "field": "99"}, {"field"}),
    ({"field": "14"}, {"field"}),
    ({"scope": "department"}, {"organization"}),
    ({"scope": "department", "organization": "xian"}, {"organization"}),
    ({"at_least": 1.5}, {"at_least"}),
    ({"rule_version": 99}, {"rule_version"}),
    ({"title": "坏\x00的"}, {"title"}),
    ({"title": "两\n行"}, {"title"}),
    ({"title": "长" * 201}, {"title"}),
    ({"title": "\ud800"}, {"title"}),
    ({"title": ["x"], "due": {"a": 1}}, {"title", "due"}),
    ({"at_least": [80], "measure": ["rows"]}, {"measure"}),
    ({"due": "2026-02-29"}, {"due"}),
]


def test_impossible_target_is_refused_by_field(make_target):
    for fields, named in IMPOSSIBLE:
        data = {"title": "x", "measure": "open_datasets", "at_least": 80, "due": "2026-12-31", **fields}
        assert set(refused("create", **data)) == named, fields
    assert call("list", "office") == []


def test_later_day_never_asks_for_less(make_target):
    make_target(title="三月 20", at_least=20, due="2026-03-31")
    make_target(title="年底 80", at_least=80, due="2026-12-31")
    data = {"title": "x", "measure": "open_datasets"}
    assert "三月 20" in refused("create", **data, at_least=19, due="2026-06-30")["at_least"][0]
    assert "年底 80" in refused("create", **data, at_least=81, due="2026-06-30")["at_least"][0]
    assert "年底 80" in refused("create", **data, at_least=80, due="2026-12-31")["due"][0]
    assert make_target(at_least=20, due="2026-06-30")["at_least"] == 20


def test_change_keeps_the_sequence(make_target):
    make_target(title="三月 20", at_least=20, due="2026-03-31")
    later = make_target(at_least=80, due="2026-12-31")
    assert set(refused("update", id=later["id"], at_least=19)) == {"at_least"}
    assert set(refused("update", id=later["id"], due="2026-03-31")) == {"due"}
    assert call("update", "office", id=later["id"], due="2026-11-30", at_least=20)["due"] == "2026-11-30"


def test_office_changes_the_rule_and_it_is_recorded(make_target):
    target = make_target()
    changed = call("update", "office", id=target["id"], rule_version=1, publish_departments=True)
    assert (changed["rule_version"], changed["publish_departments"]) == (1, True)
    found = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_type": "target"})["results"]
    assert found[0]["data"] == {
        "rule_version": [target["rule_version"], 1],
        "publish_departments": [False, True],
    }


def test_several_milestones_are_made_at_once():
    days = [{"due": "2026-03-31", "at_least": 20}, {"due": "2026-12-31", "at_least": 80, "title": "年底 80"}]
    made = call("create", "office", title="开放数据集", measure="open_datasets", milestones=days)["targets"]
    assert [(target["title"], target["due"]) for target in made] == [
        ("开放数据集", "2026-03-31"),
        ("年底 80", "2026-12-31"),
    ]
    assert events() == ["target_created"] * 2


@pytest.mark.parametrize(
    ("days", "errors"),
    [
        (
            [{"due": "2026-03-31", "at_least": 20}, {"due": "2026-12-31", "at_least": 0}],
            [{}, {"at_least"}],
        ),
        ([{"due": "2026-03-31", "at_least": 20}, {"due": "2026-06-30", "at_least": 2}], [{}, {"at_least"}]),
        ([{"at_least": 20}, {"due": "x", "at_least": 2, "title": ""}], [{"due"}, {"due", "title"}]),
    ],
)
def test_one_wrong_milestone_and_none_is_made(days, errors):
    data = {"title": "开放数据集", "measure": "open_datasets", "milestones": days}
    assert [set(found) for found in refused("create", **data)["milestones"]] == [
        set(names) for names in errors
    ]
    assert call("list", "office") == []


def test_what_milestones_share_is_refused_once():
    days = [{"due": "2026-03-31", "at_least": 20}, {"due": "2026-12-31", "at_least": 80}]
    found = refused("create", title="x", measure="pages", milestones=days)
    assert set(found) == {"measure"}


@pytest.mark.parametrize("days", [[], "x", [1], [{}] * 25, {}])
def test_hostile_milestones(days):
    assert set(refused("create", title="x", measure="rows", milestones=days)) == {"milestones"}


def test_two_clicks_at_once_make_one_target(make_target):
    """Two transactions at a time: the second waits, then meets the first one's target."""
    data = {"title": "x", "measure": "open_datasets", "at_least": 5, "due": "2026-12-31"}
    answers = []

    def click():
        try:
            call("create", "office", **data)
            answers.append("made")
        except tk.ValidationError as error:
            model.Session.rollback()
            answers.append(",".join(error.error_dict))
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["due", "due", "made"]


def test_target_is_taken_back_and_recorded(make_target):
    target = make_target()
    assert call("delete", "office", id=target["id"]) == {"id": target["id"], "title": target["title"]}
    assert call("list", "office") == []
    assert events() == ["target_deleted", "target_created"]


def test_locked_target_stays_as_it_is(make_target, frozen):
    target = make_target(due="2026-03-31")
    with frozen(datetime(2026, 4, 1, tzinfo=ZONE)):
        tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})
        assert set(refused("delete", id=target["id"])) == {"id"}
        for change in ({"at_least": 1}, {"due": "2026-05-01"}, {"rule_version": 1}):
            assert set(refused("update", id=target["id"], **change)) == set(change)
        assert call("show", "office", id=target["id"])["locked"] is True


def may(action: str, user: str, data: dict) -> bool:
    try:
        return tk.check_access(f"govshare_target_{action}", {"user": user}, data)
    except tk.NotAuthorized:
        return False


def test_only_the_office_of_the_region_writes(make_target):
    data = {"id": make_target()["id"], "targets": [{"region": "990100"}]}
    for action in ("create", "update", "delete", "load"):
        assert {user for user in PEOPLE if may(action, user, data)} == {"office"}, action


def test_office_loads_nothing_for_another_region():
    row = {"title": "x", "measure": "open_datasets", "at_least": 1, "due": "2026-12-31"}
    with pytest.raises(tk.NotAuthorized):
        call("load", "office", targets=[row, {**row, "region": "990101"}])


def test_who_knows_of_which_target(make_target):
    of_traffic = {"scope": "department", "organization": "jiaotong"}
    made = {
        "city": make_target(),
        "field": make_target(scope="field", field="14"),
        "department": make_target(**of_traffic),
        "published": make_target(scope="department", organization="jiaoyu", publish_departments=True),
        "internal": make_target(measure="hook_up"),
        "internal_department": make_target(measure="cloud", **of_traffic),
    }
    public = {"city", "field", "published"}
    for user in PEOPLE:
        expected = set(made) if user in INSIDE else public
        listed = {target["id"] for target in call("list", user)}
        assert {name for name, target in made.items() if target["id"] in listed} == expected, user
        assert {name for name, target in made.items() if shown(user, target["id"])} == expected, user


def shown(user: str, target_id: str) -> bool:
    try:
        return call("show", user, id=target_id)["id"] == target_id
    except tk.ObjectNotFound:
        return False


def test_list_costs_the_same_for_many(make_target):
    def cost() -> int:
        with statements() as sent:
            call("list", "office")
        return len(sent)

    make_target(scope="department", organization="jiaotong")
    before = cost()
    for month in range(1, 10):
        make_target(scope="department", organization="jiaoyu", due=f"2026-{month:02}-28", at_least=month)
    assert cost() == before


def test_deleted_target_is_really_gone(make_target):
    target = make_target()
    call("delete", "office", id=target["id"])
    assert model.Session.get(Target, target["id"]) is None
