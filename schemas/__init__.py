"""Data only: forms, code lists and JSON Schemas that check them. Importing it gives the rules their lists."""

from __future__ import annotations

from ckanext.govshare.kernel import codelists, forms
from ckanext.govshare.schemas.loader import load_codelists, load_forms

__all__ = ["load_codelists", "load_forms"]

codelists.provide(load_codelists)
forms.provide(load_forms)
