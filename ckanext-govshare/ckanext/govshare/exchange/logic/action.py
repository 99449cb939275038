"""Actions on exchange points. Acceptance is in acceptance.py, runs are in harvest.py; the plugin exports them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import credentials, health, points, words
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.model import ExchangePoint
from ckanext.govshare.kernel import clock, states
from ckanext.govshare.kernel.states import POINT_MOVES, PointState
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_exchange_point_create",
    "govshare_exchange_point_list",
    "govshare_exchange_point_show",
    "govshare_exchange_point_update",
]

# What the office accepted: a change of these asks for acceptance anew.
DECLARED = (
    "url",
    "network",
    "default_class",
    "share_type",
    "share_scope",
    "share_condition",
    "publish",
    "settings",
)


def record_event(context: Context, action: str, point: ExchangePoint, **data: Any) -> None:
    """An event about a point, inside the transaction."""
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user")},
        {
            "action": action,
            "object_type": "exchange_point",
            "object_id": point.id,
            "region": points.region(point),
            "data": {"name": point.name, **data},
        },
    )


def move_point(point: ExchangePoint, to: PointState) -> None:
    """Change the state of a point.

    :raises ValidationError: there is no such move
    """
    try:
        states.move(POINT_MOVES, point.state, to)
    except states.WrongMove:
        message = tk._("An exchange point in state {state} cannot become {to}").format(
            state=words.label(point.state), to=words.label(to.value)
        )
        raise tk.ValidationError({"state": [message]}) from None
    point.state = to.value


def take_back(point: ExchangePoint) -> None:
    """Make a point *registered* again: no step is behind it any more, no test of the source that it had counts."""
    if point.state != PointState.REGISTERED.value:
        move_point(point, PointState.REGISTERED)
    point.reviewed = point.checked = point.accepted = point.tested = point.test_passed = None
    point.reviewed_by = point.checked_by = point.accepted_by = None
    health.forget(point)


def govshare_exchange_point_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Register an exchange point of a department. It runs after the office accepted it.

    :param name: letters, digits, ``-`` and ``_``
    :param title: title on screen (the name by default)
    :param organization: name or id of the department
    :param kind: ``data_json``, ``database`` …: the kinds that this site has
    :param url: address of the source: http(s), or the name of a configured database
    :param network: ``互联网`` (default), ``政务外网`` or ``部门专网``
    :param default_class: class from which codes are allotted, e.g. ``307001004``
    :param share_type, share_scope, share_condition: sharing class, scope and condition of records that
        declare none (default class 2; scope and condition are required for 2)
    :param publish: ``auto`` (default), or ``review``: a person confirms every run that changes something
    :param schedule: ``manual`` (default), ``once:2026-03-18T02:00``, ``minutes:15`` (5 to 59), ``hourly``, ``daily``,
        ``weekly``, ``monthly``, the last three also at a time of day: ``daily@02:30`` (Beijing; Mondays, the first)
    :param settings: settings of the kind (JSON object); what looks like a credential is refused
    :param files: what becomes of files that records name: ``link`` (default), ``mirror`` or ``load``
    :param system: id, name or code of the department's information system that it connects (optional)
    :param moves_to, moves_by: network to which it moves and by which day (optional)
    :returns: ``{id, state}``
    :raises ValidationError: errors by field
    :raises NotAuthorized: the caller neither works for the department nor for the office of its region
    """
    tk.check_access("govshare_exchange_point_create", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_create())
    data["organization_id"], data["system_id"] = data.pop("organization"), data.pop("system")
    point = ExchangePoint(
        **data | {"title": data.get("title") or data["name"], "settings": data.get("settings") or {}},
        state=PointState.REGISTERED.value,
        created=clock.now(),
        created_by=context.get("user") or "",
    )
    model.Session.add(point)
    model.Session.flush()
    record_event(context, "point_registered", point, kind=point.kind, url=point.url)
    model.Session.commit()
    return {"id": point.id, "state": point.state}


