"""Actions that appoint, confirm and represent data officers. What people read of them is in reading.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context
from sqlalchemy.exc import IntegrityError

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked
from ckanext.govshare.people import officers
from ckanext.govshare.people.logic import schema
from ckanext.govshare.people.model import Delegate, Officer

__all__ = [
    "govshare_officer_appoint",
    "govshare_officer_confirm",
    "govshare_officer_delegate",
]

LONGEST_DELEGATION = timedelta(days=366)


def _record(context: Context, action: str, organization: roles.Organization, **data: Any) -> None:
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user")},
        {
            "action": action,
            "object_type": "organization",
            "object_id": organization.id,
            "region": organization.region,
            "data": data,
        },
    )


def _officer_of(organization: roles.Organization) -> Officer:
    officer = officers.current(organization.id, lock=True)
    if officer is None:
        raise tk.ValidationError({"organization": [tk._("This department has no data officer yet")]})
    return officer


def govshare_officer_appoint(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Appoint the data officer (数据专员) of a department: exactly one (003:L80, R82).

    A successor is appointed with ``replaces``; that ends the former one, who stays in history. There is no other way
    to end an officer of record. The appointment is the filing of the year in which it is recorded.

    :param organization: id or name
    :param user: name of a member of the department
    :param post: 职务
    :param phone: telephone number, seen by government people only
    :param since: first day (CCYY-MM-DD), today by default; not in the future
    :param replaces: true hands the office over from the present officer
    :param handover: what was handed over, kept with the former officer
    :param note: kept with the appointment
    :returns: as ``govshare_officer_show``
    :raises NotAuthorized: the caller is neither a reviewer of the department nor the office of its region
    :raises ValidationError: ``user``: there is an officer already (named), or the person is no member
    """
    tk.check_access("govshare_officer_appoint", context, data_dict)
    data = checked(context, data_dict, schema.govshare_officer_appoint())
    organization, actor = officers.find_department(data["organization"]), str(context.get("user") or "")
    user = officers.find_person(data["user"], organization)
    former = officers.current(organization.id, lock=True)
    if former is not None:
        _refuse_second(former, user, data)
        officers.end(former, data["since"] - timedelta(days=1), data["handover"], actor)
    officer = Officer(
        organization_id=organization.id,
        user_id=user.id,
        post=data["post"],
        phone=data["phone"],
        since=data["since"],
        note=data["note"],
        appointed=clock.now(),
        appointed_by=actor,
    )
    try:
        model.Session.add(officer)
        model.Session.flush()
    except IntegrityError:  # two people appointed at once: the database holds the rule
        model.Session.rollback()
        message = tk._("Somebody else appointed a data officer meanwhile")
        raise tk.ValidationError({"user": [message]}) from None
    officers.confirm(officer, clock.today().year, actor)
    _record(context, "officer_appointed", organization, user=user.id, replaces=former and former.user_id)
    model.Session.commit()
    return officers.shown(organization, True)


def _refuse_second(former: Officer, user: model.User, data: dict[str, Any]) -> None:
    name = officers.person(former.user_id)["name"]
    if former.user_id == user.id:
        raise tk.ValidationError(
            {"user": [tk._("{name} is the data officer of this department").format(name=name)]}
        )
    if not data["replaces"]:
        message = tk._("{name} is the data officer of this department: a successor takes over by handover")
        raise tk.ValidationError({"user": [message.format(name=name)]})
    if data["since"] < former.since:
        message = tk._("{name} took office only on {day}").format(name=name, day=former.since.isoformat())
        raise tk.ValidationError({"since": [message]})


def govshare_officer_confirm(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm the data officer for a year: due by the end of May (003:L80). Confirming twice changes nothing.

    :param organization: id or name
    :param year: the present one by default; not a coming one, nor one before the appointment
    :returns: as ``govshare_officer_show``, with ``year``, ``confirmed_at`` and ``late``
    :raises NotAuthorized: the caller is neither the officer of record nor a reviewer of the department
    """
    tk.check_access("govshare_officer_confirm", context, data_dict)
    data = checked(context, data_dict, schema.govshare_officer_confirm())
    organization, actor = officers.find_department(data["organization"]), str(context.get("user") or "")
    officer = _officer_of(organization)
    if not officer.since.year <= data["year"] <= clock.today().year:
        raise tk.ValidationError({"year": [tk._("This year cannot be confirmed")]})
    if not officers.works_there(officer.user_id, organization.id):
        message = tk._("The data officer has left the department: appoint a successor")
        raise tk.ValidationError({"organization": [message]})
    row, fresh = officers.confirm(officer, data["year"], actor)
    if fresh:
        _record(context, "officer_confirmed", organization, user=officer.user_id, year=data["year"])
    late = row.at.astimezone(clock.ZONE).date() > officers.due(data["year"])
    answer = {"year": row.year, "confirmed_at": row.at.isoformat(timespec="seconds"), "late": late}
    model.Session.commit()
    return officers.shown(organization, True) | answer


def govshare_officer_delegate(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Name who stands in for the data officer (AB角) from a day to a day; one at a time.

    :param organization: id or name
    :param user: name of another member of the department
    :param since: first day (CCYY-MM-DD), today by default
    :param until: last day; at most a year later
    :param note: what for
    :param replaces: true ends the present delegation
    :returns: as ``govshare_officer_show``
    :raises NotAuthorized: the caller is neither the officer, nor a reviewer of the department, nor the office
    :raises ValidationError: ``user``: it is the officer, no member, or somebody stands in already (named)
    """
    tk.check_access("govshare_officer_delegate", context, data_dict)
    data = checked(context, data_dict, schema.govshare_officer_delegate())
    organization = officers.find_department(data["organization"])
    officer = _officer_of(organization)
    user = officers.find_person(data["user"], organization)
    if user.id == officer.user_id:
        raise tk.ValidationError({"user": [tk._("A delegate is another person than the officer")]})
    _check_term(data, officer)
    present = officers.delegate_of(officer)
    if present is not None and not data["replaces"]:
        shown = officers.delegate_dict(present)
        message = tk._("{name} stands in until {day}").format(name=shown["name"], day=shown["until"])
        raise tk.ValidationError({"user": [message]})
    officers.end_delegate(officer)
    model.Session.add(
        Delegate(
            officer_id=officer.id,
            user_id=user.id,
            since=data["since"],
            until=data["until"],
            note=data["note"],
            named=clock.now(),
            named_by=str(context.get("user") or ""),
        )
    )
    until = data["until"].isoformat()
    _record(context, "officer_delegated", organization, user=user.id, until=until)
    model.Session.commit()
    return officers.shown(organization, True)


def _check_term(data: dict[str, Any], officer: Officer) -> None:
    first, last = data["since"], data["until"]
    if last < first or last < clock.today():
        raise tk.ValidationError({"until": [tk._("The last day lies before the first, or in the past")]})
    if last - first > LONGEST_DELEGATION:
        raise tk.ValidationError({"until": [tk._("A delegation lasts a year at most")]})
    if first < officer.since:
        raise tk.ValidationError({"since": [tk._("The officer was not in office on this day")]})
