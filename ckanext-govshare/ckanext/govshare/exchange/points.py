"""Exchange points: from the row to what harvesters take and what people see."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.exchange.model import RECORD, RUN, ExchangePoint, RecordState
from ckanext.govshare.harvesters import KINDS, PointSpec
from ckanext.govshare.kernel.digest import canonical_digest

# Raise it when the same bytes would give other entries: every record is then mapped and compared anew.
ENGINE_VERSION = 1
# Settings whose value never leaves the database again.
SECRET = re.compile(
    r"passw|secret|token|api.?key|app.?key|access.?key|authoriz|credential|cookie", re.IGNORECASE
)
HIDDEN = "••••••"
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


def region(point: ExchangePoint) -> str:
    """Region whose office answers for a point."""
    organization = roles.organization(point.organization_id)
    return organization.region if organization else config.region()


def hide_secrets(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with every credential covered, at any depth."""
    return {
        name: HIDDEN
        if SECRET.search(name) and value
        else hide_secrets(value)
        if isinstance(value, dict)
        else value
        for name, value in settings.items()
    }


def keep_secrets(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Settings as sent back by a client: what it saw covered keeps its value."""
    return {
        name: old.get(name)
        if value == HIDDEN
        else keep_secrets(value, old.get(name) or {})
        if isinstance(value, dict)
        else value
        for name, value in new.items()
    }


def as_dict(point: ExchangePoint, health: dict[str, Any] | None = None) -> dict[str, Any]:
    """What people and the API see of a point; credentials never come back."""
    organization = roles.organization(point.organization_id)
    return {
        **{name: getattr(point, name) for name in SPEC},
        "state": point.state,
        "schedule": point.schedule,
        "settings": hide_secrets(point.settings),
        "organization": {
            "id": point.organization_id,
            "name": organization.name if organization else "",
            "title": organization.title if organization else "",
        },
        **{name: _iso(getattr(point, name)) for name in MOMENTS},
        "returned": {"at": _iso(point.returned), "reason": point.return_reason} if point.returned else None,
        **{name: getattr(point, name) for name in ("test_passed", "health", "high_frequency", "moves_to")},
        **(health or {}),
    }


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
