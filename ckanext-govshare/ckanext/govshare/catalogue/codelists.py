"""Code lists on screen: labels and choices in the reader's language, from schemas/codes."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.govshare import schemas  # noqa: F401 - importing it provides the lists to the kernel
from ckanext.govshare.kernel import codelists


def lists() -> codelists.Codelists:
    """Every code list by name."""
    return codelists.installed()


def language() -> str:
    """``zh`` or ``en``: which label of a code is shown."""
    try:
        locale = tk.h.lang() or ""
    except (RuntimeError, AttributeError):
        locale = tk.config.get("ckan.locale_default") or ""
    return "en" if str(locale).startswith("en") else "zh"


def label(name: str, code: str | None) -> str:
    """Label of a code in the reader's language; the code itself when the list has none."""
    table = lists().get(name)
    found = table.get(code) if table is not None else None
    return getattr(found, language()) if found else code or ""
