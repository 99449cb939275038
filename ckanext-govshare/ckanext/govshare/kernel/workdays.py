"""Working days of the Chinese calendar with 调休, and terms that are counted in them; Beijing time.

民法典 第二百零一条: the day on which a term begins is not counted. 第二百零三条: a term ends at 24:00 of its last day,
and not on a rest day. Which days are worked say the notices of the State Council, as data (schemas/workdays).
Where the notice is not there yet, Monday to Friday less 元旦 are worked, and what follows is provisional (暂定).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.provided import Provided

DAY = timedelta(days=1)
SATURDAY = 5
REACH = 26
"""The first day of December that the notice for the next year may speak of: 2019's began with 29 December 2018."""


@dataclass(frozen=True)
class Notice:
    """A notice of the General Office of the State Council.

    :param title: e.g. ``国务院办公厅关于2026年部分节假日安排的通知``
    :param number: e.g. ``国办发明电〔2025〕7号``
    :param date: the day that it bears
    """

    title: str
    number: str
    date: date


@dataclass(frozen=True)
class Holiday:
    """One holiday of a notice.

    :param zh: Chinese name
    :param en: English name
    :param first: first day of rest
    :param last: last day of rest, included
    :param worked: days of a weekend that are worked instead (调休)
    """

    zh: str
    en: str
    first: date
    last: date
    worked: tuple[date, ...] = ()

    def days(self) -> Iterator[tuple[date, bool]]:
        """Every day that the notice names, and whether it is worked."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset), False
        for day in self.worked:
            yield day, True


class YearError(ValueError):
    """The arrangement of a year contradicts itself.

    :param slug: ``ends_early``, ``outside``, ``twice`` or ``worked_anyway``
    :param holiday: Chinese name of the holiday
    :param day: the day that is wrong
    :param year: the year of the arrangement
    """

    _WORDS = {
        "ends_early": "{holiday}: it ends on {day}, before it begins",
        "outside": "{holiday}: {day} is no day of {year}",
        "twice": "{holiday}: {day} is there twice",
        "worked_anyway": "{holiday}: {day} is no day of a weekend, so it is worked anyway",
    }

    def __init__(self, slug: str, holiday: str, day: date, year: int) -> None:
        super().__init__(self._WORDS[slug].format(holiday=holiday, day=day, year=year))
        self.slug, self.holiday, self.day = slug, holiday, day


@dataclass(frozen=True)
class Year:
    """The arrangement of a year.

    :param year: e.g. 2026
    :param notices: the notice, and those that changed it
    :param holidays: in the order of the notice; their days may reach back into the last week of December
    :raises YearError: a holiday ends before it begins, a day lies outside of the year or is named twice,
        a day that is worked instead is none of a weekend
    """

    year: int
    notices: tuple[Notice, ...]
    holidays: tuple[Holiday, ...]

    def __post_init__(self) -> None:
        seen: set[date] = set()
        for holiday in self.holidays:
            if holiday.last < holiday.first:
                raise YearError("ends_early", holiday.zh, holiday.last, self.year)
            for day, worked in holiday.days():
                if not date(self.year - 1, 12, REACH) <= day <= date(self.year, 12, 31):
                    raise YearError("outside", holiday.zh, day, self.year)
                if day in seen:
                    raise YearError("twice", holiday.zh, day, self.year)
                if worked and day.weekday() < SATURDAY:
                    raise YearError("worked_anyway", holiday.zh, day, self.year)
                seen.add(day)


@dataclass(frozen=True)
class Calendar:
    """The arrangements that are known; of two that name a day, that of the later year holds.

    :param years: by their number
    """

    years: Mapping[int, Year]
    _named: dict[date, bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        holidays = [holiday for number in sorted(self.years) for holiday in self.years[number].holidays]
        object.__setattr__(self, "_named", dict(named for holiday in holidays for named in holiday.days()))

    def works(self, day: date) -> bool:
        """Whether the day is worked."""
        usual = day.weekday() < SATURDAY and (day.month, day.day) != (1, 1)
        return self._named.get(day, usual)

    def settled(self, day: date) -> bool:
        """Whether no notice to come can change the day: late December also waits for that of the next year."""
        late = day.month == 12 and day.day >= REACH
        return day.year in self.years and (not late or day.year + 1 in self.years)


_calendar: Provided[Calendar] = Provided("calendar of working days")
provide = _calendar.provide
installed = _calendar.installed


@dataclass(frozen=True)
class Deadline:
    """The end of a term.

    :param end: 24:00 of the last day, as `clock.end_of_day` says it: what happened *before* it was in time
    :param provisional: whether a notice to come may move it (暂定)
    """

    end: datetime
    provisional: bool

    @property
    def day(self) -> date:
        """The last day of the term."""
        return _last_day(self.end)


def is_workday(day: date | datetime, calendar: Calendar | None = None) -> bool:
    """Whether the day is worked.

    :param day: a day in Beijing, or an aware moment of it
    :param calendar: that of the deployment if None
    """
    return _chosen(calendar).works(_day(day))


def known(year: int, calendar: Calendar | None = None) -> bool:
    """Whether the notice for the year is there.

    :param calendar: that of the deployment if None
    """
    return year in _chosen(calendar).years


def add(start: date | datetime, working_days: int, calendar: Calendar | None = None) -> Deadline:
    """The end of a term (民法典 第二百零一条、第二百零三条).

    :param start: day of receipt, or an aware moment of it. It is not counted: the first day of the term is the next
        working day, whether the day of receipt is one or not
    :param working_days: length of the term, 1 or more
    :param calendar: that of the deployment if None
    :raises ValueError: the term is no positive whole number, or the moment has no time zone
    """
    if isinstance(working_days, bool) or not isinstance(working_days, int) or working_days < 1:
        raise ValueError(f"a term is a whole number of working days, 1 or more, not {working_days!r}")
    table, day, left, settled = _chosen(calendar), _day(start), working_days, True
    while left:
        day += DAY
        left -= table.works(day)
        settled = settled and table.settled(day)
    return Deadline(clock.end_of_day(day), provisional=not settled)


def between(start: date | datetime, end: date | datetime, calendar: Calendar | None = None) -> int:
    """Working days that are left of a term.

    :param start: today, or an aware moment of it
    :param end: last day of the term, or the moment at which it ends (`Deadline.end`)
    :param calendar: that of the deployment if None
    :returns: days after today up to the last one; 0 on the last day; when it is over, the days since as a negative
        number, at least -1: who is late is late on a rest day too
    :raises ValueError: a moment has no time zone
    """
    table, today, last = _chosen(calendar), _day(start), _last_day(end)
    if today <= last:
        return _worked(table, today, last)
    return -max(1, _worked(table, last, today))


def _worked(calendar: Calendar, after: date, until: date) -> int:
    """Working days after one day, up to another and with it."""
    return sum(calendar.works(after + timedelta(days=day)) for day in range(1, (until - after).days + 1))


def _chosen(calendar: Calendar | None) -> Calendar:
    return installed() if calendar is None else calendar


def _day(when: date | datetime) -> date:
    """The day in Beijing. CKAN keeps naive moments in UTC, people mean Beijing: neither is guessed."""
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone")
    return when.astimezone(clock.ZONE).date()


def _last_day(end: date | datetime) -> date:
    """The last day before a moment; a day is itself."""
    return _day(end - datetime.resolution) if isinstance(end, datetime) else end
