"""Pages on how far the departments are connected: links of former times, systems, networks."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ckanext.govshare import config
from ckanext.govshare.exchange import old_links, pages, point_form

__all__ = ["ROUTES"]

LIST, FORM = "govshare/exchange/old_links.html", "govshare/exchange/old_link_form.html"
COVERAGE = "govshare/exchange/coverage.html"
TYPED = ("title", "from", "to", "network", "content", "since", "state", "exchange_point", "planned", "note")


def states() -> dict[str, str]:
    """What the states of old links are called."""
    return {
        "waiting": tk._("To be moved"),
        "moving": tk._("Being moved"),
        "moved": tk._("Moved to an exchange point"),
        "stopped": tk._("Taken out of use"),
    }


def fields() -> dict[str, str]:
    """What the fields of an old link are called."""
    return {
        "title": tk._("Exchange link"),
        "from": tk._("Department that gives"),
        "to": tk._("Department that receives"),
        "network": tk._("Network"),
        "content": tk._("What is exchanged"),
        "since": tk._("In use since"),
        "state": tk._("State"),
        "exchange_point": tk._("Exchange point that takes its place"),
        "planned": tk._("To be moved by"),
        "note": tk._("Note"),
    }


def _chosen() -> dict[str, str]:
    chosen = {
        "state": pages.chosen("state", ("open", *old_links.STATES)),
        "network": pages.chosen("network", config.networks()),
    }
    return {name: value for name, value in chosen.items() if value}


def links() -> str:
    """Links of former times, the open ones first."""
    chosen = _chosen()
    found = pages.ask("govshare_old_link_list", chosen)
    page = pages.pager(len(found["results"]), pages.number())
    first = (page.page - 1) * pages.PAGE
    extra = {
        "counts": found["counts"],
        "links": found["results"][first : first + pages.PAGE],
        "page": page,
        "chosen": chosen,
        "states": states(),
        "names": fields(),
        "networks": [(network, network) for network in config.networks()],
        "may_register": bool(point_form.departments(pages.context()["user"])),
    }
    return tk.render(LIST, extra)


def links_csv() -> Response:
    """The same list as a table."""
    found, words = pages.ask("govshare_old_link_list", _chosen())["results"], states()
    rows = (
        [
            link["title"],
            link["from"]["title"],
            link["to"]["title"],
            link["network"],
            link["content"],
            link["since"] or "",
            words[link["state"]],
            (link["exchange_point"] or {}).get("title", ""),
            link["planned"] or "",
            link["note"],
        ]
        for link in found
    )
    return pages.table("old-links", list(fields().values()), rows)


def new_link() -> str | Response:
    """Register a link of former times."""
    if not point_form.departments(pages.context()["user"]):
        pages.ask("govshare_old_link_create")  # asks a visitor to log in, and refuses everybody else
    if tk.request.method == "GET":
        return _form({"state": "waiting"})
    return _sent("govshare_old_link_create", {})


def edit_link(id: str) -> str | Response:
    """Change a link of former times."""
    found = next((link for link in pages.ask("govshare_old_link_list")["results"] if link["id"] == id), None)
    if found is None:
        return tk.abort(404, tk._("Old link not found"))
    if not pages.may("govshare_old_link_update", {"id": id}):
        return tk.abort(403, tk._("Not authorized to see this page"))
    if tk.request.method == "POST":
        return _sent("govshare_old_link_update", {"id": id})
    names = {"from": found["from"]["id"], "to": found["to"]["id"]}
    return _form({**found, **names, "exchange_point": (found["exchange_point"] or {}).get("name", "")}, link=found)


def _sent(action: str, of: dict[str, str]) -> str | Response:
    values = {name: pages.given(name, 4000) for name in TYPED}
    try:
        pages.ask(action, {**values, **of})
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _form(values, refused.error_dict, link=of or None)
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("govshare_exchange.links")


def _form(
    values: dict[str, Any], errors: dict[str, list[str]] | None = None, link: dict[str, Any] | None = None
) -> str:
    group = model.Group
    everybody = model.Session.query(group.id, group.title).filter(
        group.is_organization.is_(True), group.state == "active"
    )
    points = pages.ask("govshare_exchange_point_list")
    extra = {
        "values": values,
        "errors": errors or {},
        "link": link,
        "names": fields(),
        "states": list(states().items()),
        "networks": [(network, network) for network in config.networks()],
        "departments": [(row.id, row.title) for row in everybody.order_by(group.title)],
        "points": [(point["name"], f"{point['title']}（{point['organization']['title']}）") for point in points],
    }
    return tk.render(FORM, extra)


def coverage() -> str:
    """Information systems that are connected and that are not; points and old links by network."""
    return tk.render(COVERAGE, pages.ask("govshare_exchange_coverage"))


ROUTES = [
    ("/coverage", coverage),
    ("/old-links", links),
    ("/old-links.csv", links_csv),
    ("/old-links/new", new_link, "GET", "POST"),
    ("/old-links/<id>", edit_link, "GET", "POST"),
]
