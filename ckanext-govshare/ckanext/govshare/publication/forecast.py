"""A plain forecast that anyone can check by hand: the pace of the last eight weeks, continued.

Pure functions over publication dates. Planned publications are not known yet and so are not part of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

WEEKS = 8
FAR_DAYS = 3 * 366  # beyond this, a day would pretend to know more than a pace tells


def forecast(published: Iterable[date], at_least: int, today: date, due: date) -> dict[str, Any]:
    """When a target is reached if publication goes on as in the last eight weeks.

    :param published: publication date of each candidate that is counted today
    :param at_least: the number that the target asks for
    :param today: the Beijing day of the count
    :param due: the target's last day
    :returns: ``{pace_per_week, reach_date, text_zh, text_en}``: items a week; ISO day or None; the reason.
        For a reached target `reach_date` is the publication date of the item that made the number full
    """
    days = sorted(published)
    recent = sum(today - timedelta(weeks=WEEKS) < day <= today for day in days)
    pace = round(recent / WEEKS, 2)
    if len(days) >= at_least:
        reached = days[at_least - 1] if at_least > 0 else today
        english = f"Reached (by publication date, {reached})"
        return _answer(pace, reached, f"已达到（按发布日期，{_zh(reached)}）", english)
    if not recent:
        english = "Nothing new in the last 8 weeks: no date can be told"
        return _answer(pace, None, "近 8 周没有新增，无法预计达到日期", english)
    reach = today + timedelta(days=math.ceil((at_least - len(days)) * WEEKS * 7 / recent))
    if (reach - today).days > FAR_DAYS:
        english = f"At the pace of the last 8 weeks ({pace:g} a week) it is more than three years away"
        return _answer(pace, reach, f"按近 8 周每周 {pace:g} 个的速度，三年内达不到", english)
    late = (reach - due).days
    ending_zh = f"，晚于期限 {late} 天" if late > 0 else "，可在期限前完成"
    ending_en = f", {late} days late" if late > 0 else ", in time"
    return _answer(
        pace,
        reach,
        f"按近 8 周每周 {pace:g} 个的速度，预计 {_zh(reach)}达到{ending_zh}",
        f"At the pace of the last 8 weeks ({pace:g} a week) it is reached on {reach}{ending_en}",
    )


def cumulative(published: Iterable[date], first: date, last: date) -> list[dict[str, Any]]:
    """The number counted today by publication date: on the first day, at each month's end, on the last day.

    :param published: publication date of each candidate that is counted today
    :param first: first day of the curve
    :param last: its last day; the last point
    :returns: ``[{day, counted, added}]``, `added` = new since the point before
    """
    days = sorted(published)
    points: list[dict[str, Any]] = []
    before = sum(day < first for day in days)
    for end in dict.fromkeys((first, *_month_ends(first, last))):
        counted = sum(day <= end for day in days)
        points.append({"day": end.isoformat(), "counted": counted, "added": counted - before})
        before = counted
    return points


def _month_ends(first: date, last: date) -> Iterable[date]:
    end = first
    while end < last:
        after = (end.replace(day=28) + timedelta(days=4)).replace(day=1)
        end = min(after - timedelta(days=1), last)
        yield end
        end += timedelta(days=1)
    if end == last:
        yield last


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _answer(pace: float, reach: date | None, zh: str, en: str) -> dict[str, Any]:
    reach_date = reach.isoformat() if reach else None
    return {"pace_per_week": pace, "reach_date": reach_date, "text_zh": zh, "text_en": en}
