"""The days of a monthly report: from when to when it tells, and when it is due (standards.md §7 "Monthly report").

A period is named after the month in which it ends. It goes from the day after the last cut-off to the cut-off, so
that no day is told twice and none is left out; a day that a month does not have is its last day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ckanext.govshare.kernel import clock, workdays
from ckanext.govshare.kernel.workdays import DAY, Calendar

STAYS, BEFORE, AFTER = "none", "before", "after"
SHAPE = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Terms:
    """What a region asks for.

    :param cutoff_day: last day of the period, of the month
    :param due_day: last day on which the report is in time; one that is not after the cut-off lies in the next month
    :param if_not_workday: a due day of rest stays (``none``), or goes to the working day ``before`` or ``after`` it
    :param open_days: how many days before the period is over the report opens; 0: when it is over
    :raises ValueError: a day that no month has, or another word
    """

    cutoff_day: int = 24
    due_day: int = 25
    if_not_workday: str = STAYS
    open_days: int = 5

    def __post_init__(self) -> None:
        for name in ("cutoff_day", "due_day"):
            if not 1 <= getattr(self, name) <= 31:
                raise ValueError(f"report_{name}: a month has no day {getattr(self, name)}")
        if self.if_not_workday not in (STAYS, BEFORE, AFTER):
            raise ValueError(f"report_if_not_workday: {self.if_not_workday!r} is none of none, before, after")
        if not 0 <= self.open_days <= 27:
            raise ValueError("report_open_days: 0 to 27 days")


@dataclass(frozen=True)
class Month:
    """One period.

    :param period: ``2026-03``
    :param first: first day, included
    :param last: the cut-off day, included
    :param due: the day at whose 24:00 the report is due
    :param provisional: whether a notice to come may move the due day (暂定)
    """

    period: str
    first: date
    last: date
    due: date
    provisional: bool = False


def month(period: str, terms: Terms, calendar: Calendar | None = None) -> Month:
    """The days of a period.

    :param period: ``2026-03``
    :param calendar: that of the deployment if None
    :raises ValueError: it is no period
    """
    year, number = _parts(period)
    last = _day(year, number, terms.cutoff_day)
    first = _day(*_shifted(year, number, -1), terms.cutoff_day) + DAY
    if terms.due_day > terms.cutoff_day:
        nominal = max(
            _day(year, number, terms.due_day), last + DAY
        )  # a short month may hold both on its last day
    else:
        nominal = _day(*_shifted(year, number, 1), terms.due_day)
    due, provisional = _on_workday(nominal, last, terms.if_not_workday, calendar)
    return Month(period, first, last, due, provisional)


def _on_workday(nominal: date, last: date, rule: str, calendar: Calendar | None) -> tuple[date, bool]:
    """The due day by the rule, and whether a notice to come may move it."""
    if rule == STAYS:
        return nominal, False
    table = workdays.installed() if calendar is None else calendar
    day, settled, step = nominal, table.settled(nominal), -DAY if rule == BEFORE else DAY
    while (
        not table.works(day) and day + step > last
    ):  # the cut-off day belongs to the period, it is never due
        day += step
        settled = settled and table.settled(day)
    return day, not settled


def period_of(day: date, terms: Terms) -> str:
    """The period that a day lies in."""
    year, number = day.year, day.month
    if day > _day(year, number, terms.cutoff_day):
        year, number = _shifted(year, number, 1)
    return f"{year:04d}-{number:02d}"


def latest(day: date, terms: Terms) -> str:
    """The last period whose report is open on a day."""
    return before(period_of(day + terms.open_days * DAY, terms))


def before(period: str) -> str:
    """The period before one."""
    year, number = _shifted(*_parts(period), -1)
    return f"{year:04d}-{number:02d}"


def after(period: str, until: str) -> Iterator[str]:
    """The periods that follow one, up to another and with it."""
    year, number = _parts(period)
    while period < until:
        year, number = _shifted(year, number, 1)
        period = f"{year:04d}-{number:02d}"
        yield period


def is_period(text: object) -> bool:
    """Whether a text names a period."""
    return isinstance(text, str) and SHAPE.fullmatch(text) is not None


def is_over(day: date, now: datetime) -> bool:
    """Whether 24:00 of a day has come; the day itself until 23:59:59 is not over."""
    return now >= clock.end_of_day(day)


def _parts(period: str) -> tuple[int, int]:
    if not is_period(period):
        raise ValueError(f"{period!r} is no period: write it as 2026-03")
    return int(period[:4]), int(period[5:])


def _shifted(year: int, number: int, months: int) -> tuple[int, int]:
    count = year * 12 + number - 1 + months
    return count // 12, count % 12 + 1


def _day(year: int, number: int, day: int) -> date:
    return date(year, number, min(day, monthrange(year, number)[1]))
