"""The days of a monthly report. Every expected day is counted by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare import schemas
from ckanext.govshare.kernel import report_days
from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.kernel.report_days import Terms, month

CALENDAR = schemas.load_workdays()


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("period", "terms", "first", "last", "due"),
    [
        ("2026-03", {}, "2026-02-25", "2026-03-24", "2026-03-25"),
        ("2026-01", {}, "2025-12-25", "2026-01-24", "2026-01-25"),  # over the end of the year
        ("2026-02", {"cutoff_day": 31, "due_day": 5}, "2026-02-01", "2026-02-28", "2026-03-05"),
        ("2028-02", {"cutoff_day": 31, "due_day": 5}, "2028-02-01", "2028-02-29", "2028-03-05"),
        ("2026-12", {"cutoff_day": 31, "due_day": 5}, "2026-12-01", "2026-12-31", "2027-01-05"),
        ("2026-02", {"cutoff_day": 30, "due_day": 31}, "2026-01-31", "2026-02-28", "2026-03-01"),
        ("2026-03", {"cutoff_day": 30, "due_day": 31}, "2026-03-01", "2026-03-30", "2026-03-31"),
        ("2026-03", {"cutoff_day": 25, "due_day": 25}, "2026-02-26", "2026-03-25", "2026-04-25"),
    ],
)
def test_period_and_due_day(period, terms, first, last, due):
    found = month(period, Terms(**terms), CALENDAR)
    assert (found.first, found.last, found.due) == (day(first), day(last), day(due))
    assert not found.provisional


@pytest.mark.parametrize(
    ("period", "rule", "cutoff", "due_day", "due"),
    [
        ("2026-01", "none", 20, 25, "2026-01-25"),  # a Sunday
        ("2026-01", "before", 20, 25, "2026-01-23"),  # Friday
        ("2026-01", "after", 20, 25, "2026-01-26"),  # Monday
        ("2026-02", "before", 10, 20, "2026-02-14"),  # 春节 15 to 23 February; Saturday the 14th is worked
        ("2026-02", "after", 10, 20, "2026-02-24"),
        ("2026-02", "after", 24, 28, "2026-02-28"),  # a Saturday that is worked for 春节
        ("2026-04", "before", 24, 25, "2026-04-25"),  # a Saturday: not back to the cut-off day
        ("2026-04", "after", 24, 25, "2026-04-27"),
        ("2026-03", "after", 24, 25, "2026-03-25"),  # a Wednesday stays
    ],
)
def test_due_day_of_rest(period, rule, cutoff, due_day, due):
    found = month(period, Terms(cutoff, due_day, rule), CALENDAR)
    assert found.due == day(due)
    assert not found.provisional


@pytest.mark.parametrize(
    ("period", "rule", "provisional"),
    [
        ("2027-03", "after", True),
        ("2027-03", "before", True),
        ("2027-03", "none", False),
        ("2026-12", "after", False),
    ],
)
def test_due_day_of_a_year_without_notice_is_provisional(period, rule, provisional):
    assert month(period, Terms(if_not_workday=rule), CALENDAR).provisional is provisional


@pytest.mark.parametrize(
    ("text", "terms", "period"),
    [
        ("2026-03-24", {}, "2026-03"), ("2026-03-25", {}, "2026-04"), ("2026-12-25", {}, "2027-01"),
        ("2026-02-28", {"cutoff_day": 31, "due_day": 5}, "2026-02"),
        ("2026-02-28", {"cutoff_day": 29, "due_day": 31}, "2026-02"),
    ],
)  # fmt: skip
def test_period_of_a_day(text, terms, period):
    assert report_days.period_of(day(text), Terms(**terms)) == period


@pytest.mark.parametrize(
    ("text", "ahead", "period"),
    [
        ("2026-03-19", 5, "2026-02"), ("2026-03-20", 5, "2026-03"), ("2026-03-24", 0, "2026-02"),
        ("2026-03-25", 0, "2026-03"), ("2026-04-19", 5, "2026-03"), ("2025-12-31", 5, "2025-12"),
    ],
)  # fmt: skip
def test_report_opens_some_days_before_its_period_is_over(text, ahead, period):
    assert report_days.latest(day(text), Terms(open_days=ahead)) == period


def test_months_that_were_missed_follow_each_other():
    assert list(report_days.after("2025-11", "2026-02")) == ["2025-12", "2026-01", "2026-02"]
    assert list(report_days.after("2026-02", "2026-02")) == []


def test_due_day_is_over_at_24_00_and_not_before():
    due = day("2026-03-25")
    assert not report_days.is_over(due, datetime(2026, 3, 25, 0, 0, 0, tzinfo=ZONE))
    assert not report_days.is_over(due, datetime(2026, 3, 25, 23, 59, 59, 999999, tzinfo=ZONE))
    assert report_days.is_over(due, datetime(2026, 3, 26, 0, 0, 0, tzinfo=ZONE))


@given(
    st.dates(date(2018, 2, 1), date(2026, 10, 31)), st.integers(1, 31), st.integers(1, 31),
    st.sampled_from(["none", "before", "after"]),
)  # fmt: skip
def test_every_day_lies_in_one_period_and_is_due_after_it(when, cutoff, due, rule):
    terms = Terms(cutoff, due, rule)
    here = month(report_days.period_of(when, terms), terms, CALENDAR)
    assert here.first <= when <= here.last < here.due
    earlier = month(report_days.before(here.period), terms, CALENDAR)
    assert (here.first - earlier.last).days == 1


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-3", "26-03", "2026-03-01", "２０２６-03", "2026-03\n"]
)
def test_nonsense_is_no_period(text):
    assert not report_days.is_period(text)
    with pytest.raises(ValueError, match="no period"):
        month(text, Terms())


@pytest.mark.parametrize(
    "wrong",
    [{"cutoff_day": 0}, {"due_day": 32}, {"if_not_workday": "later"}, {"open_days": -1}, {"open_days": 40}],
)
def test_settings_that_no_month_can_follow_are_refused(wrong):
    with pytest.raises(ValueError, match="report_"):
        Terms(**wrong)
