"""The record of events: append, read, verify.

The database derives the chain (migration 001): ``hash = sha256(id ‖ prev_hash ‖ payload)``. What this room promises is
evidence of tampering, not its impossibility: whoever owns the database cluster can rewrite everything, so the head of
the chain belongs in a second place (``govshare_audit_verify`` answers it).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import make_url

from ckanext.govshare.kernel import clock

OWNER = "govshare_audit"
ZERO = "0" * 64
EVENT = sa.table(
    "govshare_event",
    *(
        sa.column(name)
        for name in (
            "id",
            "payload",
            "at",
            "actor",
            "action",
            "object_type",
            "object_id",
            "region",
            "prev_hash",
            "hash",
        )
    ),
)
DERIVED = ("at", "actor", "action", "object_type", "object_id", "region")


def append(
    actor: str, action: str, object_type: str, object_id: str, region: str, data: dict[str, Any]
) -> None:
    """Add one event inside the caller's transaction."""
    payload = {
        "at": clock.now().isoformat(),
        "actor": actor,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "region": region,
        "data": data,
    }
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, default=str).replace("\\u0000", "")
    model.Session.execute(sa.insert(EVENT).values(payload=text))


def read(
    filters: dict[str, str], limit: int, offset: int, regions: set[str] | None = None
) -> tuple[int, list[dict[str, Any]]]:
    """Events, newest first.

    :param filters: exact values of derived columns
    :param regions: only events of these regions; of all when not given
    :returns: how many match, and one page of them
    """
    wanted = [EVENT.c[name] == value for name, value in filters.items() if name in DERIVED and value]
    if regions is not None:
        wanted.append(EVENT.c.region.in_(regions))
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(EVENT).where(*wanted))
    rows = model.Session.execute(
        sa.select(EVENT.c.id, EVENT.c.payload, EVENT.c.hash)
        .where(*wanted)
        .order_by(EVENT.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return count or 0, [{"id": row.id, **json.loads(row.payload), "hash": row.hash} for row in rows]


def verify() -> dict[str, Any]:
    """Recompute the whole chain.

    :returns: ``{intact, count, head, faults: [{id, fault}]}``; at most 100 faults
    """
    faults: list[dict[str, Any]] = []
    previous, expected, count = ZERO, 1, 0
    for row in _rows():
        count += 1
        if row.id != expected:
            faults.append({"id": expected, "fault": f"rows {expected} to {row.id - 1} are missing"})
        elif row.prev_hash != previous:
            faults.append({"id": row.id, "fault": "does not follow its predecessor"})
        text = f"{row.id}{row.prev_hash}{row.payload}"
        if hashlib.sha256(text.encode()).hexdigest() != row.hash:
            faults.append({"id": row.id, "fault": "altered"})
        previous, expected = row.hash, row.id + 1
        if len(faults) >= 100:
            break
    return {"intact": not faults, "count": count, "head": previous, "faults": faults[:100]}


def _rows() -> Iterator[sa.Row]:
    query = sa.select(EVENT.c.id, EVENT.c.payload, EVENT.c.prev_hash, EVENT.c.hash).order_by(EVENT.c.id)
    return iter(model.Session.execute(query.execution_options(yield_per=1000)))


def permissions_sql(app_role: str | None = None) -> str:
    """SQL that moves the record into a schema of a role of its own, which nobody can log in as.

    The application keeps SELECT and INSERT; changing, deleting, truncating or dropping is the owner's alone. A schema
    of its own, because whoever owns a schema (the application owns ``public``) may drop what is in it. Idempotent.
    """
    from ckan.plugins.toolkit import config

    url = make_url(config["sqlalchemy.url"])
    role = (app_role or url.username or "").replace('"', '""')
    # Names only: of the database and of roles, from the configuration of the operator who runs the command.
    return f"""\\connect "{url.database}"
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN CREATE ROLE {OWNER} NOLOGIN; END IF;
  CREATE SCHEMA IF NOT EXISTS {OWNER};
  ALTER SCHEMA {OWNER} OWNER TO {OWNER};
  IF to_regclass('public.govshare_event') IS NOT NULL THEN
    ALTER TABLE public.govshare_event SET SCHEMA {OWNER};
    ALTER FUNCTION public.govshare_event_chain() SET SCHEMA {OWNER};
    ALTER FUNCTION public.govshare_event_refuse() SET SCHEMA {OWNER};
  END IF;
END $$;
ALTER TABLE {OWNER}.govshare_event OWNER TO {OWNER};
ALTER FUNCTION {OWNER}.govshare_event_chain() OWNER TO {OWNER};
ALTER FUNCTION {OWNER}.govshare_event_refuse() OWNER TO {OWNER};
ALTER FUNCTION {OWNER}.govshare_event_chain() SECURITY DEFINER SET search_path = {OWNER}, pg_temp;
REVOKE ALL ON {OWNER}.govshare_event FROM PUBLIC;
REVOKE ALL ON {OWNER}.govshare_event FROM "{role}";
GRANT USAGE ON SCHEMA {OWNER} TO "{role}";
GRANT SELECT, INSERT ON {OWNER}.govshare_event TO "{role}";
ALTER ROLE "{role}" IN DATABASE "{url.database}" SET search_path = public, {OWNER};
"""  # noqa: S608
