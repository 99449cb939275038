"""Makers of numbers: free ones, rhythms, and those that follow from earlier columns."""

from __future__ import annotations

import math
import random

from ckanext.govshare.runtime.demo.row import Builder, Maker, Row


def _int(rest: str, rng: random.Random, count: int) -> Maker:
    low, high, *step = (int(part) for part in rest.split())
    return lambda row: rng.randrange(low, high + 1, step[0] if step else 1)


def _num(rest: str, rng: random.Random, count: int) -> Maker:
    low, high, digits = rest.split()
    return lambda row: round(rng.uniform(float(low), float(high)), int(digits))


def _wave(rest: str, rng: random.Random, count: int) -> Maker:
    """`wave low high digits length peak`: a rhythm over the steps, with a little noise."""
    low, high, digits, length, peak = (float(part) for part in rest.split())

    def make(row: Row) -> float:
        height = (1 + math.cos(2 * math.pi * (row.step - peak) / length)) / 2
        value = low + (high - low) * min(max(height + rng.gauss(0, 0.07), 0), 1)
        return round(value, int(digits)) if digits else round(value)

    return make


def _share(rest: str, rng: random.Random, count: int) -> Maker:
    """`share 列名 0.1 0.9`: a whole-number part of an earlier column."""
    source, low, high = rest.split()
    return lambda row: round(row.values[source] * rng.uniform(float(low), float(high)))


def _scale(rest: str, rng: random.Random, count: int) -> Maker:
    """`scale 列名 0.9 1.1 2`: an earlier number times a factor, with so many digits."""
    source, low, high, digits = rest.split()
    return lambda row: round(row.values[source] * rng.uniform(float(low), float(high)), int(digits) or None)


def _drift(rest: str, rng: random.Random, count: int) -> Maker:
    """`drift 380 2100 2`: a whole number of each member that moves by so many percent from step to step."""
    low, high, percent = (int(part) for part in rest.split())
    known: dict[int, int] = {}

    def make(row: Row) -> int:
        base = known.setdefault(row.member, rng.randint(low, high))
        return round(base * (1 + rng.uniform(-percent, percent) / 100))

    return make


def _ramp(rest: str, rng: random.Random, count: int) -> Maker:
    """`ramp 420/190/140/90`: amounts of a year, accumulating by months; parts keep adding up."""
    amounts = [float(part) for part in rest.split("/")]
    months: dict[int, float] = {}

    def make(row: Row) -> float:
        share = months.setdefault(row.step, (row.step + 1) / 12 * rng.uniform(0.98, 1.02))
        return round(amounts[row.member % len(amounts)] * share, 2)

    return make


def _percent(rest: str, rng: random.Random, count: int) -> Maker:
    part, whole = rest.split()
    return lambda row: round(100 * row.values[part] / row.values[whole], 1) if row.values[whole] else 0.0


def _minus(rest: str, rng: random.Random, count: int) -> Maker:
    first, *others = rest.split()
    return lambda row: row.values[first] - sum(row.values[other] for other in others)


def _sum(rest: str, rng: random.Random, count: int) -> Maker:
    return lambda row: sum(row.values[name] for name in rest.split())


BUILDERS: dict[str, Builder] = {
    "int": _int,
    "num": _num,
    "wave": _wave,
    "share": _share,
    "scale": _scale,
    "drift": _drift,
    "ramp": _ramp,
    "percent": _percent,
    "minus": _minus,
    "sum": _sum,
}
