"""KingbaseES (人大金仓) as SQLAlchemy meets it: PostgreSQL's protocol and catalogue under another name and version.

Address: ``kingbase+psycopg2://user:password@host:54321/database``. SQLAlchemy's own dialect of PostgreSQL stops at the
version that such a server tells.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

LIKE = (12, 1)
"""Version of PostgreSQL that KingbaseES V8R6 descends from."""


class KingbaseDialect(PGDialect_psycopg2):
    """PostgreSQL in all but the words of its version."""

    supports_statement_cache = True
    product = "KingbaseES"

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        try:
            return super()._get_server_version_info(connection)
        except AssertionError:
            return LIKE


def register() -> None:
    """Make the address known to SQLAlchemy."""
    for name in ("kingbase", "kingbase.psycopg2"):
        registry.register(name, __name__, KingbaseDialect.__name__)
