"""Who may call the actions of the desk room: members of departments; each sees what is theirs."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer

__all__ = ["govshare_desk_summary", "govshare_form_entries", "govshare_todo_list"]


@tk.auth_sysadmins_check
def _members(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """For a list of one's own work; an operator has none."""
    return answer(bool(roles.memberships(context.get("user"))), tk._("For members of a department"))


govshare_desk_summary = _members
govshare_form_entries = _members
govshare_todo_list = _members
