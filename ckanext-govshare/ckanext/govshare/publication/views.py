"""Pages of the publication room: progress, the ledger behind a number, data applications.

Reading pages: no JavaScript, no session. Everything shown comes from actions.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import Blueprint, current_app
from werkzeug.exceptions import Forbidden, NotFound

from ckanext.govshare.publication import chart, count, helpers, reasons, service

__all__ = ["govshare_publication"]

govshare_publication = Blueprint("govshare_publication", __name__)
PAGE = 20


def _context() -> dict[str, Any]:
    return {"user": getattr(tk.current_user, "name", "")}


# An abort inside an error handler would leave Flask's hands: the site's own error page is asked for instead.
@govshare_publication.errorhandler(tk.ObjectNotFound)
def _not_found(error: tk.ObjectNotFound) -> Any:
    return current_app.handle_http_exception(NotFound(tk._("There is no such page")))


@govshare_publication.errorhandler(tk.NotAuthorized)
def _not_authorized(error: tk.NotAuthorized) -> Any:
    message = tk._("Only the office and the departments concerned may see this")
    return current_app.handle_http_exception(Forbidden(message))


def _page_number() -> int:
    value = tk.request.args.get("page", "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 7 else 1


@govshare_publication.route("/progress")
def progress() -> str | Response:
    """How many of how many, why not more, when: the city's targets."""
    count.share()
    cards = helpers.govshare_progress()
    extra: dict[str, Any] = {"cards": cards, "rule": reasons.text(1), "departments": None, "chart": None}
    if cards:
        extra["chart"] = _chart(cards[0])
        target = {"target": cards[0]["main"]["target"]["id"]}
        try:
            extra["departments"] = tk.get_action("govshare_publication_departments")(_context(), target)
        except tk.NotAuthorized:
            extra["departments"] = None
    return tk.render("govshare/publication/progress.html", extra)


def _chart(card: dict[str, Any]) -> dict[str, Any]:
    """The chart of one measure: its main target's curve, with the goals of the same year."""
    main = card["main"]
    history = tk.get_action("govshare_publication_history")(_context(), {"target": main["target"]["id"]})
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


@govshare_publication.route("/progress/<target_id>")
def ledger(target_id: str) -> str | Response:
    """The candidates behind a number: counted ones for all; why not, for those concerned."""
    count.share()
    row = tk.get_action("govshare_publication_progress")(_context(), {"target": target_id})[0]
    counted = tk.request.args.get("counted", "1") != "0"
    page = _page_number()
    query = {"target": target_id, "counted": counted, "limit": PAGE, "offset": (page - 1) * PAGE}
    found = tk.get_action("govshare_publication_ledger")(_context(), query)
    try:
        tk.check_access("govshare_publication_ledger", _context(), {"target": target_id, "counted": False})
        may_see_reasons = True
    except tk.NotAuthorized:
        may_see_reasons = False
    return tk.render("govshare/publication/ledger.html", {
        "row": row, "card": helpers.govshare_progress_cards([row])[0], "counted": counted, "found": found,
        "page": page, "pages": max(1, -(-found["count"] // PAGE)), "may_see_reasons": may_see_reasons,
        "rule": reasons.text(1),
    })  # fmt: skip


@govshare_publication.route("/application")
def applications() -> str | Response:
    """Data applications: what others made of open data."""
    page, q = _page_number(), tk.request.args.get("q", "").strip()[:200]
    query = {
        "q": q, "fq": "dataset_type:application", "sort": "score desc, metadata_created desc",
        "rows": PAGE, "start": (page - 1) * PAGE, "include_private": True,
    }  # fmt: skip
    try:
        found = tk.get_action("package_search")(_context(), query)
    except tk.ValidationError:
        found = {"count": 0, "results": []}
    return tk.render("govshare/publication/applications.html", {
        "found": found, "q": q, "page": page, "pages": max(1, -(-found["count"] // PAGE)),
    })  # fmt: skip


@govshare_publication.route("/application/<id>")
def application(id: str) -> str | Response:
    """One data application, with the data sets that it uses."""
    shown = tk.get_action("package_show")(_context(), {"id": id})
    if shown["type"] != "application":
        raise tk.ObjectNotFound(tk._("Not found"))
    used = service.used_datasets(shown.get("dataset_codes"))
    return tk.render("govshare/publication/application.html", {"pkg_dict": shown, "pkg": shown, "used": used})
