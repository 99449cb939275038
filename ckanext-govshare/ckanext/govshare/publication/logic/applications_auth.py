"""Who may hand in, see and decide on applications.

Everybody hands in; who holds the token of a receipt acts for the author; the office of the region decides. Being
CKAN's sysadmin gives none of these rights (T20).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer, anybody, office_of
from ckanext.govshare.publication import submissions

__all__ = [
    "govshare_application_list",
    "govshare_application_look",
    "govshare_application_todo",
    "govshare_application_withdraw",
    "govshare_submission_approve",
    "govshare_submission_create",
    "govshare_submission_list",
    "govshare_submission_return",
    "govshare_submission_show",
    "govshare_submission_submit",
    "govshare_submission_update",
    "govshare_submission_withdraw",
]


@tk.auth_sysadmins_check
def _any_office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office_of(context)


@tk.auth_sysadmins_check
def _of_case(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    found = submissions.by_id(data_dict.get("id"))
    return office_of(context, found[1].region if found else None)


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def _by_token(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    allowed = submissions.by_token(data_dict.get("token")) is not None
    return answer(allowed, tk._("There is no such receipt"))


@tk.auth_sysadmins_check
def _of_package(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    id = data_dict.get("id")
    package = model.Package.get(id) if isinstance(id, str) and "\x00" not in id else None
    return office_of(context, roles.region_of(package.owner_org) if package is not None else None)


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def govshare_submission_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return (_by_token if data_dict.get("token") else _of_case)(context, data_dict)


govshare_submission_create = anybody
govshare_submission_submit = _by_token
govshare_submission_update = _by_token
govshare_submission_withdraw = _by_token

govshare_submission_approve = _of_case
govshare_submission_list = _any_office
govshare_submission_return = _of_case

govshare_application_list = _any_office
govshare_application_look = _of_package
govshare_application_todo = _any_office
govshare_application_withdraw = _of_package
