"""Monthly reports: opened by the timer, written by departments, decided by the office. Every act where it is due."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication.reports_model import Report
from tests.conftest import COUNTY, REGION
from tests.publication.reporting import (
    CUT_OFF,
    IN_TIME,
    LAST_MOMENT,
    MANUAL,
    MARCH,
    OPENS,
    TOO_LATE,
    act,
    faults,
    hand_in,
    show,
    timer,
    write,
)

PEOPLE = (
    "officer",
    "reviewer",
    "neighbour",
    "office",
    "county_office",
    "auditor",
    "firm",
    "citizen",
    "operator",
)


@pytest.fixture
def march(city, frozen):
    """The reports of March are open, their period is over, they are due today."""
    factories.User(name="auditor")
    with frozen(IN_TIME):
        tk.get_action("govshare_role_grant")(
            {"ignore_auth": True, "user": "office"},
            {"user": "auditor", "organization": "office", "role": "auditor"},
        )
        assert timer() == {"opened": 2, "counted": 2}
        yield city


def may(action, by, **data):
    """``yes``, ``no`` or ``nothing`` (there is no such report)."""
    try:
        tk.check_access(f"govshare_report_{action}", {"user": by}, data)
    except tk.ObjectNotFound:
        return "nothing"
    except tk.NotAuthorized:
        return "no"
    return "yes"


def test_timer_opens_a_report_for_every_government_department(march):
    found = act("list", "office")
    assert [line["organization"]["name"] for line in found["results"]] == ["jiaotong", "jiaoyu"]
    assert found["periods"] == [
        {
            "region": REGION, "period": MARCH, "first": "2026-02-25", "last": "2026-03-24", "due": "2026-03-25",
            "provisional": False, "locked": None,
        }
    ]  # fmt: skip


def test_timer_run_twice_does_nothing_more(march):
    before = show()
    assert timer() == {"opened": 0, "counted": 0}
    assert show() == before


def test_report_opens_some_days_before_the_cut_off(city, frozen):
    with frozen(datetime(2026, 3, 19, 23, 59, tzinfo=ZONE)):
        timer()
        assert act("list", "office", period=MARCH)["count"] == 0
    with frozen(OPENS):
        timer()
        assert act("list", "office", period=MARCH)["count"] == 2


def test_months_that_the_timer_slept_through_are_opened_later(march, frozen):
    with frozen(datetime(2026, 5, 26, 9, tzinfo=ZONE)):
        assert timer()["opened"] == 4
        assert [month["period"] for month in act("list", "officer")["periods"]] == [
            "2026-05",
            "2026-04",
            MARCH,
        ]


def test_department_founded_after_the_cut_off_is_not_asked(march):
    made = factories.Organization(
        name="xinju", title="新局", org_type="agency", government="1", region=REGION, level="3"
    )
    group = model.Group.get(made["id"])
    group.created = datetime(2026, 3, 24, 17)  # noqa: DTZ001 - core keeps UTC: 01:00 of the 25th in Beijing
    model.Session.commit()
    assert timer()["opened"] == 0
    group.created = datetime(2026, 3, 24, 15, 59)  # noqa: DTZ001 - 23:59 of the 24th
    model.Session.commit()
    assert timer()["opened"] == 1


def test_department_closed_before_it_handed_in_is_not_missing(march, frozen):
    data = {"ids": ["jiaoyu"], "into": "jiaotong", "on": "2026-03-25", "document": "编办〔2026〕1号"}
    tk.get_action("govshare_organization_merge")({"user": "office"}, data)
    with frozen(TOO_LATE):
        assert [found["name"] for found in act("summary", "office", period=MARCH)["missing"]] == ["jiaotong"]
        assert timer() == {"opened": 0, "counted": 0}


def test_region_without_an_office_is_not_asked(march):
    factories.Organization(
        name="beiju", title="北县某局", org_type="agency", government="1", region="990102", level="3"
    )
    assert timer()["opened"] == 0


def test_county_has_reports_of_its_own(march):
    factories.Organization(
        name="xianju", title="县某局", org_type="agency", government="1", region=COUNTY, level="4"
    )
    assert timer()["opened"] == 1
    assert [line["organization"]["name"] for line in act("list", "county_office")["results"]] == ["xianju"]
    assert act("summary", "county_office", period=MARCH, region=COUNTY)["counts"]["open"] == 1


def test_who_sees_a_report(march):
    seen = {by for by in PEOPLE if may("show", by, organization="jiaotong", period=MARCH) == "yes"}
    assert seen == {"officer", "reviewer", "office", "auditor"}
    hidden = {by for by in PEOPLE if may("show", by, organization="jiaotong", period=MARCH) == "nothing"}
    assert hidden == set(PEOPLE) - seen
    members = set(PEOPLE) - {"citizen", "operator"}
    assert {by for by in PEOPLE if may("list", by) == "yes"} == members
    listed = {by for by in members if act("list", by, organization="jiaotong")["count"]}
    assert listed == seen


def test_who_writes_and_who_decides(march):
    report = show()["id"]
    others = dict.fromkeys(PEOPLE, "nothing") | {"office": "no", "auditor": "no"}
    mine = others | {"officer": "yes", "reviewer": "yes"}
    assert {by: may("save", by, id=report) for by in PEOPLE} == mine
    assert {by: may("submit", by, id=report) for by in PEOPLE} == mine
    hand_in()
    theirs = others | {"office": "yes", "officer": "no", "reviewer": "no"}
    assert {by: may("accept", by, id=report) for by in PEOPLE} == theirs
    assert {by: may("return", by, id=report) for by in PEOPLE} == theirs


def test_who_reads_and_closes_the_month(march):
    assert {by for by in PEOPLE if may("summary", by, period=MARCH) == "yes"} == {"office", "auditor"}
    assert {by for by in PEOPLE if may("export", by, period=MARCH) == "yes"} == {"office", "auditor"}
    assert {by for by in PEOPLE if may("lock", by, period=MARCH) == "yes"} == {"office"}


def test_visitor_sees_nothing(march):
    for action in ("show", "list", "summary", "export", "todo"):
        assert may(action, "", organization="jiaotong", period=MARCH) == "no"


def test_acts_are_those_that_are_possible_now(march, frozen):
    assert show()["acts"] == ["save", "submit"]
    assert show("office")["acts"] == []
    hand_in()
    assert (show()["acts"], show("office")["acts"], show("auditor")["acts"]) == ([], ["return", "accept"], [])
    assert (show()["state"], show()["waits_on"]) == ("submitted", "office")
    with frozen(LAST_MOMENT):
        act("accept", "office", id=show()["id"])
    assert (show("office")["acts"], show()["waits_on"]) == (["return"], "office")


def test_report_is_handed_in_after_its_period(city, frozen):
    with frozen(OPENS):
        timer()
        report = write(values=MANUAL)
        assert report["acts"] == ["save"]
        assert list(faults("submit", "officer", id=report["id"])) == ["period"]
    with frozen(CUT_OFF):
        timer()
        assert act("submit", "officer", id=report["id"])["state"] == "submitted"


@pytest.mark.parametrize(("moment", "late"), [(LAST_MOMENT, False), (TOO_LATE, True)])
def test_report_is_late_after_24_00_of_the_due_day(march, frozen, moment, late):
    with frozen(moment):
        assert show()["late"] is late  # not handed in
        assert hand_in()["late"] is late
    assert show()["late"] is late


def test_report_sent_back_in_time_does_not_become_late(march, frozen):
    report = hand_in()
    with frozen(TOO_LATE):
        act("return", "office", id=report["id"], reason="请补充工作进展")
        assert hand_in(progress="补充后的工作进展")["late"] is False


def test_return_needs_a_reason(march):
    report = hand_in()
    assert list(faults("return", "office", id=report["id"])) == ["reason"]
    back = act("return", "office", id=report["id"], reason="数字有误")
    assert [(event["act"], event["actor"], event["opinion"]) for event in back["events"]] == [
        ("submit", "officer", ""), ("return", "office", "数字有误"),
    ]  # fmt: skip
    assert (show()["acts"], show()["values"]["progress"]) == (["save", "submit"], "目录已更新。")


def test_accepted_report_cannot_be_edited(march):
    report = hand_in()
    act("accept", "office", id=report["id"], opinion="同意")
    for by in ("officer", "reviewer", "office"):
        with pytest.raises(tk.NotAuthorized):
            act("save", by, id=report["id"], values={"progress": "改写"}, revision=show()["revision"])
    with pytest.raises(tk.NotAuthorized):
        act("submit", "officer", id=report["id"])
    assert show()["values"]["progress"] == "目录已更新。"


def test_nobody_accepts_what_they_handed_in(march):
    tk.get_action("govshare_role_grant")(
        {"ignore_auth": True, "user": "operator"},
        {"user": "office", "organization": "jiaotong", "role": "editor"},
    )
    report = hand_in("office")
    assert show("office")["acts"] == ["return"]
    with pytest.raises(tk.NotAuthorized):
        act("accept", "office", id=report["id"])


def test_second_of_two_who_save_at_once_is_told(march):
    seen = show()
    act("save", "reviewer", id=seen["id"], values={"progress": "先保存的"}, revision=seen["revision"])
    late = faults(
        "save", "officer", id=seen["id"], values={"progress": "后保存的"}, revision=seen["revision"]
    )
    assert list(late) == ["revision"]
    assert show()["values"]["progress"] == "先保存的"
    assert list(faults("save", "officer", id=seen["id"], values={})) == ["revision"]


WRONG = [
    ({"requests_new": "三件"}, "requests_new"), ({"requests_new": float("inf")}, "requests_new"),
    ({"requests_new": "1e400"}, "requests_new"), ({"requests_new": -1}, "requests_new"),
    ({"requests_new": 1.5}, "requests_new"), ({"progress": "进展\x00"}, "progress"),
    ({"progress": "长" * 350_000}, "progress"), ({"progress": ["进展"]}, "progress"),
    ({"entries_listed": [{"title": "甲", "items": "三"}]}, "entries_listed"),
    ({"entries_listed": "甲"}, "entries_listed"), ({"unknown\x00": 1}, "unknown"),
]  # fmt: skip


def test_wrong_input_is_refused_by_its_field_and_nothing_is_saved(march):
    before = show()
    for values, field in WRONG:
        data = {"id": before["id"], "revision": before["revision"], "values": {"requests_total": 5, **values}}
        assert list(faults("save", "officer", **data)) == [field]
        assert show() == before


def test_wrong_shape_is_refused(march):
    report = show()
    for data, field in (
        ({"values": [1]}, "values"), ({"notes": "因为"}, "notes"), ({"notes": {"progress": "因为"}}, "progress"),
        ({"notes": {"open_new": "长" * 501}}, "open_new"), ({"notes": {"open_new": "\x00"}}, "open_new"),
        ({"nil": "也许"}, "nil"), ({"nil": {}}, "nil"), ({"revision": True}, "revision"),
    ):  # fmt: skip
        given = {"id": report["id"], "revision": report["revision"], **data}
        assert list(faults("save", "officer", **given)) == [field]


def test_what_is_no_report_is_not_there(march):
    for wanted in (
        {"id": "nothing"}, {"id": "\x00"}, {"id": ["x"]}, {"organization": "jiaotong"}, {},
        {"organization": "jiaotong", "period": "2026-13"}, {"organization": "\x00", "period": MARCH},
    ):  # fmt: skip
        with pytest.raises(tk.ObjectNotFound):
            act("show", "officer", **wanted)


def test_wrong_filter_is_refused(march):
    for data, field in (
        ({"period": "2026-3"}, "period"), ({"state": "done"}, "state"), ({"limit": "x"}, "limit"),
        ({"offset": -1}, "offset"), ({"region": "x"}, "region"),
    ):  # fmt: skip
        assert list(faults("list", "office", **data)) == [field]


def test_list_can_be_narrowed(march):
    hand_in()
    assert act("list", "office", state="submitted")["count"] == 1
    assert act("list", "office", organization="jiaoyu")["results"][0]["state"] == "open"
    assert act("list", "office", organization="\x00")["count"] == 0
    assert (act("list", "office", limit=1)["count"], len(act("list", "office", limit=1)["results"])) == (2, 1)


def test_missing_texts_are_named_by_field(march):
    report = show()
    given = faults("submit", "officer", id=report["id"])
    assert {"progress", "requests_new"} <= set(given)
    assert given["progress"] == ["请填写本项"]
    assert {finding["field"] for finding in report["findings"]} == set(given)


def test_department_cannot_have_two_reports_of_a_month(march):
    report = model.Session.get(Report, show()["id"])
    again = {column.name: getattr(report, column.name) for column in Report.__table__.columns}
    case = model.Session.execute(
        sa.text("SELECT id FROM govshare_case WHERE id <> :id"), {"id": report.id}
    ).first()
    with pytest.raises(sa.exc.IntegrityError):
        model.Session.execute(sa.insert(Report).values(**{**again, "id": case.id}))
    model.Session.rollback()


def todo(by):
    return [(line["slug"], line["level"], line["count"]) for line in act("todo", by)]


def test_todo_list_follows_the_days(city, frozen):
    with frozen(OPENS):
        timer()
        assert (todo("officer"), todo("office")) == ([("report_open", "info", 1)], [])
    with frozen(LAST_MOMENT):
        assert todo("reviewer") == [("report_open", "warn", 1)]
    with frozen(TOO_LATE):
        assert todo("officer") == [("report_late", "late", 1)]
        assert todo("office") == [("reports_missing", "late", 2)]


def test_todo_list_of_a_report_that_went_to_and_fro(march):
    report = hand_in()
    assert (todo("officer"), todo("office")) == ([], [("reports_waiting", "info", 1)])
    act("return", "office", id=report["id"], reason="数字有误")
    assert (todo("officer"), todo("office")) == ([("report_returned", "warn", 1)], [])
    hand_in()
    act("accept", "office", id=report["id"])
    assert (todo("officer"), todo("office")) == ([], [])
