"""Who may act at the opening gate: the provider's reviewer signs, the office of its region confirms.

These are business rights: being CKAN's sysadmin gives none of them (T20).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import files, opening_acts, opening_shown
from ckanext.govshare.logic.auth import answer
from ckanext.govshare.roles import Role

__all__ = [
    "govshare_file_versions",
    "govshare_opening_clear",
    "govshare_opening_confirm",
    "govshare_opening_list",
    "govshare_opening_revoke",
    "govshare_opening_scan",
    "govshare_opening_show",
    "govshare_opening_sign",
    "govshare_opening_todo",
]


def _sees(user: str | None, organization: roles.Organization | None) -> bool:
    if organization is None:
        return False
    hands = opening_shown.Hands.of(user)
    return organization.id in hands.works or organization.region in hands.offices


@tk.auth_sysadmins_check
def govshare_opening_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_sees(context.get("user"), roles.organization(data_dict.get("organization"))))


@tk.auth_sysadmins_check
def govshare_opening_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("organization"):
        return govshare_opening_show(context, data_dict)
    hands = opening_shown.Hands.of(context.get("user"))
    return answer(bool(hands.works or hands.offices))


@tk.auth_sysadmins_check
def govshare_opening_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(True)  # whoever is logged in sees what waits for them, and that may be nothing


@tk.auth_sysadmins_check
def govshare_opening_scan(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    user, digest = context.get("user"), str(data_dict.get("digest") or "")
    if user and files.claimed(digest, user) is not None:
        return answer(True)
    return answer(any(_sees(user, roles.organization(holder)) for holder in opening_acts.holders(digest)))


@tk.auth_sysadmins_check
def _reviews(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(data_dict.get("organization"))
    allowed = organization is not None and roles.has_role(context.get("user"), Role.REVIEWER, organization.id)
    return answer(allowed, tk._("Only a reviewer of the provider may do this"))


govshare_opening_clear = _reviews
govshare_opening_sign = _reviews


@tk.auth_sysadmins_check
def govshare_opening_confirm(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(data_dict.get("organization"))
    allowed = organization is not None and roles.is_office(context.get("user"), organization.region)
    return answer(allowed, tk._("Only the office of the region may do this"))


@tk.auth_sysadmins_check
def govshare_opening_revoke(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    signs = _reviews(context, data_dict)
    return signs if signs["success"] else govshare_opening_confirm(context, data_dict)


@tk.auth_allow_anonymous_access
def govshare_file_versions(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    tk.check_access("package_show", {"user": context.get("user")}, {"id": data_dict.get("package_id")})
    return answer(True)
