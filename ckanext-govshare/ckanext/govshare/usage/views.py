"""Pages of the room `usage`: the figures of the whole, and the lists behind them."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.govshare.usage import stats, store
from ckanext.govshare.usage.model import KINDS

blueprint = Blueprint("govshare_usage", __name__)

PAGE = 50
MONTH = re.compile(r"(19|20)\d{2}-(0[1-9]|1[0-2])")


@blueprint.route("/stats", endpoint="stats")
def whole() -> str:
    """Figures of the whole catalogue, as everybody may see it."""
    return tk.render("govshare/usage/stats.html", {"found": stats.figures()})


@blueprint.route("/stats.csv")
def as_csv() -> Response:
    """The same figures as a file."""
    found = stats.figures()
    response = Response(stats.as_csv(found), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=stats-{found['as_of'].replace('-', '')}.csv"
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.route(f"/stats/<any(opened, {', '.join(KINDS)}):what>", defaults={"month": ""})
@blueprint.route(f"/stats/<any(opened, {', '.join(KINDS)}):what>/<month>")
def behind(what: str, month: str) -> str:
    """The entries behind a figure: those opened in a month, or used in it (or ever), most first."""
    if (month and not MONTH.fullmatch(month)) or (what == "opened" and not month):
        return tk.abort(404)
    page = tk.h.get_page_number(tk.request.args)
    rows, more = _opened(month, page) if what == "opened" else (_used(what, month), False)
    title = stats.titles()[what] if month else stats.most_used_titles()[what]
    return tk.render(
        "govshare/usage/behind.html",
        {"what": what, "month": month, "title": title, "rows": rows, "page": page, "more": more},
    )


def _opened(month: str, page: int) -> tuple[list[dict[str, Any]], bool]:
    found = store.opened_in(month, (page - 1) * PAGE, PAGE + 1)
    return found[:PAGE], len(found) > PAGE


def _used(kind: str, month: str) -> list[dict[str, Any]]:
    period = {"month": month} if month else {"days": 3660}
    return tk.get_action("govshare_usage_ranking")(stats.visitor(), {"kind": kind, "limit": 100, **period})
