"""Links that do not work: of a department's entries, and for the office of all in its region."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare.desk import pages
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

STATES = ("dead", "failing", "silent", "ok", "unknown")


def links() -> str:
    """Links that are dead, fail or do not answer, what was answered, and when the next look is."""
    if not pages.offers("govshare_link_list"):
        return tk.abort(404)
    pages.members_only()
    args = tk.request.args
    departments = _departments()
    state = args.get("state") if args.get("state") in STATES else ""
    organization = args.get("organization") if args.get("organization") in dict(departments) else ""
    number = pages.page_number()
    asked = {
        "state": state,
        "organization": organization,
        "limit": pages.PAGE,
        "offset": (number - 1) * pages.PAGE,
    }
    found = pages.ask("govshare_link_list", asked)
    extra = {
        "found": found,
        "state": state,
        "states": STATES,
        "organization": organization,
        "departments": departments,
        "page": pages.pager(found["count"], number),
        "changeable": _changeable(found["results"]),
    }
    return tk.render("govshare/desk/links.html", extra)


def _departments() -> list[tuple[str, str]]:
    """Name and title of the departments whose links the person may see."""
    known = {org.name: org.title for org in pages.own_departments()}
    if any(Role.OFFICE in held for _org, held in pages.memberships()):
        rows = pages.ask("govshare_desk_summary", {"office": True})
        known |= {row["organization"]["name"]: row["organization"]["title"] for row in rows}
    return sorted(known.items(), key=lambda pair: pair[1])


def _changeable(rows: list[dict[str, Any]]) -> set[str]:
    """Ids of the entries that the person may begin a change of."""
    writes = {org.id for org, held in pages.memberships() if Role.EDITOR in held}
    office = any(Role.OFFICE in held for _org, held in pages.memberships())
    entries = [row for row in rows if row["resource"]]
    return {row["package"]["id"] for row in entries if office or row["organization"]["id"] in writes}


def check_link() -> Response:
    """Have the links of one entry looked at now."""
    pages.members_only()
    if not pages.offers("govshare_link_check"):
        return tk.abort(404)
    done, refused = pages.act("govshare_link_check", {"id": pages.text("id")})
    if done is None:
        pages.tell(refused)
    else:
        tk.h.flash_success(tk._("The links are looked at within the next minutes. The result is shown here."))
    chosen = {name: pages.text(name) for name in ("state", "organization") if pages.text(name)}
    return tk.redirect_to("govshare_desk.links", **chosen)


ROUTES = [("/desk/links", links), ("/desk/links/check", check_link, "POST")]
