"""Monthly reports: opened by the timer, written by departments, decided by the office. Every act where it is due."""

from __future__ import annotations

from datetime import date, datetime
from importlib import resources

import ckan.plugins.toolkit as tk
import pytest
import yaml
from ckan import model
from ckan.tests import factories

from ckanext.govshare.kernel import workdays
from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.kernel.workdays import Calendar, Holiday, Year
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

SHIPPED = resources.files("ckanext.govshare.schemas")


@pytest.fixture
def march(city, frozen):
    """The reports of March are open, their period is over, they are due today."""
    with frozen(IN_TIME):
        assert timer() == {"opened": 2, "counted": 2}
        yield city


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


def test_setting_that_no_month_can_follow_stops_reports_and_nothing_else(city, frozen, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.publication.report_due_day", 0)
    with frozen(IN_TIME):
        assert timer() == {"opened": 0, "counted": 0, "problem": "report_due_day: a month has no day 0"}
        tk.get_action("govshare_due")({"ignore_auth": True, "user": ""}, {})


def test_own_form_of_a_deployment_is_asked(city, frozen, monkeypatch, tmp_path):
    form = yaml.safe_load((SHIPPED / "monthly_report.yaml").read_text(encoding="utf-8"))
    form |= {"version": 2, "sections": form["sections"][-1:]}
    (tmp_path / "monthly_report.yaml").write_text(yaml.safe_dump(form, allow_unicode=True), encoding="utf-8")
    monkeypatch.setitem(tk.config, "ckanext.govshare.schemas.path", str(tmp_path))
    with frozen(IN_TIME):
        timer()
        asked = show()["form"]
        assert (asked["version"], [section["slug"] for section in asked["sections"]]) == (2, ["progress"])
    monkeypatch.undo()
    with frozen(TOO_LATE):  # an open month keeps its form
        assert show()["form"] == asked


def test_numbers_follow_the_catalogue_until_the_period_is_over(city, make_entry, frozen):
    with frozen(OPENS):
        timer()
        assert write(values=MANUAL)["values"]["entries_new"] == 0
        make_entry(pub_date="2026-03-18")
        assert timer() == {"opened": 0, "counted": 0}  # once a day
    with frozen(datetime(2026, 3, 21, 8, tzinfo=ZONE)):
        assert timer() == {"opened": 0, "counted": 1}
        assert (show()["prefilled"]["entries_new"], show()["values"]["entries_new"]) == (1, 1)
    with frozen(datetime(2026, 3, 24, 23, tzinfo=ZONE)):
        make_entry(title="最后一天的数据", pub_date="2026-03-24")
    with frozen(CUT_OFF):  # before the timer came
        report = show()
        assert list(faults("submit", "officer", id=report["id"])) == ["revision"]
        assert show()["values"]["entries_new"] == 2
        assert list(faults("submit", "officer", id=report["id"], revision=report["revision"])) == ["revision"]
        assert act("submit", "officer", id=report["id"])["values"]["entries_new"] == 2


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


def test_provisional_due_day_moves_when_the_notice_of_the_year_comes(city, frozen, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.publication.report_if_not_workday", "after")
    with frozen(datetime(2027, 4, 22, 9, tzinfo=ZONE)):
        timer()
        report = show(period="2027-04")
        assert (report["due"], report["provisional"]) == ("2027-04-26", True)  # the 25th is a Sunday
        rest = Holiday("某节", "Some day", date(2027, 4, 24), date(2027, 4, 27))
        known = {**workdays.installed().years, 2027: Year(2027, (), (rest,))}
        monkeypatch.setattr(workdays._calendar, "_provider", lambda: Calendar(known))
        timer()
        report = show(period="2027-04")
        assert (report["due"], report["provisional"]) == ("2027-04-28", False)
        assert act("todo", "officer")[-1]["due"] == "2027-04-28"
