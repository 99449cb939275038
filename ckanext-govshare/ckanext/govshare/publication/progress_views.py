"""Pages of progress, and the ledger behind a number. Reading pages: no JavaScript, no session."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response

from ckanext.govshare.publication import chart, count, helpers, pages, reasons

__all__ = ["ROUTES"]


def progress() -> str | Response:
    """How many of how many, why not more, when: the city's targets."""
    count.share()
    cards = helpers.govshare_progress()
    extra: dict[str, Any] = {"cards": cards, "rule": reasons.text(1), "departments": None, "chart": None}
    if cards:
        extra["chart"] = _chart(cards[0])
        target = {"target": cards[0]["main"]["target"]["id"]}
        try:
            extra["departments"] = tk.get_action("govshare_publication_departments")(pages.context(), target)
        except tk.NotAuthorized:
            extra["departments"] = None
    return tk.render("govshare/publication/progress.html", extra)


def _chart(card: dict[str, Any]) -> dict[str, Any]:
    """The chart of one measure: its main target's curve, with the goals of the same year."""
    main = card["main"]
    history = tk.get_action("govshare_publication_history")(pages.context(), {"target": main["target"]["id"]})
    goals = [
        {"day": date.fromisoformat(row["due"]), "at_least": row["target"]["at_least"], "row": row}
        for row in card["rows"]
        if row["due"][:4] == main["due"][:4]
    ]
    reach = main["forecast"]["reach_date"]
    geometry = chart.line(
        history["points"], goals, date.fromisoformat(reach) if reach and main["needed"] else None
    )
    return {"card": card, "geometry": geometry, "points": history["points"], "goals": goals}


def ledger(target_id: str) -> str | Response:
    """The candidates behind a number: counted ones for all; why not, for those concerned."""
    count.share()
    row = tk.get_action("govshare_publication_progress")(pages.context(), {"target": target_id})[0]
    counted = tk.request.args.get("counted", "1") != "0"
    page = pages.number()
    query = {"target": target_id, "counted": counted, "limit": pages.SIZE, "offset": (page - 1) * pages.SIZE}
    found = tk.get_action("govshare_publication_ledger")(pages.context(), query)
    try:
        tk.check_access(
            "govshare_publication_ledger", pages.context(), {"target": target_id, "counted": False}
        )
        may_see_reasons = True
    except tk.NotAuthorized:
        may_see_reasons = False
    return tk.render("govshare/publication/ledger.html", {
        "row": row, "card": helpers.govshare_progress_cards([row])[0], "counted": counted, "found": found,
        "page": page, "pages": max(1, -(-found["count"] // pages.SIZE)), "may_see_reasons": may_see_reasons,
        "rule": reasons.text(1),
    })  # fmt: skip


ROUTES = [("/progress", progress), ("/progress/<target_id>", ledger)]
