"""Foreign text made fit for PostgreSQL: no NUL, no lone surrogate, no key longer than an index takes."""

from __future__ import annotations

import hashlib
import re
from typing import Any

# NUL and lone surrogates: legal in JSON, refused by PostgreSQL.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_GUID_BYTES = 1000


def text(value: str) -> str:
    """A string with every character that cannot be stored replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", value)


def json(value: Any) -> Any:
    """JSON values with every string cleaned."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(str(key)): json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json(item) for item in value]
    return value


def guid(value: str) -> str:
    """A guid as the ledger keeps it; one too long for an index is kept by its start and its digest."""
    value = text(value)
    if len(value.encode()) <= MAX_GUID_BYTES:
        return value
    return f"{value[:150]}…sha256:{hashlib.sha256(value.encode()).hexdigest()}"
