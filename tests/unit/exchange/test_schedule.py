"""When it is a point's turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.exchange import schedule
from ckanext.govshare.exchange.schedule import due, may_pass, parse
from ckanext.govshare.kernel.clock import ZONE

NOW = datetime(2026, 3, 18, 10, 0, tzinfo=ZONE)  # a Wednesday
MINUTE = timedelta(minutes=1)

repeating = st.one_of(
    st.sampled_from(["hourly", "daily", "weekly", "monthly"]),
    st.integers(5, 59).map(lambda minutes: f"minutes:{minutes}"),
    st.builds(
        lambda kind, hour, minute: f"{kind}@{hour:02}:{minute:02}",
        st.sampled_from(["daily", "weekly", "monthly"]),
        st.integers(0, 23),
        st.integers(0, 59),
    ),
)
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
any_schedule = st.one_of(
    repeating,
    st.just("manual"),
    st.datetimes(FIRST, LAST).map(lambda moment: f"once:{moment.isoformat()}"),
)
moments = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(tzinfo=ZONE))
spans = st.integers(0, 60 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@pytest.mark.parametrize(
    "text",
    [
        "", "sometimes", "minutes", "minutes:", "minutes:4", "minutes:60", "minutes:05", "minutes:٥", "minutes:-5",
        "once", "once:", "once:tomorrow", "hourly@10:00", "daily@", "daily@24:00", "daily@1:30", "daily@01:60",
        "manual@10:00", "minutes:15@10:00", "DAILY", " daily", "weekly@10:00\n", "yearly",
    ],
)  # fmt: skip
def test_what_is_no_schedule_raises(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the caller names the field
        parse(text)


def test_a_moment_without_a_zone_is_of_beijing():
    assert parse("once:2026-03-18T10:00").moment == NOW == parse("once:2026-03-18T02:00+00:00").moment


def test_by_hand_is_never_due():
    assert not due("manual", None, 0, NOW)
    assert not due("manual", NOW - timedelta(days=900), 3, NOW)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("minutes:15", timedelta(minutes=15)),
        ("hourly", timedelta(hours=1)),
        ("daily", timedelta(days=1)),
        ("weekly", timedelta(days=7)),
        ("monthly", timedelta(days=28)),  # from 18 February
    ],
)
def test_a_turn_comes_when_the_interval_has_passed(text, interval):
    assert due(text, None, 0, NOW)
    assert due(text, NOW - interval, 0, NOW)
    assert not due(text, NOW - interval + MINUTE, 0, NOW)


def test_a_month_after_the_31st_is_the_last_of_the_next():
    last = datetime(2026, 1, 31, 9, tzinfo=ZONE)
    assert not due("monthly", last, 0, datetime(2026, 2, 28, 8, 59, tzinfo=ZONE))
    assert due("monthly", last, 0, datetime(2026, 2, 28, 9, tzinfo=ZONE))
    assert parse("monthly").after(datetime(2026, 12, 31, tzinfo=ZONE)) == datetime(2027, 1, 31, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("daily@02:30", datetime(2026, 3, 18, 2, 30, tzinfo=ZONE)),
        ("daily@10:01", datetime(2026, 3, 17, 10, 1, tzinfo=ZONE)),
        ("weekly@02:30", datetime(2026, 3, 16, 2, 30, tzinfo=ZONE)),
        ("monthly@02:30", datetime(2026, 3, 1, 2, 30, tzinfo=ZONE)),
    ],
)
def test_a_time_of_day_has_its_turn_then_and_once(text, turn):
    assert due(text, turn - MINUTE, 0, NOW)
    assert not due(text, turn, 0, NOW)
    assert not due(text, turn + MINUTE, 0, NOW)


def test_before_the_time_of_the_first_it_was_the_turn_of_the_former_month():
    early = datetime(2026, 3, 1, 1, tzinfo=ZONE)
    assert parse("monthly@02:30").latest_turn(early) == datetime(2026, 2, 1, 2, 30, tzinfo=ZONE)


def test_once_runs_once_from_its_moment_on():
    text = "once:2026-03-18T10:00"
    assert not due(text, None, 0, NOW - MINUTE)
    assert due(text, None, 0, NOW)
    assert due(text, NOW - timedelta(days=3), 0, NOW + MINUTE)
    assert not due(text, NOW, 0, NOW + timedelta(days=3))


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (500, 60)])
def test_a_failure_that_may_pass_is_tried_again_later_and_later(failures, minutes):
    last = NOW - timedelta(minutes=minutes)
    assert due("hourly", last, failures, NOW)
    assert not due("hourly", last + MINUTE, failures, NOW)


def test_once_is_not_tried_for_ever():
    text, late = "once:2026-03-18T09:00", NOW + timedelta(days=9)
    assert due(text, NOW, schedule.ONCE_RETRIES, late)
    assert not due(text, NOW, schedule.ONCE_RETRIES + 1, late)


@pytest.mark.parametrize(
    ("slug", "text", "passes"),
    [
        ("unreachable", "", True),
        ("too_slow", "", True),
        ("folder_incomplete", "", True),
        ("http_status", "https://a.example/x answers with status 503: check", True),
        ("http_status", "https://a.example/status 404 answers with status 429: check", True),
        ("http_status", "https://a.example/x answers with status 404: check", False),
        ("http_status", "", False),
        ("json_invalid", "", False),
        ("internal_error", "", False),
    ],
)
def test_which_failures_may_pass(slug, text, passes):
    assert may_pass({"slug": slug, "message_en": text}) is passes
    assert not may_pass(None)


@given(any_schedule, st.none() | moments, st.integers(0, 40), moments, spans)
def test_once_due_it_stays_due_until_it_runs(text, last, failures, now, span):
    if due(text, last, failures, now):
        assert due(text, last, failures, now + span)


@given(repeating, moments, st.integers(0, 40), moments)
def test_failures_never_make_a_turn_later(text, last, failures, now):
    if due(text, last, 0, now):
        assert due(text, last, failures, now)


@given(any_schedule, moments, st.integers(0, 40))
def test_nothing_runs_again_at_once(text, last, failures):
    plan = parse(text)
    if plan.at is None and (plan.moment is None or last >= plan.moment):
        assert not due(text, last, failures, last + 4 * MINUTE)


@given(repeating, moments)
def test_every_turn_comes(text, last):
    assert due(text, last, 0, last + timedelta(days=32))


@given(repeating, moments)
def test_a_worker_that_looks_every_minute_runs_a_point_once_an_interval(text, start):
    last, runs, now = start, [], start
    step = timedelta(minutes=5) if "minutes" in text or text == "hourly" else timedelta(hours=6)
    for _ in range(200):
        now += step
        if due(text, last, 0, now):
            runs.append(now)
            last = now
    plan = parse(text)
    gaps = [later - earlier for earlier, later in zip(runs, runs[1:], strict=False)]
    if plan.at is None:
        assert all(plan.after(earlier) <= earlier + gap for earlier, gap in zip(runs, gaps, strict=False))
    else:
        turns = [plan.latest_turn(run) for run in runs]
        assert len(turns) == len(set(turns))
