"""How a form begins: a new entry, a copy of one, or the change of a published one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import flask
from werkzeug.wrappers import Response

from ckanext.govshare.desk import form, form_defaults, form_lists, form_once, pages
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.forms import Form

WRITABLE = ("draft", "returned")


def new_entry() -> str | Response:
    """Choose type and department of a new entry; the POST begins its draft."""
    pages.members_only()
    asked = tk.request.form if tk.request.method == "POST" else tk.request.args
    departments = form_lists.writable()
    if not departments:
        return tk.abort(
            403, tk._("You may not write entries for any department. Ask its reviewer for the role.")
        )
    types = forms.installed()
    chosen = types.get(asked.get("type", "")) or types[next(iter(types))]
    wanted = asked.get("organization", "")
    own = next((item for item in departments if wanted in (item.id, item.name)), None)
    if own is None and (not wanted or tk.request.method == "GET"):
        own = departments[0]
    refused: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        if own is None:
            return tk.abort(404)
        answer, refused = _begin(chosen, own.id, asked)
        if answer is not None:
            return answer
    context = {
        "types": list(types.values()),
        "chosen": chosen,
        "departments": departments,
        "own": own,
        "entries": form_lists.entries(chosen.type, own.id) if own else [],
        "copy_from": asked.get("copy_from", ""),
        "refused": refused,
        "once": asked.get("once") or uuid.uuid4().hex,
        "text": form.words,
    }
    return tk.render("govshare/desk/form/new.html", context)


def _begin(
    chosen: Form, organization_id: str, asked: Mapping[str, str]
) -> tuple[Response | None, dict[str, list[str]]]:
    """Begin a draft, once for every form that was shown: a second click leads to the same draft."""
    copy_from = asked.get("copy_from", "").strip().partition(" ")[0]
    if copy_from:
        data, refused = _copied(chosen, copy_from)
        if refused:
            return None, refused
    else:
        data = form_defaults.of_new(chosen, form_lists.last_entry(chosen.type, organization_id))
    with form_once.once(pages.user(), asked.get("once", "")) as begun:
        if begun.before:
            return to_step(begun.before), {}
        values = {"package_type": chosen.type, "owner_org": organization_id, "data": data}
        change, refused = pages.act("govshare_change_create", values)
        if refused:
            return None, refused
        begun.made(change["id"])
    return to_step(change["id"]), {}


def _copied(chosen: Form, name: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    missing = {"copy_from": [tk._("No entry of yours has this code: choose one of the list")]}
    try:
        entry = tk.get_action("package_show")(pages.context(), {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return {}, missing
    if entry["type"] != chosen.type:
        return {}, missing
    return form_defaults.of_copy(chosen, entry), {}


def start_change(package_id: str) -> Response:
    """Change a published entry: go on with the open change of it that one may write, or begin one."""
    pages.members_only()
    entry = pages.ask("package_show", {"id": package_id})
    wanted = {"package_id": entry["id"], "state": "open", "limit": 100}
    listed = pages.ask("govshare_change_list", wanted)["results"]
    for line in listed:
        if line["state"] in WRITABLE and line["purpose"] == "publish":
            tk.h.flash_notice(tk._("There was a change of this entry already: go on with it here."))
            return to_step(line["id"])
    if listed:
        tk.h.flash_notice(tk._("A change of this entry is under review: wait for it, or take it back first."))
        return tk.redirect_to(place(listed[0]["id"]))
    values = {"package_type": entry["type"], "id": entry["id"]}
    change, refused = pages.act("govshare_change_create", values)
    if refused:
        pages.tell(refused)
        return tk.redirect_to(f"{entry['type']}.read", id=entry["name"])
    return to_step(change["id"])


def to_step(change_id: str, step: str = "", anchor: str = "", **more: str) -> Response:
    """The page of a step; after a POST it is asked for by GET."""
    address = tk.url_for(
        "govshare_desk.edit_change", id=change_id, **({"step": step} if step else {}), **more
    )
    return flask.redirect(f"{address}#{anchor}" if anchor else address, 303)


def place(change_id: str) -> str:
    """Where a change is read by those who may not write in it now."""
    return tk.url_for("govshare_desk.change", id=change_id)
