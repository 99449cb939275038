"""Pages of the exchange room: the list of points and one point. Those of runs are in run_views.py.

Every change is a POST with a token; who may not see a page is asked to log in.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.govshare.exchange import chart, connection_views, listing, pages, point_views, run_views

__all__ = ["govshare_exchange"]

govshare_exchange = Blueprint("govshare_exchange", __name__, url_prefix="/exchange")
HISTORY = 30  # runs in the chart of a point
RECORDS = ("current", "missing", "suspended", "rejected", "conflict")


@govshare_exchange.errorhandler(tk.ValidationError)
def _invalid(error: tk.ValidationError) -> Response:
    """A click that a rule refuses leads back to its page, with the reason."""
    pages.refused(error)
    values = tk.request.view_args or {}
    if "id" in values:
        return tk.redirect_to("govshare_exchange.run", id=values["id"])
    if "name" in values:
        return tk.redirect_to("govshare_exchange.point", name=values["name"])
    return tk.redirect_to("govshare_exchange.index")


@govshare_exchange.route("")
def index() -> str:
    """Every exchange point that the reader may see, with its health; filtered, a page at a time."""
    found = listing.Listing.of_request(pages.ask("govshare_exchange_point_list"))
    page = pages.pager(len(found.points), pages.number())
    shown = found.points[(page.page - 1) * pages.PAGE : page.page * pages.PAGE]
    history = pages.ask(
        "govshare_harvest_history", {"exchange_points": [point["id"] for point in shown], "limit": chart.SPARKS}
    )
    extra = {
        "found": found,
        "points": shown,
        "page": page,
        "history": history,
        "runnable": listing.runnable(shown, pages.context()["user"]),
        "may_register": pages.offers_page("govshare_exchange.new_point"),
    }
    return tk.render("govshare/exchange/index.html", extra)


@govshare_exchange.route("/points.csv")
def points_csv() -> Response:
    """The same list as a table."""
    found = listing.Listing.of_request(pages.ask("govshare_exchange_point_list"))
    return pages.table("exchange-points", listing.heading(), map(listing.row, found.points))


@govshare_exchange.route("/catalogue-api.yaml")
def catalogue_api() -> Response:
    """The contract of the catalogue interface (OpenAPI), for whoever implements it; no account is needed."""
    text = (files("ckanext.govshare.schemas") / "catalogue_api.openapi.yaml").read_text(encoding="utf-8")
    return Response(text, content_type="application/yaml; charset=utf-8")


@govshare_exchange.route("/<name>")
def point(name: str) -> str:
    """One exchange point: how it is, what it did, what it holds, and what may be done with it."""
    found = pages.ask("govshare_exchange_point_show", {"id": name})
    may = {
        what: pages.may(action, {key: found["id"]})
        for what, action, key in (
            ("run", "govshare_harvest_run", "exchange_point"),
            ("update", "govshare_exchange_point_update", "id"),
            ("suspend", "govshare_exchange_point_suspend", "id"),
            ("test", "govshare_exchange_point_test", "id"),
        )
    }
    page = pages.number()
    wanted = pages.chosen("records", RECORDS)
    of_records = {"page": page} if wanted else {}
    asked = {"exchange_point": found["id"], "limit": pages.PAGE + 1}
    first = 0 if wanted else (page - 1) * pages.PAGE
    runs = pages.ask("govshare_harvest_run_list", asked | {"offset": first})
    history = pages.ask("govshare_harvest_history", {"exchange_points": [found["id"]], "limit": HISTORY})
    history = history[found["id"]]
    extra = {
        "point": found,
        "runs": runs[: pages.PAGE],
        "more": len(runs) > pages.PAGE,
        "page": 1 if wanted else page,
        "history": history,
        "charts": [chart.bars(history, measure) for measure in chart.MEASURES] if history else [],
        "may": may,
        "wanted": wanted,
        "records": _records(found, wanted, **of_records),
        "files": _files(found),
    }
    return tk.render("govshare/exchange/point.html", extra)


def _records(found: dict[str, Any], wanted: str, page: int = 1) -> dict[str, Any] | None:
    """What the ledger holds in a state: ``{results, pager}``."""
    if not wanted:
        return None
    asked = {"exchange_point": found["id"], "state": wanted, "limit": pages.PAGE}
    answer = pages.ask("govshare_harvest_record_list", asked | {"offset": (page - 1) * pages.PAGE})
    return {**answer, "pager": pages.pager(answer["count"], page)}


def _files(found: dict[str, Any]) -> dict[str, Any] | None:
    """The files that the site keeps or watches for a point, where it does."""
    if not pages.offers("govshare_exchange_file_list"):
        return None
    return pages.ask("govshare_exchange_file_list", {"exchange_point": found["id"], "limit": pages.PAGE})


@govshare_exchange.route("/<name>/<any(run, plan):what>", methods=["POST"])
def start(name: str, what: str) -> Response:
    """Start a run, or a plan that changes nothing."""
    started = pages.ask(f"govshare_harvest_{what}", {"exchange_point": name})
    return tk.redirect_to("govshare_exchange.run", id=started["run_id"])


@govshare_exchange.route("/<name>/suspend", methods=["POST"])
def suspend(name: str) -> Response:
    """Suspend a point."""
    pages.ask("govshare_exchange_point_suspend", {"id": name, "reason": pages.given("reason")})
    return tk.redirect_to("govshare_exchange.point", name=name)


@govshare_exchange.route("/<name>/test", methods=["POST"])
def test(name: str) -> str:
    """Try a point and show what its first records would become."""
    answer, seconds = listing.timed(lambda: pages.ask("govshare_exchange_point_test", {"id": name}))
    found = pages.ask("govshare_exchange_point_show", {"id": name})
    extra = {"point": found, "answer": answer, "seconds": answer.get("seconds", seconds)}
    return tk.render("govshare/exchange/test.html", extra)


for _rule, _view, *_methods in (*run_views.ROUTES, *point_views.ROUTES, *connection_views.ROUTES):
    govshare_exchange.add_url_rule(_rule, view_func=_view, methods=_methods or ["GET"])
