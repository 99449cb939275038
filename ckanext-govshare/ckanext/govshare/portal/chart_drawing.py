"""Geometry of charts and their numbers: values in, coordinates out; the templates draw. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

WIDTH = 680
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 18, 30
LINE_HEIGHT = 260
BAR_LEFT, BAR_RIGHT, BAR_STEP, BAR_HEIGHT = 170, 84, 34, 20
LABEL_WIDTH = 22  # half-width characters of a bar's label
MOST_LABELS = 6
LEAST_BAR = 2.0  # units of a bar that is not nothing


def plain(value: float) -> str:
    """A number as people read it on a chart: whole, or with three figures that matter."""
    if value == round(value) or abs(value) >= 1000:
        return f"{round(value):,}"
    return f"{value:.3g}"


def ticks(least: float, most: float) -> list[float]:
    """Round numbers from below the least to above the most value, some four steps of 1, 2 or 5 × 10ⁿ."""
    span = (most - least) or abs(most) or 1.0
    rough = span / 4
    unit = 10 ** math.floor(math.log10(rough))
    size = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough * 0.999)
    first, last = math.floor(least / size + 1e-9), math.ceil(most / size - 1e-9)
    return [round(number * size, 10) for number in range(first, max(last, first + 1) + 1)]


def line(labels: Sequence[str], values: Sequence[float]) -> dict[str, Any]:
    """A line through values in order. It begins at nought where the values lie near to it.

    :returns: ``{width, height, left, right, ticks: [{y, text}], labels: [{x, text, anchor}], line, dots: [{x, y}]}``
    """
    least, most = min(values), max(values)
    marks = ticks(0.0 if 0 <= least <= most * 0.6 else least, most)
    low, high = marks[0], marks[-1]

    def x(place: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (place / max(1, len(values) - 1)), 1)

    def y(value: float) -> float:
        return round(LINE_HEIGHT - BOTTOM - (LINE_HEIGHT - TOP - BOTTOM) * (value - low) / (high - low), 1)

    dots = [{"x": x(place), "y": y(value)} for place, value in enumerate(values)]
    every = math.ceil(len(labels) / MOST_LABELS)
    shown = range(0, len(labels), every)
    return {
        "width": WIDTH,
        "height": LINE_HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "base": LINE_HEIGHT - 8,
        "ticks": [{"y": y(mark), "text": plain(mark)} for mark in marks],
        "labels": [
            {"x": x(place), "text": labels[place], "anchor": _anchor(place, len(labels))}
            for place in shown
            if place in (0, len(labels) - 1) or x(place) < WIDTH - RIGHT - 50
        ],
        "line": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
        "dots": dots if len(dots) <= 31 else [],
    }


def _anchor(place: int, number: int) -> str:
    """Which end of a label stands at its point: labels at the ends of a line stay within the drawing."""
    if number > 1 and place in (0, number - 1):
        return "end" if place else "start"
    return "middle"


def bars(labels: Sequence[str], values: Sequence[float]) -> dict[str, Any]:
    """Bars from left to right, one below the other; with negative values the zero line stands where it must.

    :returns: ``{width, height, left, zero, bars: [{y, x, width, height, label, whole, text, text_x, text_y}]}``
    """
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    room = WIDTH - BAR_LEFT - BAR_RIGHT

    def x(value: float) -> float:
        return round(BAR_LEFT + room * (value - low) / span, 1)

    zero = x(0.0)
    placed = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        top = 8 + place * BAR_STEP
        start = min(zero, x(value))
        width = max(abs(x(value) - zero), LEAST_BAR if value else 0.0)
        placed.append(
            {
                "y": top,
                "x": start,
                "width": round(width, 1),
                "height": BAR_HEIGHT,
                "label": shortened(label, LABEL_WIDTH),
                "whole": label,
                "text": plain(value),
                "text_x": round(start + width + 8, 1),
                "text_y": top + 15,
            }
        )
    return {
        "width": WIDTH,
        "height": 12 + len(placed) * BAR_STEP,
        "left": BAR_LEFT - 10,
        "zero": zero,
        "bars": placed,
    }


def shortened(text: str, most: int) -> str:
    """A text of at most so many half-width characters; a Chinese one is as wide as two Latin ones."""
    width, kept = 0, ""
    for sign in text:
        width += 2 if east_asian_width(sign) in "WF" else 1
        if width > most:
            return kept[:-1] + "…"
        kept += sign
    return kept
