"""Pages of the exchange room. Every change is a POST with a token; who may not see a page is asked to log
in."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.govshare.exchange import runs

__all__ = ["govshare_exchange"]

govshare_exchange = Blueprint("govshare_exchange", __name__, url_prefix="/exchange")
PAGE = 50
# What a verdict on the run's page opens: the run's plan, or the point's ledger.
OF_PLAN = {
    "create": "create",
    "update": "update",
    "missing": "missing",
    "suspend": "missing",
    "reappear": "reappeared",
    "reject": "rejected",
    "conflict": "conflict",
}
OF_LEDGER = {"reject": "rejected", "conflict": "conflict", "unchanged": "current"}


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}


def _ask(action: str, data: dict[str, Any]) -> Any:
    """An action's answer; who may not have it is asked to log in, or gets 403."""
    try:
        return tk.get_action(action)(_context(), data)
    except tk.NotAuthorized:
        if not tk.current_user.is_authenticated:
            flask.abort(tk.redirect_to("user.login", came_from=tk.request.full_path))
        return tk.abort(403, tk._("Not authorized to see this page"))
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


@govshare_exchange.errorhandler(tk.ValidationError)
def _invalid(error: tk.ValidationError) -> Response:
    for messages in error.error_dict.values():
        tk.h.flash_error("；".join(messages) if isinstance(messages, list) else str(messages))
    return tk.redirect_to(tk.request.referrer or tk.url_for("govshare_exchange.index"))


def _may(action: str, data: dict[str, Any]) -> bool:
    try:
        tk.check_access(action, _context(), data)
    except tk.NotAuthorized:
        return False
    return True


@govshare_exchange.route("")
def index() -> str:
    """Every exchange point that the reader may see, with its health."""
    points = _ask("govshare_exchange_point_list", {})
    runnable = {
        point["id"]
        for point in points
        if point["state"] == "accepted" and _may("govshare_harvest_run", {"exchange_point": point["id"]})
    }
    return tk.render("govshare/exchange/index.html", {"points": points, "runnable": runnable})


@govshare_exchange.route("/<name>")
def point(name: str) -> str:
    """One exchange point: its declaration and its runs."""
    found = _ask("govshare_exchange_point_show", {"id": name})
    may = {
        what: _may(action, {key: found["id"]})
        for what, action, key in (
            ("run", "govshare_harvest_run", "exchange_point"),
            ("accept", "govshare_exchange_point_accept", "id"),
            ("suspend", "govshare_exchange_point_suspend", "id"),
            ("test", "govshare_exchange_point_test", "id"),
        )
    }
    history = _ask("govshare_harvest_run_list", {"exchange_point": found["id"], "limit": PAGE})
    return tk.render("govshare/exchange/point.html", {"point": found, "runs": history, "may": may})


@govshare_exchange.route("/run/<id>")
def run(id: str) -> str:
    """One run: its counts, which open their records, and its problems."""
    found = _ask("govshare_harvest_run_show", {"id": id})
    wanted = tk.request.args.get("records", "")
    page = tk.h.get_page_number(tk.request.args)
    records = _records(found, wanted, (page - 1) * PAGE) if wanted in {**OF_PLAN, **OF_LEDGER} else None
    may = {what: _may(f"govshare_harvest_{what}", {"id": id}) for what in ("confirm", "cancel", "apply")}
    extra = {
        "run": found,
        "counts": runs.COUNTS,
        "wanted": wanted,
        "records": records,
        "may": may,
        "page": page,
        "page_size": PAGE,
        "openable": {**OF_PLAN, **OF_LEDGER},
    }
    return tk.render("govshare/exchange/run.html", extra)


def _records(found: dict[str, Any], wanted: str, offset: int) -> dict[str, Any]:
    page = {"limit": PAGE, "offset": offset}
    answer = {"count": 0, "results": []}
    if wanted in OF_PLAN:
        answer = _ask(
            "govshare_harvest_record_list", {"run": found["id"], "verdict": OF_PLAN[wanted], **page}
        )
        if wanted == "suspend":
            answer["results"] = [record for record in answer["results"] if record["suspend"]]
    if not answer["count"] and wanted in OF_LEDGER:
        ledger = {"exchange_point": found["exchange_point"]["id"], "state": OF_LEDGER[wanted], **page}
        answer = _ask("govshare_harvest_record_list", ledger)
    return answer


@govshare_exchange.route("/<name>/<any(run, plan):what>", methods=["POST"])
def start(name: str, what: str) -> Response:
    """Start a run, or a plan that changes nothing."""
    started = _ask(f"govshare_harvest_{what}", {"exchange_point": name})
    return tk.redirect_to("govshare_exchange.run", id=started["run_id"])


@govshare_exchange.route("/<name>/<any(accept, suspend):what>", methods=["POST"])
def decide(name: str, what: str) -> Response:
    """Accept or suspend a point."""
    _ask(f"govshare_exchange_point_{what}", {"id": name, "reason": tk.request.form.get("reason", "")})
    return tk.redirect_to("govshare_exchange.point", name=name)


@govshare_exchange.route("/<name>/test", methods=["POST"])
def test(name: str) -> str:
    """Try a point and show what its first records would become."""
    answer = _ask("govshare_exchange_point_test", {"id": name})
    found = _ask("govshare_exchange_point_show", {"id": name})
    return tk.render("govshare/exchange/test.html", {"point": found, "answer": answer})


@govshare_exchange.route("/run/<id>/<any(confirm, cancel, apply):what>", methods=["POST"])
def steer(id: str, what: str) -> Response:
    """Confirm, cancel or apply a run."""
    _ask(f"govshare_harvest_{what}", {"id": id})
    return tk.redirect_to("govshare_exchange.run", id=id)
