"""The one clock: Beijing time, replaceable in tests.

Mainland China has had one zone and no summer time since 1992, so a fixed offset says the same as the
time zone database, and works on machines that carry none. Working days are not counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, timezone

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")

Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(ZONE)


_source: Source = _system


def now() -> datetime:
    """The present moment, aware, in Beijing time."""
    return _source().astimezone(ZONE)


def today() -> date:
    """The calendar day in Beijing."""
    return now().date()


@contextmanager
def use(source: Source) -> Iterator[None]:
    """Read the time from elsewhere while the block runs, in every thread of the process.

    :param source: a function that answers an aware moment
    """
    global _source  # the process has one clock
    before = _source
    _source = source
    try:
        yield
    finally:
        _source = before


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Let the time stand still while the block runs.

    :param moment: a naive moment is taken as Beijing time
    """
    fixed = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    with use(lambda: fixed):
        yield


def end_of_day(day: date) -> datetime:
    """24:00 of the day: the first moment that no longer belongs to it (民法典 第二百零三条).

    :param day: a day in Beijing
    :returns: aware; what happened *before* it happened on the day or earlier
    """
    return datetime.combine(day + timedelta(days=1), time(), ZONE)
