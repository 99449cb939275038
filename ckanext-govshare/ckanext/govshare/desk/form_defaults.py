"""What a new entry begins with, and what follows from what was chosen: values that a person would expect.

Everything stays editable. Unconditional sharing is the default that the rules name (R24: 义务共享).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.govshare.kernel import clock, codelists, findings, rules
from ckanext.govshare.kernel.forms import Field, Form

FIRST = {"share_type": "1", "share_mode": "1"}
TODAY = ("pub_date",)
LIKE_THE_LAST = ("provider_unit", "contact_name", "contact_phone")
FOLLOWS = {"share_mode_type": ("format_class", "share_mode")}
"""Field → the field that it follows from, and the rule that says which of its values fit."""
NOT_COPIED = ("resources", "source_url", "related_codes")


def of_new(form: Form, last: Mapping[str, Any] | None) -> dict[str, str]:
    """What an entry begins with when nobody has filled in anything.

    :param last: the content of the person's last entry of the department, or None
    """
    last = last or {}
    found = {name: value for name, value in FIRST.items() if name in form}
    found |= {name: clock.today().isoformat() for name in TODAY if name in form}
    carried = (*class_fields(form), *(name for name in LIKE_THE_LAST if name in form))
    found |= {name: str(last[name]) for name in carried if last.get(name)}
    return found


def class_fields(form: Form) -> tuple[str, ...]:
    """The fields that the code is made from, with those above them."""
    names: dict[str, None] = {}
    for name in form.code.prefix:
        while name:
            names[name] = None
            name = form.field(name).cascade_of
    return tuple(field.name for field in form.fields if field.name in names)


def of_copy(form: Form, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a new entry that begins as a copy: without code, files and what is the other's alone.

    :param entry: as ``package_show`` answers it
    """
    found = {
        field.name: entry[field.name]
        for field in form.fields
        if entry.get(field.name) and field.name not in ("owner_org", form.code.field, *NOT_COPIED)
    }
    for field in form.of_kind("tags"):
        names = [tag["name"] for tag in entry.get("tags") or [] if isinstance(tag, dict)]
        found |= {field.name: ",".join(sorted(names))} if names else {}
    found |= {name: clock.today().isoformat() for name in TODAY if name in form}
    return found


def following(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Fields that are filled in because the field that they follow from was chosen, or changed.

    A value that somebody chose stays, unless it was the one that followed from the choice before.
    """
    found = {}
    for name, (source, rule) in FOLLOWS.items():
        if name not in form or not after.get(source) or before.get(source) == after.get(source):
            continue
        held = after.get(name) or ""
        if held and held != fitting(form, before, name, rule):
            continue
        found[name] = fitting(form, after, name, rule)
    return {name: value for name, value in found.items() if value and value != after.get(name)}


def fitting(form: Form, data: Mapping[str, Any], name: str, rule: str) -> str:
    """The first value of a coded field that a rule has nothing against; empty if the field does not apply."""
    field: Field = form.field(name)
    table, check = codelists.installed().get(field.codelist), rules.RULES.get(rule)
    if table is None or check is None or not check.holds_for(form.type) or not form.applies(field, data):
        return ""
    given = findings.Given.of(form.type)
    for code in table.codes:
        if not any(
            found.field == name for found in check.findings({**data, name: code.code}, rules.NATIONAL, given)
        ):
            return code.code
    return ""


def conditions(form: Form) -> tuple[str, ...]:
    """The fields whose values decide which other fields apply, must be filled in, or are on offer."""
    names = {name for field in form.fields for name in (*field.when, *field.required_when)}
    names |= {field.cascade_of for field in form.fields if field.cascade_of}
    return tuple(field.name for field in form.fields if field.name in names)
