"""Credentials of a source: they lie in the configuration, and a point names them. What looks like one is refused.

Points that were registered before keep what they have; it is covered wherever it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NAME = re.compile(
    r"passw|secret|token|api.?key|app.?key|access.?key|authoriz|credential|cookie|密码|口令|密钥|令牌", re.IGNORECASE
)
# What some value is, whatever it is called: a header that lets in, an address with a password.
VALUE = re.compile(r"^(?:Bearer|Basic|Token)\s+\S|//[^/\s@]*:[^/\s@]+@", re.IGNORECASE)
HIDDEN = "••••••"


def hide(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with every credential covered, at any depth."""
    return {
        name: HIDDEN if NAME.search(name) and value else hide(value) if isinstance(value, dict) else value
        for name, value in settings.items()
    }


def keep(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as sent back by a client: what it saw covered keeps its value."""
    return {
        name: old.get(name)
        if value == HIDDEN
        else keep(value, old.get(name) or {})
        if isinstance(value, dict)
        else value
        for name, value in new.items()
    }


def found_in(settings: Any, name: str = "") -> Iterator[str]:
    """Names of settings that look like credentials; what is covered already is none."""
    if isinstance(settings, Mapping):
        for inner, value in settings.items():
            yield from found_in(value, str(inner))
    elif isinstance(settings, list | tuple):
        for value in settings:
            yield from found_in(value, name)
    elif settings in (None, "", HIDDEN) or isinstance(settings, bool | int | float):
        return
    elif NAME.search(name) or VALUE.search(str(settings)):
        yield name


def in_address(url: str) -> bool:
    """Whether an address carries one, as user and password or as a parameter."""
    try:
        parts = urlsplit(url)
        return bool(parts.password) or any(NAME.search(name) and value for name, value in parse_qsl(parts.query))
    except ValueError:
        return False
