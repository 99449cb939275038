"""Targets of the office on screen: the list in sequence, one or several milestones, change and deletion.

Which fields a form has follows from measure and scope, chosen first; every page works without JavaScript.
"""

from __future__ import annotations

import uuid
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import ckan.plugins.toolkit as tk
from ckan import model
from werkzeug.wrappers import Response

from ckanext.govshare.desk import form_once, pages, target_words
from ckanext.govshare.kernel import codelists

__all__ = ["ROUTES"]

ROWS = 4  # milestones that the form offers
CHANGED = ("title", "title_en", "at_least", "due", "rule_version")
Faults = dict[str, Any]


def offices() -> list[Any]:
    """Let in people of an office, where targets are kept at all."""
    found = pages.office_only()
    if not pages.offers("govshare_target_list"):
        tk.abort(404)
    return found


def targets() -> str:
    """Every target of the region by measure and scope, in sequence, with where it stands."""
    regions = {office.region for office in offices()}
    listed = [target for target in pages.ask("govshare_target_list") if target["region"] in regions]
    rows: dict[str, Any] = {}
    for scope in sorted({target["scope"] for target in listed}):
        for row in pages.ask("govshare_publication_progress", {"scope": scope}):
            rows[row["target"]["id"]] = row
    order = {name: place for place, name in enumerate((*target_words.MEASURES, *target_words.SCOPES))}
    listed.sort(
        key=lambda target: (
            order[target["measure"]],
            order[target["scope"]],
            target["region"],
            target_words.place(target),
            target["due"],
        )
    )
    groups = [
        (target_words.measure(measure), [_shown(target, rows.get(target["id"])) for target in found])
        for measure, found in groupby(listed, key=lambda target: target["measure"])
    ]
    return tk.render("govshare/office/targets.html", {"groups": groups})


def _shown(target: dict[str, Any], row: dict[str, Any] | None) -> dict[str, Any]:
    return {
        **target,
        "place": target_words.place(target),
        "number": target_words.number(target),
        "counted": target_words.counted(row, target),
        "state": target_words.state(row, target),
    }


def new_target() -> str:
    """The form of new targets."""
    return _form({}, {})


def _form(given: dict[str, str], refused: Faults) -> str:
    """Measure and scope come first; then the fields that apply."""
    held = offices()
    known = pages.ask("govshare_target_measures")
    measures = {measure["name"]: measure for measure in known["measures"]}
    measure = measures.get(pages.given("measure"), known["measures"][0])
    scope = pages.given("scope")
    extra = {
        "measures": [(name, target_words.measure(name)) for name in measures],
        "measure": measure,
        "scopes": [(name, target_words.scope(name)) for name in target_words.SCOPES],
        "scope": scope if scope in target_words.SCOPES else measure["scopes"][0],
        "departments": departments() if scope == "department" else [],
        "fields": field_choices(),
        "regions": [(office.region, office.title) for office in held],
        "versions": [(str(version), str(version)) for version in known["rule_versions"]],
        "latest": str(known["latest"]),
        "rows": range(ROWS),
        "given": given,
        "refused": refused,
        "once": pages.given("once") or uuid.uuid4().hex,
    }
    return tk.render("govshare/office/target_new.html", extra)


def departments() -> list[tuple[str, str]]:
    """Departments of the office's region, for a choice."""
    rows = pages.ask("govshare_desk_summary", {"office": True})
    return [(row["organization"]["name"], row["organization"]["title"]) for row in rows]


def field_choices() -> list[tuple[str, str]]:
    """Fields of opening, for a choice."""
    return [(code.code, target_words.field(code.code)) for code in codelists.installed()["open_domain"].codes]


def create_targets() -> str | Response | tuple[str, int]:
    """Set the milestones of the form, all or none, once for every form that was shown."""
    offices()
    form = {name: pages.text(name, 300) for name in tk.request.form}
    with form_once.once(pages.user(), pages.given("once")) as begun:
        if not begun.before:
            made, refused = _create(form)
            if refused:
                return _form(form, refused), 400
            begun.made(made["targets"][0]["id"])
            number = len(made["targets"])
            said = tk.ungettext("{number} target is set.", "{number} targets are set.", number)
            tk.h.flash_success(said.format(number=number))
    return tk.redirect_to("govshare_desk.targets")


