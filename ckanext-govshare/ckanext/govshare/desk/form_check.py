"""The end of the form: everything that was filled in, what is missing or wrong, and what two people wrote at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.desk import form_lists, review_views
from ckanext.govshare.desk import words as desk_words
from ckanext.govshare.desk.form import CHECK, FILES, code_words, file_step, step_lines, step_of, words
from ckanext.govshare.desk.form_input import PROVIDER
from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.forms import Field, Form, empty


def summary(form: Form, change: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that was filled in, step by step, with what is missing or wrong.

    :returns: ``[{slug, label, lines: [{name, label, value, errors, warnings}], items, files}]``
    """
    data = {**change["data"], PROVIDER: change["organization"]["id"]}
    sections = []
    for line in step_lines(form, change, CHECK)[:-1]:
        fields = [item for item in form.fields if item.step == line.slug and form.applies(item, data)]
        sections.append(
            {
                "slug": line.slug,
                "label": line.label,
                "state": line.state,
                "lines": [_summed(form, item, data, change) for item in fields if item.kind != "items"],
                "items": next((data.get(item.name) or [] for item in fields if item.kind == "items"), None),
                "files": data.get(FILES) or [] if line.slug == file_step(form) else None,
            }
        )
    return sections


def _summed(form: Form, item: Field, data: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    value = data.get(item.name)
    return {
        "name": item.name,
        "label": words(item),
        "value": change["organization"]["title"] if item.name == PROVIDER else shown_value(item, value),
        "required": form.needed(item, data),
    }


def shown_value(item: Field, value: Any) -> str:
    """A value as people read it."""
    if empty(value):
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    if item.kind == "licence":
        return next((choice.label for choice in form_lists.licences() if choice.code == value), str(value))
    code = codelists.installed()[item.codelist].get(value) if item.codelist else None
    return code_words(code) if code and item.cascade_of else words(code) if code else str(value)


def sorted_findings(form: Form, change: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the rules say, in the order of the form, each with the step and the field that it leads to."""
    order = {item.name: number for number, item in enumerate(form.fields)}
    found = sorted(change["findings"], key=lambda finding: order.get(finding["field"], len(order)))
    return [
        {**finding, "step": step_of(form, finding["field"]), "anchor": f"f-{finding['field']}"}
        for finding in found
    ]


def conflict_words(change: Mapping[str, Any]) -> str:
    """Who wrote in the draft meanwhile, and when.

    :param change: as it stands now
    """
    text = tk._(
        "{person} saved this draft at {time}, after you opened it. What you typed is still on this page."
    )
    name = change["updated_by"]
    time = desk_words.moment(change["updated"])[len("2026-01-31 ") :]
    return text.format(person=review_views.names({name})[name], time=time)


def theirs(known: Form, change: Mapping[str, Any], typed: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where what somebody else saved differs from what was typed here.

    :returns: ``[{label, theirs, mine}]``
    """
    found = []
    for name, value in typed.items():
        held = change["data"].get(name) or ""
        if name not in known or value == held or (empty(value) and empty(held)):
            continue
        item = known.field(name)
        pair = [_brief(item, held), _brief(item, value)]
        found.append({"label": words(item), "theirs": pair[0], "mine": pair[1]})
    return found


def _brief(item: Field, value: Any) -> str:
    if item.kind == "items":
        return tk.ungettext("{number} item", "{number} items", len(value)).format(number=len(value))
    return shown_value(item, value) or "—"
