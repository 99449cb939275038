"""Actions that read people: officers of record, members of a department, the to-do list of this room."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.logic import checked
from ckanext.govshare.people import departments, officers, todo
from ckanext.govshare.people.logic import schema
from ckanext.govshare.people.logic.auth import is_inside

__all__ = [
    "govshare_officer_list",
    "govshare_officer_show",
    "govshare_people_todo",
    "govshare_person_list",
]


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
    data = checked(context, data_dict, schema.govshare_officer_show())
    organization = roles.organization(data["organization"], closed=True)
    if organization is None:
        raise tk.ObjectNotFound(tk._("Organization does not exist"))
    inside = bool(context.get("ignore_auth")) or is_inside(str(context.get("user") or ""), organization)
    answer = officers.shown(organization, inside)
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
    data = checked(context, data_dict, schema.govshare_officer_list())
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
                "organization": departments.short(line.organization),
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
    data = checked(context, data_dict, schema.govshare_person_list())
    organization = officers.find_department(data["organization"])
    officer = officers.current(organization.id)
    delegate = officers.delegate_of(officer) if officer is not None else None
    mark = officers.person(officer.user_id)["user"] if officer is not None else None
    second = officers.person(delegate.user_id)["user"] if delegate is not None else None
    answer = {
        "organization": departments.short(organization),
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
