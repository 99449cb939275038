"""Who may run exchange points and see their runs: by office of the region, own department, operator.

Sysadmins are operators: they run and repair. Who registers and accepts points is in point_auth.py.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import points, runs
from ckanext.govshare.logic.auth import answer, only_operators, only_rooms

__all__ = [
    "govshare_exchange_due",
    "govshare_exchange_todo",
    "govshare_exchange_transfer",
    "govshare_harvest_apply",
    "govshare_harvest_cancel",
    "govshare_harvest_confirm",
    "govshare_harvest_history",
    "govshare_harvest_plan",
    "govshare_harvest_problem_list",
    "govshare_harvest_published",
    "govshare_harvest_record_list",
    "govshare_harvest_record_show",
    "govshare_harvest_run",
    "govshare_harvest_run_list",
    "govshare_harvest_run_show",
]

WORKING = (roles.Role.EDITOR, roles.Role.REVIEWER)


def works_for(user: str, organization_id: str) -> bool:
    """Office of the organisation's region, or somebody who works at its catalogue."""
    organization = roles.organization(organization_id)
    if organization is None:
        return False
    if roles.is_office(user, organization.region):
        return True
    return any(org.id == organization.id and held & set(WORKING) for org, held in roles.memberships(user))


def sees(user: str, organization_id: str) -> bool:
    """Who works for it, every member of it, and its auditors."""
    return works_for(user, organization_id) or any(
        org.id == organization_id for org, _held in roles.memberships(user)
    )


def point_organization(data_dict: dict[str, Any]) -> str:
    point_id = data_dict.get("exchange_point") or data_dict.get("id")
    if not point_id:
        raise tk.ValidationError({"id": [tk._("Missing value")]})
    return points.find(str(point_id)).organization_id


def lists(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who belongs somewhere lists; the action shows each reader what this reader may see."""
    return answer(bool(roles.memberships(context["user"])))


def _run_organization(data_dict: dict[str, Any]) -> str:
    run_id = tk.get_or_bust(data_dict, "id")
    return points.find(runs.find(str(run_id)).point_id).organization_id


def govshare_harvest_plan(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], point_organization(data_dict)))


def govshare_harvest_run(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], point_organization(data_dict)))


def govshare_harvest_apply(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], _run_organization(data_dict)))


def govshare_harvest_cancel(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(works_for(context["user"], _run_organization(data_dict)))


def govshare_harvest_confirm(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(_run_organization(data_dict))
    user = context["user"]
    allowed = organization is not None and (
        roles.is_office(user, organization.region)
        or roles.has_role(user, roles.Role.REVIEWER, organization.id)
    )
    return answer(allowed)


def govshare_harvest_run_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(sees(context["user"], _run_organization(data_dict)))


def govshare_harvest_run_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("exchange_point"):
        return answer(sees(context["user"], point_organization(data_dict)))
    return lists(context, data_dict)


govshare_harvest_history = lists


def govshare_harvest_problem_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(sees(context["user"], _run_organization({"id": data_dict.get("run")})))


def govshare_harvest_record_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(sees(context["user"], _run_organization({"id": data_dict.get("run")})))


def govshare_harvest_record_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("run"):
        return answer(sees(context["user"], _run_organization({"id": data_dict["run"]})))
    return answer(sees(context["user"], point_organization(data_dict)))


@tk.auth_sysadmins_check
def govshare_exchange_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return lists(context, data_dict)  # each reader's own points


govshare_exchange_transfer = only_rooms
govshare_harvest_published = only_rooms
govshare_exchange_due = only_operators
