"""Who may read, write and approve changes. Business rights: being an operator gives none of them (T20)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import changes, reviewers
from ckanext.govshare.kernel.cases import Act
from ckanext.govshare.logic.auth import answer, only_members, only_rooms

__all__ = [
    "govshare_change_approve",
    "govshare_change_approve_many",
    "govshare_change_create",
    "govshare_change_list",
    "govshare_change_merge",
    "govshare_change_propose",
    "govshare_change_return",
    "govshare_change_show",
    "govshare_change_submit",
    "govshare_change_todo",
    "govshare_change_update",
    "govshare_change_withdraw",
]


@tk.auth_sysadmins_check
def govshare_change_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    organization = roles.organization(data_dict.get("owner_org"))
    hands = reviewers.Hands.of(context.get("user"))
    return answer(
        organization is not None and hands.may_write(organization.id, organization.region),
        tk._("Only the department and the office may write its changes"),
    )


@tk.auth_sysadmins_check
def govshare_change_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    _change, case = changes.find(data_dict.get("id"))
    hands = reviewers.Hands.of(context.get("user"))
    if not hands.may_write(case.organization_id, case.region):
        return answer(False, tk._("Only the department and the office may write its changes"))
    return answer(
        case.state in reviewers.WRITABLE, tk._("It is under review, or has ended: nobody writes in it")
    )


govshare_change_merge = govshare_change_update


@tk.auth_sysadmins_check
def govshare_change_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    _change, case = changes.find(data_dict.get("id"))
    return answer(reviewers.Hands.of(context.get("user")).sees(case), tk._("There is no such change"))


def _act(context: Context, data_dict: dict[str, Any], act: Act) -> AuthResult:
    change, case = changes.find(data_dict.get("id"))
    refusal = reviewers.Hands.of(context.get("user")).refusal(change, case, act)
    return answer(refusal is None, refusal)


@tk.auth_sysadmins_check
def govshare_change_submit(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, Act.SUBMIT)


@tk.auth_sysadmins_check
def govshare_change_approve(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, Act.APPROVE)


@tk.auth_sysadmins_check
def govshare_change_return(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, Act.RETURN)


@tk.auth_sysadmins_check
def govshare_change_withdraw(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, Act.WITHDRAW)


govshare_change_approve_many = only_members
govshare_change_list = only_members
govshare_change_propose = only_rooms
govshare_change_todo = only_members
