"""Planned publications: who plans, what is kept of a move, when a plan is done, and what the to-do list says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication.plans import Plan
from tests.conftest import ENTRY, FILES, KINDS, review, signature
from tests.sql import statements


def at(month, day, hour=0, minute=0):
    """A moment of 2026 in Beijing."""
    return datetime(2026, month, day, hour, minute, tzinfo=clock.ZONE)


DAY = at(11, 10, 9)
EVERYBODY = ("", "citizen", "firm", "neighbour", "officer", "reviewer", "office", "county_office", "operator")
OTHER = {"info_items": [{"name": "线路", "type": "C", "length": "9"}]}
CONTENT = {key: value for key, value in ENTRY.items() if key != "type"}


def call(action, user, **data):
    return tk.get_action(f"govshare_{action}")({"user": user}, data)


def due():
    """What the timer does: the ledger first, then the plans."""
    for action in ("govshare_publication_due", "govshare_plan_due"):
        answer = tk.get_action(action)({"ignore_auth": True, "user": ""}, {})
    return answer["done"]


def sign(city, change_id):
    """The reviewer clears and signs the open file of a change."""
    (file,) = call("opening_show", "reviewer", change_id=change_id)
    about = {"organization": city.traffic, "digest": file["digest"]}
    for finding in file["scan"]["findings"]:
        place = {"kind": finding["kind"], "column": finding["column"]}
        call("opening_clear", "reviewer", **about, **place, ground="依法公开")
    call("opening_sign", "reviewer", **about, **signature())


@pytest.fixture
def plan(city, frozen):
    """Plan a publication of 市交通运输局 for 1 December, on 10 November 2026."""

    def make(user="officer", **fields):
        with frozen(DAY):
            data = {"organization": "jiaotong", "title": "公交线路信息", "planned": "2026-12-01", **fields}
            return call("plan_create", user, **data)

    return make


def test_a_plan_keeps_what_was_planned(plan):
    made = plan(field="14", note="公交集团报数后开放")
    about = (
        "title",
        "field",
        "planned",
        "first_planned",
        "state",
        "late_days",
        "moves",
        "measure",
        "package",
    )
    assert {key: made[key] for key in about} == {
        "title": "公交线路信息", "field": "14", "planned": "2026-12-01", "first_planned": "2026-12-01",
        "state": "planned", "late_days": 0, "moves": 0, "measure": "open_datasets", "package": None,
    }  # fmt: skip
    assert made["organization"]["title"] == "市交通运输局"
    assert [event["act"] for event in made["events"]] == ["created"]


@pytest.mark.parametrize("user", EVERYBODY)
def test_who_plans_for_a_department(plan, user):
    if user in ("officer", "reviewer"):
        assert plan(user)["may_write"]
        return
    with pytest.raises(tk.NotAuthorized):
        plan(user)


@pytest.mark.parametrize("user", EVERYBODY)
def test_who_reads_a_plan(plan, user):
    made = plan()
    if user in ("officer", "reviewer", "office"):
        assert call("plan_show", user, id=made["id"])["id"] == made["id"]
        assert [row["id"] for row in call("plan_list", user)] == [made["id"]]
    elif user in ("neighbour", "county_office"):
        assert call("plan_list", user) == []
        with pytest.raises(tk.ObjectNotFound):
            call("plan_show", user, id=made["id"])
    else:
        for action, data in (("plan_list", {}), ("plan_show", {"id": made["id"]}), ("plan_todo", {})):
            with pytest.raises(tk.NotAuthorized):
                call(action, user, **data)


@pytest.mark.parametrize("user", [user for user in EVERYBODY if user not in ("officer", "reviewer")])
@pytest.mark.parametrize("action", ["plan_update", "plan_drop"])
def test_nobody_else_moves_or_drops_a_plan(plan, user, action):
    made = plan()
    with pytest.raises(tk.NotAuthorized):
        call(action, user, id=made["id"], planned="2026-12-20", reason="数据未齐")


def test_a_move_keeps_the_first_day_and_its_reason(plan, frozen):
    made = plan()
    with frozen(at(11, 20, 9)):
        call("plan_update", "officer", id=made["id"], planned="2026-12-15", reason="数据未齐")
        moved = call("plan_update", "reviewer", id=made["id"], planned="2026-12-20", reason="等待审查")
    assert (moved["planned"], moved["first_planned"], moved["moves"]) == ("2026-12-20", "2026-12-01", 2)
    assert [(event["before"], event["after"], event["reason"]) for event in moved["events"][1:]] == [
        ("2026-12-01", "2026-12-15", "数据未齐"),
        ("2026-12-15", "2026-12-20", "等待审查"),
    ]


def test_a_move_is_in_the_record_of_events(plan, frozen):
    made = plan()
    with frozen(at(11, 20, 9)):
        call("plan_update", "officer", id=made["id"], planned="2026-12-15", reason="数据未齐")
    found = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_id": made["id"]})["results"]
    assert [event["action"] for event in found] == ["plan_moved", "plan_created"]
    assert found[0]["data"]["reason"] == "数据未齐"


def test_a_move_to_the_same_day_leaves_no_trace(plan):
    made = plan()
    again = call("plan_update", "officer", id=made["id"], planned="2026-12-01", reason="再点一次")
    assert [event["act"] for event in again["events"]] == ["created"]


def test_a_move_or_a_drop_needs_a_reason(plan, frozen):
    made = plan()
    with frozen(DAY):
        for action, data in (("plan_update", {"planned": "2026-12-20"}), ("plan_drop", {"reason": "  "})):
            with pytest.raises(tk.ValidationError) as refused:
                call(action, "officer", id=made["id"], **data)
            assert set(refused.value.error_dict) == {"reason"}
    assert call("plan_show", "officer", id=made["id"])["planned"] == "2026-12-01"


def test_a_dropped_plan_stays_and_is_closed(plan):
    made = plan()
    dropped = call("plan_drop", "officer", id=made["id"], reason="系统停用")
    assert (dropped["state"], dropped["may_write"]) == ("dropped", False)
    for action in ("plan_drop", "plan_update"):
        with pytest.raises(tk.ValidationError) as refused:
            call(action, "officer", id=made["id"], planned="2027-01-01", reason="恢复")
        assert set(refused.value.error_dict) == {"state"}


def test_one_title_is_planned_once_at_a_time(plan):
    made = plan()
    with pytest.raises(tk.ValidationError) as refused:
        plan()
    assert set(refused.value.error_dict) == {"title"}
    call("plan_drop", "officer", id=made["id"], reason="重复")
    assert plan()["state"] == "planned"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("planned", "明年三月底"), ("planned", "0001-01-01"), ("planned", "9999-12-31"), ("planned", "2026-02-30"),
        ("planned", "2026-11-09"), ("planned", ""), ("planned", ["2026-12-01"]),
        ("title", ""), ("title", "  "), ("title", "公交\x00线路"), ("title", "线" * 1_000_000), ("title", ["a"]),
        ("title", "\ud800"), ("note", "长" * 501), ("note", "\x00"), ("field", "99"), ("field", ["14"]),
        ("measure", "rows"), ("measure", {"a": 1}), ("change_id", "\x00"), ("package_id", "no-such-entry"),
        ("change_id", "00000000-0000-0000-0000-000000000000"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_at_its_field(plan, field, value):
    with pytest.raises(tk.ValidationError) as refused:
        plan(**{field: value})
    assert set(refused.value.error_dict) == {field}
    assert call("plan_list", "officer") == []


@pytest.mark.parametrize("value", ["\x00", None, 7, ["x"], "no-such-department"])
def test_a_department_that_is_none_plans_nothing(plan, value):
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        plan(organization=value)


@pytest.mark.parametrize("value", ["\x00", "x" * 1000, ["x"], {"a": 1}, 7])
@pytest.mark.parametrize("action", ["plan_show", "plan_update", "plan_drop"])
def test_an_id_of_nothing_finds_nothing(city, action, value):
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError)):
        call(action, "officer", id=value, reason="x")


def test_a_plan_names_only_what_is_the_departments_own(plan, make_entry, city):
    foreign = make_entry(owner_org=city.school, title="中小学校名录")
    with pytest.raises(tk.ValidationError) as refused:
        plan(package_id=foreign["id"])
    assert set(refused.value.error_dict) == {"package_id"}


def test_a_plan_is_done_by_the_exact_title_of_the_same_provider(plan, make_entry, frozen):
    made = plan()
    with frozen(at(12, 4, 10)):
        make_entry(title="公交线路信息表", pub_date="2026-12-04")
        assert due() == []
        entry = make_entry(
            title="公交线路信息", pub_date="2026-12-04", resource_code="307001004/0009", **OTHER
        )
        assert due() == [made["id"]]
    shown = call("plan_show", "officer", id=made["id"])
    assert (shown["state"], shown["done_on"], shown["late_days"]) == ("done", "2026-12-04", 3)
    assert shown["package"]["name"] == entry["name"]
    assert shown["events"][-1]["act"] == "done"


def test_the_entry_of_another_provider_does_not_do(plan, make_entry, city, frozen):
    plan()
    with frozen(at(12, 4, 10)):
        make_entry(title="公交线路信息", owner_org=city.school, pub_date="2026-12-04")
        assert due() == []


def test_an_entry_that_does_not_count_does_not_do(plan, make_entry, frozen):
    plan()
    with frozen(at(12, 4, 10)):
        make_entry(title="公交线路信息", pub_date="2026-12-04", **KINDS["shared_only"])
        assert due() == []


def test_a_plan_is_done_by_the_entry_it_names(plan, make_entry, frozen):
    with frozen(DAY):
        entry = make_entry(title="公交站点信息", pub_date="2026-11-10")
    made = plan(package_id=entry["id"])
    assert due() == [made["id"]]
    shown = call("plan_show", "officer", id=made["id"])
    assert (shown["state"], shown["done_on"], shown["late_days"]) == ("done", "2026-11-10", 0)


def test_a_plan_is_done_by_the_entry_of_its_change(plan, city, frozen):
    with frozen(DAY):
        data = {**CONTENT, "title": "另一个名称", "pub_date": "2026-12-01", "resources": [FILES[0]]}
        change = call("change_create", "officer", data=data)
    made = plan(change_id=change["id"])
    with frozen(at(12, 1, 9)):
        call("change_submit", "officer", id=change["id"])
        sign(city, change["id"])
        call("change_approve", "reviewer", id=change["id"])
        approved = call("change_approve", "office", id=change["id"])
        review(approved["package_id"])
        assert due() == [made["id"]]
    shown = call("plan_show", "officer", id=made["id"])
    assert (shown["done_on"], shown["package"]["title"]) == ("2026-12-01", "另一个名称")


def test_a_plan_that_is_done_stays_done(plan, make_entry, frozen):
    with frozen(DAY):
        make_entry(title="公交线路信息", pub_date="2026-11-10")
    plan()
    assert len(due()) == 1
    assert due() == []


def test_plans_follow_a_department_into_its_successor(plan, frozen):
    plan(title="客运站信息")
    plan(title="校车线路")
    with frozen(DAY):
        call("plan_create", "neighbour", organization="jiaoyu", title="校车线路", planned="2026-12-01")
        merger = {"ids": ["jiaotong"], "into": "jiaoyu", "on": "2026-11-10", "document": "编办〔2026〕1号"}
        call("organization_merge", "office", **merger)
        due()
        due()
    row, own = call("plan_list", "neighbour")
    assert [(plan["title"], plan["organization"]["name"]) for plan in (row, own)] == [
        ("客运站信息", "jiaoyu"),
        ("校车线路", "jiaoyu"),
    ]
    events = call("plan_show", "neighbour", id=row["id"])["events"]
    assert [event["act"] for event in events] == ["created", "transferred"]


def test_lists_are_filtered(plan):
    plan(title="甲", planned="2026-12-01")
    plan(title="乙", planned="2026-12-20")
    dropped = plan(title="丙", planned="2026-11-20")
    call("plan_drop", "officer", id=dropped["id"], reason="不再需要")
    assert [row["title"] for row in call("plan_list", "office")] == ["甲", "乙", "丙"]
    assert [row["title"] for row in call("plan_list", "office", until="2026-12-10", state="planned")] == [
        "甲"
    ]
    assert [row["title"] for row in call("plan_list", "office", limit=1, offset=1)] == ["乙"]
    assert call("plan_list", "office", organization="jiaoyu") == []


@pytest.mark.parametrize(
    "asked", [{"state": "x"}, {"until": "明天"}, {"limit": "-1"}, {"limit": "x"}, {"organization": "\x00"}]
)
def test_a_filter_of_nonsense_is_refused(city, asked):
    with pytest.raises(tk.ValidationError) as refused:
        call("plan_list", "officer", **asked)
    assert set(refused.value.error_dict) == set(asked)


def test_a_list_asks_the_database_as_often_for_ten_plans_as_for_one(plan):
    def cost():
        with statements() as sent:
            call("plan_list", "office")
        return len(sent)

    plan(title="第1项")
    one = cost()
    for number in range(2, 11):
        plan(title=f"第{number}项")
    assert cost() == one


@pytest.mark.parametrize(
    ("now", "slugs"),
    [
        (at(11, 16, 9), []),
        (at(11, 17, 0), ["plan_due"]),
        (at(12, 1, 23, 59), ["plan_due"]),
        (at(12, 2, 0), ["plan_late"]),
    ],
)
def test_a_department_is_reminded_from_14_days_before(plan, frozen, now, slugs):
    plan()
    with frozen(now):
        assert [line["slug"] for line in call("plan_todo", "officer")] == slugs
        assert [line["slug"] for line in call("plan_todo", "neighbour")] == []


def test_the_office_reads_one_line_about_late_plans(plan, frozen):
    for title in ("甲", "乙"):
        plan(title=title)
    with frozen(at(12, 1, 23, 59)):
        assert call("plan_todo", "office") == []
    with frozen(at(12, 2)):
        (line,) = call("plan_todo", "office")
    assert (line["slug"], line["count"], line["level"], line["url"]) == (
        "plans_late",
        2,
        "late",
        "/office/plans",
    )


def test_many_plans_of_a_department_are_one_line(plan, frozen):
    for number in range(5):
        plan(title=f"第{number}项")
    with frozen(at(12, 2)):
        (line,) = call("plan_todo", "officer")
    assert (line["slug"], line["count"]) == ("plan_late", 5)


def test_two_clicks_at_once_are_one_row(city, frozen):
    def click(_number):
        try:
            data = {"organization": "jiaotong", "title": "同时", "planned": "2026-12-01"}
            return call("plan_create", "officer", **data)["id"]
        except tk.ValidationError:
            return None
        finally:
            model.Session.remove()

    with frozen(DAY), ThreadPoolExecutor(2) as pool:
        made = [found for found in pool.map(click, range(2)) if found]
    assert len(made) == 1
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Plan)) == 1
