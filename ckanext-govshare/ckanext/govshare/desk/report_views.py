"""A department's monthly reports on screen: the list, and the form that is read, filled in and handed in.

Everything works without JavaScript: another row of a table is asked for by a button, what was typed comes back with it.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare import roles
from ckanext.govshare.desk import pages, report_form, report_words, review_views
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

ROW = "row:"  # the button that asks for another row of a table: row:<field>
OF_OFFICE = ("accept", "return")
ANCHOR = "f-"


def _departments() -> list[roles.Organization]:
    """Departments of the person that report: those of the government, the office left out."""
    pages.members_only()
    if not pages.offers("govshare_report_list"):
        tk.abort(404)
    return [org for org in pages.own_departments() if org.government and org.org_type != "office"]


def reports() -> str | Response:
    """The months of a department, the newest first."""
    departments = _departments()
    if not departments:
        if any(Role.OFFICE in held for _organization, held in pages.memberships()):
            return tk.redirect_to("govshare_desk.office_reports")
        return tk.abort(403, tk._("Monthly reports are written by departments."))
    department = pages.chosen(departments, pages.given("organization"))
    number = pages.page_number()
    asked = {"organization": department.id, "limit": pages.PAGE, "offset": (number - 1) * pages.PAGE}
    found = pages.ask("govshare_report_list", asked)
    extra = {
        "department": department,
        "departments": departments,
        "found": found,
        "page": pages.pager(found["count"], number),
        "words": report_words,
    }
    return tk.render("govshare/desk/reports.html", extra)


def _found(period: str) -> dict[str, Any]:
    """The report of a month: of the department that the address names, or of the person's own."""
    own = _departments()
    asked = pages.given("organization") or (own[0].id if own else "")
    return pages.ask("govshare_report_show", {"organization": asked, "period": period})


def report(period: str) -> str:
    """One report: where it stands, its form or what it says, its history."""
    return _page(_found(period), wanted=tk.request.args.get("check") == "1")


def _page(
    found: dict[str, Any],
    *,
    sent: dict[str, Any] | None = None,
    refused: dict[str, list[str]] | None = None,
    wanted: bool = False,
    longer: str = "",
) -> str:
    refused = refused or {}
    writes = "save" in found["acts"]
    people = {event["actor"] for event in found["events"]} | {found["changed_by"] or ""}
    extra = {
        "report": found,
        "sections": report_form.shown(found, sent, refused, wanted=wanted, longer=longer),
        "writes": writes,
        "titles": {field["slug"]: field["title"] for field in report_form.fields(found)},
        "refused": refused,
        "sent": sent,
        "unsaved": sent is not None,
        "nil": sent["nil"] if sent else found["nil"],
        "own": any(org.id == found["organization"]["id"] for org, _held in pages.memberships()),
        "people": review_views.names(people - {""}),
        "words": report_words,
        "given": tk.request.form,
        "returned": _last_return(found),
    }
    return tk.render("govshare/desk/report.html", extra)


def _last_return(found: dict[str, Any]) -> dict[str, Any] | None:
    if found["state"] != report_words.RETURNED:
        return None
    return next((event for event in reversed(found["events"]) if event["act"] == "return"), None)


def act_on_report(period: str) -> str | Response:
    """Save, ask for another row, hand in; for the office: accept or send back."""
    found, wanted = _found(period), tk.request.form.get("act", "")
    if wanted in OF_OFFICE:
        return _decide(found, wanted)
    if wanted.startswith(ROW):
        sent = report_form.read(found, tk.request.form)
        return _page(found, sent=sent, longer=wanted.removeprefix(ROW))
    if wanted not in ("save", "submit"):
        return tk.abort(400, tk._("Choose what to do with the report"))
    return _write(found, wanted)


def _write(found: dict[str, Any], wanted: str) -> str | Response:
    sent = report_form.read(found, tk.request.form)
    data = {"id": found["id"], "revision": pages.text("revision"), **sent}
    saved, refused = pages.act("govshare_report_save", data)
    if refused:
        fresh = pages.ask("govshare_report_show", {"id": found["id"]})
        return _page(fresh, sent=sent if "save" in fresh["acts"] else None, refused=refused)
    if wanted == "save":
        tk.h.flash_success(tk._("Saved. The report is not handed in yet."))
        return _to(found)
    data = {"id": found["id"], "revision": saved["revision"], "opinion": pages.text("opinion")}
    _after, refused = pages.act("govshare_report_submit", data)
    if refused:
        fresh = pages.ask("govshare_report_show", {"id": found["id"]})
        return _page(fresh, refused=refused, wanted=True)
    tk.h.flash_success(tk._("Handed in. The office has it now."))
    return _to(found)


def _decide(found: dict[str, Any], wanted: str) -> str | Response:
    words = pages.text("words")
    data = {"id": found["id"], "opinion": words, "reason": words}
    _after, refused = pages.act(f"govshare_report_{wanted}", data)
    if refused:
        return _page(pages.ask("govshare_report_show", {"id": found["id"]}), refused=refused)
    said = (
        tk._("Accepted.")
        if wanted == "accept"
        else tk._("Sent back. It is on the department's to-do list now.")
    )
    tk.h.flash_success(said)
    return _to(found)


def _to(found: dict[str, Any]) -> Response:
    organization = found["organization"]["name"]
    return tk.redirect_to("govshare_desk.report", period=found["period"], organization=organization)


ROUTES = [
    ("/desk/report", reports),
    ("/desk/report/<period>", report),
    ("/desk/report/<period>/act", act_on_report, "POST"),
]
