"""Pages of the form: begin an entry, fill it in step by step, check it and hand it in.

They work without JavaScript; with it, the page saves while one types. Every write is a POST with a token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import ckan.plugins.toolkit as tk
import flask
from werkzeug.wrappers import Response

from ckanext.govshare.desk import (
    form,
    form_begin,
    form_check,
    form_defaults,
    form_files,
    form_input,
    form_items,
    pages,
)
from ckanext.govshare.desk import words as desk_words
from ckanext.govshare.desk.form_begin import place, to_step
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.forms import Form, empty

__all__ = ["ROUTES"]

POSTED = ("name", "label", "titles", "words")  # what the script has to know of a column


def edit_change(id: UUID) -> str | Response | tuple[str, int]:
    """One step of the form, or the check at its end. A POST saves it and moves on."""
    change = pages.ask("govshare_change_show", {"id": str(id)})
    known = forms.installed()[change["package_type"]]
    if not change["may_write"] or change["purpose"] != "publish":
        return tk.redirect_to(place(change["id"]))
    steps = form.steps_of(known)
    step = tk.request.args.get("step", "")
    if step not in steps:
        return to_step(change["id"], steps[0])
    if tk.request.method == "GET":
        return _page(known, change, step, missing=bool(tk.request.args.get("missing")))
    if step == form.CHECK:
        return _submit(known, change)
    if step == form.file_step(known):
        return form_files.save(known, change, _page, to_step)
    return _save(known, change, step)


def _save(known: Form, change: dict[str, Any], step: str) -> str | Response | tuple[str, int]:
    posted, act = tk.request.form, tk.request.form.get("act", "next")
    try:
        sent = form_input.read(known, step, posted)
    except form_input.InputError as refusal:
        refused = {known.items_name: [str(refusal)]}
        return _page(known, change, step, values=refusal.values, refused=refused), 400
    if act.startswith("items.") and known.items_name:
        held = form_input.edited(sent.get(known.items_name, []), act)
        more = form_input.pasted(posted.get("paste", ""), known.items) if act == "items.paste" else []
        sent[known.items_name] = [*held, *more]
    after, refused, fallen = write(known, change, sent, posted.get("revision"), overwrite=act == "overwrite")
    if refused:
        status = 409 if "revision" in refused else 400
        return _page(known, after or change, step, values=sent, refused=refused), status
    _tell_fallen(known, fallen)
    if act.startswith("items."):
        where = {"rows": "1"} if act == "items.add" else {}
        return to_step(change["id"], step, anchor=f"f-{known.items_name}", **where)
    return _onward(known, after, step, sent, change, act)


def _onward(
    known: Form, after: dict[str, Any], step: str, sent: Mapping[str, Any], before: dict[str, Any], act: str
) -> Response:
    """Where a saved step leads: on, unless something on it is wrong, or more was asked because of an answer."""
    steps = form.steps_of(known)
    at = steps.index(step)
    if act == "back":
        return to_step(after["id"], steps[max(at - 1, 0)])
    if act in steps:
        return to_step(after["id"], act)
    mine = {item.name for item in known.fields if item.step == step}
    wrong = any(
        finding["severity"] == form.REFUSE
        and finding["field"] in mine
        and not empty(after["data"].get(finding["field"]))
        for finding in after["findings"]
    )
    shown = {item.name for item in known.visible(before["data"])}
    asked = {item.name for item in known.visible(after["data"]) if item.name in mine} - shown - set(sent)
    if act == "stay" or (wrong and act != "on"):
        return to_step(after["id"], step, missing="1")
    asked |= {
        item.name
        for item in known.fields
        if item.name in mine
        and item.cascade_of in sent
        and before["data"].get(item.cascade_of) != after["data"].get(item.cascade_of)
        and known.needed(item, after["data"])
        and empty(after["data"].get(item.name))
    }
    if asked and act != "on":
        tk.h.flash_notice(tk._("Your answers ask for more on this page: see the fields that were added."))
        return to_step(after["id"], step)
    return to_step(after["id"], steps[at + 1])


def write(
    known: Form,
    change: dict[str, Any],
    sent: dict[str, Any],
    revision: str | None,
    *,
    overwrite: bool = False,
) -> tuple[dict[str, Any] | None, dict[str, list[str]], tuple[str, ...]]:
    """Save the values of a step, with what follows from them.

    :param overwrite: write although somebody else wrote meanwhile: the person saw what
    :returns: the change, why it was not saved (by field), and the fields that were emptied
    """
    values = {name: value for name, value in sent.items() if value != change["data"].get(name, "")}
    if not values:
        return change, {}, ()  # a second click, or nothing new
    data = form_input.changed(known, change["data"], sent)
    data |= form_defaults.following(known, change["data"], {**change["data"], **data})
    fallen = tuple(name for name in data if name not in sent and change["data"].get(name) and not data[name])
    seen = change["revision"] if overwrite else revision or change["revision"]
    after, refused = pages.act("govshare_change_update", {"id": change["id"], "data": data, "revision": seen})
    if "revision" in refused:
        return tk.get_action("govshare_change_show")(pages.context(), {"id": change["id"]}), refused, ()
    return after, refused, fallen


def saved_at(change: Mapping[str, Any]) -> str:
    """When a draft was last saved, as ``14:02``; with the day, where that is not today."""
    shown = desk_words.moment(change["updated"])
    today = desk_words.days_since(change["updated"]) == 0
    return shown[len("2026-01-31 ") :] if today else shown


def _tell_fallen(known: Form, fallen: tuple[str, ...]) -> None:
    if fallen:
        labels = "、".join(form.words(known.field(name)) for name in fallen)
        message = tk._("Emptied, because they no longer apply: {fields}").format(fields=labels)
        tk.h.flash_notice(message)


def _page(
    known: Form,
    change: dict[str, Any],
    step: str,
    *,
    values: Mapping[str, Any] | None = None,
    refused: Mapping[str, list[str]] | None = None,
    missing: bool = False,
) -> str:
    steps = form.steps_of(known)
    at = steps.index(step)
    lines = form.step_lines(known, change, step)
    controls = form.controls(
        known, change, step, values=values, refused=refused, missing=missing or bool(refused)
    )
    conflict = "revision" in (refused or {})
    columns = form_items.row_columns(known)
    context = {
        "form": known,
        "change": change,
        "steps": lines,
        "step": next(line for line in lines if line.here),
        "before": steps[at - 1] if at else "",
        "controls": controls,
        "folded": form.folded(controls),
        "general": [form_check.conflict_words(change)] if conflict else _elsewhere(refused, controls),
        "conflict": conflict,
        "unsaved": "conflict" if conflict else "refused" if refused else "",
        "revision": tk.request.form.get("revision") if conflict else change["revision"],
        "theirs": form_check.theirs(known, change, values or {}) if conflict else [],
        "summed": missing or bool(refused),
        "columns": columns,
        "columns_json": json.dumps([{key: column[key] for key in POSTED} for column in columns]),
        "file_slug": form.file_step(known),
        "spare": 1 if tk.request.args.get("rows") else 0,
        "settled": form.settled(known, change),
        "saved": saved_at(change),
        "text": form.words,
        "place": place(change["id"]),
    }
    if step == form.CHECK:
        context |= {
            "sections": form_check.summary(known, change),
            "findings": form_check.sorted_findings(known, change),
            "opinion": tk.request.form.get("opinion", ""),
        }
        return tk.render("govshare/desk/form/check.html", context)
    if step == form.file_step(known):
        context |= form_files.context(change, refused)
        return tk.render("govshare/desk/form/files.html", context)
    return tk.render("govshare/desk/form/step.html", context)


def _elsewhere(refused: Mapping[str, list[str]] | None, controls: list[form.Control]) -> list[str]:
    """What was refused and stands at no field of the page."""
    mine = {control.name for control in controls}
    return [text for name, texts in (refused or {}).items() if name not in mine for text in texts]


def _submit(known: Form, change: dict[str, Any]) -> str | Response | tuple[str, int]:
    values = {"id": change["id"], "opinion": pages.text("opinion")}
    after, refused = pages.act("govshare_change_submit", values)
    if after is not None:
        tk.h.flash_success(tk._("Handed in. {next}").format(next=after["next"]))
        return tk.redirect_to(place(change["id"]))
    again = tk.get_action("govshare_change_show")(pages.context(), {"id": change["id"]})
    if not again["may_write"]:
        return tk.redirect_to(place(change["id"]))  # a second click
    return _page(known, again, form.CHECK, refused=refused), 400


def save_change(id: UUID) -> Response | tuple[Response, int]:
    """Save a step while somebody types. Answers JSON for the page's own script.

    :returns: ``{revision, saved, steps, errors, warnings, cleared, values}``; 409 with ``{message, theirs}`` where
        somebody else wrote meanwhile; 400 with ``{errors}`` where a value cannot be stored; 403 where it may not be
        written in any more
    """
    try:
        change = tk.get_action("govshare_change_show")(pages.context(), {"id": str(id)})
    except tk.NotAuthorized:
        known_person = bool(pages.user())
        message = (
            tk._("There is no such change") if known_person else tk._("You were logged out: log in again")
        )
        return flask.jsonify(message=message), 404 if known_person else 401
    except tk.ObjectNotFound as missing:
        return flask.jsonify(message=str(missing)), 404
    known, step = forms.installed()[change["package_type"]], tk.request.form.get("step", "")
    if not change["may_write"] or step not in form.steps_of(known):
        return flask.jsonify(message=tk._("It is under review, or has ended: nobody writes in it")), 403
    try:
        sent = form_input.read(known, step, tk.request.form)
    except form_input.InputError as refusal:
        return flask.jsonify(errors={known.items_name: [str(refusal)]}), 400
    after, refused, fallen = write(known, change, sent, tk.request.form.get("revision"))
    if "revision" in refused:
        message = form_check.conflict_words(after)
        return flask.jsonify(message=message, theirs=form_check.theirs(known, after, sent)), 409
    if refused or after is None:
        return flask.jsonify(errors=refused), 400
    shown = form.controls(known, after, step, missing=bool(tk.request.form.get("missing")))
    return flask.jsonify(
        revision=after["revision"],
        saved=saved_at(after),
        steps=[
            {"slug": line.slug, "state": line.state, "left": line.left}
            for line in form.step_lines(known, after, step)
        ],
        errors={control.name: control.errors for control in shown if control.errors},
        warnings={control.name: control.warnings for control in shown if control.warnings},
        cleared=[form.words(known.field(name)) for name in fallen],
    )


def preview_change(id: UUID) -> str:
    """The entry as it would look."""
    change = pages.ask("govshare_change_show", {"id": str(id)})
    known = forms.installed()[change["package_type"]]
    context = {
        "form": known,
        "change": change,
        "sections": form_check.summary(known, change),
        "columns": form_items.row_columns(known),
        "text": form.words,
        "place": place(change["id"]),
    }
    return tk.render("govshare/desk/form/preview.html", context)


ROUTES = [
    ("/desk/new", form_begin.new_entry, "GET", "POST"),
    ("/desk/change/start/<package_id>", form_begin.start_change, "POST"),
    ("/desk/change/<uuid:id>/edit", edit_change, "GET", "POST"),
    ("/desk/change/<uuid:id>/autosave", save_change, "POST"),
    ("/desk/change/<uuid:id>/preview", preview_change),
]
