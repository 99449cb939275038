"""Schemas of the people room's actions, one by action."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare.kernel import clock

LONGEST = 500  # characters of a note
STATES = ["missing", "unconfirmed", "all"]


def text(value: Any) -> str:
    """Text without blanks around it, of at most 500 characters."""
    if isinstance(value, dict | list):
        raise tk.Invalid(tk._("This field holds text"))
    plain = str(value).replace("\x00", "").strip()
    if len(plain) > LONGEST:
        raise tk.Invalid(tk._("At most {number} characters").format(number=LONGEST))
    return plain


def filled(value: Any) -> str:
    """Text that says something."""
    plain = text(value)
    if not plain:
        raise tk.Invalid(tk._("Missing value"))
    return plain


def day(value: Any) -> date:
    """A day as CCYY-MM-DD."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise tk.Invalid(tk._("Give the day as CCYY-MM-DD")) from None


def past_day(value: Any) -> date:
    """A day that has begun in Beijing."""
    found = day(value)
    if found > clock.today():
        raise tk.Invalid(tk._("This day is still to come: record it when it has come"))
    return found


def phone(value: Any) -> str:
    """A telephone number: digits, blanks, + - ( ) and an extension."""
    plain = filled(value)
    if (
        len(plain) > 40
        or not set(plain) <= set("0123456789 +-()（）转")
        or sum(c.isdigit() for c in plain) < 7
    ):
        raise tk.Invalid(tk._("This is no telephone number"))
    return plain


def names(value: Any) -> list[str]:
    """A list of texts, each once; a text is divided at line ends and commas."""
    if isinstance(value, str):
        value = value.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise tk.Invalid(tk._("This field holds a list of texts"))
    return list(dict.fromkeys(item.strip() for item in value if item.strip()))


def parts(value: Any) -> list[dict[str, Any]]:
    """The parts of a split: ``[{into, entries: [codes]}]``."""
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise tk.Invalid(tk._("The parts must be a list"))
    found = [{"into": part.get("into"), "entries": names(part.get("entries") or [])} for part in value]
    if not found:
        raise tk.Invalid(tk._("Missing value"))
    if not all(isinstance(part["into"], str) and part["into"] for part in found):
        raise tk.Invalid(tk._("Each part names the department that receives it"))
    return found


@validator_args
def govshare_officer_appoint(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {
        "organization": [not_empty, filled],
        "user": [not_empty, filled],
        "post": [not_empty, filled],
        "phone": [not_empty, phone],
        "since": [default(clock.today()), past_day],
        "note": [default(""), text],
        "replaces": [default(False), boolean_validator],
        "handover": [default(""), text],
    }


@validator_args
def govshare_officer_confirm(
    not_empty: Validator, default: ValidatorFactory, int_validator: Validator
) -> Schema:
    return {
        "organization": [not_empty, filled],
        "year": [default(clock.today().year), int_validator],
    }


@validator_args
def govshare_officer_delegate(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {
        "organization": [not_empty, filled],
        "user": [not_empty, filled],
        "since": [default(clock.today()), day],
        "until": [not_empty, day],
        "note": [default(""), text],
        "replaces": [default(False), boolean_validator],
    }


@validator_args
def govshare_officer_show(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {"organization": [not_empty, filled], "history": [default(False), boolean_validator]}


@validator_args
def govshare_officer_list(
    default: ValidatorFactory, ignore_empty: Validator, int_validator: Validator, one_of: ValidatorFactory
) -> Schema:
    return {
        "region": [ignore_empty, filled],
        "year": [default(clock.today().year), int_validator],
        "state": [default("all"), one_of(STATES)],
    }


@validator_args
def govshare_person_list(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {"organization": [not_empty, filled], "history": [default(False), boolean_validator]}


@validator_args
def govshare_organization_rename(not_empty: Validator, default: ValidatorFactory) -> Schema:
    return {
        "id": [not_empty, filled],
        "title": [not_empty, filled],
        "on": [not_empty, past_day],
        "document": [default(""), text],
        "note": [default(""), text],
    }


@validator_args
def govshare_organization_merge(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {
        "ids": [not_empty, names],
        "into": [not_empty, filled],
        "on": [not_empty, past_day],
        "document": [not_empty, filled],
        "note": [default(""), text],
        "members": [default(True), boolean_validator],
        "dry_run": [default(False), boolean_validator],
    }


@validator_args
def govshare_organization_split(
    not_empty: Validator, default: ValidatorFactory, boolean_validator: Validator
) -> Schema:
    return {
        "id": [not_empty, filled],
        "parts": [not_empty, parts],
        "on": [not_empty, past_day],
        "document": [not_empty, filled],
        "note": [default(""), text],
        "close": [default(False), boolean_validator],
        "dry_run": [default(False), boolean_validator],
    }
