"""Who may set targets: the office of the region; being CKAN's sysadmin gives no right to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.logic.auth import answer, anybody
from ckanext.govshare.publication.logic.auth import office, region_of

__all__ = [
    "govshare_target_create",
    "govshare_target_delete",
    "govshare_target_list",
    "govshare_target_load",
    "govshare_target_measures",
    "govshare_target_show",
    "govshare_target_todo",
    "govshare_target_update",
]


@tk.auth_sysadmins_check
def govshare_target_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office(context, data_dict.get("region"))


@tk.auth_sysadmins_check
def govshare_target_load(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The office of every region that the targets name."""
    given = data_dict.get("targets")
    rows = given if isinstance(given, list) else []
    regions = {str(row.get("region") or "") for row in rows if isinstance(row, Mapping)} or {""}
    answers = [office(context, region or None) for region in sorted(regions)]
    return next((found for found in answers if not found["success"]), answers[0])


@tk.auth_sysadmins_check
def govshare_target_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office(context, region_of(data_dict, "id"))


@tk.auth_sysadmins_check
def govshare_target_delete(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office(context, region_of(data_dict, "id"))


govshare_target_show = anybody
govshare_target_measures = anybody
govshare_target_list = anybody


@tk.auth_sysadmins_check
def govshare_target_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(bool(roles.memberships(context.get("user"))))
