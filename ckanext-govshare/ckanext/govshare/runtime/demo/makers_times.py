"""Makers of dates and times."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from ckanext.govshare.runtime.demo.row import Builder, Maker, Row


def _date(rest: str, rng: random.Random, count: int) -> Maker:
    first, last = (date.fromisoformat(part) for part in rest.split())
    return lambda row: first + timedelta(days=rng.randint(0, (last - first).days))


def _dates(rest: str, rng: random.Random, count: int) -> Maker:
    """`dates 2026-01-04 2026-11-20`: dates in order, from the first to the last."""
    first, last = (date.fromisoformat(part) for part in rest.split())
    stride = (last - first).days / max(count, 1)
    return lambda row: first + timedelta(days=int((row.index + rng.random()) * stride))


def _after(rest: str, rng: random.Random, count: int) -> Maker:
    """`after 列名 1 15`: a date so many days after an earlier one."""
    source, low, high = rest.split()
    return lambda row: row.values[source] + timedelta(days=rng.randint(int(low), int(high)))


def _days(rest: str, rng: random.Random, count: int) -> Maker:
    first, *step = rest.split()
    start, stride = date.fromisoformat(first), int(step[0]) if step else 1
    return lambda row: start + timedelta(days=row.step * stride)


def _hours(rest: str, rng: random.Random, count: int) -> Maker:
    start = datetime.fromisoformat(rest)
    return lambda row: start + timedelta(hours=row.step)


def _months(rest: str, rng: random.Random, count: int) -> Maker:
    year, month = (int(part) for part in rest.split("-"))
    return lambda row: f"{year + (month - 1 + row.step) // 12}-{(month - 1 + row.step) % 12 + 1:02d}"


def _time(rest: str, rng: random.Random, count: int) -> Maker:
    first, last, step = rest.split()
    low, high = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
    return lambda row: "{:02d}:{:02d}".format(*divmod(rng.randrange(low, high + 1, int(step)), 60))


def _numbered(rest: str, rng: random.Random, count: int) -> Maker:
    """`numbered 成文日期 演政规〔{year}〕{n}号`: a number that begins anew with each year of a date."""
    source, _, pattern = rest.partition(" ")
    last: dict[int, int] = {}

    def make(row: Row) -> str:
        year = row.values[source].year
        last[year] = last.get(year, 0) + 1
        return pattern.format(year=year, n=last[year])

    return make


BUILDERS: dict[str, Builder] = {
    "date": _date,
    "dates": _dates,
    "after": _after,
    "days": _days,
    "hours": _hours,
    "months": _months,
    "time": _time,
    "numbered": _numbered,
}
