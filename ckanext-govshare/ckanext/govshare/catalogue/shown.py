"""Changes as people read them: what differs, in words; where it stands, what that means and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases
from ckanext.govshare.catalogue import changes, codelists, content, forms, reviewers
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.kernel import diff, rules
from ckanext.govshare.kernel.cases import ChangeState
from ckanext.govshare.kernel.forms import Field


def state_words(state: str) -> dict[str, str]:
    """A state of a change in words.

    :returns: ``{label, meaning, next}``
    """
    words = {
        ChangeState.DRAFT: (
            tk._("Draft"),
            tk._("Only the department and the office see it; it may have gaps"),
            tk._("Complete it and hand it in"),
        ),
        ChangeState.DEPT_REVIEW: (
            tk._("Waits for the department's reviewer"),
            tk._("The department signs for what it publishes"),
            tk._("A reviewer of the department who did not write it approves or returns it"),
        ),
        ChangeState.OFFICE_REVIEW: (
            tk._("Waits for the office"),
            tk._("The department signed; the office checks it against the rules"),
            tk._("The office publishes or returns it"),
        ),
        ChangeState.RETURNED: (
            tk._("Returned"),
            tk._("A reviewer asks for corrections; the reason is in the history"),
            tk._("Correct it and hand it in again"),
        ),
        ChangeState.APPROVED: (
            tk._("Published"),
            tk._("What it says is in the catalogue"),
            tk._("Nothing is left to do"),
        ),
        ChangeState.WITHDRAWN: (
            tk._("Withdrawn"),
            tk._("The department took it back; the catalogue did not change"),
            tk._("Nothing is left to do"),
        ),
    }
    label, meaning, following = words[ChangeState(state)]
    return {"label": label, "meaning": meaning, "next": following}


def titles(organization_ids: Iterable[str]) -> dict[str, str]:
    """Titles of organisations by id, in one query."""
    wanted = set(organization_ids)
    rows = model.Session.query(model.Group.id, model.Group.title).filter(model.Group.id.in_(wanted))
    return dict(rows.all()) if wanted else {}


def short(change: Change, case: cases.Case, names: Mapping[str, str]) -> dict[str, Any]:
    """A line of a list.

    :param names: titles of organisations by id
    """
    return {
        "id": change.id,
        "state": case.state,
        "state_label": state_words(case.state)["label"],
        "package_type": change.package_type,
        "package_id": change.package_id,
        "purpose": change.purpose,
        "title": case.title,
        "organization": {"id": case.organization_id, "title": names.get(case.organization_id, "")},
        "created": case.opened.isoformat(timespec="seconds"),
        "created_by": case.opened_by,
        "updated": change.updated.isoformat(timespec="seconds"),
        "updated_by": change.updated_by,
        "since": case.since.isoformat(timespec="seconds"),
        "origin": (change.origin or {}).get("point", ""),
        "waits_on": reviewers.waits_on(case, dict(names)),
    }


def whole(change: Change, case: cases.Case, hands: reviewers.Hands) -> dict[str, Any]:
    """Everything about one change, for the person whose hands they are."""
    package = changes.package_of(change)
    group = model.Group.get(case.organization_id)
    is_open = changes.CHANGE.waits_on(case.state) is not None
    found = changes.findings(change, case) if is_open else []
    moved = changes.moved(change) if is_open else False
    words = state_words(case.state)
    return {
        **short(change, case, {case.organization_id: group.title if group else ""}),
        "organization": {"id": group.id, "name": group.name, "title": group.title} if group else {},
        "region": case.region,
        "name": package.name if package is not None else None,
        "data": change.data,
        "revision": change.revision,
        "authors": change.authors,
        "findings": [finding_dict(finding) for finding in found],
        "diff": differences(change.package_type, change.base or {}, change.data),
        "base_moved": moved,
        "merge": [_merge(change.package_type, item) for item in changes.merges(change)] if moved else [],
        "events": [event.as_dict() for event in cases.events(case.id)],
        "acts": hands.acts(change, case),
        "may_write": case.state in reviewers.WRITABLE and hands.may_write(case.organization_id, case.region),
        "meaning": words["meaning"],
        "next": words["next"],
    }


def finding_dict(finding: rules.Finding) -> dict[str, str]:
    """A finding with its message in the reader's language."""
    chinese = codelists.language() == "zh"
    return {**finding.as_dict(), "message": finding.message_zh if chinese else finding.message_en}


