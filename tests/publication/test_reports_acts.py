"""What people may do with a monthly report: who sees it, who writes, who decides, and what cannot be written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare.publication.reports_model import Report
from tests.publication.reporting import (
    IN_TIME,
    LAST_MOMENT,
    MANUAL,
    MARCH,
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


def save_alone(by: str, report: dict[str, Any], start: threading.Barrier) -> str:
    """Save in a thread of its own, at the same moment as another one: ``saved``, or the field of the refusal."""
    start.wait()
    try:
        act("save", by, id=report["id"], values={"progress": by}, revision=report["revision"])
    except tk.ValidationError as refusal:
        return next(iter(refusal.error_dict))
    else:
        return "saved"
    finally:
        model.Session.remove()


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


def test_another_number_than_was_counted_needs_a_sentence(march):
    report = write(values={**MANUAL, "entries_total": 3})
    assert list(faults("submit", "officer", id=report["id"])) == ["entries_total"]
    write(notes={"entries_total": "三项在线下目录中"})
    said = act("submit", "officer", id=report["id"])
    assert (said["values"]["entries_total"], said["prefilled"]["entries_total"]) == (3, 0)
    back = act("return", "office", id=report["id"], reason="请按系统统计数填报")
    assert back["values"]["entries_total"] == 3
    assert write(values={"entries_total": None})["values"]["entries_total"] == 0


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


def test_one_of_two_who_save_in_the_same_moment_is_told(march):
    seen, start = show(), threading.Barrier(2)
    model.Session.remove()
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda by: save_alone(by, seen, start), ("officer", "reviewer")))
    assert sorted(told) == ["revision", "saved"]
    assert show()["values"]["progress"] == ("officer", "reviewer")[told.index("saved")]


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
