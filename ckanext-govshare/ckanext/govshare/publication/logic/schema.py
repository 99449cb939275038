"""What the actions of the publication room take."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare import config


@validator_args
def publication_progress(
    ignore_missing: Validator,
    unicode_safe: Validator,
    govshare_measure: Validator,
    govshare_scope: Validator,
    govshare_organization: Validator,
) -> Schema:
    return {
        "target": [ignore_missing, unicode_safe],
        "measure": [ignore_missing, govshare_measure],
        "scope": [ignore_missing, govshare_scope],
        "organization": [ignore_missing, govshare_organization],
    }


@validator_args
def publication_target(
    not_empty: Validator, unicode_safe: Validator, ignore_missing: Validator, govshare_day: Validator
) -> Schema:
    return {"target": [not_empty, unicode_safe], "day": [ignore_missing, govshare_day]}


@validator_args
def publication_history(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_missing: Validator,
    govshare_day: Validator,
    default: ValidatorFactory,
    one_of: ValidatorFactory,
) -> Schema:
    return {
        "target": [not_empty, unicode_safe],
        "first": [ignore_missing, govshare_day],
        "last": [ignore_missing, govshare_day],
        "step": [default("month"), one_of(["day", "week", "month"])],
    }


@validator_args
def publication_difference(not_empty: Validator, unicode_safe: Validator, govshare_day: Validator) -> Schema:
    return {
        "target": [not_empty, unicode_safe],
        "first": [not_empty, govshare_day],
        "last": [not_empty, govshare_day],
    }


@validator_args
def publication_ledger(  # noqa: PLR0913
    not_empty: Validator,
    ignore_missing: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    boolean_validator: Validator,
    natural_number_validator: Validator,
    govshare_day: Validator,
    govshare_organization: Validator,
) -> Schema:
    return {
        "target": [not_empty, unicode_safe],
        "counted": [default(True), boolean_validator],
        "day": [ignore_missing, govshare_day],
        "q": [default(""), unicode_safe],
        "reason": [default(""), unicode_safe],
        "organization": [ignore_missing, govshare_organization],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def publication_region(
    ignore_missing: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    govshare_organization: Validator,
) -> Schema:
    return {
        "region": [default(config.region()), unicode_safe],
        "organization": [ignore_missing, govshare_organization],
    }


@validator_args
def publication_period(not_empty: Validator, govshare_day: Validator) -> Schema:
    return {"first": [not_empty, govshare_day], "last": [not_empty, govshare_day]}
