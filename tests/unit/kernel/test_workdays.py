"""Working days with 调休, and terms that are counted in them. Every expected date is counted by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare import schemas
from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.workdays import Calendar, Holiday, Year

SHIPPED = schemas.load_workdays()
DAYS = st.dates(date(2018, 1, 1), date(2026, 9, 30))
TERMS = st.integers(1, 40)


def day(text):
    return date.fromisoformat(text)


def holiday(first, last, *worked):
    return Holiday("假", "Holiday", day(first), day(last), tuple(map(day, worked)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-13", True),  # Friday
        ("2026-02-14", True),  # Saturday, worked for 春节
        ("2026-02-15", False),  # Sunday, first day of 春节
        ("2026-02-23", False),  # Monday, last day of 春节
        ("2026-02-24", True),  # Tuesday
        ("2026-02-28", True),  # Saturday, worked for 春节
        ("2026-03-07", False),  # Saturday like any other
        ("2018-12-29", True),  # Saturday, worked by the notice for 2019
        ("2018-12-31", False),  # Monday, at rest by the notice for 2019
        ("2020-01-31", False),  # Friday, 春节 was made longer
        ("2020-02-01", False),  # Saturday, first worked, then not
        ("2019-05-05", True),  # Sunday, worked by the later notice
        ("2027-01-01", False),  # 元旦 of a year whose notice is not there
        ("2027-02-08", True),  # Monday, 春节 2027 in truth: not known yet
    ],
)
def test_day_is_worked_or_not(text, expected):
    assert workdays.is_workday(day(text)) is expected


@pytest.mark.parametrize(
    ("received", "term", "last"),
    [
        # 春节 2026: rest from 15 to 23 February, Saturdays 14 and 28 are worked
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-11", 5, "2026-02-25"),  # 12 13 14 24 25
        ("2026-02-18", 10, "2026-03-06"),  # received at rest: 24 25 26 27 28, 2 3 4 5 6 March
        # 中秋节 25 to 27 September, 国庆节 1 to 7 October 2026; Sunday 20 September, Saturday 10 October are worked
        ("2026-09-18", 3, "2026-09-22"),  # 20 21 22
        ("2026-09-24", 5, "2026-10-09"),  # 28 29 30, 8 9
        ("2026-09-30", 3, "2026-10-10"),  # 8 9 10
        ("2026-09-30", 4, "2026-10-12"),  # 8 9 10 12
        # ends of months and of a year
        ("2026-01-30", 1, "2026-02-02"),
        ("2026-02-27", 1, "2026-02-28"),
        ("2026-02-27", 2, "2026-03-02"),
        ("2026-03-31", 4, "2026-04-07"),  # 1 2 3, 清明节 4 to 6, 7
        ("2024-02-28", 1, "2024-02-29"),
        ("2025-12-31", 1, "2026-01-04"),  # 元旦 to 3 January, Sunday 4 is worked
        # received on a Sunday: a working day or not, it is not counted
        ("2026-01-04", 1, "2026-01-05"),
        ("2026-01-11", 1, "2026-01-12"),
        ("2026-09-20", 2, "2026-09-22"),
    ],
)
def test_term_ends_with_its_last_working_day(received, term, last):
    found = workdays.add(day(received), term)
    assert (found.day, found.provisional) == (day(last), False)


def test_term_ends_at_midnight_in_beijing():
    assert workdays.add(day("2026-03-30"), 1).end == datetime(2026, 4, 1, tzinfo=clock.ZONE)


def test_day_of_receipt_is_beijings():
    late_on_tuesday_in_utc = datetime(2026, 3, 31, 16, 30, tzinfo=timezone.utc)
    assert workdays.add(late_on_tuesday_in_utc, 1).day == day("2026-04-02")


@pytest.mark.parametrize(
    ("received", "term", "last", "provisional"),
    [
        ("2026-12-24", 1, "2026-12-25", False),
        ("2026-12-24", 2, "2026-12-28", True),  # the notice for 2027 may speak of late December
        ("2026-12-31", 1, "2027-01-04", True),  # Friday is 元旦
        ("2027-02-05", 1, "2027-02-08", True),
        ("2018-12-28", 1, "2018-12-29", False),
        (
            "2017-12-29",
            1,
            "2018-01-02",
            True,
        ),  # of 2017 no notice is shipped
    ],
)
def test_term_that_reaches_a_year_without_notice_is_provisional(received, term, last, provisional):
    found = workdays.add(day(received), term)
    assert (found.day, found.provisional) == (day(last), provisional)


def test_notice_that_comes_moves_the_provisional_end():
    notice = Year(
        2027, (), (holiday("2027-01-01", "2027-01-03", "2027-01-09"), holiday("2027-02-06", "2027-02-12"))
    )
    later = Calendar({**SHIPPED.years, 2027: notice})
    assert workdays.add(day("2027-02-05"), 1, later) == workdays.Deadline(
        clock.end_of_day(day("2027-02-15")), False
    )
    assert workdays.add(day("2026-12-24"), 2, later).provisional is False


def test_known_years_are_those_with_a_notice():
    assert [year for year in range(2015, 2030) if workdays.known(year)] == list(range(2018, 2027))


@pytest.mark.parametrize("term", [0, -1, 1.5, True, "3", None])
def test_term_that_is_no_positive_whole_number_is_refused(term):
    with pytest.raises(ValueError, match="1 or more"):
        workdays.add(day("2026-03-31"), term)


@pytest.mark.parametrize(
    "count", [lambda naive: workdays.add(naive, 1), lambda naive: workdays.between(naive, naive)]
)
def test_moment_without_time_zone_is_refused(count):
    with pytest.raises(ValueError, match="no time zone"):
        count(datetime(2026, 3, 31, 12))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("today", "last", "left"),
    [
        ("2026-02-13", "2026-02-25", 3),  # 14 24 25
        ("2026-02-18", "2026-02-25", 2),  # at rest: 24 25
        ("2026-02-24", "2026-02-25", 1),
        ("2026-02-25", "2026-02-25", 0),  # the due day itself
        ("2026-02-26", "2026-02-25", -1),
        ("2026-02-28", "2026-02-25", -3),  # the Saturday is worked
        ("2026-03-14", "2026-03-13", -1),  # late on a Saturday at rest
        ("2026-03-16", "2026-03-13", -1),
        ("2026-03-17", "2026-03-13", -2),
        ("2026-01-31", "2026-02-01", 0),  # no working day is left
        ("2026-02-01", "2026-01-31", -1),  # a date at rest that is set: late from the next day on
    ],
)
def test_working_days_that_are_left(today, last, left):
    assert workdays.between(day(today), day(last)) == left


def test_late_begins_with_the_moment_after_the_last_day():
    end = workdays.add(day("2026-02-11"), 5).end
    assert end == datetime(2026, 2, 26, tzinfo=clock.ZONE)
    assert workdays.between(end - timedelta(microseconds=1), end) == 0
    assert workdays.between(end, end) == -1


@given(DAYS, TERMS)
def test_what_was_added_is_left(start, term):
    found = workdays.add(start, term)
    assert workdays.between(start, found.end) == workdays.between(start, found.day) == term
    assert workdays.is_workday(found.day)
    assert not found.provisional


@given(DAYS, TERMS)
def test_longer_term_ends_later(start, term):
    assert workdays.add(start, term).end < workdays.add(start, term + 1).end


@given(DAYS, TERMS)
def test_receipt_at_rest_ends_like_receipt_on_the_working_day_before(start, term):
    before = start
    while not workdays.is_workday(before):
        before -= timedelta(days=1)
    assert workdays.add(before, term).end == workdays.add(start, term).end


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (holiday("2026-02-23", "2026-02-15"), "before it begins"),
        (holiday("2026-12-30", "2027-01-01"), "2027-01-01 is no day of 2026"),
        (holiday("2025-12-25", "2026-01-01"), "2025-12-25 is no day of 2026"),
        (holiday("2026-02-15", "2026-02-22", "2026-02-22"), "2026-02-22 is there twice"),
        (holiday("2026-02-15", "2026-02-22", "2026-02-24"), "no day of a weekend"),
    ],
)
def test_arrangement_that_contradicts_itself_is_refused(faulty, message):
    with pytest.raises(ValueError, match=message):
        Year(2026, (), (faulty,))
