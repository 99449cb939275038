"""What targets put on the office's to-do list, day by day; the reminder of next year's working days."""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare import calendar
from ckanext.govshare.kernel.clock import ZONE

pytestmark = pytest.mark.usefixtures("city")
CALENDAR = "calendar_missing"


def lines(user: str = "office") -> list[dict]:
    return tk.get_action("govshare_target_todo")({"user": user}, {})


def slugs(moment: str, frozen) -> list[tuple[str, str]]:
    """Slug and level of every line at a Beijing moment, the calendar left out."""
    with frozen(datetime.fromisoformat(moment).replace(tzinfo=ZONE)):
        return [(line["slug"], line["level"]) for line in lines() if line["slug"] != CALENDAR]


@pytest.mark.parametrize("due", ["2026-02-17", "2026-03-31", "2028-02-29"])
def test_target_that_is_not_reached_warns_for_a_month_then_is_missed(make_target, frozen, due):
    """Spring Festival, the end of a month and 29 February are days like others: a stock is counted on each."""
    make_target(due=due)
    day = datetime.fromisoformat(due)

    def at(days: int, time: str = "09:00") -> list[tuple[str, str]]:
        return slugs(f"{(day + timedelta(days=days)).date()}T{time}", frozen)

    assert at(-31) == []
    assert at(-30) == [("target_soon", "warn")]
    assert at(-7) == [("target_soon", "late")]
    assert at(0, "23:59") == [("target_soon", "late")]
    assert at(1, "00:00") == [("target_missed", "late")]
    assert at(30) == [("target_missed", "late")]
    assert at(31) == []


def test_line_says_how_many_are_to_go(make_target, publish, frozen):
    with frozen(datetime(2026, 11, 22, 12, tzinfo=ZONE)):
        publish()
        make_target(at_least=3, due="2026-12-10")
        line = lines()[0]
    assert "2" in line["title"]
    assert (line["detail"], line["due"]) == ("开放数据集 80 个以上", "2026-12-10")


def test_reached_target_is_no_work(make_target, publish, frozen):
    with frozen(datetime(2026, 11, 22, 12, tzinfo=ZONE)):
        publish()
        make_target(at_least=1, due="2026-12-10")
    assert slugs("2026-12-01T09:00", frozen) == []
    assert slugs("2026-12-11T09:00", frozen) == []


def test_missed_row_stays_missed_although_the_data_came_later(make_target, publish, frozen):
    make_target(at_least=1, due="2026-11-20")
    with frozen(datetime(2026, 11, 21, 9, tzinfo=ZONE)):
        tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})
        publish(pub_date="2026-11-21")
    assert slugs("2026-11-22T09:00", frozen) == [("target_missed", "late")]


def test_percentage_is_told_as_one(make_target, frozen):
    make_target(measure="hook_up", at_least=62.5, due="2026-11-20")
    with frozen(datetime(2026, 11, 22, 12, tzinfo=ZONE)):
        line = lines()[0]
    assert "62.5%" in line["title"]
    assert line["url"] == "/office/targets"


def test_lines_are_the_office_s_of_the_region(make_target, frozen):
    make_target(due="2026-11-30")
    with frozen(datetime(2026, 11, 22, 12, tzinfo=ZONE)):
        assert [line["slug"] for line in lines("office")] == ["target_soon"]
        for user in ("officer", "reviewer", "county_office", "firm"):
            assert lines(user) == [], user
        for user in ("", "citizen", "operator"):
            with pytest.raises(tk.NotAuthorized):
                tk.check_access("govshare_target_todo", {"user": user}, {})


@pytest.mark.parametrize(
    ("moment", "level"),
    [
        ("2026-11-30T23:59", None),
        ("2026-12-01T00:00", "warn"),
        ("2026-12-25T12:00", "warn"),
        ("2026-12-26T00:00", "late"),
        ("2027-01-01T00:00", "late"),
        ("2027-06-01T00:00", "late"),
    ],
)
def test_reminder_of_the_calendar(frozen, moment, level):
    with frozen(datetime.fromisoformat(moment).replace(tzinfo=ZONE)):
        found = [line for line in lines() if line["slug"] == CALENDAR]
        assert [line["level"] for line in found] == ([level] if level else [])
        assert all("2027" in line["title"] and line["url"] == "/office/calendar" for line in found)
        assert lines("county_office") == []


def test_loaded_year_ends_the_reminder(frozen):
    year = """{name: "2027", notices: [{title: 通知, number: 9号, date: "2026-11-20"}],
        holidays: [{zh: 元旦, en: New Year, first: "2027-01-01", last: "2027-01-03"}]}"""
    with frozen(datetime(2026, 12, 2, 9, tzinfo=ZONE)):
        assert [line["slug"] for line in lines()] == [CALENDAR]
        tk.get_action("govshare_workdays_upload")({"user": "office"}, {"content": year})
        assert lines() == []
        assert 2027 in calendar.calendar().years
