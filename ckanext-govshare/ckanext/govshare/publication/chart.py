"""Geometry of a target's line chart: numbers in, coordinates out. The template draws, nothing here is markup.

All is in units of the view box (900 × 260). Pure functions, so that a chart can be tested by its points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

WIDTH, HEIGHT = 900, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 28, 36, 34


def line(
    points: list[dict[str, Any]], goals: Iterable[dict[str, Any]], reach: date | None = None
) -> dict[str, Any]:
    """Lay a cumulative curve, its goals and its forecast out.

    :param points: ``[{day: ISO day, counted}]`` in order of time
    :param goals: ``[{day: date, at_least, label}]`` in order of time
    :param reach: the day on which the last goal is forecast to be reached; its line ends at the chart's edge
    :returns: ``{width, height, left, right, base, ticks: [{y, value}], months: [{x, month}], curve,
        goal_line, goals: [{x, y, end, text_y, …}], now: {x, y, text_y, counted} or None, forecast}``; a line
        is "x,y x,y …"
    """
    goals = list(goals)
    days = [date.fromisoformat(point["day"]) for point in points]
    first = date((days or [goal["day"] for goal in goals])[0].year, 1, 1)
    last = max([*days, *(goal["day"] for goal in goals), date(first.year, 12, 31)])
    top = _round_up(max([1, *(point["counted"] for point in points), *(goal["at_least"] for goal in goals)]))

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / max(1, (last - first).days), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)

    curve = [(x(day), y(point["counted"])) for day, point in zip(days, points, strict=True)]
    placed = [{**goal, "x": x(goal["day"]), "y": y(goal["at_least"])} for goal in goals]
    for goal in placed:
        goal["end"] = goal["x"] > WIDTH - 170
        goal["text_y"] = _text_height(goal["y"], below=not goal["end"])
    now = {"x": curve[-1][0], "y": curve[-1][1], "counted": points[-1]["counted"]} if curve else None
    goal_line = [(x(first), y(0)), *((goal["x"], goal["y"]) for goal in placed)]
    if now:
        # The number stands on the side of the curve where the line of the goals is not.
        now["text_y"] = _text_height(now["y"], below=now["y"] > _height_at(goal_line, now["x"]))
    dotted: list[tuple[float, float]] = []
    if curve and goals and reach and days[-1] < min(reach, last):
        share = min(1.0, (last - days[-1]).days / (reach - days[-1]).days)
        start = points[-1]["counted"]
        dotted = [curve[-1], (x(min(reach, last)), y(start + (goals[-1]["at_least"] - start) * share))]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "base": HEIGHT - 10,
        "ticks": [{"y": y(value), "value": value} for value in range(0, top + 1, max(1, top // 4))],
        "months": [{"x": x(day), "month": day.month} for day in _months(first, last)],
        "curve": _path(curve),
        "goal_line": _path(goal_line),
        "goals": placed,
        "now": now,
        "forecast": _path(dotted),
    }


def _text_height(y: float, below: bool) -> float:
    """Where the words beside a point stand: below it as long as they stay clear of the axis."""
    return y + 21 if below and y + 24 < HEIGHT - BOTTOM else y - 11


def _height_at(path: list[tuple[float, float]], x: float) -> float:
    """The height of a line at `x`, between its corners."""
    for (x1, y1), (x2, y2) in zip(path, path[1:], strict=False):
        if x1 <= x <= x2 and x2 > x1:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return path[-1][1]


def _round_up(value: int) -> int:
    """The next number that four even steps of the axis can show."""
    step = 10 ** max(0, int(math.log10(value)) - 1) if value >= 10 else 1
    return math.ceil(value / (4 * step)) * 4 * step


def _months(first: date, last: date) -> list[date]:
    months = (last.year - first.year) * 12 + last.month
    every = max(2, math.ceil(months / 6))
    return [date(first.year + month // 12, month % 12 + 1, 15) for month in range(0, months, every)]


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
