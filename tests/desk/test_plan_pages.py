"""Pages of planned publications: who opens them, what their forms do, what the office reads and takes away."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from ckan import model
from openpyxl import load_workbook

from ckanext.govshare.kernel import clock
from tests.desk.conftest import call, words
from tests.sql import statements

EVERYBODY = ("citizen", "firm", "neighbour", "officer", "reviewer", "office", "county_office", "operator")


@pytest.fixture
def plan(city, frozen):
    """Plan a publication of 市交通运输局 for 1 December, on 10 November 2026."""

    def make(**fields):
        with frozen(datetime(2026, 11, 10, 9, tzinfo=clock.ZONE)):
            data = {"organization": "jiaotong", "title": "公交线路信息", "planned": "2026-12-01", **fields}
            return call("plan_create", "officer", **data)

    return make


@pytest.fixture
def today(frozen):
    """2 December 2026: what was planned for the 1st is late by a day."""
    with frozen(datetime(2026, 12, 2, 9, tzinfo=clock.ZONE)):
        yield


def titles():
    return [row["title"] for row in call("plan_list", "reviewer")]


@pytest.mark.parametrize("user", EVERYBODY)
def test_who_opens_which_page(see, plan, user):
    made = plan()
    own = user in ("officer", "reviewer", "neighbour", "office", "county_office")
    assert see("/desk/plans", user).status_code == (200 if own else 403)
    reads = user in ("officer", "reviewer", "office")
    answer = see(f"/desk/plans/{made['id']}", user).status_code
    assert answer == 200 if reads else answer in (403, 404)
    offices = user in ("office", "county_office")
    for path in ("/office/plans", "/office/plans/export?format=csv"):
        assert see(path, user).status_code == (200 if offices else 403)


@pytest.mark.parametrize("path", ["/desk/plans", "/office/plans", "/office/plans/export?format=csv"])
def test_a_visitor_is_asked_to_log_in(see, city, path):
    answer = see(path)
    assert (answer.status_code, "/user/login" in answer.headers["location"]) == (302, True)


def test_the_form_plans(see, send, city, today):
    data = {
        "organization": "jiaotong",
        "title": "公交线路信息",
        "planned": "2026-12-20",
        "field": "14",
        "note": "月底前",
    }
    assert send("/desk/plans/new", "officer", **data).status_code == 302
    page = words(see("/desk/plans", "officer").body)
    assert "公交线路信息" in page
    assert "2026-12-20" in page


def test_a_second_click_plans_nothing_more(send, city, today):
    data = {"organization": "jiaotong", "title": "公交线路信息", "planned": "2026-12-20", "once": uuid4().hex}
    for _click in range(2):
        assert send("/desk/plans/new", "officer", **data).status_code == 302
    assert titles() == ["公交线路信息"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("planned", "下个月"), ("planned", "0001-01-01"), ("planned", "2026-12-01"), ("title", "x" * 1_000_000),
     ("title", " \x00 "), ("field", "99"), ("note", "长" * 600)],
)  # fmt: skip
def test_what_cannot_be_planned_is_said_on_the_form(send, city, today, field, value):
    data = {"organization": "jiaotong", "title": "公交线路信息", "planned": "2026-12-20", field: value}
    answer = send("/desk/plans/new", "officer", **data)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.body
    assert titles() == []


@pytest.mark.parametrize("organization", ["jiaoyu", "no-such-one", "\x00", ""])
def test_nobody_plans_for_another_department(send, city, today, organization):
    answer = send("/desk/plans/new", "officer", organization=organization, title="某某", planned="2026-12-20")
    assert answer.status_code == 200
    assert model.Session.scalar(sa.text("SELECT count(*) FROM govshare_plan")) == 0


def test_a_plan_is_moved_with_its_reason(see, send, plan, today):
    made = plan()
    path = f"/desk/plans/{made['id']}"
    assert (
        send(f"{path}/act", "officer", act="move", planned="2026-12-20", reason="数据未齐").status_code == 302
    )
    page = words(see(path, "officer").body)
    for text in ("2026-12-01", "2026-12-20", "数据未齐"):
        assert text in page


def test_a_move_without_a_reason_is_refused_and_kept_on_the_form(send, plan, today):
    made = plan()
    answer = send(f"/desk/plans/{made['id']}/act", "officer", act="move", planned="2026-12-20", reason=" ")
    assert 'role="alert"' in answer.body
    assert 'value="2026-12-20"' in answer.body
    assert call("plan_show", "officer", id=made["id"])["planned"] == "2026-12-01"


def test_a_plan_is_given_up_with_its_reason(see, send, plan, today):
    made = plan()
    assert send(f"/desk/plans/{made['id']}/act", "reviewer", act="drop", reason="系统停用").status_code == 302
    page = see(f"/desk/plans/{made['id']}", "reviewer").body
    assert "系统停用" in page
    assert 'name="act"' not in page


@pytest.mark.parametrize("user", ["neighbour", "office", "county_office", "operator", "citizen"])
def test_nobody_else_acts_on_a_plan(send, plan, today, user):
    made = plan()
    for act in ("move", "drop", "begin"):
        send(f"/desk/plans/{made['id']}/act", user, act=act, planned="2026-12-20", reason="代为调整")
    after = call("plan_show", "officer", id=made["id"])
    assert (after["planned"], after["state"], after["change_id"]) == ("2026-12-01", "planned", None)


@pytest.mark.parametrize("path", ["not-an-id", "00000000-0000-0000-0000-000000000000", "%00"])
def test_a_plan_that_is_none_is_not_found(see, city, path):
    assert see(f"/desk/plans/{path}", "officer").status_code in (400, 404)


def test_an_act_that_is_none_is_refused(send, plan):
    assert send(f"/desk/plans/{plan()['id']}/act", "officer", act="delete").status_code == 400


def test_the_entry_begins_with_the_planned_title(send, plan):
    made = plan(field="14")
    path = f"/desk/plans/{made['id']}/act"
    answer = send(path, "officer", act="begin", once=uuid4().hex)
    change = call("plan_show", "officer", id=made["id"])["change_id"]
    assert change in answer.headers["location"]
    begun = call("change_show", "officer", id=change)
    assert (begun["data"]["title"], begun["data"]["open_domain"]) == ("公交线路信息", "14")


def test_beginning_twice_leads_to_the_same_draft(send, plan):
    path, token = f"/desk/plans/{plan()['id']}/act", uuid4().hex
    first = send(path, "officer", act="begin", once=token).headers["location"]
    for again_token in (token, uuid4().hex, ""):
        again = send(path, "officer", act="begin", once=again_token).headers["location"]
        assert again.partition("?")[0] == first.partition("?")[0]
    assert call("change_list", "officer")["count"] == 1


def test_an_entry_that_was_taken_back_is_begun_anew(send, plan):
    made = plan()
    path = f"/desk/plans/{made['id']}/act"
    send(path, "officer", act="begin", once=uuid4().hex)
    first = call("plan_show", "officer", id=made["id"])["change_id"]
    call("change_withdraw", "officer", id=first)
    send(path, "officer", act="begin", once=uuid4().hex)
    assert call("plan_show", "officer", id=made["id"])["change_id"] not in (None, first)


def test_the_list_says_how_plan_and_reality_differ(see, plan, today):
    plan()
    plan(title="客运站信息", planned="2026-12-05")
    page = see("/desk/plans?lang=en", "officer").body
    assert "gs-tag--bad" in page
    assert page.index("公交线路信息") < page.index("客运站信息")
    assert "客运站信息" not in see("/desk/plans?state=late", "officer").body


@pytest.mark.parametrize(
    "query", ["state=x", "page=999", "page=-1", "organization=x", "state=late&state=done"]
)
def test_nonsense_in_the_address_shows_a_page(see, plan, query):
    plan()
    assert see(f"/desk/plans?{query}", "officer").status_code == 200
    assert see(f"/office/plans?{query}", "office").status_code == 200


def test_the_office_reads_sums_by_month(see, plan, today):
    plan()
    plan(title="客运站信息", planned="2027-01-05")
    page = words(see("/office/plans", "office").body)
    assert "2026-12 1 0 0 1 1" in page
    assert "2027-01 1 0 0 1 0" in page


def test_the_county_sees_nothing_of_the_city(see, plan):
    plan()
    assert "公交线路信息" not in see("/office/plans", "county_office").body


def test_the_office_takes_the_plans_away_as_csv(see, plan, today):
    plan(title="=cmd|' /C calc'!A0")
    answer = see("/office/plans/export?format=csv", "office")
    text = answer.data.decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(text))
    assert row[:6] == ["市交通运输局", "'=cmd|' /C calc'!A0", "", "2026-12-01", "2026-12-01", "0"]
    assert row[8] == "1"
    assert len(heading) == len(row)


def test_the_office_takes_the_plans_away_as_xlsx(see, plan, today):
    plan(title="=1+1")
    answer = see("/office/plans/export?format=xlsx", "office")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    row = [cell.value for cell in sheet[2]]
    assert row[:2] == ["市交通运输局", "=1+1"]
    assert sheet["B2"].data_type == "s"


@pytest.mark.parametrize("kind", ["", "pdf", "../x"])
def test_another_kind_of_file_is_refused(see, city, kind):
    assert see(f"/office/plans/export?format={kind}", "office").status_code == 400


def test_pages_ask_the_database_as_often_for_twenty_plans_as_for_two(see, plan):
    def cost(path, user):
        with statements() as sent:
            see(path, user)
        return len(sent)

    pages = (("/desk/plans", "officer"), ("/office/plans", "office"))
    for number in range(2):
        plan(title=f"第{number}项", planned="2027-06-01")
    for page in pages:
        cost(*page)
    few = [cost(*page) for page in pages]
    for number in range(2, 20):
        plan(title=f"第{number}项", planned="2027-06-01")
    assert [cost(*page) for page in pages] == few


def test_the_front_pages_lead_to_the_plans(see, city):
    assert "/desk/plans" in see("/desk", "officer").body
    assert "/office/plans" in see("/office", "office").body
