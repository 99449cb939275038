"""Pages of the people room: a department's people, and the office's view of all of them.

Every change is a POST with a token. A form that is refused comes back with what was typed and the faults at its fields.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.govshare.kernel import clock
from ckanext.govshare.people.logic.schema import STATES

__all__ = ["blueprint"]

blueprint = Blueprint("govshare_people", __name__)
ROLES = ("editor", "reviewer", "auditor")
PARTS = 3  # parts that the form of a split offers


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}


def _ask(action: str, data: dict[str, Any]) -> Any:
    """An action's answer; who may not have it is asked to log in, or gets 403."""
    try:
        return tk.get_action(action)(_context(), data)
    except tk.NotAuthorized:
        return _refuse()
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


def _refuse() -> Any:
    if not tk.current_user.is_authenticated:
        flask.abort(tk.redirect_to("user.login", came_from=tk.request.full_path))
    return tk.abort(403, tk._("Not authorized to see this page"))


def _may(action: str, data: dict[str, Any]) -> bool:
    try:
        tk.check_access(action, _context(), data)
    except tk.NotAuthorized:
        return False
    return True


@blueprint.route("/desk/people")
def desk() -> str | Response:
    """The departments of the reader; the only one at once."""
    mine = [row for row in _ask("govshare_role_list", {}) if row["roles"]] if _context()["user"] else []
    if not mine:
        _ask("govshare_officer_list", {})
    if len(mine) == 1 and "office" not in mine[0]["roles"]:
        return tk.redirect_to("govshare_people.department", name=mine[0]["organization"])
    if not mine or all("office" in row["roles"] for row in mine):
        return tk.redirect_to("govshare_people.office")
    return tk.render("govshare/people/mine.html", {"departments": mine})


@blueprint.route("/desk/people/<name>")
def department(name: str) -> str:
    """One department: officer of record with history, members and roles."""
    return _department(name)


def _department(
    name: str, form: str = "", values: dict[str, Any] | None = None, errors: dict[str, Any] | None = None
) -> str:
    try:
        people = _ask("govshare_person_list", {"organization": name, "history": True})
    except tk.ValidationError:
        return tk.abort(404, tk._("Organization does not exist"))
    organization = people["organization"]
    which = {"organization": organization["id"]}
    shown = _ask("govshare_officer_show", {**which, "history": True})
    may = {what: _may(f"govshare_officer_{what}", dict(which)) for what in ("appoint", "confirm", "delegate")}
    grantable = [role for role in ROLES if _may("govshare_role_grant", {**which, "role": role})]
    extra = {
        "organization": organization,
        "people": people,
        "officer": shown["officer"],
        "history": shown["history"],
        "due": shown["due"],
        "year": clock.today().year,
        "today": clock.today().isoformat(),
        "names": _ask("govshare_organization_history", {"id": organization["id"]}),
        "may": may,
        "grantable": grantable,
        "office": _may("govshare_organization_rename", {"id": organization["id"]}),
        "form": form,
        "values": values or {},
        "errors": errors or {},
    }
    return tk.render("govshare/people/department.html", extra)


def _form() -> dict[str, Any]:
    return {key: value for key, value in tk.request.form.items() if not key.startswith("_")}


@blueprint.route("/desk/people/<name>/<any(appoint, confirm, delegate):what>", methods=["POST"])
def officer(name: str, what: str) -> str | Response:
    """Appoint, confirm, or name a delegate."""
    return _write(name, what, f"govshare_officer_{what}")


@blueprint.route("/desk/people/<name>/<any(grant, revoke):what>", methods=["POST"])
def role(name: str, what: str) -> str | Response:
    """Give or end a role."""
    return _write(name, what, f"govshare_role_{what}")


def _write(name: str, what: str, action: str) -> str | Response:
    values = _form()
    try:
        _ask(action, {**values, "organization": name})
    except tk.ValidationError as error:
        return _department(name, what, values, error.error_dict)
    tk.h.flash_success(tk._("Recorded"))
    if not _may("govshare_person_list", {"organization": name}):
        return tk.redirect_to("home.index")  # who ended the own last role has no desk any more
    return tk.redirect_to("govshare_people.department", name=name)


@blueprint.route("/office/people")
def office() -> str:
    """Data officers of the region: missing, unconfirmed, all; departments to rename, merge, split."""
    return _office()


def _office(
    form: str = "", values: dict[str, Any] | None = None, errors: dict[str, Any] | None = None
) -> str:
    wanted = tk.request.args.get("state", "all")
    wanted = wanted if wanted in STATES else "all"
    everybody = _ask("govshare_officer_list", {})
    rows = [row for row in everybody["results"] if wanted in ("all", row["state"])]
    extra = {
        "answer": everybody,
        "rows": rows,
        "departments": [row["organization"] for row in everybody["results"]],
        "wanted": wanted,
        "today": clock.today().isoformat(),
        "parts": range(1, PARTS + 1),
        "form": form,
        "values": values or {},
        "errors": errors or {},
    }
    return tk.render("govshare/people/office.html", extra)


def _asked(what: str) -> dict[str, Any]:
    """The posted form as the data of its action."""
    data: dict[str, Any] = _form()
    if what == "merge":
        data["ids"] = tk.request.form.getlist("ids")
        data["members"] = bool(data.get("members"))
    if what == "split":
        data["close"] = bool(data.get("close"))
        data["parts"] = [
            {"into": data[f"into_{number}"], "entries": data.get(f"entries_{number}", "")}
            for number in range(1, PARTS + 1)
            if data.get(f"into_{number}")
        ]
    return data


@blueprint.route("/office/people/<any(rename, merge, split):what>", methods=["POST"])
def change(what: str) -> str | Response:
    """Rename, merge or split: first a page that says what will move, then the deed."""
    data, confirmed = _asked(what), bool(tk.request.form.get("_confirmed"))
    action = f"govshare_organization_{what}"
    if not _may(action, data):
        return _refuse()
    try:
        if confirmed:
            _ask(action, data)
        elif what == "rename":
            plan = _ask("govshare_organization_history", {"id": data.get("id", "")})
        else:
            plan = _ask(action, {**data, "dry_run": True})
    except tk.ValidationError as error:
        return _office(what, data, error.error_dict)
    if not confirmed:
        fields = [(key, value) for key, value in tk.request.form.items(multi=True) if not key.startswith("_")]
        return tk.render(
            "govshare/people/confirm.html", {"what": what, "plan": plan, "data": data, "fields": fields}
        )
    tk.h.flash_success(tk._("Recorded"))
    return tk.redirect_to("govshare_people.office")
