"""Data only: forms, code lists and JSON Schemas that check them. Importing it gives the rules what is shipped."""

from __future__ import annotations

from ckanext.govshare.kernel import codelists, forms, legal, standards, workdays
from ckanext.govshare.schemas.loader import (
    load_codelists,
    load_forms,
    load_monthly_report,
    load_priority_fields,
    load_profiles,
    load_standard_items,
    load_synonyms,
    load_workdays,
    parse_year,
)

__all__ = [
    "DEFAULT_PROFILE",
    "load_codelists",
    "load_forms",
    "load_monthly_report",
    "load_priority_fields",
    "load_profiles",
    "load_standard_items",
    "load_synonyms",
    "load_workdays",
    "parse_year",
]

DEFAULT_PROFILE = "tiaoli_2025"

codelists.provide(load_codelists)
forms.provide(load_forms)
legal.provide(lambda: load_profiles()[DEFAULT_PROFILE])
standards.provide(load_standard_items)
workdays.provide(load_workdays)
