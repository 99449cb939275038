"""Links between departments from before the platform (原交换链路): each is moved to an exchange point, or given up.

The list is worked off to zero (整合, R30); its rows stay as the record of what became of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.exchange import points
from ckanext.govshare.exchange.model import ExchangePoint, OldLink

# 待迁移, 迁移中, 已迁移, 已停用
STATES = ("waiting", "moving", "moved", "stopped")
OPEN = STATES[:2]
FIELDS = ("title", "network", "content", "state", "note")


def find(link_id: str) -> OldLink:
    """An old link by id.

    :raises ObjectNotFound: there is none
    """
    found = model.Session.get(OldLink, link_id) if link_id else None
    if found is None:
        raise tk.ObjectNotFound(tk._("Old link not found"))
    return found


def seen_by(user: str | None, everything: bool = False) -> list[Any]:
    """Conditions for the links that a person sees: those of the own departments, of the office's region, or all."""
    if everything or roles.is_operator(user):
        return []
    hands = roles.Hands.of(user)
    own = hands.organizations | points.departments_of(hands.offices)
    return [sa.or_(OldLink.from_id.in_(own), OldLink.to_id.in_(own))]


def read(*conditions: Any) -> list[OldLink]:
    """Links, those first that are still open, the earliest planned before."""
    order = (OldLink.state.not_in(OPEN), OldLink.planned.asc().nulls_last(), OldLink.title, OldLink.id)
    return list(model.Session.scalars(sa.select(OldLink).where(*conditions).order_by(*order)))


def as_dicts(links: Iterable[OldLink]) -> list[dict[str, Any]]:
    """What people see of links; a constant number of statements."""
    links = list(links)
    departments = points.departments({id for link in links for id in (link.from_id, link.to_id)})
    taking = {
        row.id: {"id": row.id, "name": row.name, "title": row.title}
        for row in model.Session.execute(
            sa.select(ExchangePoint.id, ExchangePoint.name, ExchangePoint.title).where(
                ExchangePoint.id.in_({link.point_id for link in links if link.point_id})
            )
        )
    }
    return [
        {
            "id": link.id,
            **{name: getattr(link, name) for name in FIELDS},
            "from": departments.get(link.from_id) or {"id": link.from_id, "name": "", "title": ""},
            "to": departments.get(link.to_id) or {"id": link.to_id, "name": "", "title": ""},
            "exchange_point": taking.get(link.point_id or ""),
            **{name: day.isoformat() if (day := getattr(link, name)) else None for name in ("since", "planned")},
            "changed": link.changed.isoformat(),
        }
        for link in links
    ]


def counts(links: Iterable[OldLink]) -> dict[str, int]:
    """How many links are in each state, and how many are open."""
    tally = Counter(link.state for link in links)
    return {**{state: tally[state] for state in STATES}, "open": sum(tally[state] for state in OPEN)}
