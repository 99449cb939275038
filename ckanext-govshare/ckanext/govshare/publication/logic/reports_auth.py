"""Who may write, hand in, return and accept monthly reports. Business rights: being an operator gives none."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import config, roles
from ckanext.govshare.logic.auth import answer, office_of, only_members, only_operators
from ckanext.govshare.publication.reports_hands import Hands, find, nothing

__all__ = [
    "govshare_report_accept",
    "govshare_report_due",
    "govshare_report_export",
    "govshare_report_list",
    "govshare_report_lock",
    "govshare_report_return",
    "govshare_report_save",
    "govshare_report_show",
    "govshare_report_submit",
    "govshare_report_summary",
    "govshare_report_todo",
]


def _act(context: Context, data_dict: dict[str, Any], act: str) -> AuthResult:
    """Whether somebody may do this to the report now; one that they do not see is not there."""
    held, hands = find(data_dict), Hands.of(context.get("user"))
    if not hands.sees(held.report):
        raise nothing()
    refusal = hands.refusal(held, act)
    return answer(refusal is None, refusal or "")


@tk.auth_sysadmins_check
def govshare_report_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if not Hands.of(context.get("user")).sees(find(data_dict).report):
        raise nothing()
    return answer(True)


@tk.auth_sysadmins_check
def govshare_report_save(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, "save")


@tk.auth_sysadmins_check
def govshare_report_submit(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, "submit")


@tk.auth_sysadmins_check
def govshare_report_return(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, "return")


@tk.auth_sysadmins_check
def govshare_report_accept(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _act(context, data_dict, "accept")


def _region(data_dict: dict[str, Any]) -> str:
    return str(data_dict.get("region") or config.region())


@tk.auth_sysadmins_check
def govshare_report_lock(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office_of(context, _region(data_dict))


@tk.auth_sysadmins_check
def govshare_report_summary(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The office and the auditors of the region."""
    allowed = _region(data_dict) in roles.audited_regions(context.get("user"))
    return answer(allowed, tk._("Only the coordinating office of the region may do this"))


govshare_report_export = govshare_report_summary


govshare_report_due = only_operators
govshare_report_list = only_members
govshare_report_todo = only_members
