"""How far the departments are connected: systems with and without a point, points and old links by network.

A system counts while it is in use or on trial; it is connected by a point in force (R28). Nothing here is a query a
row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.exchange import old_links, points
from ckanext.govshare.exchange.model import ExchangePoint, OldLink
from ckanext.govshare.kernel.states import PointState

IN_USE = ("3", "4")  # 试运行, 运行 (code list build_state)


def systems(departments: set[str] | None) -> dict[str, Any]:
    """Information systems and what connects them.

    :param departments: ids of the departments that are looked at; None for all
    :returns: ``{count, connected, percent or None, departments: [{id, name, title, count, connected}], unconnected:
        [{id, name, title, code, organization, points}]}``; ``points`` names those that are not in force yet
    """
    package = model.Package
    state = sa.func.coalesce(package.extras["catalogue_state"].astext, "published")
    code = package.extras["system_code"].astext.label("code")
    rows = model.Session.execute(
        sa.select(package.id, package.name, package.title, package.owner_org, code)
        .where(
            package.type == "information-system",
            package.state == "active",
            state == "published",
            package.extras["build_state"].astext.in_(IN_USE),
            *([] if departments is None else [package.owner_org.in_(departments)]),
        )
        .order_by(package.title, package.id)
    ).all()
    connecting: dict[str, list[Any]] = {}
    of_systems = sa.select(ExchangePoint.system_id, ExchangePoint.name, ExchangePoint.title, ExchangePoint.state)
    for point in model.Session.execute(of_systems.where(ExchangePoint.system_id.in_([row.id for row in rows]))):
        connecting.setdefault(point.system_id, []).append(point)
    titles = points.departments({row.owner_org for row in rows})
    by_department: dict[str, dict[str, Any]] = {}
    unconnected = []
    for row in rows:
        found = connecting.get(row.id, [])
        connected = any(point.state == PointState.ACCEPTED.value for point in found)
        organization = titles.get(row.owner_org) or {"id": row.owner_org, "name": "", "title": ""}
        line = by_department.setdefault(row.owner_org, {**organization, "count": 0, "connected": 0})
        line["count"] += 1
        line["connected"] += connected
        if not connected:
            begun = [{"name": point.name, "title": point.title, "state": point.state} for point in found]
            shown = {"id": row.id, "name": row.name, "title": row.title, "code": row.code or ""}
            unconnected.append({**shown, "organization": organization, "points": begun})
    connected = len(rows) - len(unconnected)
    return {
        "count": len(rows),
        "connected": connected,
        "percent": round(100 * connected / len(rows), 1) if rows else None,
        "departments": sorted(by_department.values(), key=_behind),
        "unconnected": unconnected,
    }


def _behind(line: dict[str, Any]) -> tuple[int, str]:
    return line["connected"] - line["count"], line["title"]


def networks(departments: set[str] | None) -> list[dict[str, Any]]:
    """Points and old links by network, and what is to move where until when.

    :param departments: as in :func:`systems`; of an old link either end
    :returns: ``[{network, points, accepted, old, open, moves: [{name, title, organization, to, by}]}]``, the networks
        of the configuration first
    """
    of_points = [] if departments is None else [ExchangePoint.organization_id.in_(departments)]
    order = (ExchangePoint.moves_by.asc().nulls_last(), ExchangePoint.title)
    found = model.Session.scalars(sa.select(ExchangePoint).where(*of_points).order_by(*order)).all()
    ends = [] if departments is None else [sa.or_(OldLink.from_id.in_(departments), OldLink.to_id.in_(departments))]
    tally = model.Session.execute(
        sa.select(OldLink.network, OldLink.state, sa.func.count()).where(*ends).group_by(OldLink.network, OldLink.state)
    )
    titles = points.departments({point.organization_id for point in found})
    lines: dict[str, dict[str, Any]] = {}

    def line(network: str) -> dict[str, Any]:
        return lines.setdefault(
            network, {"network": network, "points": 0, "accepted": 0, "old": 0, "open": 0, "moves": []}
        )

    for network in config.networks():
        line(network)
    for point in found:
        row = line(point.network)
        row["points"] += 1
        row["accepted"] += point.state == PointState.ACCEPTED.value
        if point.moves_to:
            row["moves"].append(
                {
                    "name": point.name,
                    "title": point.title,
                    "organization": (titles.get(point.organization_id) or {}).get("title", ""),
                    "to": point.moves_to,
                    "by": point.moves_by.isoformat() if point.moves_by else None,
                }
            )
    for network, state, number in tally:
        row = line(network)
        row["old"] += number
        row["open"] += number if state in old_links.OPEN else 0
    return list(lines.values())
