"""Lists of a department's own entries and of registers, and what may be begun with an entry."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare import roles
from ckanext.govshare.desk import home_views, pages, review_views
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.states import CatalogueState
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

STATES = [state.value for state in CatalogueState]
SPECIAL = '+-&|!(){}[]^"~*?:\\/'


def catalogue() -> str:
    """The department's own entries, published, suspended and withdrawn."""
    pages.members_only()
    args = tk.request.args
    departments = _departments()
    department = pages.chosen(departments, args.get("organization"))
    package_type = args.get("type") if args.get("type") in forms.installed() else home_views.main_types()[0]
    state = args.get("state") if args.get("state") in STATES else ""
    words = (args.get("q") or "").strip()
    number = pages.page_number()
    search = {
        "q": _plain(words),
        "fq": f'+dataset_type:"{package_type}" +organization:"{department.name}"'
        + (f" +catalogue_state:{state}" if state else ""),
        "sort": "metadata_modified desc",
        "rows": pages.PAGE,
        "start": (number - 1) * pages.PAGE,
        "include_private": True,
    }
    found = pages.ask("package_search", search)
    writes = any(
        (org.id == department.id and Role.EDITOR in held)
        or (Role.OFFICE in held and org.region == department.region)
        for org, held in pages.memberships()
    )
    extra = {
        "department": department,
        "departments": departments,
        "type": package_type,
        "types": sorted(forms.installed()),
        "states": STATES,
        "state": state,
        "q": words,
        "found": found,
        "page": pages.pager(found["count"], number),
        "may_write": writes,
        "code_field": forms.installed()[package_type].code.field,
        "sheets": pages.offers("govshare_catalogue_export"),
        "main": package_type in home_views.main_types(),
    }
    return tk.render("govshare/desk/catalogue.html", extra)


def _departments() -> list[Any]:
    """Own departments; for the office all of its region."""
    own = pages.own_departments()
    wanted = tk.request.args.get("organization")
    if wanted and not any(wanted in (org.id, org.name) for org in own):
        other = roles.organization(wanted)
        regions = {org.region for org, held in pages.memberships() if Role.OFFICE in held}
        if other is None or other.region not in regions:
            tk.abort(404)
        return [other, *own]
    return own


def _plain(words: str) -> str:
    """Words for the search engine, without its own signs."""
    return "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in words) or "*:*"


def systems() -> str:
    """A register of the own departments, those that no entry names first."""
    pages.members_only()
    return _register("govshare_desk.systems", [org.id for org in pages.own_departments()])


def office_systems() -> str:
    """A register of all departments of the region."""
    pages.office_only()
    return _register("govshare_desk.office_systems", None)


def _register(endpoint: str, own: list[str] | None) -> str:
    args = tk.request.args
    known = home_views.registers()
    if not known:
        return tk.abort(404)
    number = pages.page_number()
    package_type = args.get("type") if args.get("type") in known else known[0]
    organization = args.get("organization", "")
    if own is not None and organization not in own:
        organization = own[0]
    query = {
        "package_type": package_type,
        "organization": organization,
        "unlinked": args.get("unlinked") == "1",
        "q": (args.get("q") or "").strip(),
        "limit": pages.PAGE,
        "offset": (number - 1) * pages.PAGE,
    }
    found = pages.ask("govshare_form_entries", query)
    departments = {org.id: org.title for org in pages.own_departments()}
    if own is None:
        rows = pages.ask("govshare_desk_summary", {"office": True})
        departments = {row["organization"]["id"]: row["organization"]["title"] for row in rows}
    extra = {
        "endpoint": endpoint,
        "office": own is None,
        "found": found,
        "query": query,
        "departments": sorted(departments.items(), key=lambda pair: pair[1]),
        "type": package_type,
        "types": known,
        "page": pages.pager(found["count"], number),
        "sheets": pages.offers("govshare_catalogue_import"),
    }
    return tk.render("govshare/desk/systems.html", extra)


def linked(id: str) -> str:
    """The entries that name one entry of a register as the system that they come from."""
    pages.members_only()
    entry = pages.ask("package_show", {"id": id})
    results = pages.ask("govshare_form_entries", {"package_type": entry["type"], "of": entry["id"]})[
        "results"
    ]
    return tk.render("govshare/desk/linked.html", {"entry": entry, "results": results})


def history(id: str) -> str:
    """Every version of an entry, and what each changed."""
    pages.members_only()
    entry = pages.ask("package_show", {"id": id})
    versions = pages.ask("govshare_entry_history", {"id": entry["id"]})
    people = review_views.names({str(version.get("actor") or "") for version in versions})
    return tk.render("govshare/desk/history.html", {"entry": entry, "versions": versions, "people": people})


def withdraw(id: str) -> str | Response:
    """Ask for the withdrawal of an entry, with the reason; it goes through review as every change does."""
    pages.members_only()
    entry = pages.ask("package_show", {"id": id})
    refused: dict[str, list[str]] = {}
    reason = pages.text("reason")
    if tk.request.method == "POST":
        data = {"id": entry["id"], "package_type": entry["type"], "purpose": "withdraw", "reason": reason}
        made, refused = pages.act("govshare_change_create", data)
        if made is not None:
            _after, stopped = pages.act("govshare_change_submit", {"id": made["id"]})
            if stopped:
                pages.tell(stopped)
            else:
                tk.h.flash_success(tk._("The withdrawal is handed in for review."))
            return tk.redirect_to("govshare_desk.change", id=made["id"])
    messages = [message for found in refused.values() for message in found]
    return tk.render("govshare/desk/withdraw.html", {"entry": entry, "reason": reason, "messages": messages})


ROUTES = [
    ("/desk/catalogue", catalogue),
    ("/desk/systems", systems),
    ("/office/systems", office_systems),
    ("/desk/entry/<id>/history", history),
    ("/desk/entry/<id>/resources", linked),
    ("/desk/entry/<id>/withdraw", withdraw, "GET", "POST"),
]
