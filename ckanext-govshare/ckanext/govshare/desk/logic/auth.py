"""Who may call the actions of the desk room: members of departments; each sees what is theirs."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles

__all__ = ["govshare_desk_summary", "govshare_form_entries", "govshare_todo_list"]


def _members(context: Context) -> AuthResult:
    if roles.memberships(context.get("user")):
        return {"success": True}
    return {"success": False, "msg": tk._("For members of a department")}


def govshare_todo_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _members(context)


def govshare_desk_summary(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _members(context)


def govshare_form_entries(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _members(context)


for _own in (govshare_todo_list, govshare_desk_summary, govshare_form_entries):
    _own.auth_sysadmins_check = True  # a list of one's own work; an operator has none
