"""Actions on exchange points. Acceptance is in acceptance.py, runs are in harvest.py; the plugin exports them all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, Schema

from ckanext.govshare import roles
from ckanext.govshare.exchange import fetch, health, points, runs
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.model import ExchangePoint
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel import clock, states
from ckanext.govshare.kernel.states import POINT_MOVES, PointState

__all__ = [
    "govshare_exchange_point_create",
    "govshare_exchange_point_list",
    "govshare_exchange_point_show",
    "govshare_exchange_point_test",
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
SAMPLE = 20


def checked(context: Context, data_dict: dict[str, Any], schema_of: Callable[[], Schema]) -> dict[str, Any]:
    """Data after its schema.

    :raises ValidationError: with the errors by field
    """
    data, errors = tk.navl_validate(data_dict, schema_of(), dict(context))
    if errors:
        raise tk.ValidationError(errors)
    data.pop("__extras", None)
    return data


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
            state=point.state, to=to.value
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
    :param schedule: ``manual`` (default), ``hourly``, ``daily`` or ``weekly``
    :param settings: settings of the kind (JSON object); credentials never come back
    :returns: ``{id, state}``
    :raises ValidationError: errors by field
    :raises NotAuthorized: the caller neither works for the department nor for the office of its region
    """
    tk.check_access("govshare_exchange_point_create", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_create)
    data["organization_id"] = data.pop("organization")
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
    data = checked(context, data_dict, schema.govshare_exchange_point_update)
    point = points.find(data.pop("id"))
    if "settings" in data:
        data["settings"] = points.keep_secrets(data["settings"], point.settings)
    after = {name: getattr(point, name) for name in ("kind", *DECLARED)} | data
    changed = sorted(name for name, value in data.items() if getattr(point, name) != value)
    checked_whole(context, after)
    for name in changed:
        setattr(point, name, data[name])
    if set(changed) & set(DECLARED):
        take_back(point)
    if changed:
        point.returned = point.returned_by = point.return_reason = None  # it is the office's turn again
        record_event(context, "point_changed", point, fields=changed)
    model.Session.commit()
    return points.as_dict(point, points.health([point.id])[point.id])


def checked_whole(context: Context, after: dict[str, Any]) -> None:
    """The rules over several fields, for a point as it would be."""
    whole = schema.govshare_exchange_point_create()
    checked(context, after, lambda: {"__after": whole["__after"]})


@tk.side_effect_free
def govshare_exchange_point_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One exchange point with its health.

    :param id: id or name
    :returns: ``{id, name, title, organization: {id, name, title}, kind, url, network, default_class,
        share_type, share_scope, share_condition, publish, schedule, settings, state, created, accepted,
        last_run, records}``; ``records`` counts the ledger by state; credentials are covered
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_exchange_point_show", context, data_dict)
    point = points.find(checked(context, data_dict, schema.by_id)["id"])
    return points.as_dict(point, points.health([point.id])[point.id])


@tk.side_effect_free
def govshare_exchange_point_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The exchange points that the caller may see: all for operators, the region's for its office, else one's
    own.

    :param organization: only those of this department (optional)
    :param state: ``registered checked accepted suspended`` (optional)
    :returns: as ``govshare_exchange_point_show``, by title
    """
    tk.check_access("govshare_exchange_point_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_list)
    query = sa.select(ExchangePoint).order_by(ExchangePoint.title, ExchangePoint.name)
    if data.get("organization"):
        organization = roles.organization(data["organization"])
        query = query.where(ExchangePoint.organization_id == (organization.id if organization else ""))
    if data.get("state"):
        query = query.where(ExchangePoint.state == data["state"])
    found = [point for point in model.Session.scalars(query) if visible(context)(point)]
    health = points.health([point.id for point in found])
    return [points.as_dict(point, health[point.id]) for point in found]


def visible(context: Context) -> Callable[[ExchangePoint], bool]:
    """Which points the caller may see: decided once for many."""
    user = context.get("user")
    if context.get("ignore_auth") or roles.is_operator(user):
        return lambda point: True
    held = roles.memberships(user)
    own = {organization.id for organization, _roles in held}
    regions = {organization.region for organization, has in held if roles.Role.OFFICE in has}
    return lambda point: point.organization_id in own or points.region(point) in regions


def govshare_exchange_point_test(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Fetch from a reviewed point and map its first records, without writing any. Its page says when it passed.

    :param id: id or name
    :returns: ``{ok, state, bytes, reason: {slug, message} or None, sample: [{guid, title, findings}]}``; at
        most 20 records
    :raises ValidationError: nobody reviewed the point: nothing is fetched of it
    """
    tk.check_access("govshare_exchange_point_test", context, data_dict)
    point = points.find(checked(context, data_dict, schema.by_id)["id"])
    if point.reviewed is None:
        message = tk._("The office reviews the exchange point first; before, nothing is fetched of it")
        raise tk.ValidationError({"state": [message]})
    spec, state = points.spec(point), point.state
    model.Session.rollback()
    folder = f"test-{uuid.uuid4()}"
    try:
        fetched = fetch.bring(spec, folder, fetch.NEVER)
        kind = fetch.harvester(spec.kind)
        sample = []
        for record in islice(fetch.records(spec, fetched), SAMPLE):
            mapped = kind.to_entry(record, spec)
            findings = [runs.in_language(finding.as_dict()) for finding in mapped.findings]
            sample.append({"guid": record.guid, "title": mapped.entry.get("title"), "findings": findings})
    except FetchRefused as error:
        _note_test(spec.id, False)
        reason = {"slug": error.slug, "message": runs.message(vars(error))}
        return {"ok": False, "state": state, "bytes": 0, "reason": reason, "sample": []}
    finally:
        fetch.clear(folder)
    _note_test(spec.id, True)
    return {"ok": True, "state": state, "bytes": fetched.bytes, "reason": None, "sample": sample}


def _note_test(point_id: str, passed: bool) -> None:
    point = points.find(point_id)
    point.tested, point.test_passed = clock.now(), passed
    model.Session.commit()
