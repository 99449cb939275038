"""A plain forecast that anyone can check by hand: the pace of the last eight weeks, continued; plans beside it.

Pure functions. The pace says what happens if nothing changes, the plans what departments promised: two lines, never
mixed into one number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

WEEKS = 8
FAR_DAYS = 3 * 366  # beyond this, a day would pretend to know more than a pace tells


def forecast(
    *,
    needed: int,
    recent: int | None,
    today: date,
    due: date,
    planned: Sequence[date] = (),
    reached: date | None = None,
) -> dict[str, Any]:
    """When a target is reached if publication goes on as in the last eight weeks, and if plans are kept.

    :param needed: how many more are needed; 0 when the target is reached
    :param recent: how many began to count in the last eight weeks; None where a pace means nothing (shares, rows)
    :param today: the Beijing day of the count
    :param due: the target's last day
    :param planned: days of planned publications up to the due day, in order; one that is over is a late plan
    :param reached: since when it is reached, where it is
    :returns: ``{pace_per_week, reach_date, planned, plan_date, text_zh, text_en}``: items a week or None; ISO day or
        None; how many are planned; the day on which the plans fill the target, or None; the reason in words.
        For a reached target `reach_date` is `reached`
    """
    pace = None if recent is None else round(recent / WEEKS, 2)
    if needed <= 0:
        day_zh, day_en = (f"（{_zh(reached)}）", f" (on {reached})") if reached else ("", "")
        return _answer(pace, reached, planned, None, f"已达到{day_zh}", f"Reached{day_en}")
    plan_date = max(planned[needed - 1], today) if len(planned) >= needed else None
    zh, en = _plans(len(planned), plan_date, needed)
    if recent is None:
        return _answer(pace, None, planned, plan_date, f"还差 {needed}{zh}", f"{needed} to go{en}")
    if not recent:
        zh, en = (
            f"近 8 周没有新增，无法预计达到日期{zh}",
            f"Nothing new in the last 8 weeks: no date can be told{en}",
        )
        return _answer(pace, None, planned, plan_date, zh, en)
    reach = today + timedelta(days=math.ceil(needed * WEEKS * 7 / recent))
    if (reach - today).days > FAR_DAYS:
        zh = f"按近 8 周每周 {pace:g} 个的速度，三年内达不到{zh}"
        en = f"At the pace of the last 8 weeks ({pace:g} a week) it is more than three years away{en}"
        return _answer(pace, reach, planned, plan_date, zh, en)
    late = (reach - due).days
    ending_zh = f"，晚于期限 {late} 天" if late > 0 else "，可在期限前完成"
    ending_en = f", {late} days late" if late > 0 else ", in time"
    zh = f"按近 8 周每周 {pace:g} 个的速度，预计 {_zh(reach)}达到{ending_zh}{zh}"
    en = f"At the pace of the last 8 weeks ({pace:g} a week) it is reached on {reach}{ending_en}{en}"
    return _answer(pace, reach, planned, plan_date, zh, en)


def _plans(number: int, day: date | None, needed: int) -> tuple[str, str]:
    """What the plans add, in words."""
    if not number:
        return "", ""
    if day is not None:
        return (
            f"；部门已计划发布 {number} 个，按计划 {_zh(day)}达到",
            f"; departments plan {number}, by which it is reached on {day}",
        )
    short = needed - number
    return (
        f"；部门已计划发布 {number} 个，仍差 {short} 个没有计划",
        f"; departments plan {number}, {short} more have no plan yet",
    )


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _answer(
    pace: float | None, reach: date | None, planned: Sequence[date], plan_date: date | None, zh: str, en: str
) -> dict[str, Any]:
    return {
        "pace_per_week": pace,
        "reach_date": reach.isoformat() if reach else None,
        "planned": len(planned),
        "plan_date": plan_date.isoformat() if plan_date else None,
        "text_zh": zh,
        "text_en": en,
    }
