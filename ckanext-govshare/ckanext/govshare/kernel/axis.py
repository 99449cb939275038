"""Axes of charts: the round number at their end. Pure."""

from __future__ import annotations

import math


def round_up(value: int) -> int:
    """The next number that four even steps of an axis can show.

    :param value: the largest value that is drawn, at least 1
    """
    step = 10 ** max(0, int(math.log10(value)) - 1) if value >= 10 else 1
    return math.ceil(value / (4 * step)) * 4 * step
