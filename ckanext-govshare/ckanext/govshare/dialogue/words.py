"""The names of kinds, states and grounds in the reader's language."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def kinds() -> dict[str, dict[str, str]]:
    """Kinds in their order: ``{kind: {label, lead}}``."""
    return {
        "request": {
            "label": tk._("Request for data"),
            "lead": tk._("Data that you need and do not find here"),
        },
        "correction": {
            "label": tk._("Correction of data"),
            "lead": tk._("An entry, an item or a file that is wrong or incomplete"),
        },
        "comment": {
            "label": tk._("Comment or advice"),
            "lead": tk._("What you think of a data set or of this site"),
        },
        "complaint": {
            "label": tk._("Complaint of rights"),
            "lead": tk._(
                "Published data that breach your privacy, business secrets or intellectual property"
            ),
        },
    }


def grounds() -> dict[str, str]:
    """Rights that may be breached."""
    return {
        "privacy": tk._("Personal data or privacy"),
        "business_secret": tk._("Business secret"),
        "intellectual_property": tk._("Intellectual property"),
    }


def states() -> dict[str, tuple[str, str]]:
    """Where a case stands, and its look."""
    return {
        "received": (tk._("Received: the office looks at it"), "late"),
        "returned": (tk._("Returned: please say more"), "bad"),
        "accepted": (tk._("With the department"), "fmt"),
        "answered": (tk._("Answer to be confirmed"), "late"),
        "closed": (tk._("Answered"), "open"),
        "refused": (tk._("Turned down"), ""),
        "withdrawn": (tk._("Taken back"), ""),
    }


def public_states() -> dict[str, tuple[str, str]]:
    """The same for everybody."""
    return {"open": (tk._("Being worked on"), "fmt"), "answered": (tk._("Answered"), "open")}


def field(kind: str, name: str) -> str:
    """The name of a field, as it reads for a kind."""
    own = {
        ("request", "text"): tk._("What is missing"),
        ("correction", "text"): tk._("What is wrong"),
        ("comment", "text"): tk._("Your comment"),
        ("complaint", "text"): tk._("What right is breached, and how that shows"),
        ("complaint", "evidence"): tk._("Address of a page with evidence"),
        ("complaint", "contact_name"): tk._("Your name, or that of your firm"),
    }
    return own.get((kind, name)) or fields().get(name, "")


def fields() -> dict[str, str]:
    """Names of fields that read alike everywhere."""
    return {
        "title": tk._("In one line"),
        "about": tk._("Item, field or file"),
        "text": tk._("What the author wrote"),
        "right": tk._("What is right"),
        "purpose": tk._("What you need it for"),
        "evidence": tk._("Address of a page that shows it"),
        "entry": tk._("Data set"),
        "provider": tk._("Department that may have the data"),
        "rating": tk._("Your rating"),
        "ground": tk._("Right that is breached"),
        "contact_name": tk._("Your name"),
        "contact_phone": tk._("Telephone"),
        "contact_mail": tk._("Mail address"),
        "consent": tk._("Consent"),
        "website": tk._("Leave this field empty"),
    }


def mark(found: str) -> str:
    """What the reviewer should look at, in words: numbers of people by their kind, words as they are."""
    slug, colon, text = found.partition(": ")
    label = {
        "id_card": tk._("Identity number"),
        "id_card_15": tk._("Identity number"),
        "residence_permit": tk._("Residence permit"),
        "passport": tk._("Passport number"),
        "bank_card": tk._("Bank card"),
        "mobile": tk._("Mobile number"),
        "email": tk._("Mail address"),
    }.get(slug)
    return f"{label}：{text}" if colon and label else found


def days(number: float | None) -> str:
    """Working days in words; a dash where there is no number."""
    if number is None:
        return "—"
    return f"{number:g}"


def as_list(messages: Any) -> list[str]:
    """Messages of one field as sentences."""
    return [str(text) for text in messages] if isinstance(messages, list | tuple) else [str(messages)]
