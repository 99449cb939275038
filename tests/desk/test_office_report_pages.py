"""Pages of the monthly reports for the office: who handed in, accepting together, closing a month, its summary."""

from __future__ import annotations

import io
import json

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from openpyxl import load_workbook

from ckanext.govshare import roles
from tests.desk.conftest import words
from tests.publication.reporting import IN_TIME, MARCH, TOO_LATE, act, hand_in, show, timer
from tests.sql import statements


@pytest.mark.parametrize("path", ["/office/reports/x", "/office/reports/2031-01"])
def test_a_month_that_is_none_is_not_found(see, month, path):
    assert see(path, "office").status_code == 404


@pytest.mark.parametrize(
    "query", ["period=x", "period=2031-01", "region=1", "region=990101", "period=%F0%9F"]
)
def test_nonsense_in_the_address_shows_the_latest_month(see, month, query):
    assert MARCH in see(f"/office/reports?{query}", "office").body


def test_the_office_sees_who_is_missing_late_and_returned(see, month, frozen):
    hand_in()
    with frozen(TOO_LATE):
        page = words(see("/office/reports", "office").body)
    assert "市交通运输局" in page
    assert "市教育局" in page


def test_many_are_accepted_together_each_by_itself(send, month):
    hand_in()
    ids = [show()["id"], show("neighbour", "jiaoyu")["id"], "no-such-id"]
    answer = send("/office/reports/accept", "office", ids=ids, period=MARCH, words="同意")
    assert answer.status_code == 200
    assert show()["state"] == "accepted"
    assert show("neighbour", "jiaoyu")["state"] == "open"
    page = words(answer.body)
    assert "市教育局" in page
    assert "1" in page


def test_nothing_marked_is_said(send, month):
    assert send("/office/reports/accept", "office", period=MARCH).status_code == 302


@pytest.mark.parametrize("user", ["officer", "county_office", "operator", "citizen"])
@pytest.mark.parametrize("path", ["/office/reports/accept", "/office/reports/close"])
def test_nobody_else_accepts_or_closes(send, month, user, path):
    hand_in()
    assert send(path, user, ids=[show()["id"]], period=MARCH, region="990100").status_code in (
        302,
        403,
        404,
        200,
    )
    assert (show()["state"], show()["locked"]) == ("submitted", None)


def test_a_month_is_closed_once_nothing_waits(send, month, frozen):
    hand_in()
    with frozen(TOO_LATE):
        answer = send("/office/reports/close", "office", period=MARCH)
        assert 'role="alert"' in answer.body
        act("accept", "office", id=show()["id"])
        assert send("/office/reports/close", "office", period=MARCH).status_code == 302
        assert show()["state"] == "locked"


def test_the_summary_adds_up_and_names_who_is_missing(see, month):
    hand_in(requests_new=2, requests_total=7, answered_new=1, answered_total=3)
    page = words(see(f"/office/reports/{MARCH}", "office").body)
    assert "市教育局" in page
    assert "42.9" in page


def test_the_summary_is_taken_away_in_every_form(see, month):
    hand_in(requests_total=7)
    path = f"/office/reports/{MARCH}/export?format="
    assert load_workbook(io.BytesIO(see(f"{path}xlsx", "office").data)).sheetnames
    assert see(f"{path}docx", "office").data[:2] == b"PK"
    assert json.loads(see(f"{path}json", "office").data)["sums"]["requests_total"] == 7
    assert see(f"{path}csv", "office").data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("kind", ["", "pdf", "../x"])
def test_another_kind_of_file_is_refused(see, month, kind):
    assert see(f"/office/reports/{MARCH}/export?format={kind}", "office").status_code == 400


def test_an_auditor_reads_the_summary_and_nothing_else(see, city, month):

    factories.User(name="auditor")
    grant = {"user": "auditor", "organization": city.bureau, "role": roles.Role.AUDITOR.value}
    tk.get_action("govshare_role_grant")({"ignore_auth": True, "user": "office"}, grant)
    assert see(f"/office/reports/{MARCH}", "auditor").status_code == 200
    assert see("/office/reports", "auditor").status_code == 403


def test_the_pages_of_the_office_ask_as_often_for_many_departments_as_for_two(see, month, frozen):
    def cost(path):
        with statements() as sent:
            see(path, "office")
        return len([statement for statement in sent if "govshare_report" in statement])

    pages = ("/office/reports", f"/office/reports/{MARCH}")
    for page in pages:
        cost(page)
    few = [cost(page) for page in pages]
    values = {"government": "1", "level": "3", "region": "990100", "org_type": "agency"}
    for number in range(6):
        factories.Organization(name=f"ju-{number}", title=f"第{number}局", **values)
    model.Session.query(model.Group).update({"created": IN_TIME.replace(year=2020, tzinfo=None)})
    model.Session.commit()
    timer()
    assert act("list", "office", period=MARCH)["count"] == 8
    assert [cost(page) for page in pages] == few
