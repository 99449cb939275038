"""Validators of the scheming forms. The rules themselves are pure functions in ``kernel.rules``."""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.navl.dictization_functions import unflatten

from ckanext.govshare import config, roles
from ckanext.govshare.catalogue import codelists, codes, facts, forms, service
from ckanext.govshare.kernel.codes import uscc_valid

__all__ = [
    "govshare_audience",
    "govshare_code",
    "govshare_entry_rules",
    "govshare_flag",
    "govshare_kept",
    "govshare_name_free",
    "govshare_parent",
    "govshare_provider",
    "govshare_region",
    "govshare_review",
    "govshare_uscc",
]


def govshare_entry_rules(
    key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: dict[str, Any]
) -> None:
    """Schema-level validator: every rule that the entry's profile refuses becomes an error at its field."""
    entry = unflatten(
        {path: value for path, value in data.items() if value is not tk.missing and path[0] != "__extras"}
    )
    if isinstance(entry.get("related_codes"), str):
        entry["related_codes"] = json.loads(
            entry["related_codes"] or "[]"
        )  # scheming stores the list as text
    package = context.get("package")
    known = None
    if not service.is_engine(context):  # the engine's plan asked all at once
        consents = bool(context.get("ignore_auth")) or roles.is_office(
            context.get("user"), roles.region_of(str(entry.get("owner_org") or ""))
        )
        known = facts.gather([entry], [getattr(package, "id", None)], office_consents=consents)[0]
    for field, messages in service.refusals(entry, known).items():
        for path in [path for path in errors if path[0] == field and len(path) > 1]:
            del errors[path]  # a message for the whole table replaces those of its cells
        found = errors.setdefault((field,), [])
        found.extend(message for message in messages if message not in found)


def govshare_code(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: dict[str, Any]) -> None:
    """A code has the shape of its type's codes and belongs to no other entry, present or past."""
    code, spec = data.get(key), forms.code_spec(key[-1])
    if not spec.valid(code):
        raise tk.Invalid(tk._("A code reads like {example}").format(example=spec.example))
    if context.get("govshare_bulk"):
        return  # allotted, or found free for the whole batch; the table's key stands behind it
    package = context.get("package")
    holder = codes.holder(code)
    if holder is not None and holder != getattr(package, "id", None):
        raise tk.Invalid(tk._("The code {code} belongs to another entry").format(code=code))


def govshare_name_free(
    key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: dict[str, Any]
) -> None:
    """No other entry has the name. In a batch the table's key says so, by no statement an entry."""
    if not context.get("govshare_bulk"):
        tk.get_validator("package_name_validator")(key, data, errors, context)


def govshare_provider(value: Any) -> str:
    """An entry has a provider: an active organisation. The caller's right was checked before (auth)."""
    organization = roles.organization(value if isinstance(value, str) else None)
    if organization is None:
        raise tk.Invalid(tk._("Choose the provider: an organization of this site"))
    return organization.id


def _choice(value: Any, codelist: str) -> str:
    table = codelists.lists()[codelist]
    if value not in table:
        choices = ", ".join(code.code for code in table.codes)
        raise tk.Invalid(tk._("Choose one of: {choices}").format(choices=choices))
    return value


def govshare_audience(value: Any) -> str:
    """A file is for departments (``share``) or for the public (``open``)."""
    return _choice(value, "audience")


def govshare_flag(value: Any) -> str:
    """``1`` or ``0``."""
    return _choice(value, "yes_no")


def govshare_review(value: Any) -> str:
    """``office`` or ``none``."""
    return _choice(value, "review")


def govshare_kept(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: dict[str, Any]) -> None:
    """A field of an organisation that only the server sets: whatever is sent, the stored value stays."""
    group = context.get("group")
    stored = group.extras.get(key[-1]) if isinstance(group, model.Group) else None
    if stored:
        data[key] = stored
    else:
        data.pop(key, None)
        raise tk.StopOnError


def govshare_region(value: Any) -> str:
    """Six digits of GB/T 2260; the region of the site by default."""
    if value in (None, "", tk.missing):
        return config.region()
    if not re.fullmatch(r"\d{6}", str(value)):
        raise tk.Invalid(tk._("A region code has six digits"))
    return str(value)


def govshare_parent(value: Any) -> str:
    """Name of an existing organisation."""
    if value and model.Group.get(value) is None:
        raise tk.Invalid(tk._("Organization does not exist"))
    return value


def govshare_uscc(value: Any) -> str:
    """统一社会信用代码 with its check digit (GB 32100-2015)."""
    code = str(value or "").strip().upper()
    if code and not uscc_valid(code):
        raise tk.Invalid(tk._("This 统一社会信用代码 has a wrong length, character or check digit"))
    return code
