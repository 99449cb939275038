"""The board (R88): progress on one page for a large screen or a frame of another site, and the same as JSON.

It shows what the public may see, whoever looks. Within the networks of ``publication.board_networks`` it shows the
departments as well. Nobody needs an account for it; it loads itself again without a script.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, jsonify, make_response

from ckanext.govshare import config
from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import count, helpers, progress_shown, reasons
from ckanext.govshare.publication.model import Measure

__all__ = ["ROUTES"]

ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?")
LATEST, RANKED = 8, 12  # lines that a screen holds
Answer = dict[str, Any]


def _ask(action: str, context: Answer | None = None, **data: Any) -> Any:
    return tk.get_action(f"govshare_publication_{action}")(context or {"user": ""}, data)


def inside() -> bool:
    """Whether the client is in one of the networks of the setting.

    The address is the one that the web server saw. What a client says of itself (X-Forwarded-For) counts only where
    the operator told the server to trust a proxy, which then stands in the address already.
    """
    try:
        address = ip_address(tk.request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    for part in str(config.get("publication.board_networks") or "").split():
        try:
            network = ip_network(part, strict=False)
        except ValueError:
            continue
        if address.version == network.version and address in network:
            return True
    return False


def _data() -> Answer:
    """What the board shows: targets, course, fields, latest publications, and inside the networks the departments."""
    count.share()
    rows = [row for row in _ask("progress") if Measure(row["target"]["measure"]).public]
    cards = helpers.govshare_progress_cards(rows)
    found: Answer = {"cards": cards, "chart": None, "fields": [], "latest": [], "departments": None}
    if cards:
        card = next((one for one in cards if one["measure"] == Measure.OPEN_DATASETS.value), cards[0])
        target = card["main"]["target"]
        found["card"] = card
        found["chart"] = progress_shown.chart_of(card, {"user": ""})
        found["fields"] = progress_shown.fields({"user": ""})["fields"]
        found["latest"] = _ask("ledger", target=target["id"], limit=LATEST)["results"]
        if target["publish_departments"] or inside():
            found["departments"] = _ask("departments", {"user": "", "ignore_auth": True}, target=target["id"])
    return found


def _framed(answer: Response, private: bool) -> Response:
    """Say who may put the page into a frame, and that nobody keeps what only a network may see."""
    allowed = [part for part in str(config.get("publication.board_frame_ancestors") or "").split()
               if part == "self" or ORIGIN.fullmatch(part)]  # fmt: skip
    named = ["'self'" if part == "self" else part for part in allowed]
    answer.headers["Content-Security-Policy"] = (
        f"frame-ancestors {' '.join(named) or chr(39) + 'none' + chr(39)}"
    )
    # The older header knows no list of origins: where other sites may frame the page, it has to be silent.
    if not allowed:
        answer.headers["X-Frame-Options"] = "DENY"
    elif allowed == ["self"]:
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    else:
        answer.headers.pop("X-Frame-Options", None)
    if private:
        answer.headers["Cache-Control"] = "no-store"
        tk.request.environ["__no_cache__"] = True  # or core adds "public"
    return answer


def board() -> Response:
    """The page; ``?refresh=0`` keeps it as it is."""
    seconds = max(0, int(config.get("publication.board_refresh")))
    fresh, private = seconds > 0 and tk.request.args.get("refresh") != "0", inside()
    key = ("board", private, seconds, fresh, clock.now().strftime("%H:%M"))
    answer = make_response(tk.h.govshare_kept(key, lambda: _drawn(seconds, fresh)))
    if fresh:
        answer.headers["Refresh"] = str(max(seconds, 15))
    return _framed(answer, private)


def _drawn(seconds: int, fresh: bool) -> str:
    found = _data()
    extra = {**found, "now": clock.now(), "seconds": seconds, "fresh": fresh, "ranked": RANKED}
    if found["cards"]:
        extra["rule"] = reasons.text(found["card"]["main"]["target"]["rule_version"])
    return tk.render("govshare/publication/board.html", extra)


def board_json() -> Response:
    """The same as JSON, with the same rights."""
    found = _data()
    answer = jsonify({
        "at": clock.now().isoformat(timespec="seconds"),
        "targets": [row for card in found["cards"] for row in card["rows"]],
        "history": found["chart"]["points"] if found["chart"] else [],
        "fields": found["fields"],
        "latest": found["latest"],
        "departments": found["departments"],
    })  # fmt: skip
    return _framed(answer, inside())


ROUTES = [("/progress/board", board), ("/progress/board.json", board_json)]
