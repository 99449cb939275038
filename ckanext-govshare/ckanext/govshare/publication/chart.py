"""Geometry of a target's line chart: numbers in, coordinates out. The template draws, nothing here is markup.

All is in units of the view box (900 × 260). Pure functions, so that a chart can be tested by its points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

from ckanext.govshare.kernel.axis import round_up

WIDTH, HEIGHT = 900, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 28, 36, 34


def line(
    points: list[dict[str, Any]],
    goals: Iterable[dict[str, Any]],
    reach: date | None = None,
    began: date | None = None,
    planned: tuple[date, int] | None = None,
) -> dict[str, Any]:
    """Lay a course, its goals, its forecast and the planned publications out.

    :param points: ``[{day: ISO day, counted, value?}]`` in order of time; `value` is drawn where there is one
    :param goals: ``[{day: date, at_least, label}]`` in order of time
    :param reach: the day on which the last goal is forecast to be reached; its line ends at the chart's edge
    :param began: first day that the ledger was kept; what lies before it is a line of its own
    :param planned: until when publications are planned, and what the number is then if all plans are kept
    :returns: ``{width, height, left, right, base, ticks: [{y, value}], months: [{x, month}], curve, before,
        goal_line, goals: [{x, y, end, text_y, …}], now: {x, y, text_y, counted} or None, forecast, plan: {line, x, y,
        text_y, value} or None}``; a line is "x,y x,y …"
    """
    goals = list(goals)
    days = [date.fromisoformat(point["day"]) for point in points]
    values = [point.get("value", point["counted"]) for point in points]
    first = date((days or [goal["day"] for goal in goals])[0].year, 1, 1)
    last = max([*days, *(goal["day"] for goal in goals), date(first.year, 12, 31)])
    most = [1, *values, *(goal["at_least"] for goal in goals), planned[1] if planned else 0]
    top = round_up(math.ceil(max(most)))

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / max(1, (last - first).days), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)

    course = [(x(day), y(value)) for day, value in zip(days, values, strict=True)]
    placed = [{**goal, "x": x(goal["day"]), "y": y(goal["at_least"])} for goal in goals]
    for goal in placed:
        # Its words stand before and above it at the chart's end, and where the curve runs below it.
        under = bool(course) and course[0][0] <= goal["x"] <= course[-1][0] and goal["x"] > LEFT + 180
        under = under and _height_at(course, goal["x"]) > goal["y"]
        goal["end"] = under or goal["x"] > WIDTH - 170
        goal["text_y"] = _text_height(goal["y"], below=not goal["end"])
    now = {"x": course[-1][0], "y": course[-1][1], "counted": values[-1]} if course else None
    goal_line = [(x(first), y(0)), *((goal["x"], goal["y"]) for goal in placed)]
    if now:
        # The number stands on the side of the curve where the line of the goals is not.
        now["text_y"] = _text_height(now["y"], below=now["y"] > _height_at(goal_line, now["x"]))
    dotted: list[tuple[float, float]] = []
    if course and goals and reach and days[-1] < min(reach, last):
        share = min(1.0, (last - days[-1]).days / (reach - days[-1]).days)
        start = values[-1]
        dotted = [course[-1], (x(min(reach, last)), y(start + (goals[-1]["at_least"] - start) * share))]
    plan = None
    if now and planned and days[-1] < planned[0] <= last:
        end = (x(planned[0]), y(planned[1]))
        plan = {"line": _path([course[-1], end]), "x": end[0], "y": end[1], "value": planned[1]}
        plan["text_y"] = _text_height(end[1], below=any(abs(goal["y"] - end[1]) < 26 for goal in placed))
    known = sum(day < began for day in days) if began else 0
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "base": HEIGHT - 10,
        "ticks": [{"y": y(value), "value": value} for value in range(0, top + 1, max(1, top // 4))],
        "months": [{"x": x(day), "month": day.month} for day in _months(first, last)],
        "before": _path(_corners(course[: known + 1])) if known else "",
        "curve": _path(_corners(course[known:])),
        "goal_line": _path(goal_line),
        "goals": placed,
        "now": now,
        "forecast": _path(dotted),
        "plan": plan,
    }


def month_ends(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A course by day as a table has it: a row a month and one of the last day; what came and went is added up.

    :param points: ``[{day, …, added, gone}]`` in order of time
    """
    rows: list[dict[str, Any]] = []
    for point in points:
        if rows and rows[-1]["day"][:7] == point["day"][:7]:
            before = rows.pop()
            point = {**point, "added": before["added"] + point["added"], "gone": before["gone"] + point["gone"]}
        rows.append(dict(point))
    return rows


def _corners(path: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A line without the points at which it goes straight on at the same height."""
    kept = path[:1]
    for place, point in enumerate(path[1:], start=1):
        after = path[place + 1] if place + 1 < len(path) else None
        if after is None or not kept[-1][1] == point[1] == after[1]:
            kept.append(point)
    return kept


def _text_height(y: float, below: bool) -> float:
    """Where the words beside a point stand: below it as long as they stay clear of the axis."""
    return y + 21 if below and y + 24 < HEIGHT - BOTTOM else y - 11


def _height_at(path: list[tuple[float, float]], x: float) -> float:
    """The height of a line at `x`, between its corners."""
    for (x1, y1), (x2, y2) in zip(path, path[1:], strict=False):
        if x1 <= x <= x2 and x2 > x1:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return path[-1][1]


def _months(first: date, last: date) -> list[date]:
    months = (last.year - first.year) * 12 + last.month
    every = max(2, math.ceil(months / 6))
    return [date(first.year + month // 12, month % 12 + 1, 15) for month in range(0, months, every)]


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
