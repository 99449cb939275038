"""Who plans publications: people who write or review for a department. The office reads; the public does not."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import text
from ckanext.govshare.logic.auth import answer, only_operators
from ckanext.govshare.publication.plans import Plan

__all__ = [
    "govshare_plan_create",
    "govshare_plan_drop",
    "govshare_plan_due",
    "govshare_plan_list",
    "govshare_plan_show",
    "govshare_plan_todo",
    "govshare_plan_update",
]


def _plans_for(context: Context, organization_id: str | None) -> AuthResult:
    hands = {roles.Role.EDITOR, roles.Role.REVIEWER}
    allowed = any(
        organization.government and organization.id == organization_id and held & hands
        for organization, held in roles.memberships(context.get("user"))
    )
    return answer(allowed, tk._("Publications are planned by people who write or review for the department"))


def plan_of(data_dict: dict[str, Any]) -> Plan | None:
    """The plan that a parameter `id` names."""
    plan_id = data_dict.get("id")
    if not isinstance(plan_id, str) or not plan_id or "\x00" in plan_id:
        return None
    return model.Session.get(Plan, plan_id)


@tk.auth_sysadmins_check
def _own_plan(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    plan = plan_of(data_dict)
    return _plans_for(context, plan.organization_id if plan is not None else None)


@tk.auth_sysadmins_check
def govshare_plan_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    named = data_dict.get("organization")
    known = isinstance(named, str) and not text.damaged(named)
    organization = roles.organization(named) if known else None
    return _plans_for(context, organization.id if organization is not None else None)


govshare_plan_update = _own_plan
govshare_plan_drop = _own_plan


@tk.auth_sysadmins_check
def govshare_plan_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.in_government(context.get("user")))


@tk.auth_sysadmins_check
def govshare_plan_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.in_government(context.get("user")))  # the action answers only what the caller may see


@tk.auth_sysadmins_check
def govshare_plan_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.in_government(context.get("user")))


govshare_plan_due = only_operators
