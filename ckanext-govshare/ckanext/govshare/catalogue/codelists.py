"""Code lists on screen: labels and choices in the reader's language, from schemas/codes."""

from __future__ import annotations

from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare import schemas


@cache
def lists() -> dict[str, Any]:
    """Every code list by name, read once."""
    return schemas.load_codelists()


def language() -> str:
    """``zh`` or ``en``: which label of a code is shown."""
    try:
        locale = tk.h.lang() or ""
    except (RuntimeError, AttributeError):
        locale = tk.config.get("ckan.locale_default") or ""
    return "en" if str(locale).startswith("en") else "zh"


def label(name: str, code: str | None) -> str:
    """Label of a code in the reader's language; the code itself when the list has none."""
    if not code:
        return ""
    for entry in lists().get(name, {}).get("codes", []):
        if entry["code"] == code:
            return entry[language()]
    return code


@cache
def tables() -> dict[str, frozenset[str]]:
    """Codes by list, as the rules of the kernel take them."""
    return {name: frozenset(entry["code"] for entry in found["codes"]) for name, found in lists().items()}
