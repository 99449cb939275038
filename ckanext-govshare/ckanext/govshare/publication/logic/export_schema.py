"""What the export of progress takes."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator, ValidatorFactory


@validator_args
def publication_export(  # noqa: PLR0913
    not_empty: Validator,
    ignore_missing: Validator,
    ignore_empty: Validator,
    unicode_safe: Validator,
    default: ValidatorFactory,
    one_of: ValidatorFactory,
    govshare_day: Validator,
    govshare_organization: Validator,
) -> Schema:
    return {
        "what": [
            not_empty,
            one_of(["progress", "ledger", "history", "departments", "matrix", "difference"]),
        ],
        "format": [default("xlsx"), one_of(["xlsx", "csv", "json"])],
        "target": [ignore_missing, unicode_safe],
        "day": [ignore_empty, govshare_day],
        "first": [ignore_empty, govshare_day],
        "last": [ignore_empty, govshare_day],
        "organization": [ignore_empty, govshare_organization],
        "reason": [ignore_missing, unicode_safe],
        "q": [ignore_missing, unicode_safe],
    }
