"""What the actions of targets take."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare import config
from ckanext.govshare.kernel.counting import LATEST


@validator_args
def target_create(  # noqa: PLR0913
    not_empty: Validator,
    ignore_missing: Validator,
    default: ValidatorFactory,
    boolean_validator: Validator,
    govshare_measure: Validator,
    govshare_scope: Validator,
    govshare_day: Validator,
    govshare_organization: Validator,
    govshare_open_field: Validator,
    govshare_rule_version: Validator,
    govshare_words: Validator,
) -> Schema:
    return {
        "title": [not_empty, govshare_words],
        "title_en": [default(""), govshare_words],
        "measure": [not_empty, govshare_measure],
        "at_least": [not_empty],
        "due": [not_empty, govshare_day],
        "scope": [default("city"), govshare_scope],
        "region": [default(config.region()), govshare_words],
        "organization": [ignore_missing, govshare_organization],
        "field": [default(""), govshare_open_field],
        "rule_version": [default(LATEST), govshare_rule_version],
        "publish_departments": [default(False), boolean_validator],
    }


@validator_args
def target_update(  # noqa: PLR0913
    not_empty: Validator,
    ignore_missing: Validator,
    unicode_safe: Validator,
    boolean_validator: Validator,
    govshare_day: Validator,
    govshare_rule_version: Validator,
    govshare_words: Validator,
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "title": [ignore_missing, not_empty, govshare_words],
        "title_en": [ignore_missing, govshare_words],
        "at_least": [ignore_missing],
        "due": [ignore_missing, govshare_day],
        "rule_version": [ignore_missing, govshare_rule_version],
        "publish_departments": [ignore_missing, boolean_validator],
    }


@validator_args
def target_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"id": [not_empty, unicode_safe]}


@validator_args
def target_list(ignore_empty: Validator, unicode_safe: Validator, govshare_measure: Validator) -> Schema:
    return {"region": [ignore_empty, unicode_safe], "measure": [ignore_empty, govshare_measure]}
