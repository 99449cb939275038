"""Planned publications on screen: a department plans, moves, drops and begins; the office sees all of its region."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import ckan.plugins.toolkit as tk
from flask import Response as Answer
from werkzeug.wrappers import Response

from ckanext.govshare.desk import (
    downloads,
    form_begin,
    form_defaults,
    form_lists,
    form_once,
    pages,
    plan_lists,
    review_views,
)
from ckanext.govshare.kernel import clock, codelists, forms
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

HANDS = {Role.EDITOR, Role.REVIEWER}
TYPE = "dataset"  # the form that a planned data set is written in
FIELDS = ("title", "planned", "field", "note")


def _room() -> None:
    """Planning is the publication room's; without it there is no such page."""
    if not pages.offers("govshare_plan_list"):
        tk.abort(404)


def _writes(organization_id: str) -> bool:
    """Whether the person plans for a department."""
    return any(org.id == organization_id and held & HANDS for org, held in pages.memberships())


def plans() -> str:
    """A department's plans beside what happened, and the form of a new one."""
    return _plans({})


def _plans(refused: dict[str, list[str]]) -> str:
    pages.members_only()
    _room()
    departments = [org for org in pages.own_departments() if org.government]
    if not departments:
        return tk.abort(403, tk._("Publications are planned by departments."))
    department = pages.chosen(departments, pages.given("organization"))
    listed = plan_lists.Listed.of(
        pages.ask("govshare_plan_list", {"organization": department.id}), tk.request.args.get("state", "")
    )
    number = pages.page_number()
    extra = {
        "department": department,
        "departments": departments,
        "listed": listed,
        "rows": listed.page(number),
        "page": pages.pager(len(listed.chosen), number),
        "may_write": _writes(department.id),
        "refused": refused,
        "given": tk.request.form,
        "once": pages.given("once") or uuid.uuid4().hex,
        "today": clock.today().isoformat(),
        "fields": [(code.code, _label(code)) for code in codelists.installed()["open_domain"].codes],
    }
    return tk.render("govshare/desk/plans.html", extra)


def _label(code: codelists.Code) -> str:
    return code.en if str(tk.h.lang() or "").startswith("en") else code.zh


def create_plan() -> str | Response:
    """Plan a publication, once for every form that was shown."""
    pages.members_only()
    _room()
    organization = pages.given("organization")
    with form_once.once(pages.user(), pages.given("once")) as begun:
        if not begun.before:
            data = {name: pages.text(name) for name in FIELDS} | {"organization": organization}
            made, refused = pages.act("govshare_plan_create", data)
            if refused:
                return _plans(refused)
            begun.made(made["id"])
            tk.h.flash_success(tk._("Planned. The day that you named first stays on record."))
    return tk.redirect_to("govshare_desk.plans", organization=organization)


def plan(id: UUID) -> str:
    """One plan: what was planned, what became of it, and what may be done with it."""
    return _plan(str(id), {})


def _plan(id: str, refused: dict[str, list[str]]) -> str:
    pages.members_only()
    _room()
    found = pages.ask("govshare_plan_show", {"id": id})
    own = any(org.id == found["organization"]["id"] for org, _held in pages.memberships())
    extra = {
        "plan": plan_lists.shown(found),
        "own": own,
        "people": review_views.names({event["actor"] for event in found["events"] if event["actor"]}),
        "words": plan_lists.acts(),
        "refused": refused,
        "given": tk.request.form,
        "begins": found["may_write"] and found["measure"] == "open_datasets",
        "once": uuid.uuid4().hex,
        "today": clock.today().isoformat(),
    }
    return tk.render("govshare/desk/plan.html", extra)


