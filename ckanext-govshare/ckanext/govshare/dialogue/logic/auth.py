"""Who may do what with a case. Being CKAN's sysadmin gives no right to any of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import intake, roles
from ckanext.govshare.dialogue.model import find
from ckanext.govshare.kernel import cases
from ckanext.govshare.kernel.cases import DIALOGUE, Act, Party
from ckanext.govshare.logic.auth import answer, anybody, only_operators

__all__ = [
    "govshare_dialogue_accept",
    "govshare_dialogue_answer",
    "govshare_dialogue_assign",
    "govshare_dialogue_close",
    "govshare_dialogue_counts",
    "govshare_dialogue_create",
    "govshare_dialogue_due",
    "govshare_dialogue_list",
    "govshare_dialogue_publish",
    "govshare_dialogue_refuse",
    "govshare_dialogue_restore",
    "govshare_dialogue_return",
    "govshare_dialogue_show",
    "govshare_dialogue_submit",
    "govshare_dialogue_take_down",
    "govshare_dialogue_todo",
    "govshare_dialogue_withdraw",
]


govshare_dialogue_counts = anybody
govshare_dialogue_create = anybody
govshare_dialogue_show = anybody  # the action shows each what is theirs, and nothing of the rest
govshare_dialogue_submit = anybody  # the code of the receipt is the right
govshare_dialogue_withdraw = anybody  # the code of the receipt is the right


@tk.auth_sysadmins_check
def govshare_dialogue_todo(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    hands = roles.Hands.of(context.get("user"))
    return answer(bool(hands.works or hands.offices))


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def govshare_dialogue_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    inside = intake.is_yes(data_dict.get("inside"))
    return govshare_dialogue_todo(context, data_dict) if inside else answer(True)


@tk.auth_sysadmins_check
def _office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    found = find(data_dict.get("id"))
    allowed = found is not None and roles.is_office(context.get("user"), found[1].region)
    return answer(allowed, tk._("Only the coordinating office of the region may do this"))


govshare_dialogue_accept = _office
govshare_dialogue_assign = _office
govshare_dialogue_close = _office
govshare_dialogue_publish = _office
govshare_dialogue_refuse = _office
govshare_dialogue_restore = _office
govshare_dialogue_take_down = _office


@tk.auth_sysadmins_check
def govshare_dialogue_answer(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    found = find(data_dict.get("id"))
    return answer(found is not None and _is_department(context, found[1].organization_id))


@tk.auth_sysadmins_check
def govshare_dialogue_return(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whom the return falls to where the case stands; those who had it a moment ago are told that it moved on."""
    found = find(data_dict.get("id"))
    if found is None:
        return answer(False)
    case = found[1]
    office = roles.is_office(context.get("user"), case.region)
    try:
        party = DIALOGUE.find(Act.RETURN, case.state).party
    except cases.WrongAct:
        return answer(office or _is_department(context, case.organization_id))
    return answer(office if party is Party.OFFICE else _is_department(context, case.organization_id))


def _is_department(context: Context, organization_id: str) -> bool:
    return organization_id in roles.Hands.of(context.get("user")).works


govshare_dialogue_due = only_operators