def differences(
    package_type: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What differs between two contents, in words, in the order of the form.

    :returns: ``[{field, label, before, after}]``; tables have ``rows: [{kind, key, before, after}]`` instead of texts
    """
    form = forms.form(package_type)
    fields = {field.name: field for field in form.fields}
    found = []
    for name in diff.changed(before, after, content.fields(package_type)):
        if name == "resources" or name == form.items_name:
            old, new = before.get(name) or [], after.get(name) or []
            columns = form.items if name == form.items_name else ()
            found.append(
                {"field": name, "label": label(package_type, name), "rows": _rows(old, new, columns)}
            )
        else:
            field = fields[name]
            found.append(
                {
                    "field": name,
                    "label": label(package_type, name),
                    "before": words(field, before.get(name)),
                    "after": words(field, after.get(name)),
                }
            )
    return found


def label(package_type: str, name: str) -> str:
    """Label of a field in the reader's language."""
    form = forms.form(package_type)
    if name == "resources":
        return tk._("Files")
    field = next((field for field in form.fields if field.name == name), None)
    if field is None:
        return name
    return field.zh if codelists.language() == "zh" else field.en


def words(field: Field | None, value: Any) -> str:
    """A value as people read it: labels for codes, a list as one line."""
    if value in diff.EMPTY:
        return ""
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    if field is not None and field.codelist:
        return codelists.label(field.codelist, str(value))
    return str(value)


def _rows(
    old: list[dict[str, Any]], new: list[dict[str, Any]], columns: tuple[Field, ...]
) -> list[dict[str, Any]]:
    known = {field.name: field for field in columns}
    chinese = codelists.language() == "zh"

    def text(row: Mapping[str, Any]) -> dict[str, str]:
        names = [*known] if known else ["name", "audience", "format", "original_name", "url", "description"]
        return {
            (known[name].zh if chinese else known[name].en)
            if name in known
            else _file_word(name): _file_value(name, row[name])
            if name not in known
            else words(known[name], row[name])
            for name in names
            if row.get(name) not in diff.EMPTY and not (name == "url" and row.get("original_name"))
        }  # a stored file is known by its name, its address is the store's

    return [
        {"kind": change.kind, "key": change.key, "before": text(change.before), "after": text(change.after)}
        for change in diff.rows(old, new, lambda row: str(row.get("name") or row.get("url") or ""))
    ]


def _file_word(name: str) -> str:
    return {
        "name": tk._("Name"),
        "audience": tk._("For whom"),
        "format": tk._("Format"),
        "original_name": tk._("File"),
        "url": tk._("Address"),
        "description": tk._("Description"),
    }[name]


def _file_value(name: str, value: Any) -> str:
    return codelists.label("audience", value) if name == "audience" else str(value)


def _merge(package_type: str, item: diff.Merge) -> dict[str, Any]:
    form = forms.form(package_type)
    field = next((field for field in form.fields if field.name == item.field), None)

    def text(value: Any) -> str:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "、".join(str(row.get("name") or row.get("url") or "") for row in value)
        return words(field, value)

    return {
        "field": item.field,
        "label": label(package_type, item.field),
        "base": text(item.base),
        "mine": text(item.mine),
        "theirs": text(item.theirs),
        "conflict": item.conflict,
    }


def listed(rows: list[tuple[Change, cases.Case]]) -> list[dict[str, Any]]:
    """Lines of a list, with the titles of all organisations in one query."""
    names = titles(case.organization_id for _change, case in rows)
    return [short(change, case, names) for change, case in rows]


def count(filters: list[Any]) -> int:
    """How many changes there are."""
    statement = sa.select(sa.func.count()).select_from(Change).join(cases.Case, cases.Case.id == Change.id)
    return model.Session.scalar(statement.where(*filters)) or 0
