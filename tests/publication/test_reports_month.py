"""A month played through: twelve departments, and every figure of the summary computed by hand beside them.

The month is played once; the tests read what came of it, those at the end change data after it was closed.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import docx
import openpyxl
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import REGION, build_city, empty, publish
from tests.publication.reporting import IN_TIME, MANUAL, MARCH, act, faults, hand_in, show, timer, write
from tests.sql import statements

AFTER_DUE = datetime(2026, 3, 26, 8, tzinfo=ZONE)
CLOSING = datetime(2026, 3, 28, 9, tzinfo=ZONE)
ASKED = ("requests_new", "requests_total", "answered_new", "answered_total")
# What each department says of the requests that it received and answered; 局十 never says anything.
REQUESTS = {
    "jiaotong": (3, 10, 2, 8),
    "jiaoyu": (0, 0, 0, 0),  # a nil report
    "ju01": (1, 4, 1, 4),
    "ju02": (2, 5, 1, 3),
    "ju03": (0, 6, 0, 6),
    "ju04": (5, 9, 4, 7),  # sent back: it had said 6 answered in all
    "ju05": (1, 1, 0, 0),
    "ju06": (0, 2, 1, 2),
    "ju07": (4, 8, 2, 4),
    "ju08": (2, 2, 2, 2),  # late
    "ju09": (7, 20, 5, 15),  # late
}
SUMS = {
    # 3 + 0 + 1 + 2 + 0 + 5 + 1 + 0 + 4 + 2 + 7, and so on
    "requests_new": 25, "requests_total": 67, "answered_new": 18, "answered_total": 51, "answered_rate": 76.1,
    "systems_merged_new": 2, "systems_merged": 3,  # 局三
    # 交通运输局: one entry of February withdrawn, two of March; 局一: one; that of 局十 is told by nobody
    "entries_new": 3, "entries_total": 3, "entries_withdrawn": 1, "entries_updated": 2,  # 局二 says 2, and why
    "open_new": 3, "open_total": 3, "open_gone": 1, "interfaces_total": 0,
    "systems_new": 0, "systems_total": 0, "systems_due": 0, "systems_cloud": 0, "systems_cloud_rate": None,
    "applications_new": 0, "applications_total": 0, "exchange_new": 0, "exchange_updated": 0,
}  # fmt: skip


def person(department: str) -> str:
    return {"jiaotong": "officer", "jiaoyu": "neighbour"}.get(department, f"writer-{department}")


def on(month: int, day: int) -> Any:
    return clock.frozen(datetime(2026, month, day, 10, tzinfo=ZONE))


def play() -> SimpleNamespace:
    """The month from February to the day on which the office closes it."""
    city = build_city()
    ids = {"jiaotong": city.traffic, "jiaoyu": city.school}
    for number in range(1, 11):
        name = f"ju{number:02d}"
        factories.User(name=person(name))
        ids[name] = factories.Organization(
            name=name, title=f"=市{name}局" if number == 3 else f"市{name}局", org_type="agency", government="1",
            level="3", region=REGION, users=[{"name": person(name), "capacity": "editor"}],
        )["id"]  # fmt: skip
    entry = {"update_cycle": "8"}
    with on(2, 10):
        old = publish(city, title="二月的数据", pub_date="2026-02-10", **entry)
    with on(3, 5):
        publish(city, title="三月的数据一", pub_date="2026-03-05", **entry)
        publish(city, title="三月的数据二", pub_date="2026-03-05", **entry)
    with on(3, 10):
        publish(city, title="局一的数据", owner_org=ids["ju01"], pub_date="2026-03-10", **entry)
        publish(city, title="局十的数据", owner_org=ids["ju10"], pub_date="2026-03-10", **entry)
    with on(3, 15):
        data = {"id": old["id"], "reason": "数据停止更新"}
        tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, data)
    with clock.frozen(IN_TIME):
        opened = timer()
        publish(city, title="截止日之后的数据", owner_org=ids["ju02"], pub_date="2026-03-25", **entry)
        timer()
        refused = _hand_in_on_time()
    with clock.frozen(AFTER_DUE):
        waiting = act("todo", "office")
        for name in ("ju08", "ju09"):
            hand_in(person(name), name, **dict(zip(ASKED, REQUESTS[name], strict=True)))
        back = show("office", "ju04")
        act("return", "office", id=back["id"], reason="累计办结数与上月不符")
        hand_in(person("ju04"), "ju04", **dict(zip(ASKED, REQUESTS["ju04"], strict=True)))
    with clock.frozen(CLOSING):
        for name in REQUESTS:
            act("accept", "office", id=show("office", name)["id"])
        before = act("summary", "office", period=MARCH)
        closed = act("lock", "office", period=MARCH)
    return SimpleNamespace(
        city=city, ids=ids, opened=opened, refused=refused, waiting=waiting, before=before, closed=closed
    )


def _hand_in_on_time() -> list[str]:
    """Nine departments on the due day; the nil report contradicts itself first.

    :returns: the fields for which the nil report was refused
    """
    row = {"title": "人口基础信息", "provider": "市公安局"}
    nil = write("neighbour", "jiaoyu", nil=True, values={**MANUAL, "used_listed": [row]})
    refused = faults("submit", "neighbour", id=nil["id"])
    write("neighbour", "jiaoyu", values={"used_listed": []})
    act("submit", "neighbour", id=nil["id"])
    for name in ("jiaotong", "ju01", "ju02", "ju03", "ju04", "ju05", "ju06", "ju07"):
        said = dict(zip(ASKED, REQUESTS[name], strict=True))
        if name == "ju02":
            write(
                person(name), name, values={"entries_updated": 2}, notes={"entries_updated": "两项在线下更新"}
            )
        if name == "ju03":
            said |= {"systems_merged_new": 2, "systems_merged": 3, "progress": "=1+1 @关停两个系统"}
        if name == "ju04":
            said["answered_total"] = 6
        hand_in(person(name), name, **said)
    return list(refused)


@pytest.fixture(scope="module")
def month(loaded: None) -> Iterator[SimpleNamespace]:
    """The month, played once."""
    empty()
    played = play()
    with clock.frozen(CLOSING):
        yield played
    model.Session.remove()


def test_every_department_was_asked_once(month):
    assert month.opened["opened"] == 12


def test_nil_report_with_a_row_was_refused_by_its_field(month):
    assert month.refused == ["used_listed"]


def test_office_was_told_who_was_missing_after_the_due_moment(month):
    assert [(line["slug"], line["count"]) for line in month.waiting] == [
        ("reports_missing", 3),
        ("reports_waiting", 9),
    ]


def test_summary_adds_up_to_the_figures_computed_by_hand(month):
    sums = month.closed["sums"]
    assert {slug: sums[slug] for slug in SUMS} == SUMS
    assert sums["rows_total"] is not None
    assert {slug: sums[slug] for slug in ("hooked_due", "hooked")} == {"hooked_due": 3, "hooked": 3}


def test_summary_says_who_was_late_and_who_is_missing(month):
    assert [found["name"] for found in month.closed["late"]] == ["ju08", "ju09"]
    assert [found["name"] for found in month.closed["missing"]] == ["ju10"]
    assert month.closed["counts"] == {"open": 1, "submitted": 0, "returned": 0, "accepted": 0, "locked": 11}
    assert [row["organization"]["name"] for row in month.closed["rows"] if row["nil"]] == ["jiaoyu"]


def test_what_was_counted_is_that_of_24_00_of_the_cut_off_day(month):
    ju02 = next(row for row in month.closed["rows"] if row["organization"]["name"] == "ju02")
    assert (ju02["values"]["entries_new"], ju02["values"]["open_new"]) == (0, 0)  # published on the 25th
    assert (ju02["values"]["entries_updated"], show("office", "ju02")["notes"]) == (
        2, {"entries_updated": "两项在线下更新"},
    )  # fmt: skip


def test_closing_the_month_changed_no_figure(month):
    assert month.closed["sums"] == month.before["sums"]
    assert month.closed["locked"] == CLOSING.isoformat()
    assert (month.before["locked"], month.closed["locked_by"]) == (None, "office")


def test_every_act_left_an_event(month):
    acts = [(event["act"], event["actor"]) for event in show("office", "ju04")["events"]]
    assert acts == [
        ("submit", "writer-ju04"), ("return", "office"), ("submit", "writer-ju04"), ("approve", "office"),
        ("lock", "office"),
    ]  # fmt: skip


def test_month_that_is_closed_takes_nothing_more(month):
    assert list(faults("lock", "office", period=MARCH)) == ["period"]
    late = show("writer-ju10", "ju10")
    assert (late["state"], late["acts"], late["waits_on"]) == ("open", [], None)
    for action in ("save", "submit"):
        with pytest.raises(tk.NotAuthorized):
            act(action, "writer-ju10", id=late["id"], values={}, revision=late["revision"])
        model.Session.rollback()
    assert act("todo", "writer-ju10") == []


def exported(kind: str) -> bytes:
    made = act("export", "office", period=MARCH, format=kind)
    assert made["filename"] == f"report-990100-2026-03.{kind}"
    return base64.b64decode(made["content_base64"])


def test_table_for_excel(month):
    book = openpyxl.load_workbook(io.BytesIO(exported("xlsx")))
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert len(rows) == 1 + 12 + 1
    assert all(cell.data_type in "sn" for row in sheet.iter_rows() for cell in row)
    assert rows[5][0] == "=市ju03局"
    place = rows[0].index("本期收到共享需求（件）")
    assert [row[place] for row in rows[1:]] == [3, 0, 1, 2, 0, 5, 1, 0, 4, 2, 7, None, 25]
    assert [cell.value for cell in book.worksheets[1]["A"]] == ["市ju10局"]
    texts = [[cell.value for cell in row] for row in book.worksheets[2].iter_rows(min_row=2)]
    assert texts[4][:3] == ["=市ju03局", None, "=1+1 @关停两个系统"]
    assert book.worksheets[2]["C6"].data_type == "s"


def test_document_that_an_office_sends(month):
    document = docx.Document(io.BytesIO(exported("docx")))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:2] == ["政务信息资源共享开放工作月报", "（2026年3月）"]
    assert any("2026年2月25日" in line and "2026年3月24日" in line for line in lines)
    assert [line for line in lines if line.startswith(("一、", "二、", "三、", "四、", "五、"))] == [
        "一、目录编制维护情况", "二、系统整合情况", "三、资源共享和使用情况", "四、数据开放情况", "五、数据应用情况",
    ]  # fmt: skip
    assert "市ju10局" in lines
    assert len(document.tables) == 6
    sharing = document.tables[2]
    place = [cell.text for cell in sharing.rows[0].cells].index("本期收到共享需求（件）")
    assert sharing.rows[-1].cells[place].text == "25"
    assert sharing.rows[12].cells[place].text == "—"  # 局十
    assert document.tables[5].rows[5].cells[2].text == "=1+1 @关停两个系统"


def test_csv_is_not_evaluated(month):
    rows = list(csv.reader(io.StringIO(exported("csv").decode("utf-8-sig"))))
    assert rows[5][0] == "'=市ju03局"
    assert rows[-1][rows[0].index("累计办结共享需求（件）")] == "51"


def test_json_is_the_summary(month):
    assert json.loads(exported("json")) == act("summary", "office", period=MARCH)


def cost(action: str, by: str, **data: Any) -> int:
    """How many statements an action sends."""
    model.Session.remove()
    with statements() as sent:
        act(action, by, **data)
    return len(sent)


def test_no_statement_per_department(month):
    assert act("list", "office", period=MARCH)["count"] == 12
    assert cost("list", "office", period=MARCH) == cost("list", "office", period=MARCH, limit=1)
    assert cost("summary", "office", period=MARCH) < 12


def test_summary_of_a_closed_month_stays_as_it_was(month):
    before = {kind: exported(kind) for kind in ("csv", "json")}
    with on(3, 29):
        publish(
            month.city,
            title="补录的数据",
            owner_org=month.ids["ju05"],
            pub_date="2026-03-11",
            update_cycle="8",
        )
        rename = {"id": "ju05", "title": "改名后的局", "on": "2026-03-29", "document": "编办〔2026〕2号"}
        tk.get_action("govshare_organization_rename")({"user": "office"}, rename)
        assert timer() == {"opened": 0, "counted": 0}
        assert act("summary", "office", period=MARCH) == month.closed
        assert {kind: exported(kind) for kind in ("csv", "json")} == before


def test_next_month_goes_on_where_this_one_ended(month):
    with on(4, 25):
        assert timer()["opened"] == 12
        report = show("officer", "jiaotong", "2026-04")
        assert (report["first"], report["last"], report["due"]) == ("2026-03-25", "2026-04-24", "2026-04-25")
        assert (report["values"]["entries_new"], report["values"]["entries_total"]) == (0, 2)
