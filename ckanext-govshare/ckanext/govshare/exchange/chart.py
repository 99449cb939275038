"""Geometry of the small charts of runs: figures in, coordinates out; the templates draw. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.govshare.kernel.axis import round_up

WIDTH, HEIGHT = 300, 110
LEFT, TOP, BASE = 44, 14, 92
SPARK_WIDTH, SPARK_HEIGHT, SPARKS = 96, 24, 12
MEASURES = ("records", "changes", "problems", "seconds")
LEAST = 2.0  # units of a bar that is not nothing

Run = Mapping[str, Any]


def look(run: Run) -> str:
    """How a run went, as a look: ``ok``, ``warn`` (held, or records refused), ``bad``, ``busy`` or ``none``."""
    if run["state"] == "done":
        return "warn" if run["problems"] else "ok"
    return {"failed": "bad", "held": "warn", "cancelled": "none", "planned": "none"}.get(run["state"], "busy")


def bars(runs: Sequence[Run], measure: str) -> dict[str, Any]:
    """A figure of the last runs as bars, oldest first.

    :param runs: as ``govshare_harvest_history`` answers them
    :param measure: one of ``MEASURES``
    :returns: ``{width, height, left, base, ticks: [{y, value}], bars: [{x, y, width, height, look, run}], most, last}``
    """
    values = [float(run[measure]) for run in runs]
    top = round_up(math.ceil(max([1.0, *values])))
    step = (WIDTH - LEFT) / max(8, len(runs))

    def height(value: float) -> float:
        return round(max(LEAST if value else 0.0, (BASE - TOP) * value / top), 1)

    return {
        "measure": measure,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "base": BASE,
        "ticks": [{"y": round(BASE - (BASE - TOP) * part, 1), "value": int(top * part)} for part in (0.0, 0.5, 1.0)],
        "bars": [
            {
                "x": round(LEFT + place * step + step * 0.12, 1),
                "y": round(BASE - height(value), 1),
                "width": round(step * 0.76, 1),
                "height": height(value),
                "look": look(run),
                "run": run,
            }
            for place, (run, value) in enumerate(zip(runs, values, strict=True))
        ],
        "most": max(values, default=0),
        "last": values[-1] if values else 0,
    }


def spark(runs: Sequence[Run]) -> dict[str, Any]:
    """The last runs of a point in a line of a table: how each went, and, by height, how much it changed.

    The height is logarithmic, so that a first load does not flatten what came after it. A failed run reaches the top.

    :returns: ``{width, height, bars: [{x, y, width, height, look}], tally: {look: n}}``
    """
    shown = runs[-SPARKS:]
    most = max([math.log1p(run["changes"] + run["problems"]) for run in shown], default=0.0) or 1.0
    step = SPARK_WIDTH / SPARKS
    placed, tally = [], dict.fromkeys(("ok", "warn", "bad", "busy", "none"), 0)
    for place, run in enumerate(shown, start=SPARKS - len(shown)):
        how = look(run)
        tally[how] += 1
        share = 1.0 if how == "bad" else math.log1p(run["changes"] + run["problems"]) / most
        height = round(4 + (SPARK_HEIGHT - 4) * share, 1)
        placed.append(
            {
                "x": round(place * step + 1, 1),
                "y": round(SPARK_HEIGHT - height, 1),
                "width": round(step - 2, 1),
                "height": height,
                "look": how,
            }
        )
    return {"width": SPARK_WIDTH, "height": SPARK_HEIGHT, "bars": placed, "tally": tally}
