"""What the actions of the publication room take."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare import config


@validator_args
def target_create(  # noqa: PLR0913
    not_empty: Validator,
    ignore_missing: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    is_positive_integer: Validator,
    govshare_measure: Validator,
    govshare_scope: Validator,
    govshare_day: Validator,
    govshare_organization: Validator,
) -> Schema:
    return {
        "title": [not_empty, unicode_safe],
        "title_en": [default(""), unicode_safe],
        "measure": [not_empty, govshare_measure],
        "at_least": [not_empty, is_positive_integer],
        "due": [not_empty, govshare_day],
        "scope": [default("city"), govshare_scope],
        "region": [default(config.region()), unicode_safe],
        "organization": [ignore_missing, govshare_organization],
    }


@validator_args
def target_update(
    not_empty: Validator,
    ignore_missing: Validator,
    unicode_safe: Validator,
    is_positive_integer: Validator,
    govshare_day: Validator,
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "title": [ignore_missing, not_empty, unicode_safe],
        "title_en": [ignore_missing, unicode_safe],
        "at_least": [ignore_missing, is_positive_integer],
        "due": [ignore_missing, govshare_day],
    }


@validator_args
def target_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"id": [not_empty, unicode_safe]}


@validator_args
def publication_progress(ignore_missing: Validator, unicode_safe: Validator) -> Schema:
    return {"target": [ignore_missing, unicode_safe]}


@validator_args
def publication_target(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"target": [not_empty, unicode_safe]}


@validator_args
def publication_ledger(
    not_empty: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    boolean_validator: Validator,
    natural_number_validator: Validator,
) -> Schema:
    return {
        "target": [not_empty, unicode_safe],
        "counted": [default(True), boolean_validator],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }
