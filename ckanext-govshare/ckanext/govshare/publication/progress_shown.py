"""What progress pages show beside the bare answers of actions: the chart, filters and days that were asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import chart, pages

Answer = dict[str, Any]
EARLIEST = date(2000, 1, 1)  # before any ledger
SPAN = timedelta(days=30)  # between the two days of a difference, when none are named


def chart_of(card: Answer, context: Answer) -> Answer:
    """The chart of one measure: its main target's course day by day, with the goals of the same year.

    :param card: of `govshare_progress_cards`
    :param context: of the reader
    :returns: ``{card, geometry, points, goals, began}``: `points` by month, `began` the first day of the ledger where a
        part of the line lies before it, else None
    """
    main = card["main"]
    asked = {"target": main["target"]["id"], "step": "day"}
    history = tk.get_action("govshare_publication_history")(context, asked)
    goals = [
        {"day": date.fromisoformat(row["due"]), "at_least": row["target"]["at_least"], "row": row}
        for row in card["rows"]
        if row["due"][:4] == main["due"][:4]
    ]
    told, began = main["forecast"], date.fromisoformat(history["began"])
    reach = date.fromisoformat(told["reach_date"]) if told["reach_date"] and not main["reached"] else None
    planned = None
    if told["planned"] and main["unit"] == "number" and not main["reached"]:
        planned = (date.fromisoformat(main["due"]), main["value"] + told["planned"])
    points = history["points"]
    return {
        "card": card,
        "geometry": chart.line(points, goals, reach, began, planned),
        "points": chart.month_ends(points),
        "goals": goals,
        "began": began if points and points[0]["day"] < history["began"] else None,
    }


def may(action: str, **data: Any) -> bool:
    """Whether the reader may ask this."""
    try:
        tk.check_access(action, pages.context(), data)
    except tk.NotAuthorized:
        return False
    return True


def fields(context: Answer) -> Answer:
    """Fields with what their targets ask for, gaps first, then by number: as `govshare_publication_matrix` answers."""
    found = tk.get_action("govshare_publication_matrix")(context, {})
    found["fields"].sort(key=lambda field: (field["at_least"] is None, -field["gap"], -field["counted"]))
    return found


def day(name: str) -> date | None:
    """A day of the address; None for nonsense, for days to come and for those long before any portal."""
    try:
        found = date.fromisoformat(tk.request.args.get(name, ""))
    except ValueError:
        return None
    return found if EARLIEST <= found <= clock.today() else None


def span() -> tuple[date, date]:
    """The two days of a difference, the earlier one first; the last thirty days where none are named."""
    last = day("last") or clock.today()
    first = day("first") or last - SPAN
    return min(first, last), max(first, last)


def filters() -> dict[str, str]:
    """What a ledger is narrowed to: those of ``q``, ``reason``, ``organization`` and ``day`` that the address names."""
    asked = {name: tk.request.args.get(name, "").strip()[:200] for name in ("q", "reason", "organization")}
    chosen = day("day")
    if chosen is not None and chosen < clock.today():
        asked["day"] = chosen.isoformat()
    return {name: value for name, value in asked.items() if value}
