"""The forecast and the curve, checked against numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ckanext.govshare.publication.forecast import cumulative, forecast

TODAY, DUE = date(2026, 11, 22), date(2026, 12, 31)


def days_ago(*ago: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in ago]


def test_pace_of_eight_weeks_is_continued():
    # Four in eight weeks = 0.5 a week; four more are wanted: eight weeks from today.
    answer = forecast(days_ago(1, 10, 20, 55), 8, TODAY, DUE)
    assert answer["pace_per_week"] == 0.5
    assert answer["reach_date"] == "2027-01-17"
    assert answer["text_zh"] == "按近 8 周每周 0.5 个的速度，预计 2027年1月17日达到，晚于期限 17 天"


def test_forecast_in_time_says_so():
    answer = forecast(days_ago(*range(8)), 9, TODAY, DUE)
    assert answer["reach_date"] == "2026-11-29"
    assert answer["text_en"].endswith("in time")


@pytest.mark.parametrize(("ago", "pace"), [(55, 0.12), (56, 0.0), (0, 0.12)])
def test_window_is_fifty_six_days_with_today(ago, pace):
    assert forecast(days_ago(ago), 5, TODAY, DUE)["pace_per_week"] == pace


def test_far_day_is_not_pretended_to_be_known():
    assert forecast(days_ago(1), 80, TODAY, DUE)["text_zh"] == "按近 8 周每周 0.12 个的速度，三年内达不到"


def test_nothing_new_tells_no_date():
    answer = forecast(days_ago(100, 200), 5, TODAY, DUE)
    assert answer["reach_date"] is None
    assert "近 8 周没有新增" in answer["text_zh"]


def test_reached_target_names_the_day_of_the_item_that_made_it_full():
    answer = forecast(days_ago(300, 30, 10, 1), 3, TODAY, DUE)
    assert answer["reach_date"] == "2026-11-12"
    assert answer["text_zh"] == "已达到（按发布日期，2026年11月12日）"


def test_curve_has_a_point_on_the_first_day_each_month_end_and_today():
    points = cumulative([date(2025, 5, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 10)],
                        date(2026, 1, 1), date(2026, 3, 10))  # fmt: skip
    assert points == [
        {"day": "2026-01-01", "counted": 1, "added": 0},
        {"day": "2026-01-31", "counted": 2, "added": 1},
        {"day": "2026-02-28", "counted": 3, "added": 1},
        {"day": "2026-03-10", "counted": 4, "added": 1},
    ]


@pytest.mark.parametrize("last", [date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 12, 31)])
def test_curve_ends_on_its_last_day(last):
    days = [point["day"] for point in cumulative([], date(2026, 1, 1), last)]
    assert (days[0], days[-1]) == ("2026-01-01", last.isoformat())
    assert len(set(days)) == len(days) == last.month + (last > date(2026, 1, 1))
