"""Who may use the link check. Being CKAN's sysadmin makes nobody a member of a department."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer, only_operators, only_rooms

__all__ = [
    "govshare_link_check",
    "govshare_link_due",
    "govshare_link_list",
    "govshare_link_record",
    "govshare_link_states",
]


@tk.auth_allow_anonymous_access
def govshare_link_states(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who may see the entry."""
    tk.check_access("package_show", Context(**context), {"id": data_dict.get("package_id")})
    return answer(True)


@tk.auth_sysadmins_check
def govshare_link_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who works in a department or an office; each sees what is theirs."""
    hands = roles.Hands.of(context.get("user"))
    return answer(bool(hands.works or hands.offices))


@tk.auth_sysadmins_check
def govshare_link_check(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who works in the department of the entry, or in the office of its region."""
    package = model.Package.get(data_dict.get("id") or "")
    if package is None:
        return answer(False)  # what is not there is not told apart from what is not theirs
    hands = roles.Hands.of(context.get("user"))
    owner = package.owner_org or ""
    return answer(owner in hands.works or roles.region_of(owner) in hands.offices)


govshare_link_due = only_operators
govshare_link_record = only_rooms
