"""What templates ask of the catalogue."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.catalogue import codelists, reclassify

__all__ = [
    "govshare_choices",
    "govshare_code_label",
    "govshare_former_codes",
    "govshare_not_available",
]


def govshare_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """Choices of a scheming field from the code list that it names."""
    given = field.get("required") or field.get("validators", "").startswith("default(")
    empty = [] if given else [{"value": "", "label": "—"}]
    return empty + [
        {"value": code.code, "label": {"en": code.en, "zh_Hans_CN": code.zh}}
        for code in codelists.lists()[field["codelist"]].codes
    ]


def govshare_code_label(codelist: str, code: str | None) -> str:
    """Label of a code in the reader's language."""
    return codelists.label(codelist, code)


def govshare_former_codes(entry: dict[str, Any]) -> list[str]:
    """Codes that an entry on screen bore before it was re-classified."""
    return reclassify.former_codes(entry["id"]) if entry.get("id") else []


def govshare_not_available(slug: str) -> str:
    """Why a file cannot be taken, and what to do."""
    texts = {
        "application_needed": tk._("Open on application: apply for it with the provider"),
        "not_open": tk._("Not open to the public"),
        "review_needed": tk._(
            "Published; the file opens when its review for personal data and secrecy is done"
        ),
        "not_a_department": tk._("For government departments: log in with a department's account"),
        "grant_needed": tk._("Shared on conditions: request it from the provider"),
        "not_shared": tk._("Not shared; the basis is shown on this page"),
        "not_published": tk._("Not published at present"),
    }
    return texts.get(slug, "")
