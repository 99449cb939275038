"""What anybody may write into a form of the public: texts, addresses, contact; every fault names its field."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk

Errors = dict[str, list[str]]
HOST = set(string.ascii_lowercase + string.digits + "-.")


def is_yes(value: Any) -> bool:
    """Whether a form or an API says yes; anything that is not clearly yes is no."""
    return str(value).strip().lower() in ("1", "true", "yes", "on")


def text(data_dict: Mapping[str, Any], name: str, most: int, errors: Errors) -> str:
    """A text as it can be stored, blanks around it taken away; empty where there is none or it is refused.

    :param most: characters
    :param errors: a fault is added under ``name``
    """
    value = data_dict.get(name)
    if value in (None, tk.missing):
        return ""
    if not isinstance(value, str):
        errors[name] = [tk._("This field holds text")]
        return ""
    found = value.replace("\r\n", "\n").strip()
    if len(found) > most:
        errors[name] = [tk._("At most {number} characters").format(number=most)]
    elif broken(found):
        errors[name] = [tk._("It holds characters that cannot be stored")]
    return found


def broken(text: str) -> bool:
    """Whether a text holds what cannot be stored: NUL and other control characters, halves of characters."""
    return any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text)


def is_address(text: str) -> bool:
    """Whether a text is a whole http(s) address of a host, without a password in it."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = "." in host and set(host) <= HOST and "@" not in parts.netloc
    return parts.scheme in ("http", "https") and plain and not re.search(r"[\s<>\"\\]", text)


def check_contact(phone: str, mail: str, errors: Errors, *, needed: bool) -> None:
    """Faults of ``contact_phone`` and ``contact_mail``.

    :param needed: whether one of them must be there
    """
    if needed and not phone and not mail and not errors.keys() & {"contact_phone", "contact_mail"}:
        errors["contact_phone"] = [tk._("Write a telephone number or a mail address")]
    if phone and not re.fullmatch(r"\+?[0-9][0-9 ()\-]{4,24}", phone):
        errors.setdefault("contact_phone", [tk._("A telephone number holds digits, blanks and hyphens")])
    if mail and not re.fullmatch(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;.]+", mail):
        errors.setdefault("contact_mail", [tk._("This is no mail address")])
