"""Geometry of a chart of columns: numbers in, coordinates out. The template draws, nothing here is markup.

All is in units of the view box. Pure functions, so that a chart can be tested by its points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.govshare.kernel.axis import round_up

WIDTH, HEIGHT = 900, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 26, 30
FILLED = 0.62  # of the room that a column has
TICKS = 4


def columns(rows: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Lay numbers out as columns, from left to right.

    :param rows: label and number of each; no number is below 0
    :returns: ``{width, height, left, right, base, ticks: [{y, value}], columns: [{x, y, width, height, middle, label,
        number}]}``; the label of every second one is empty where there are more than 12
    """
    top = round_up(max([1, *(number for _label, number in rows)]))
    room = (WIDTH - LEFT - RIGHT) / max(1, len(rows))
    high = HEIGHT - TOP - BOTTOM
    sparse = len(rows) > 12  # a year of months stands side by side
    made = []
    for place, (label, number) in enumerate(rows):
        height = round(high * number / top, 1)
        left = LEFT + room * (place + (1 - FILLED) / 2)
        made.append(
            {
                "x": round(left, 1),
                "y": round(HEIGHT - BOTTOM - height, 1),
                "width": round(room * FILLED, 1),
                "height": height,
                "middle": round(left + room * FILLED / 2, 1),
                "label": "" if sparse and place % 2 else label,
                "number": number,
            }
        )
    ticks = [
        {"y": round(HEIGHT - BOTTOM - high * step / TICKS, 1), "value": top * step // TICKS}
        for step in range(TICKS + 1)
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "base": HEIGHT - 10,
        "ticks": ticks,
        "columns": made,
    }
