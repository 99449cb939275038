"""Who may register, accept, run and see exchange points: by office of the region, own department, operator.

Sysadmins are operators: they run and repair. To register a point is the department's, to accept it the office's,
whoever operates the site.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import points, runs
from ckanext.govshare.logic.auth import answer

__all__ = [
    "govshare_exchange_due",
    "govshare_exchange_point_accept",
    "govshare_exchange_point_assess",
    "govshare_exchange_point_create",
    "govshare_exchange_point_list",
    "govshare_exchange_point_review",
    "govshare_exchange_point_show",
    "govshare_exchange_point_suspend",
    "govshare_exchange_point_test",
    "govshare_exchange_point_update",
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


def _works_for(user: str, organization_id: str) -> bool:
    """Office of the organisation's region, or somebody who works at its catalogue."""
    organization = roles.organization(organization_id)
    if organization is None:
        return False
    if roles.is_office(user, organization.region):
        return True
    return any(org.id == organization.id and held & set(WORKING) for org, held in roles.memberships(user))


def _sees(user: str, organization_id: str) -> bool:
    """Who works for it, every member of it, and its auditors."""
    return _works_for(user, organization_id) or any(
        org.id == organization_id for org, _held in roles.memberships(user)
    )


def _point_organization(data_dict: dict[str, Any]) -> str:
    point_id = data_dict.get("exchange_point") or data_dict.get("id")
    if not point_id:
        raise tk.ValidationError({"id": [tk._("Missing value")]})
    return points.find(str(point_id)).organization_id


def _run_organization(data_dict: dict[str, Any]) -> str:
    run_id = tk.get_or_bust(data_dict, "id")
    return points.find(runs.find(str(run_id)).point_id).organization_id


@tk.auth_sysadmins_check
def govshare_exchange_point_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], str(data_dict.get("organization") or "")))


@tk.auth_sysadmins_check
def govshare_exchange_point_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _point_organization(data_dict)))


def govshare_exchange_point_test(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _point_organization(data_dict)))


def govshare_exchange_point_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_sees(context["user"], _point_organization(data_dict)))


def govshare_exchange_point_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    # The action shows each reader the points that this reader may see.
    return answer(bool(roles.memberships(context["user"])))


def _of_the_office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(_point_organization(data_dict))
    allowed = organization is not None and roles.is_office(context["user"], organization.region)
    return answer(
        allowed, tk._("The coordinating office of the region reviews, assesses, accepts and suspends exchange points")
    )


@tk.auth_sysadmins_check
def govshare_exchange_point_review(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_office(context, data_dict)


@tk.auth_sysadmins_check
def govshare_exchange_point_assess(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_office(context, data_dict)


@tk.auth_sysadmins_check
def govshare_exchange_point_accept(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_office(context, data_dict)


@tk.auth_sysadmins_check
def govshare_exchange_point_suspend(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _of_the_office(context, data_dict)


def govshare_harvest_plan(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _point_organization(data_dict)))


def govshare_harvest_run(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _point_organization(data_dict)))


def govshare_harvest_apply(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _run_organization(data_dict)))


def govshare_harvest_cancel(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_works_for(context["user"], _run_organization(data_dict)))


def govshare_harvest_confirm(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(_run_organization(data_dict))
    user = context["user"]
    allowed = organization is not None and (
        roles.is_office(user, organization.region)
        or roles.has_role(user, roles.Role.REVIEWER, organization.id)
    )
    return answer(allowed)


def govshare_harvest_run_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_sees(context["user"], _run_organization(data_dict)))


def govshare_harvest_run_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("exchange_point"):
        return answer(_sees(context["user"], _point_organization(data_dict)))
    return govshare_exchange_point_list(context, data_dict)


def govshare_harvest_history(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return govshare_exchange_point_list(context, data_dict)


def govshare_harvest_problem_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_sees(context["user"], _run_organization({"id": data_dict.get("run")})))


def govshare_harvest_record_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_sees(context["user"], _run_organization({"id": data_dict.get("run")})))


def govshare_harvest_record_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("run"):
        return answer(_sees(context["user"], _run_organization({"id": data_dict["run"]})))
    return answer(_sees(context["user"], _point_organization(data_dict)))


@tk.auth_sysadmins_check
def govshare_exchange_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return govshare_exchange_point_list(context, data_dict)  # each reader's own points


@tk.auth_sysadmins_check
def govshare_exchange_transfer(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False)  # the rooms only


@tk.auth_sysadmins_check
def govshare_harvest_published(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False)  # the rooms only


def govshare_exchange_due(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False)  # operators only: sysadmins pass
