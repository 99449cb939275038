"""Data only: forms, code lists and JSON Schemas that check them. Importing it gives the rules their lists."""

from __future__ import annotations

from ckanext.govshare.kernel import codelists
from ckanext.govshare.schemas.loader import load_codelists

__all__ = ["load_codelists"]

codelists.provide(load_codelists)
