"""Schemas of the room's actions, one by action."""

from __future__ import annotations

import unicodedata
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare.developers.identity import LEVELS

LONGEST = {"name": 60, "purpose": 300, "reason": 500}
MOST_QUOTA = 10_000_000


def _words(most: int) -> Validator:
    """Text that says something, on one line."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise tk.Invalid(tk._("This field holds text"))
        text = " ".join(value.split())
        if not text:
            raise tk.Invalid(tk._("Fill in this field"))
        if len(text) > most:
            raise tk.Invalid(tk._("At most {number} characters").format(number=most))
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            raise tk.Invalid(tk._("It holds characters that cannot be stored"))
        return text

    return check


def _requests(value: Any) -> int | None:
    """A number of requests; empty: as the settings say."""
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not str(value).strip().isdecimal() or int(str(value)[:12]) > MOST_QUOTA:
        raise tk.Invalid(tk._("A whole number from 0 to {number} is needed").format(number=MOST_QUOTA))
    return int(value)


@validator_args
def key_create(not_missing: Validator) -> Schema:
    return {name: [not_missing, _words(LONGEST[name])] for name in ("name", "purpose")}


@validator_args
def key_list(
    default: ValidatorFactory, boolean_validator: Validator, natural_number_validator: Validator
) -> Schema:
    return {
        "everybody": [default(False), boolean_validator],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def key_update(not_missing: Validator, unicode_safe: Validator, ignore_missing: Validator) -> Schema:
    return {
        "id": [not_missing, unicode_safe],
        "per_minute": [ignore_missing, _requests],
        "per_day": [ignore_missing, _requests],
    }


@validator_args
def key_usage(
    default: ValidatorFactory,
    natural_number_validator: Validator,
    ignore_empty: Validator,
    unicode_safe: Validator,
) -> Schema:
    return {"id": [ignore_empty, unicode_safe], "days": [default(30), natural_number_validator]}


@validator_args
def account_verify(
    not_missing: Validator, unicode_safe: Validator, default: ValidatorFactory, one_of: ValidatorFactory
) -> Schema:
    return {
        "user": [not_missing, unicode_safe],
        "level": [default("real_name"), one_of(list(LEVELS))],
        "reason": [not_missing, _words(LONGEST["reason"])],
    }
