"""What applications and pages ask of the tables of CKAN: open entries by their codes, departments, closed entries."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.govshare import roles

PACKAGE = model.Package.__table__
GROUP = model.Group.__table__


def codes_of(value: str | list[str] | None) -> list[str]:
    """The codes in a list field: a list, JSON as scheming stores it, or words between commas."""
    found: Any = value or []
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except ValueError:
            found = re.split(r"[,，、;；\s]+", value)
    return [
        str(code).strip() for code in (found if isinstance(found, list) else [found]) if str(code).strip()
    ]


def open_entries(codes: list[str], connection: Connection | None = None) -> dict[str, dict[str, str]]:
    """The entries that the public sees under some resource codes, names or ids; at most one statement.

    :returns: code as given → ``{name, title}``, in the order given; a code that leads nowhere is left out
    """
    if not codes:
        return {}
    code = PACKAGE.c.extras["resource_code"].astext
    rows = (connection or model.Session).execute(
        sa.select(PACKAGE.c.id, PACKAGE.c.name, code.label("code"), PACKAGE.c.title).where(
            PACKAGE.c.type == "dataset", PACKAGE.c.state == "active", PACKAGE.c.private.is_(False),
            PACKAGE.c.extras["open_type"].astext.in_(("1", "2")),
            PACKAGE.c.extras["catalogue_state"].astext == "published",
            sa.or_(PACKAGE.c.id.in_(codes), PACKAGE.c.name.in_(codes), code.in_(codes)),
        )
    ).all()  # fmt: skip
    known = {key: {"name": r.name, "title": r.title} for r in rows for key in (r.id, r.name, r.code)}
    return {code: known[code] for code in codes if code in known}


@dataclass(frozen=True)
class Departments:
    """Departments of the government on this site, and how many of them have a published entry."""

    total: int
    with_entries: int


def departments() -> Departments:
    """Count the organisations marked as government, an office only if it publishes; one statement."""
    public = sa.exists().where(
        PACKAGE.c.owner_org == GROUP.c.id, PACKAGE.c.type == "dataset", PACKAGE.c.state == "active",
        PACKAGE.c.private.is_(False),
    )  # fmt: skip
    org_type = sa.func.coalesce(GROUP.c.extras["org_type"].astext, "")
    row = model.Session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(public)).where(
            GROUP.c.is_organization.is_(True), GROUP.c.state == "active",
            GROUP.c.extras["government"].astext == "1", sa.or_(org_type != "office", public),
            sa.func.coalesce(GROUP.c.extras["closed_on"].astext, "") == "",
        )
    ).one()  # fmt: skip
    return Departments(total=row[0], with_entries=row[1])


def not_open(region: str, organization_id: str | None) -> int:
    """How many published entries are not open to the public; of a region, or of one department; one statement."""
    own = sa.func.coalesce(GROUP.c.extras["region"].astext, "")
    whose = GROUP.c.id == organization_id if organization_id else roles.lies_within(own, region)
    return model.Session.scalar(
        sa.select(sa.func.count())
        .select_from(PACKAGE.join(GROUP, GROUP.c.id == PACKAGE.c.owner_org))
        .where(
            PACKAGE.c.type == "dataset",
            PACKAGE.c.state == "active",
            PACKAGE.c.extras["open_type"].astext == "3",
            PACKAGE.c.extras["catalogue_state"].astext == "published",
            whose,
        )
    )
