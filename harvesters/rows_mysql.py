"""MySQL and MariaDB by PyMySQL: cells come as the server's text, with four kinds in the form of `rows.cell`.

PyMySQL makes values of Python cell by cell in Python; most of them would only be made text again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from ckanext.govshare.harvesters.rows import plain_float, trimmed

ZERO_DATE = "0000-00-00"


class ZeroDates:
    """Counts what MySQL keeps for "no date": the date 0000-00-00."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, text: str) -> str:
        """A date or moment; empty for none."""
        if text.startswith(ZERO_DATE):
            self.seen += 1
            return ""
        return trimmed(text)

    def remark(self) -> dict[str, int]:
        """How many there were, by the slug of the remark about them."""
        return {"zero_date": self.seen} if self.seen else {}


@contextmanager
def texts(connection: sa.Connection) -> Iterator[ZeroDates]:
    """Have PyMySQL hand over texts for a while; other drivers go on as they do."""
    counted = ZeroDates()
    if connection.dialect.driver != "pymysql":
        yield counted
        return
    from pymysql.constants import FIELD_TYPE

    raw: Any = connection.connection.dbapi_connection
    before = raw.decoders
    raw.decoders = {
        FIELD_TYPE.FLOAT: _float,
        FIELD_TYPE.DOUBLE: _float,
        FIELD_TYPE.BIT: lambda content: str(int.from_bytes(content, "big")),
        FIELD_TYPE.TIME: trimmed,
        **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP), counted),
    }
    try:
        yield counted
    finally:
        raw.decoders = before


def leave(connection: sa.Connection) -> None:
    """Have PyMySQL forget a result that was left in the middle: it would read on from a closed connection."""
    result = getattr(connection.connection.dbapi_connection, "_result", None)
    if connection.dialect.driver == "pymysql" and result is not None:
        result.unbuffered_active = False


def _float(text: str) -> str:
    return plain_float(float(text))
