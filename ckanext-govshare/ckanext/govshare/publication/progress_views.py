"""Pages of progress, the ledger behind a number, what changed between two days, and all of it as files.

Reading pages: no JavaScript, no session. The ledger is looked at once a page, whatever the page asks.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import count, helpers, pages, progress_shown, reasons

__all__ = ["ROUTES"]

SHOWN = 200  # rows of each part of a difference; its file holds all


def _ask(action: str, **data: Any) -> Any:
    return tk.get_action(f"govshare_publication_{action}")(pages.context(), data)


@pages.kept_for_visitors("measure")
def progress() -> str:
    """How many of how many, why not more, when: the city's targets, its fields, and the quality beside the number."""
    count.share()
    cards = helpers.govshare_progress()
    extra: dict[str, Any] = {"cards": cards, "departments": None, "published": False, "chart": None}
    if cards:
        wanted = tk.request.args.get("measure", "")
        card = next((card for card in cards if card["measure"] == wanted), cards[0])
        target = card["main"]["target"]
        extra |= {
            "card": card,
            "chart": progress_shown.chart_of(card, pages.context()),
            "fields": progress_shown.fields(pages.context())["fields"],
            "quality": _ask("quality"),
            "published": target["publish_departments"],
            "rule": reasons.text(target["rule_version"]),
        }
        if progress_shown.may("govshare_publication_departments", target=target["id"]):
            extra["departments"] = _ask("departments", target=target["id"])
    return tk.render("govshare/publication/progress.html", extra)


@pages.kept_for_visitors("counted", "page", "day", "reason", "organization", "q")
def ledger(target_id: str) -> str:
    """The candidates behind a number, today or on a past day: counted ones for all; why not, for those concerned."""
    count.share()
    row = _ask("progress", target=target_id)[0]
    target = row["target"]
    counted = tk.request.args.get("counted", "1") != "0"
    asked, number = progress_shown.filters(), pages.number()
    query = {"target": target_id, "counted": counted, **asked}
    concerned = progress_shown.may("govshare_publication_ledger", target=target_id, counted=False)
    try:
        found = _ask("ledger", **query, limit=pages.SIZE, offset=(number - 1) * pages.SIZE)
        other = _ask("ledger", **query | {"counted": not counted}, limit=0)["count"] if concerned else 0
    except tk.ValidationError:  # a department that does not exist
        found, other = {"day": asked.get("day"), "count": 0, "results": []}, 0
    departments = None
    if progress_shown.may("govshare_publication_departments", target=target_id):
        departments = _ask("departments", target=target_id)
    version = target["rule_version"]
    return tk.render("govshare/publication/ledger.html", {
        "row": row, "card": helpers.govshare_progress_cards([row])[0], "counted": counted, "found": found,
        "numbers": {counted: found["count"], not counted: other}, "asked": asked, "version": version,
        "page": number, "pages": max(1, -(-found["count"] // pages.SIZE)), "may_see_reasons": concerned,
        "reasons": [helpers.govshare_reason(slug, version) for slug in row["not_counted"]],
        "departments": departments, "today": clock.today().isoformat(), "rule": reasons.text(version),
        "repairer": helpers.govshare_repairer(target["region"]) if concerned and not counted else None,
    })  # fmt: skip


@pages.kept_for_visitors("first", "last")
def difference(target_id: str) -> str:
    """What came to a number and went from it between 24:00 of two days, and why, for those concerned."""
    count.share()
    row = _ask("progress", target=target_id)[0]
    first, last = (day.isoformat() for day in progress_shown.span())
    found = _ask("difference", target=target_id, first=first, last=last)
    return tk.render("govshare/publication/difference.html", {
        "row": row, "found": found, "first": first, "last": last, "today": clock.today().isoformat(),
        "version": row["target"]["rule_version"], "shown": SHOWN,
        "concerned": progress_shown.may("govshare_publication_ledger", target=target_id, counted=False),
    })  # fmt: skip


def export(kind: str, target_id: str | None = None) -> Response:
    """What a page shows as a file, with the reader's rights."""
    count.share()
    what = tk.request.args.get("what", "ledger" if target_id else "progress")
    asked: dict[str, Any] = {"what": what, "format": kind, **progress_shown.filters()}
    if target_id:
        asked["target"] = target_id
    if what == "difference":
        first, last = progress_shown.span()
        asked |= {"first": first.isoformat(), "last": last.isoformat()}
    try:
        made = _ask("export", **asked)
    except tk.ValidationError:
        raise tk.ObjectNotFound(tk._("There is no such page")) from None
    answer = Response(base64.b64decode(made["content_base64"]), content_type=made["mimetype"])
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made['filename'])}"
    answer.headers["Cache-Control"] = "no-store"
    tk.request.environ["__no_cache__"] = True  # or core adds "public"
    return answer


KIND = "<any(xlsx, csv, json):kind>"
ROUTES = [
    ("/progress", progress),
    (f"/progress/export.{KIND}", export),
    ("/progress/<target_id>", ledger),
    ("/progress/<target_id>/difference", difference),
    (f"/progress/<target_id>/export.{KIND}", export),
]
