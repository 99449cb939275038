"""The chart's geometry: what must be on it, and where."""

from __future__ import annotations

from datetime import date

from ckanext.govshare.publication.chart import HEIGHT, LEFT, RIGHT, TOP, WIDTH, line

POINTS = [
    {"day": "2026-01-31", "counted": 4, "added": 4},
    {"day": "2026-11-22", "counted": 62, "added": 58},
]
GOALS = [{"day": date(2026, 3, 31), "at_least": 20}, {"day": date(2026, 12, 31), "at_least": 80}]


def pairs(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in path.split()]


def test_everything_lies_inside_the_frame():
    drawn = line(POINTS, GOALS, date(2026, 12, 20))
    for path in (drawn["curve"], drawn["goal_line"], drawn["forecast"]):
        for x, y in pairs(path):
            assert LEFT <= x <= WIDTH - RIGHT
            assert TOP <= y <= HEIGHT


def test_axis_has_even_steps_above_the_largest_number():
    assert [tick["value"] for tick in line(POINTS, GOALS)["ticks"]] == [0, 20, 40, 60, 80]
    small = line([], [{"day": date(2026, 12, 31), "at_least": 1}])
    assert small["ticks"][-1]["value"] >= 1


def test_more_is_higher_and_later_is_further_right():
    (x1, y1), (x2, y2) = pairs(line(POINTS, GOALS)["curve"])
    assert x1 < x2
    assert y1 > y2


def test_forecast_ends_at_the_goal_or_at_the_edge():
    assert line(POINTS, GOALS)["forecast"] == ""
    in_time = line(POINTS, GOALS, date(2026, 12, 20))
    assert pairs(in_time["forecast"])[1][1] == in_time["goals"][1]["y"]
    (x1, y1), (x2, y2) = pairs(line(POINTS, GOALS, date(2027, 4, 3))["forecast"])
    assert (x1, x2) == (in_time["now"]["x"], WIDTH - RIGHT)
    assert y1 > y2 > in_time["goals"][1]["y"]


def test_number_of_today_stands_away_from_the_line_of_goals():
    under, over = line(POINTS, GOALS)["now"], line([{"day": "2026-11-22", "counted": 79}], GOALS)["now"]
    assert under["text_y"] > under["y"]
    assert over["text_y"] < over["y"]


def test_words_stay_clear_of_the_axis():
    low = line([{"day": "2026-11-22", "counted": 1}], [{"day": date(2026, 3, 31), "at_least": 1}, *GOALS])
    assert low["now"]["text_y"] < low["now"]["y"]
    assert low["goals"][0]["text_y"] < low["goals"][0]["y"]


def test_chart_without_history_still_shows_its_goals():
    drawn = line([], GOALS)
    assert drawn["now"] is None
    assert [goal["at_least"] for goal in drawn["goals"]] == [20, 80]
    assert [goal["end"] for goal in drawn["goals"]] == [False, True]
