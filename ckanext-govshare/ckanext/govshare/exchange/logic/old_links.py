"""Actions on links of former times, and on how far the departments are connected."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import coverage, old_links, points
from ckanext.govshare.exchange.logic import old_link_schema
from ckanext.govshare.exchange.model import OldLink
from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_exchange_coverage",
    "govshare_old_link_create",
    "govshare_old_link_list",
    "govshare_old_link_update",
]

COLUMNS = {"from": "from_id", "to": "to_id", "exchange_point": "point_id"}


def govshare_old_link_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Register a link between two departments from before the platform.

    :param title: what the departments call it
    :param from: id or name of the department that gives
    :param to: id or name of the department that receives
    :param network: network over which it goes
    :param content: what is exchanged (optional)
    :param since: day since which it is used, such as 2016-05-01 (optional)
    :param state: ``waiting`` (待迁移, default), ``moving`` (迁移中), ``moved`` (已迁移) or ``stopped`` (已停用)
    :param exchange_point: id or name of the point that takes its place (required for ``moved``)
    :param planned: day by which it is to be moved (optional)
    :param note: (optional)
    :returns: as in ``govshare_old_link_list``
    :raises ValidationError: errors by field
    :raises NotAuthorized: the caller works for neither department and is not the office of their regions
    """
    tk.check_access("govshare_old_link_create", context, data_dict)
    data = _stored(checked(context, data_dict, old_link_schema.govshare_old_link_create()))
    link = OldLink(**data, created=clock.now(), changed=clock.now(), created_by=context.get("user") or "")
    model.Session.add(link)
    model.Session.flush()
    return _saved(context, link, "old_link_registered", sorted(data))


def govshare_old_link_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change an old link: what it is, how far it is, what takes its place.

    :param id: id of the link; the other parameters are those of ``govshare_old_link_create``, what is left out stays
    :returns: as in ``govshare_old_link_list``
    :raises ValidationError: errors by field
    """
    tk.check_access("govshare_old_link_update", context, data_dict)
    link = old_links.find(str(data_dict.get("id") or ""))
    whole = {**_typed(link), **{name: value for name, value in data_dict.items() if value is not None}}
    data = _stored(checked(context, whole, old_link_schema.govshare_old_link_create()))
    data.pop("id", None)
    changed = sorted(name for name, value in data.items() if getattr(link, name) != value)
    for name in changed:
        setattr(link, name, data[name])
    if changed:
        link.changed = clock.now()
    return _saved(context, link, "old_link_changed", changed)


def _typed(link: OldLink) -> dict[str, Any]:
    """A link as its schema takes it."""
    names = {column: name for name, column in COLUMNS.items()}
    columns = ("title", "from_id", "to_id", "network", "content", "since", "state", "point_id", "planned", "note")
    return {names.get(column, column): getattr(link, column) for column in columns}


def _stored(data: dict[str, Any]) -> dict[str, Any]:
    return {COLUMNS.get(name, name): value for name, value in data.items()}


def _saved(context: Context, link: OldLink, action: str, fields: list[str]) -> dict[str, Any]:
    if fields:
        tk.get_action("govshare_event_add")(
            {"ignore_auth": True, "user": context.get("user")},
            {
                "action": action,
                "object_type": "old_link",
                "object_id": link.id,
                "region": roles.region_of(link.from_id) or roles.region_of(link.to_id),
                "data": {"title": link.title, "state": link.state, "fields": fields},
            },
        )
    model.Session.commit()
    return old_links.as_dicts([link])[0]


@tk.side_effect_free
def govshare_old_link_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Links of former times that the caller sees: those of the own departments, the region's for its office.

    :param state: ``waiting moving moved stopped``, or ``open`` for the first two (optional)
    :param network: only over this network (optional)
    :param organization: id or name of a department at either end (optional)
    :returns: ``{counts: {waiting, moving, moved, stopped, open}, results: [{id, title, from, to, network, content,
        since, state, exchange_point: {id, name, title} or None, planned, note, changed}]}``; ``counts`` are of all that
        the caller sees
    """
    tk.check_access("govshare_old_link_list", context, data_dict)
    data = checked(context, data_dict, old_link_schema.govshare_old_link_list())
    everything = old_links.read(*old_links.seen_by(context.get("user"), bool(context.get("ignore_auth"))))
    asked = roles.organization(data.get("organization"), closed=True)
    states = old_links.OPEN if data.get("state") == "open" else (data.get("state"),)
    shown = [
        link
        for link in everything
        if (not data.get("state") or link.state in states)
        and (not data.get("network") or link.network == data["network"])
        and (not data.get("organization") or (asked is not None and asked.id in (link.from_id, link.to_id)))
    ]
    return {"counts": old_links.counts(everything), "results": old_links.as_dicts(shown)}


@tk.side_effect_free
def govshare_exchange_coverage(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How far information systems are connected, and what goes over which network: of the own departments, of the
    region for its office, of everything for operators.

    :returns: ``{systems: {count, connected, percent or None, departments: [{id, name, title, count, connected}],
        unconnected: [{id, name, title, code, organization, points: [{name, title, state}]}]}, networks: [{network,
        points, accepted, old, open, moves: [{name, title, organization, to, by}]}]}``; systems count while they are in
        use or on trial, and are connected by a point in force
    """
    tk.check_access("govshare_exchange_coverage", context, data_dict)
    user = context.get("user")
    departments = None
    if not (context.get("ignore_auth") or roles.is_operator(user)):
        hands = roles.Hands.of(user)
        departments = hands.organizations | points.departments_of(hands.offices)
    return {"systems": coverage.systems(departments), "networks": coverage.networks(departments)}