def act_on_plan(id: UUID) -> str | Response:
    """Move a plan to another day, drop it, or begin its entry."""
    pages.members_only()
    _room()
    wanted, reason = tk.request.form.get("act", ""), pages.text("reason", 1000)
    if wanted == "begin":
        return _begin(str(id))
    if wanted == "move":
        data = {"id": str(id), "planned": pages.text("planned"), "reason": reason}
        _done, refused = pages.act("govshare_plan_update", data)
        said = tk._("Moved. The first day and the reason stay on record.")
    elif wanted == "drop":
        _done, refused = pages.act("govshare_plan_drop", {"id": str(id), "reason": reason})
        said = tk._("Given up. The plan stays in the list with its reason.")
    else:
        return tk.abort(400, tk._("Choose what to do with the plan"))
    if refused:
        return _plan(str(id), refused)
    tk.h.flash_success(said)
    return tk.redirect_to("govshare_desk.plan", id=str(id))


def _begin(id: str) -> str | Response:
    """Begin the entry's form with the title, or go on with what was begun."""
    found = pages.ask("govshare_plan_show", {"id": id})
    if not found["may_write"]:
        return _plan(
            id, {"": [tk._("Publications are planned by people who write or review for the department")]}
        )
    if found["package"]:
        return tk.redirect_to(f"{TYPE}.read", id=found["package"]["name"])
    if found["change_id"] and _is_open(found["change_id"]):
        return form_begin.to_step(found["change_id"])
    organization_id = found["organization"]["id"]
    with form_once.once(pages.user(), pages.given("once")) as begun:
        if begun.before:
            return form_begin.to_step(begun.before)
        data = form_defaults.of_new(forms.installed()[TYPE], form_lists.last_entry(TYPE, organization_id))
        data |= {"title": found["title"]} | ({"open_domain": found["field"]} if found["field"] else {})
        values = {"package_type": TYPE, "owner_org": organization_id, "data": data}
        change, refused = pages.act("govshare_change_create", values)
        if not refused:
            begun.made(change["id"])
            _linked, refused = pages.act("govshare_plan_update", {"id": id, "change_id": change["id"]})
        if refused:
            return _plan(id, refused)
    return form_begin.to_step(change["id"])


def _is_open(change_id: str) -> bool:
    """Whether a change is still on its way: one that was taken back is begun anew."""
    try:
        change = tk.get_action("govshare_change_show")(pages.context(), {"id": change_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return False
    return change["state"] != "withdrawn"


def office_plans() -> str:
    """Plans of all departments, overdue first, and sums by month."""
    rows = _of_office()
    departments = plan_lists.departments(rows)
    asked = tk.request.args.get("organization", "")
    organization = asked if asked in dict(departments) else ""
    rows = [row for row in rows if not organization or row["organization"]["id"] == organization]
    listed = plan_lists.Listed.of(rows, tk.request.args.get("state", ""))
    number = pages.page_number()
    extra = {
        "departments": departments,
        "organization": organization,
        "listed": listed,
        "rows": listed.page(number),
        "page": pages.pager(len(listed.chosen), number),
        "months": plan_lists.months(rows),
    }
    return tk.render("govshare/office/plans.html", extra)


def _of_office() -> list[dict[str, Any]]:
    """Every plan of the regions that the office answers for."""
    regions = {org.region for org in pages.office_only()}
    _room()
    return [row for row in pages.ask("govshare_plan_list") if row["region"] in regions]


def export_plans() -> Answer:
    """All plans of the region as a file."""
    rows = _of_office()
    kind = tk.request.args.get("format", "")
    if kind not in downloads.KINDS:
        return tk.abort(400, tk._("Choose xlsx or csv"))
    name = tk._("Planned publications {day}").format(day=clock.today().isoformat())
    return downloads.table(name, kind, plan_lists.heading(), plan_lists.lines(rows))


ROUTES = [
    ("/desk/plans", plans),
    ("/desk/plans/new", create_plan, "POST"),
    ("/desk/plans/<uuid:id>", plan),
    ("/desk/plans/<uuid:id>/act", act_on_plan, "POST"),
    ("/office/plans", office_plans),
    ("/office/plans/export", export_plans),
]