def _create(form: dict[str, str]) -> tuple[Any, Faults]:
    """What the form asks for; faults of a milestone are named ``due-0``, ``at_least-0`` …"""
    scope = form.get("scope", "")
    data: dict[str, Any] = {name: form.get(name, "") for name in ("measure", "scope", "rule_version")}
    data |= {"region": form["region"]} if form.get("region") else {}
    data |= {"organization": form.get("organization", "")} if scope == "department" else {}
    data |= {"field": form.get("field", "")} if scope == "field" else {}
    data["publish_departments"] = bool(form.get("publish_departments"))
    places = [
        place
        for place in range(ROWS)
        if any(form.get(f"{name}-{place}") for name in ("due", "at_least", "title"))
    ] or [0]
    whose = department_title(data.get("organization", ""))
    data["milestones"] = [_milestone(form, data, place, whose) for place in places]
    made, errors = act("govshare_target_create", data)
    found: Faults = {}
    for name, messages in errors.items():
        if name != "milestones" or not isinstance(messages[0], dict):
            found[name] = pages.as_list(messages)
            continue
        for place, wrong in zip(places, messages, strict=True):
            found |= {f"{key}-{place}": pages.as_list(told) for key, told in wrong.items()}
    return made, found


def department_title(name: str) -> str:
    """What a department is called; nothing for no department."""
    return dict(departments()).get(name, "") if name else ""


def _milestone(form: dict[str, str], data: dict[str, Any], place: int, whose: str) -> dict[str, str]:
    due, at_least = form.get(f"due-{place}", ""), form.get(f"at_least-{place}", "")
    named = named_by_itself(data, at_least, due, whose)
    title = form.get(f"title-{place}", "")
    return {
        "due": due,
        "at_least": at_least,
        "title": title or named[0],
        "title_en": "" if title else named[1],
    }


def named_by_itself(data: dict[str, Any], at_least: str, due: str, department: str = "") -> tuple[str, str]:
    """Titles in Chinese and English that say what is asked for; one without a day will be refused anyway."""
    try:
        day = date.fromisoformat(due)
    except ValueError:
        return tk._("Target"), ""
    facts = (data["measure"], at_least, day, department, data.get("field") or "")
    return target_words.title(*facts), target_words.title_en(*facts)


def act(action: str, data: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """As `pages.act`, with the errors as the action gives them: of each row of a form by itself."""
    try:
        return tk.get_action(action)(pages.context(), data), {}
    except tk.ValidationError as error:
        model.Session.rollback()
        return None, dict(error.error_dict)
    except tk.NotAuthorized as error:
        model.Session.rollback()
        return None, {"": [str(error) or tk._("You may not do this")]}


def target(id: UUID) -> str:
    """One target, to be changed."""
    return _target(str(id), {}, {})


def _target(id: str, given: dict[str, str], refused: Faults) -> str:
    offices()
    found = pages.ask("govshare_target_show", {"id": id})
    known = pages.ask("govshare_target_measures")
    extra = {
        "target": _shown(found, None),
        "measure": target_words.measure(found["measure"]),
        "public": next((m["public"] for m in known["measures"] if m["name"] == found["measure"]), False),
        "versions": [(str(version), str(version)) for version in known["rule_versions"]],
        "given": given or {name: found[name] for name in (*CHANGED, "publish_departments")},
        "refused": refused,
    }
    return tk.render("govshare/office/target.html", extra)


def change_target(id: UUID) -> str | Response | tuple[str, int]:
    """Change what the form says."""
    offices()
    form = {name: pages.text(name, 300) for name in tk.request.form}
    data: dict[str, Any] = {name: form[name] for name in CHANGED if name in form}
    data |= {"id": str(id), "publish_departments": bool(form.get("publish_departments"))}
    _changed, refused = pages.act("govshare_target_update", data)
    if refused:
        return _target(str(id), form, refused), 400
    tk.h.flash_success(tk._("Changed. What was before stays on record."))
    return tk.redirect_to("govshare_desk.targets")


def delete_target(id: UUID) -> str | Response | tuple[str, int]:
    """Ask, then take a target back."""
    offices()
    refused: dict[str, list[str]] = {}
    if tk.request.method == "POST":
        gone, refused = pages.act("govshare_target_delete", {"id": str(id)})
        if not refused:
            tk.h.flash_success(tk._("Taken back: {title}").format(title=gone["title"]))
            return tk.redirect_to("govshare_desk.targets")
    found = pages.ask("govshare_target_show", {"id": str(id)})
    page = tk.render(
        "govshare/office/target_delete.html", {"target": _shown(found, None), "refused": refused}
    )
    return (page, 400) if refused else page


ROUTES = [
    ("/office/targets", targets),
    ("/office/targets/new", new_target),
    ("/office/targets/new", create_targets, "POST"),
    ("/office/targets/<uuid:id>", target),
    ("/office/targets/<uuid:id>", change_target, "POST"),
    ("/office/targets/<uuid:id>/delete", delete_target, "GET", "POST"),
]
