"""Actions on people: data officers of record, members of a department, the to-do list of this room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context
from sqlalchemy.exc import IntegrityError

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.people import departments, officers, todo
from ckanext.govshare.people.logic import schema
from ckanext.govshare.people.logic.auth import is_inside
from ckanext.govshare.people.logic.schema import checked
from ckanext.govshare.people.model import Delegate, Officer

__all__ = [
    "govshare_officer_appoint",
    "govshare_officer_confirm",
    "govshare_officer_delegate",
    "govshare_officer_list",
    "govshare_officer_show",
    "govshare_people_todo",
    "govshare_person_list",
]

LONGEST_DELEGATION = timedelta(days=366)


def _organization(name: str, closed: bool = False) -> roles.Organization:
    organization = roles.organization(name, closed=closed)
    if organization is None:
        was = roles.organization(name, closed=True) is not None
        message = tk._("This department was closed") if was else tk._("Organization does not exist")
        raise tk.ValidationError({"organization": [message]})
    return organization


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
    data = checked(context, data_dict, schema.govshare_officer_appoint)
    organization, actor = _organization(data["organization"]), str(context.get("user") or "")
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
    return _shown(organization, True)


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
    data = checked(context, data_dict, schema.govshare_officer_confirm)
    organization, actor = _organization(data["organization"]), str(context.get("user") or "")
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
    return _shown(organization, True) | answer


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
    data = checked(context, data_dict, schema.govshare_officer_delegate)
    organization = _organization(data["organization"])
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
    return _shown(organization, True)


def _check_term(data: dict[str, Any], officer: Officer) -> None:
    first, last = data["since"], data["until"]
    if last < first or last < clock.today():
        raise tk.ValidationError({"until": [tk._("The last day lies before the first, or in the past")]})
    if last - first > LONGEST_DELEGATION:
        raise tk.ValidationError({"until": [tk._("A delegation lasts a year at most")]})
    if first < officer.since:
        raise tk.ValidationError({"since": [tk._("The officer was not in office on this day")]})


def _shown(organization: roles.Organization, inside: bool) -> dict[str, Any]:
    officer, year = officers.current(organization.id), clock.today().year
    return {
        "organization": {"id": organization.id, "name": organization.name, "title": organization.title},
        "officer": officers.as_dict(officer, inside) if officer is not None else None,
        "due": officers.due(year).isoformat(),
    }


@tk.side_effect_free
def govshare_officer_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The data officer of a department.

    :param organization: id or name
    :param history: with everybody who held the office (government people only)
    :returns: ``{organization, officer: {name, post, since, until} or None, due, history?}``; government people
        also get ``user, phone, note, handover, confirmed: [years], left, delegate``
    :raises NotAuthorized: ``history`` is asked for by somebody outside the government
    """
    tk.check_access("govshare_officer_show", context, data_dict)
    data = checked(context, data_dict, schema.govshare_officer_show)
    organization = roles.organization(data["organization"], closed=True)
    if organization is None:
        raise tk.ObjectNotFound(tk._("Organization does not exist"))
    inside = bool(context.get("ignore_auth")) or is_inside(str(context.get("user") or ""), organization)
    answer = _shown(organization, inside)
    if data["history"]:
        answer["history"] = officers.history(organization.id)
    return answer


@tk.side_effect_free
def govshare_officer_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How the departments of a region stand with their data officers: from 1 June the list of those that are late.

    Departments are government bodies; the coordinating office, which keeps the list, is not in it.

    :param region: six digits; every region of the caller's offices by default
    :param year: the present one by default
    :param state: ``missing``, ``unconfirmed`` or ``all`` (default)
    :returns: ``{year, due, late, counts: {missing, unconfirmed, confirmed}, results: [{organization, state, left,
        officer}]}``; ``late`` says that the day has passed
    """
    tk.check_access("govshare_officer_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_officer_list)
    year = data["year"]
    if not 2000 <= year <= date.max.year:
        raise tk.ValidationError({"year": [tk._("This year cannot be confirmed")]})
    regions = {data["region"]} if data.get("region") else todo.offices(context)
    lines = officers.filings(regions, year)
    counts = {state.value: sum(line.filing is state for line in lines) for state in officers.Filing}
    return {
        "year": year,
        "due": officers.due(year).isoformat(),
        "late": officers.is_late(year),
        "counts": counts,
        "results": [
            {
                "organization": {
                    "id": line.organization.id,
                    "name": line.organization.name,
                    "title": line.organization.title,
                },
                "state": line.filing.value,
                "left": line.left,
                "officer": officers.as_dict(line.officer, True) if line.officer is not None else None,
            }
            for line in lines
            if data["state"] in ("all", line.filing.value)
        ],
    }


@tk.side_effect_free
def govshare_person_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The people of a department with their roles.

    :param organization: id or name
    :param history: with the dated roles that ended
    :returns: ``{organization, results: [{user, name, roles: […], officer, delegate}], former?: [{user, name, role,
        since, until}]}``
    :raises NotAuthorized: the caller has no role in the department and is not the office of its region
    """
    tk.check_access("govshare_person_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_person_list)
    organization = _organization(data["organization"])
    officer = officers.current(organization.id)
    delegate = officers.delegate_of(officer) if officer is not None else None
    mark = officers.person(officer.user_id)["user"] if officer is not None else None
    second = officers.person(delegate.user_id)["user"] if delegate is not None else None
    answer = {
        "organization": {"id": organization.id, "name": organization.name, "title": organization.title},
        "results": [
            line | {"officer": line["user"] == mark, "delegate": line["user"] == second}
            for line in departments.members(organization.id)
        ],
    }
    if data["history"]:
        answer["former"] = departments.former_roles(organization.id)
    return answer


@tk.side_effect_free
def govshare_people_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What this room asks of the caller: appoint or confirm the data officer, renew a delegation.

    :returns: ``[{slug, title, detail, url, since, due, level: info|warn|late, organization, count}]``
    """
    tk.check_access("govshare_people_todo", context, data_dict)
    return todo.lines(context)
