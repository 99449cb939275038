"""The one clock."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta, timezone

from ckanext.govshare.kernel import clock


def test_now_is_aware_and_in_beijing():
    assert clock.now().utcoffset() == timedelta(hours=8)
    assert abs(clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)


def test_frozen_clock_stands_still_in_every_thread_and_goes_on_afterwards():
    seen = []
    with clock.frozen(datetime(2026, 3, 31, 23, 59)):  # noqa: DTZ001 - naive is taken as Beijing time
        thread = threading.Thread(target=lambda: seen.append(clock.today()))
        thread.start()
        thread.join()
    assert seen == [date(2026, 3, 31)]
    assert clock.today() != date(2026, 3, 31)


def test_the_day_is_beijings():
    with clock.frozen(datetime(2026, 3, 31, 16, 30, tzinfo=timezone.utc)):
        assert clock.today() == date(2026, 4, 1)


def test_day_ends_with_the_first_moment_of_the_next():
    assert clock.end_of_day(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=clock.ZONE)


def test_inner_clock_gives_way_to_outer_one():
    first, second = datetime(2026, 1, 1, tzinfo=clock.ZONE), datetime(2026, 1, 2, tzinfo=clock.ZONE)
    with clock.frozen(first):
        with clock.use(lambda: second):
            assert clock.now() == second
        assert clock.now() == first
