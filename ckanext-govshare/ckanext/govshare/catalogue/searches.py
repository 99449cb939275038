"""Search parameters that the index can take: core passes on whatever a client sends, and fails with it."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchQueryError

MOST_CHARACTERS = 10_000
MOST_ROWS = 2**31 - 1
NUMBERS = frozenset({"rows", "start", "facet.limit", "facet.mincount"})
LISTS = frozenset({"fq_list", "facet.field", "fl"})
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def check(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The parameters of ``package_search``, if the index can take them.

    :returns: a copy without blank ones
    :raises SearchQueryError: a value of another kind, too long, or with characters that no text has
    """
    return {name: _value(name, value) for name, value in data_dict.items() if not _blank(value)}


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return _number(name, value)
    if name == "extras" and isinstance(value, dict):
        return {str(key): _text(name, item) for key, item in value.items()}
    if name in LISTS and isinstance(value, list):
        return [_text(name, item) for item in value]
    return (
        value if isinstance(value, bool) and not name.startswith(("q", "f", "sort")) else _text(name, value)
    )


def _number(name: str, value: Any) -> Any:
    try:
        fits = not isinstance(value, bool | float) and -1 <= int(value) <= MOST_ROWS
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise SearchQueryError(tk._("{name} must be a number").format(name=name))
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SearchQueryError(tk._("{name} must be text").format(name=name))
    if len(value) > MOST_CHARACTERS or UNREADABLE.search(value):
        raise SearchQueryError(tk._("{name} is too long, or cannot be read").format(name=name))
    return value
