"""Who may appoint, confirm and see data officers, and who may rename, merge and split departments.

These are business rights: CKAN's sysadmins have them only if they hold the role (DESIGN §1).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer, anybody
from ckanext.govshare.people import officers
from ckanext.govshare.people.logic import schema

__all__ = [
    "govshare_officer_appoint",
    "govshare_officer_confirm",
    "govshare_officer_delegate",
    "govshare_officer_list",
    "govshare_officer_show",
    "govshare_organization_history",
    "govshare_organization_merge",
    "govshare_organization_rename",
    "govshare_organization_split",
    "govshare_people_todo",
    "govshare_person_list",
]


def _user(context: Context) -> str:
    return str(context.get("user") or "")


def _office_or_reviewer(user: str, organization: roles.Organization | None) -> bool:
    """The office of the region, or a reviewer of the department; of nothing, whoever is either."""
    if organization is None:
        return any({roles.Role.OFFICE, roles.Role.REVIEWER} & held for _org, held in roles.memberships(user))
    return roles.is_office(user, organization.region) or roles.has_role(
        user, roles.Role.REVIEWER, organization.id
    )


def _is_officer(user: str, organization: roles.Organization | None) -> bool:
    officer = officers.current(organization.id) if organization is not None else None
    return officer is not None and officers.person(officer.user_id)["user"] == user != ""


def is_inside(user: str, organization: roles.Organization) -> bool:
    """Whether a person may see telephone numbers: government people, the department itself, the office."""
    return any(
        org.government or org.id == organization.id or roles.Role.OFFICE in held
        for org, held in roles.memberships(user)
    )


@tk.auth_sysadmins_check
def govshare_officer_appoint(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_office_or_reviewer(_user(context), roles.organization(data_dict.get("organization"))))


@tk.auth_sysadmins_check
def govshare_officer_confirm(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization, user = roles.organization(data_dict.get("organization")), _user(context)
    if organization is None:
        return answer(_office_or_reviewer(user, None))
    own = roles.has_role(user, roles.Role.REVIEWER, organization.id)
    return answer(own or (_is_officer(user, organization) and officers.works_there(user, organization.id)))


@tk.auth_sysadmins_check
def govshare_officer_delegate(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization, user = roles.organization(data_dict.get("organization")), _user(context)
    if _office_or_reviewer(user, organization):
        return answer(True)
    return answer(_is_officer(user, organization) and officers.works_there(user, organization.id))


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def govshare_officer_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if not data_dict.get("history"):
        return answer(True)
    organization = roles.organization(data_dict.get("organization"), closed=True)
    return answer(organization is not None and is_inside(_user(context), organization))


@tk.auth_sysadmins_check
def govshare_officer_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    region = data_dict.get("region")
    return answer(roles.is_office(_user(context), str(region) if region else None))


@tk.auth_sysadmins_check
def govshare_person_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization, user = roles.organization(data_dict.get("organization")), _user(context)
    if organization is None:
        return answer(bool(roles.memberships(user)))
    if roles.is_office(user, organization.region):
        return answer(True)
    return answer(any(org.id == organization.id and held for org, held in roles.memberships(user)))


def _office_of_all(context: Context, ids: Any) -> AuthResult:
    """The office of the region of every department that is named; the action names those that are none."""
    user = _user(context)
    given = ids if isinstance(ids, list) else [ids]
    found = [roles.organization(name, closed=True) for name in given]
    regions = {organization.region for organization in found if organization is not None}
    return answer(
        roles.is_office(user) and all(roles.is_office(user, region) for region in regions),
        tk._("Departments are renamed, merged and split by the coordinating office of their region"),
    )


@tk.auth_sysadmins_check
def govshare_organization_rename(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office_of_all(context, data_dict.get("id"))


@tk.auth_sysadmins_check
def govshare_organization_merge(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    try:
        ids = schema.names(data_dict.get("ids") or [])
    except tk.Invalid:
        ids = []
    return _office_of_all(context, [*ids, data_dict.get("into")])


@tk.auth_sysadmins_check
def govshare_organization_split(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    parts = data_dict.get("parts") or []
    into = [part.get("into") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return _office_of_all(context, [data_dict.get("id"), *into])


govshare_organization_history = anybody  # names of departments and their dates are public


def govshare_people_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(bool(_user(context)))
