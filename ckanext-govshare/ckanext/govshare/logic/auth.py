"""Who may use the actions of the root."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import config, roles

__all__ = [
    "govshare_due",
    "govshare_init",
    "govshare_role_grant",
    "govshare_role_list",
    "govshare_role_revoke",
]


def answer(allowed: bool, message: str = "") -> AuthResult:
    """An auth function's answer.

    :param message: why not, in the reader's language
    """
    return {"success": True} if allowed else {"success": False, "msg": message or tk._("Not authorized")}


def office_of(context: Context, region: str | None = None) -> AuthResult:
    """The answer for what the office of a region alone may do; of any region when none is given."""
    allowed = roles.is_office(context.get("user"), region)
    return answer(allowed, tk._("Only the coordinating office of the region may do this"))


@tk.auth_allow_anonymous_access
def anybody(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For what everybody may do; the action shows each what is theirs."""
    return answer(True)


def only_operators(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For what the timer does with ``ignore_auth``, and operators by hand: CKAN lets sysadmins pass."""
    return answer(False)


@tk.auth_sysadmins_check
def only_rooms(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For what rooms ask of each other with ``ignore_auth``, and no person does."""
    return answer(False)


@tk.auth_sysadmins_check
def only_members(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For lists of one's own work: members of departments have some, an operator has none."""
    return answer(bool(roles.memberships(context.get("user"))), tk._("For members of a department"))


@tk.auth_sysadmins_check
def only_office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For what concerns the whole site: the office of its region."""
    return office_of(context, config.region())


#: What a reviewer may give and take in the own department; the other roles are the office's to give.
OF_DEPARTMENT = ("editor", "reviewer")


def govshare_role_grant(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization, user = roles.organization(data_dict.get("organization")), context.get("user")
    if organization is None:
        return answer(roles.is_office(user))  # the action names the fault
    if roles.is_office(user, organization.region):
        return answer(True)
    return answer(
        organization.org_type != "office"
        and data_dict.get("role", OF_DEPARTMENT[0]) in OF_DEPARTMENT
        and roles.has_role(user, roles.Role.REVIEWER, organization.id)
    )


govshare_role_revoke = govshare_role_grant


def govshare_role_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    other = data_dict.get("user")
    return answer(not other or other == context["user"] or roles.is_office(context["user"]))


govshare_init = only_operators
govshare_due = only_operators
