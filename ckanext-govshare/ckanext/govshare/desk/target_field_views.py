"""Targets of the priority fields at once: a number and a day a field, suggestions from the lists of priority fields."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.wrappers import Response

from ckanext.govshare import schemas
from ckanext.govshare.desk import pages, target_views, target_words
from ckanext.govshare.kernel import codelists

__all__ = ["ROUTES"]


def target_fields() -> str:
    """The form, with what stands already beside every field."""
    return _page({}, {})


def _measures() -> list[tuple[str, str]]:
    """Measures that are counted by field."""
    known = pages.ask("govshare_target_measures")["measures"]
    return [
        (measure["name"], target_words.measure(measure["name"]))
        for measure in known
        if "field" in measure["scopes"]
    ]


def _page(given: dict[str, str], refused: dict[str, Any]) -> str:
    held = target_views.offices()
    measures = _measures()
    measure = pages.given("measure")
    measure = measure if measure in dict(measures) else measures[0][0]
    regions = [(office.region, office.title) for office in held]
    region = pages.given("region")
    region = region if region in dict(regions) else regions[0][0]
    standing: dict[str, list[dict[str, Any]]] = {}
    for target in pages.ask("govshare_target_list", {"region": region, "measure": measure}):
        if target["scope"] == "field":
            standing.setdefault(target["field"], []).append(target)
    suggested = _suggested()
    rows = [
        {
            "code": code,
            "label": label,
            "suggested": suggested.get(code, []),
            "standing": sorted(standing.get(code, []), key=lambda target: target["due"]),
        }
        for code, label in target_views.field_choices()
    ]
    rows.sort(key=lambda row: (-len(row["suggested"]), row["code"]))
    extra = {
        "rows": rows,
        "measures": measures,
        "measure": measure,
        "regions": regions,
        "region": region,
        "given": given,
        "refused": refused,
    }
    return tk.render("govshare/office/target_fields.html", extra)


def _suggested() -> dict[str, list[str]]:
    """The lists of priority fields that each field of opening is in, by their names in the reader's language."""
    lists, english = codelists.installed(), str(tk.h.lang() or "").startswith("en")
    found: dict[str, list[str]] = {}
    for name, pairs in schemas.load_priority_fields().items():
        for code in sorted(set(pairs.values())):
            found.setdefault(code, []).append(lists[name].en if english else lists[name].zh)
    return found


def set_target_fields() -> str | Response | tuple[str, int]:
    """Set a target for every field that was given a number or a day, all or none. Sending it twice changes nothing."""
    target_views.offices()
    form = {name: pages.text(name, 300) for name in tk.request.form}
    codes = [
        code
        for code, _label in target_views.field_choices()
        if form.get(f"at_least-{code}") or form.get(f"due-{code}")
    ]
    if not codes:
        return _page(form, {"": [tk._("Give a number for one field at least")]}), 400
    rows = [_row(form, code) for code in codes]
    done, errors = target_views.act("govshare_target_load", {"targets": rows})
    if errors:
        return _page(form, _faults(errors, codes)), 400
    number = done["created"] + done["updated"]
    said = tk.ungettext("{number} field has a target now.", "{number} fields have a target now.", number)
    tk.h.flash_success(said.format(number=number) if number else tk._("Nothing has changed."))
    return tk.redirect_to("govshare_desk.targets")


def _row(form: dict[str, str], code: str) -> dict[str, Any]:
    due = form.get(f"due-{code}") or form.get("due", "")
    row = {"measure": form.get("measure", ""), "scope": "field", "field": code, "due": due}
    row |= {"region": form["region"]} if form.get("region") else {}
    written = form.get(f"at_least-{code}", "")
    title, title_en = target_views.named_by_itself(row, written, due)
    number = (
        int(written)
        if written.isascii() and written.isdecimal() and len(written) < len(str(2**63))
        else written
    )
    return {**row, "at_least": number, "title": title, "title_en": title_en}


def _faults(errors: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    """The faults of each row at its fields; those of what all rows share at the top."""
    listed = errors.get("targets", [])
    if not listed or not isinstance(listed[0], dict):
        return {"": [text for messages in errors.values() for text in pages.as_list(messages)]}
    found: dict[str, Any] = {}
    for code, wrong in zip(codes, listed, strict=True):
        for name, messages in wrong.items():
            own = name in ("due", "at_least")
            found[f"{name}-{code}" if own else name] = pages.as_list(messages)
    return found


ROUTES = [
    ("/office/targets/fields", target_fields),
    ("/office/targets/fields", set_target_fields, "POST"),
]