def govshare_exchange_point_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change an exchange point. What the office accepted, it accepts again: such a change makes it
    *registered*.

    :param id: id or name; the other parameters are those of ``govshare_exchange_point_create`` except name,
        organization and kind; what is left out stays
    :returns: the point as ``govshare_exchange_point_show``
    :raises ValidationError: errors by field
    """
    tk.check_access("govshare_exchange_point_update", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_update())
    point = points.find(data.pop("id"))
    if "settings" in data:
        data["settings"] = credentials.keep(data["settings"], point.settings)
    checked_whole(context, {**_whole(point), **data})
    if "system" in data:
        data["system_id"] = data.pop("system")
    changed = sorted(name for name, value in data.items() if getattr(point, name) != value)
    for name in changed:
        setattr(point, name, data[name])
    if set(changed) & set(DECLARED):
        take_back(point)
    if changed:
        point.returned = point.returned_by = point.return_reason = None  # it is the office's turn again
        record_event(context, "point_changed", point, fields=changed)
    model.Session.commit()
    return points.as_dicts([point])[0]


def _whole(point: ExchangePoint) -> dict[str, Any]:
    """What the rules over several fields look at."""
    names = ("kind", "moves_to", "moves_by", *DECLARED)
    whole = {name: getattr(point, name) for name in names}
    return {**whole, "organization": point.organization_id, "system": point.system_id}


def check_point(context: Context, point: ExchangePoint) -> None:
    """Raise unless the rules over several fields hold for a point as it is.

    :raises ValidationError: by field
    """
    checked_whole(context, _whole(point))


def checked_whole(context: Context, after: dict[str, Any]) -> None:
    """The rules over several fields, for a point as it would be."""
    whole = schema.govshare_exchange_point_create()
    checked(context, after, {"__after": whole["__after"]})


@tk.side_effect_free
def govshare_exchange_point_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One exchange point with its health.

    :param id: id or name
    :returns: ``{id, name, title, organization: {id, name, title}, kind, url, network, default_class,
        share_type, share_scope, share_condition, publish, schedule, files, settings, system: {id, name, title} or None,
        high_frequency, moves_to, moves_by, state, created, reviewed, checked, accepted, returned: {at, reason} or None,
        tested, test_passed, health, health_since, last_run, records}``; moments are ISO texts or None, ``records``
        counts the ledger by state, ``health`` is ``ok``, ``warn``, ``bad`` or ``none``; credentials are covered
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_exchange_point_show", context, data_dict)
    point = points.find(checked(context, data_dict, schema.by_id())["id"])
    return points.as_dicts([point])[0]


@tk.side_effect_free
def govshare_exchange_point_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The exchange points that the caller may see: all for operators, the region's for its office, else one's
    own. A constant number of statements, however many there are.

    :param organization: only those of this department (optional)
    :param state: ``registered reviewed checked accepted suspended`` (optional)
    :param network: only those in this network (optional)
    :param health: ``ok warn bad none`` (optional)
    :param high_frequency: only those with the mark, or without it (optional)
    :returns: as ``govshare_exchange_point_show``, by title
    """
    tk.check_access("govshare_exchange_point_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_list())
    query = sa.select(ExchangePoint).order_by(ExchangePoint.title, ExchangePoint.name)
    if data.get("organization"):
        organization = roles.organization(data["organization"])
        query = query.where(ExchangePoint.organization_id == (organization.id if organization else ""))
    for name in ("state", "network", "health"):
        if data.get(name):
            query = query.where(getattr(ExchangePoint, name) == data[name])
    if data.get("high_frequency"):
        query = query.where(ExchangePoint.high_frequency.is_(tk.asbool(data["high_frequency"])))
    may_see = visible(context)
    return points.as_dicts([point for point in model.Session.scalars(query) if may_see(point)])


def visible(context: Context) -> Callable[[ExchangePoint], bool]:
    """Which points the caller may see: decided once for many, in one statement."""
    user = context.get("user")
    if context.get("ignore_auth") or roles.is_operator(user):
        return lambda point: True
    hands = roles.Hands.of(user)
    own = hands.organizations | points.departments_of(hands.offices)
    return lambda point: point.organization_id in own
