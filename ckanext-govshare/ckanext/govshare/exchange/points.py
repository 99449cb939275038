"""Exchange points: from the row to what harvesters take and what people see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.exchange import credentials
from ckanext.govshare.exchange.model import RECORD, RUN, ExchangePoint, RecordState
from ckanext.govshare.harvesters import KINDS, PointSpec
from ckanext.govshare.kernel.digest import canonical_digest

# Raise it when the same bytes would give other entries: every record is then mapped and compared anew.
ENGINE_VERSION = 1
SPEC = (
    "id",
    "name",
    "title",
    "kind",
    "url",
    "network",
    "default_class",
    "share_type",
    "share_scope",
    "share_condition",
    "publish",
)

PLAIN = (
    "state",
    "schedule",
    "files",
    "test_passed",
    "health",
    "high_frequency",
    "moves_to",
)
MOMENTS = ("created", "reviewed", "checked", "accepted", "tested", "health_since", "moves_by")


def find(name_or_id: str | None) -> ExchangePoint:
    """A point by id or name.

    :raises ObjectNotFound: there is none
    """
    point = model.Session.scalar(
        sa.select(ExchangePoint).where(
            sa.or_(ExchangePoint.id == name_or_id, ExchangePoint.name == name_or_id)
        )
    )
    if point is None:
        raise tk.ObjectNotFound(tk._("Exchange point not found"))
    return point


def spec(point: ExchangePoint) -> PointSpec:
    """What a harvester may know of a point."""
    values = {name: getattr(point, name) for name in SPEC}
    return PointSpec(**values, organization=point.organization_id, settings=dict(point.settings))


def recipe(point: ExchangePoint) -> str:
    """Digest of everything beside the source that decides what its records become."""
    facts = {
        name: getattr(point, name) for name in SPEC if name not in ("id", "name", "title", "url", "network")
    }
    facts |= {"organization": point.organization_id, "settings": point.settings, "engine": ENGINE_VERSION}
    facts["harvester"] = getattr(KINDS[point.kind], "version", 1)
    return canonical_digest(facts)


def source(point: ExchangePoint) -> str:
    """Digest of what a run of a point was made of: its recipe and its address, to which entity tags belong."""
    return canonical_digest([recipe(point), point.url])


def region(point: ExchangePoint) -> str:
    """Region whose office answers for a point."""
    organization = roles.organization(point.organization_id)
    return organization.region if organization else config.region()


def departments_of(regions: set[str]) -> set[str]:
    """Ids of the departments of regions; one statement."""
    if not regions:
        return set()
    group = model.Group
    query = sa.select(group.id).where(group.is_organization.is_(True), group.extras["region"].astext.in_(regions))
    return set(model.Session.scalars(query))


def as_dicts(found: Sequence[ExchangePoint]) -> list[dict[str, Any]]:
    """What people and the API see of points, in a constant number of statements; credentials never come back."""
    titles = departments({point.organization_id for point in found})
    systems = _named(model.Package, {point.system_id for point in found if point.system_id})
    standing = health([point.id for point in found])
    return [
        {
            **{name: getattr(point, name) for name in (*SPEC, *PLAIN)},
            "settings": credentials.hide(point.settings),
            "organization": titles.get(point.organization_id) or _gone(point.organization_id),
            "system": systems.get(point.system_id or ""),
            **{name: _iso(getattr(point, name)) for name in MOMENTS},
            "returned": {"at": _iso(point.returned), "reason": point.return_reason} if point.returned else None,
            **standing[point.id],
        }
        for point in found
    ]


def departments(ids: set[str]) -> dict[str, dict[str, str]]:
    """``{id, name, title}`` of departments by id; one statement."""
    return _named(model.Group, ids)


def _gone(id: str) -> dict[str, str]:
    return {"id": id, "name": "", "title": ""}


def _named(kind: type[model.Group | model.Package], ids: set[str]) -> dict[str, dict[str, str]]:
    if not ids:
        return {}
    rows = model.Session.execute(sa.select(kind.id, kind.name, kind.title).where(kind.id.in_(ids)))
    return {row.id: {"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows}


def _iso(moment: datetime | date | None) -> str | None:
    return moment.isoformat() if moment else None


def health(point_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Last run and ledger counts of many points, in two queries.

    :returns: by point id: ``{last_run: {…} or None, records: {state: n}}``
    """
    result: dict[str, dict[str, Any]] = {
        point_id: {"last_run": None, "records": {state.value: 0 for state in RecordState}}
        for point_id in point_ids
    }
    last = (
        sa.select(
            RUN.c.point_id, RUN.c.id, RUN.c.state, RUN.c.created, RUN.c.finished, RUN.c.reason, RUN.c.counts
        )
        .where(RUN.c.point_id.in_(point_ids))
        .distinct(RUN.c.point_id)
        .order_by(RUN.c.point_id, RUN.c.created.desc())
    )
    for row in model.Session.execute(last):
        result[row.point_id]["last_run"] = {
            "id": row.id,
            "state": row.state,
            "created": row.created.isoformat(),
            "finished": row.finished.isoformat() if row.finished else None,
            "reason": row.reason,
            "counts": row.counts,
        }
    tally = (
        sa.select(RECORD.c.point_id, RECORD.c.state, sa.func.count())
        .where(RECORD.c.point_id.in_(point_ids))
        .group_by(RECORD.c.point_id, RECORD.c.state)
    )
    for point_id, state, count in model.Session.execute(tally):
        result[point_id]["records"][state] = count
    return result
