"""The forecast and the course of days, checked against numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ckanext.govshare.publication.forecast import forecast

TODAY, DUE = date(2026, 11, 22), date(2026, 12, 31)


def told(**values):
    return forecast(**{"needed": 4, "recent": 4, "today": TODAY, "due": DUE, **values})


def test_pace_of_eight_weeks_is_continued():
    # Four in eight weeks = 0.5 a week; four more are wanted: eight weeks from today.
    answer = told()
    assert answer["pace_per_week"] == 0.5
    assert answer["reach_date"] == "2027-01-17"
    assert answer["text_zh"] == "按近 8 周每周 0.5 个的速度，预计 2027年1月17日达到，晚于期限 17 天"


def test_forecast_in_time_says_so():
    answer = told(needed=1, recent=8)
    assert answer["reach_date"] == "2026-11-29"
    assert answer["text_en"].endswith("in time")


def test_far_day_is_not_pretended_to_be_known():
    assert told(needed=79, recent=1)["text_zh"] == "按近 8 周每周 0.12 个的速度，三年内达不到"


def test_nothing_new_tells_no_date():
    answer = told(recent=0)
    assert answer["reach_date"] is None
    assert "近 8 周没有新增" in answer["text_zh"]


def test_reached_target_names_since_when():
    answer = told(needed=0, reached=date(2026, 11, 12))
    assert answer["reach_date"] == "2026-11-12"
    assert answer["text_zh"] == "已达到（2026年11月12日）"


def test_share_and_rows_have_no_pace():
    answer = told(recent=None)
    assert (answer["pace_per_week"], answer["reach_date"]) == (None, None)
    assert answer["text_zh"] == "还差 4"


def test_plans_that_fill_the_target_name_the_day():
    days = [TODAY + timedelta(days=number) for number in (1, 5, 9, 20)]
    answer = told(planned=days)
    assert (answer["planned"], answer["plan_date"]) == (4, "2026-12-12")
    assert answer["text_zh"].endswith("；部门已计划发布 4 个，按计划 2026年12月12日达到")


def test_plans_that_do_not_suffice_say_how_many_are_missing():
    answer = told(planned=[TODAY])
    assert answer["plan_date"] is None
    assert answer["text_zh"].endswith("；部门已计划发布 1 个，仍差 3 个没有计划")


def test_late_plan_is_not_reached_in_the_past():
    assert told(needed=1, planned=[TODAY - timedelta(days=30)])["plan_date"] == TODAY.isoformat()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_has_both_languages(language):
    for values in ({}, {"needed": 0}, {"recent": None}, {"recent": 0}, {"needed": 79, "recent": 1}):
        assert told(**values)[f"text_{language}"]
