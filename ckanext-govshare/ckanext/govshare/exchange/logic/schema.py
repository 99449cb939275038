"""Schemas of the exchange room's actions, one by action."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory

# Lists: core's `one_of` cannot format a tuple into its message.
PUBLISH = ["auto", "review"]
FILES = ["link", "mirror", "load"]
# What a department declares for its records unless it says otherwise (fact base, "easily got wrong").
SHARE_SCOPE = "全市政务部门"
SHARE_CONDITION = "按需申请，由提供方审核"
VERDICTS = ["create", "update", "missing", "reappeared", "rejected", "conflict"]
COUNTS = ["create", "update", "unchanged", "missing", "suspend", "reappear", "reject", "conflict", "review"]
RUN_STATES = ["queued", "planning", "planned", "held", "applying", "done", "failed", "cancelled"]
FILE_STATES = ["kept", "failed", "unreachable"]
RECORD_STATES = ["current", "missing", "suspended", "rejected", "conflict"]


def _page(limit: int) -> Schema:
    """One page of a list: so many rows, from such a one on."""
    number, most = tk.get_validator("natural_number_validator"), tk.get_validator("limit_to_configured_maximum")
    default = tk.get_validator("default")
    return {"limit": [default(limit), number, most("", 1000)], "offset": [default(0), number]}


@validator_args
def govshare_exchange_point_create(
    not_empty: Validator,
    ignore_missing: Validator,
    ignore_empty: Validator,
    default: ValidatorFactory,
    unicode_safe: Validator,
    name_validator: Validator,
    one_of: ValidatorFactory,
    govshare_point_name_free: Validator,
    govshare_point_url: Validator,
    govshare_point_organization: Validator,
    govshare_point_kind: Validator,
    govshare_point_network: Validator,
    govshare_point_class: Validator,
    govshare_point_settings: Validator,
    govshare_point_schedule: Validator,
    govshare_point_system: Validator,
    govshare_point_target: Validator,
    govshare_point_day: Validator,
    govshare_point_address: Validator,
    govshare_point_sharing: Validator,
    govshare_point_own_system: Validator,
    govshare_point_moves: Validator,
) -> Schema:
    return {
        "name": [not_empty, unicode_safe, name_validator, govshare_point_name_free],
        "title": [ignore_empty, unicode_safe],
        "organization": [not_empty, unicode_safe, govshare_point_organization],
        "kind": [not_empty, unicode_safe, govshare_point_kind],
        "url": [not_empty, unicode_safe, govshare_point_url],
        "network": [default("互联网"), unicode_safe, govshare_point_network],
        "default_class": [not_empty, unicode_safe, govshare_point_class],
        "share_type": [default("2"), one_of(["1", "2", "3"])],
        "share_scope": [default(SHARE_SCOPE), unicode_safe],
        "share_condition": [default(SHARE_CONDITION), unicode_safe],
        "publish": [default("auto"), one_of(PUBLISH)],
        "schedule": [default("manual"), unicode_safe, govshare_point_schedule],
        "settings": [ignore_missing, govshare_point_settings],
        "files": [default("link"), one_of(FILES)],
        "system": [default(""), unicode_safe, govshare_point_system],
        "moves_to": [default(""), unicode_safe, govshare_point_target],
        "moves_by": [default(None), govshare_point_day],
        "__after": [
            govshare_point_address,
            govshare_point_sharing,
            govshare_point_own_system,
            govshare_point_moves,
        ],
    }


@validator_args
def govshare_exchange_point_update(
    ignore_missing: Validator,
    not_empty: Validator,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
    govshare_point_url: Validator,
    govshare_point_network: Validator,
    govshare_point_class: Validator,
    govshare_point_settings: Validator,
    govshare_point_schedule: Validator,
    govshare_point_system: Validator,
    govshare_point_target: Validator,
    govshare_point_day: Validator,
) -> Schema:
    given = [ignore_missing, unicode_safe]
    return {
        "id": [not_empty, unicode_safe],
        "title": given,
        "url": [ignore_missing, not_empty, unicode_safe, govshare_point_url],
        "network": [*given, govshare_point_network],
        "default_class": [*given, govshare_point_class],
        "share_type": [ignore_missing, one_of(["1", "2", "3"])],
        "share_scope": given,
        "share_condition": given,
        "publish": [ignore_missing, one_of(PUBLISH)],
        "schedule": [*given, govshare_point_schedule],
        "settings": [ignore_missing, govshare_point_settings],
        "files": [ignore_missing, one_of(FILES)],
        "system": [*given, govshare_point_system],
        "moves_to": [*given, govshare_point_target],
        "moves_by": [ignore_missing, govshare_point_day],
    }


@validator_args
def by_id(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"id": [not_empty, unicode_safe]}


@validator_args
def govshare_exchange_point_review(
    not_empty: Validator,
    default: ValidatorFactory,
    unicode_safe: Validator,
    boolean_validator: Validator,
    govshare_point_opinion: Validator,
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "passed": [default(True), boolean_validator],
        "opinion": [default(""), unicode_safe],
        "__after": [govshare_point_opinion],
    }


@validator_args
def govshare_exchange_point_assess(ignore_missing: Validator, govshare_point_ids: Validator) -> Schema:
    return {**govshare_exchange_point_review(), "attachments": [ignore_missing, govshare_point_ids]}


def govshare_exchange_point_accept() -> Schema:
    return govshare_exchange_point_review()


@validator_args
def govshare_exchange_point_suspend(
    not_empty: Validator, default: ValidatorFactory, unicode_safe: Validator, boolean_validator: Validator
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "reason": [default(""), unicode_safe],
        "undo": [default(False), boolean_validator],
    }


@validator_args
def govshare_exchange_point_list(ignore_missing: Validator, unicode_safe: Validator) -> Schema:
    names = ("organization", "state", "network", "health", "high_frequency")
    return {name: [ignore_missing, unicode_safe] for name in names}


@validator_args
def govshare_exchange_point_mark(
    not_empty: Validator, not_missing: Validator, unicode_safe: Validator, boolean_validator: Validator
) -> Schema:
    return {"id": [not_empty, unicode_safe], "high_frequency": [not_missing, boolean_validator]}


@validator_args
def govshare_exchange_point_attach(
    not_empty: Validator, ignore_missing: Validator, unicode_safe: Validator, one_of: ValidatorFactory
) -> Schema:
    return {
        "id": [not_empty, unicode_safe],
        "kind": [not_empty, one_of(["assessment", "protection", "other"])],
        "upload": [ignore_missing],
    }


@validator_args
def govshare_harvest_run(
    not_empty: Validator, default: ValidatorFactory, unicode_safe: Validator, boolean_validator: Validator
) -> Schema:
    return {"exchange_point": [not_empty, unicode_safe], "wait": [default(False), boolean_validator]}


@validator_args
def govshare_harvest_apply(
    not_empty: Validator, default: ValidatorFactory, unicode_safe: Validator, boolean_validator: Validator
) -> Schema:
    return {"id": [not_empty, unicode_safe], "wait": [default(False), boolean_validator]}


@validator_args
def govshare_harvest_run_list(
    ignore_missing: Validator,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
) -> Schema:
    return {
        "exchange_point": [ignore_missing, unicode_safe],
        "state": [ignore_missing, one_of(RUN_STATES)],
        **_page(20),
    }


@validator_args
def govshare_exchange_file_list(
    ignore_missing: Validator,
    not_empty: Validator,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
) -> Schema:
    return {
        "exchange_point": [not_empty, unicode_safe],
        "state": [ignore_missing, one_of(FILE_STATES)],
        **_page(100),
    }


@validator_args
def govshare_harvest_record_list(
    ignore_missing: Validator,
    unicode_safe: Validator,
    one_of: ValidatorFactory,
) -> Schema:
    return {
        "run": [ignore_missing, unicode_safe],
        "exchange_point": [ignore_missing, unicode_safe],
        "verdict": [ignore_missing, one_of(VERDICTS)],
        "count": [ignore_missing, one_of(COUNTS)],
        "state": [ignore_missing, one_of(RECORD_STATES)],
        **_page(100),
    }


@validator_args
def govshare_harvest_record_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"run": [not_empty, unicode_safe], "guid": [not_empty, unicode_safe]}


@validator_args
def govshare_harvest_problem_list(
    not_empty: Validator,
    ignore_missing: Validator,
    default: ValidatorFactory,
    unicode_safe: Validator,
    boolean_validator: Validator,
) -> Schema:
    return {
        "run": [not_empty, unicode_safe],
        "slug": [ignore_missing, unicode_safe],
        "groups": [default(True), boolean_validator],
        **_page(100),
    }


@validator_args
def govshare_harvest_history(
    not_missing: Validator,
    default: ValidatorFactory,
    govshare_point_ids: Validator,
    natural_number_validator: Validator,
    limit_to_configured_maximum: ValidatorFactory,
) -> Schema:
    return {
        "exchange_points": [not_missing, govshare_point_ids],
        "limit": [default(12), natural_number_validator, limit_to_configured_maximum("", 100)],
    }
