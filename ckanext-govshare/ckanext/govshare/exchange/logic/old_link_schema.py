"""Schemas of the actions on links of former times."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

from ckanext.govshare.exchange.old_links import STATES


@validator_args
def govshare_old_link_create(
    not_empty: Validator,
    default: ValidatorFactory,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
    govshare_point_organization: Validator,
    govshare_point_network: Validator,
    govshare_point_day: Validator,
    govshare_old_link_point: Validator,
    govshare_old_link_whole: Validator,
    govshare_short: Validator,
    govshare_long: Validator,
) -> Schema:
    organization = [not_empty, unicode_safe, govshare_point_organization]
    return {
        "title": [not_empty, unicode_safe, govshare_short],
        "from": organization,
        "to": organization,
        "network": [not_empty, unicode_safe, govshare_point_network],
        "content": [default(""), unicode_safe, govshare_long],
        "since": [default(None), govshare_point_day],
        "state": [default("waiting"), one_of(list(STATES))],
        "exchange_point": [default(""), unicode_safe, govshare_old_link_point],
        "planned": [default(None), govshare_point_day],
        "note": [default(""), unicode_safe, govshare_long],
        "__after": [govshare_old_link_whole],
    }


@validator_args
def govshare_old_link_list(ignore_empty: Validator, unicode_safe: Validator, one_of: ValidatorFactory) -> Schema:
    return {
        "state": [ignore_empty, one_of(["open", *STATES])],
        "network": [ignore_empty, unicode_safe],
        "organization": [ignore_empty, unicode_safe],
    }
