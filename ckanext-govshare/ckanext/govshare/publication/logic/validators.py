"""Validators of targets and of data applications."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.counting import VERSIONS
from ckanext.govshare.publication import lookups
from ckanext.govshare.publication.model import Measure, Scope

__all__ = [
    "govshare_application_rules",
    "govshare_application_server_fields",
    "govshare_day",
    "govshare_day_text",
    "govshare_measure",
    "govshare_open_field",
    "govshare_organization",
    "govshare_rule_version",
    "govshare_scope",
    "govshare_words",
]

MOST_WORDS = 200

# What only the office (or the engine) says of an application, with the value that a new one has.
OFFICE_FIELDS = {"approved": "0", "own_use": "0", "proof_checked": ""}


def govshare_day(value: Any) -> date:
    """A calendar day in ISO form; answers a date."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise tk.Invalid(tk._("Write the day as YYYY-MM-DD")) from None


def govshare_day_text(value: Any) -> str:
    """A calendar day in ISO form; answers text, because extras hold nothing else."""
    return govshare_day(value).isoformat()


def govshare_measure(value: Any) -> str:
    """What a target may count."""
    if value not in [measure.value for measure in Measure]:
        raise tk.Invalid(tk._("Unknown measure"))
    return str(value)


def govshare_scope(value: Any) -> str:
    """For whom a target may count."""
    if value not in [scope.value for scope in Scope]:
        raise tk.Invalid(tk._("Unknown scope"))
    return str(value)


def govshare_open_field(value: Any) -> str:
    """A field of opening (code of the list open_domain), or nothing."""
    if value in ("", None):
        return ""
    if value not in codelists.installed()["open_domain"]:
        raise tk.Invalid(tk._("Unknown field"))
    return str(value)


def govshare_rule_version(value: Any) -> int:
    """The version of a counting rule that is there."""
    written = str(value).strip()
    if isinstance(value, bool) or written not in map(str, VERSIONS):
        raise tk.Invalid(tk._("There is no counting rule of this version"))
    return int(written)


def govshare_words(value: Any) -> str:
    """One line of words, without what cannot be stored or shown."""
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Must be text"))
    words = value.replace("\u3000", " ").strip()
    if not words.isprintable():
        raise tk.Invalid(tk._("Write one line, without control characters"))
    if len(words) > MOST_WORDS:
        raise tk.Invalid(tk._("At most {number} characters").format(number=MOST_WORDS))
    return words


def govshare_organization(value: Any) -> str:
    """Id of an active organisation, from its name or id."""
    found = roles.organization(str(value))
    if found is None:
        raise tk.Invalid(tk._("Organization does not exist"))
    return found.id


def govshare_application_server_fields(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Runs before the fields: what only the office says stays as it was; unapproved means private."""
    package = context.get("package")
    if not _is_office(context):
        stored = dict(package.extras) if package is not None else {}
        for name, new in OFFICE_FIELDS.items():
            data[(name,)] = stored.get(name, new)
    data[("private",)] = str(data.get(("approved",))) != "1"
    if not data.get(("name",)):
        # A Chinese title leaves nothing to make an address of.
        data[("name",)] = package.name if package is not None else f"app-{uuid.uuid4().hex[:10]}"


def _is_office(context: Context) -> bool:
    return bool(context.get("ignore_auth")) or roles.is_office(context.get("user"), config.region())


def govshare_application_rules(
    key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context
) -> None:
    """Runs after the fields: a web application has an address, every linked data set is open."""
    if data.get(("app_form",)) == "web" and not data.get(("url",)):
        errors.setdefault(("url",), []).append(tk._("A web application needs its address"))
    value = data.get(("dataset_codes",))
    codes = lookups.codes_of(None if value is tk.missing else value)
    known = lookups.open_entries(codes)
    unknown = [code for code in codes if code not in known]
    if unknown:
        message = tk._("No open data set has this code: {codes}").format(codes=", ".join(unknown))
        errors.setdefault(("dataset_codes",), []).append(message)
