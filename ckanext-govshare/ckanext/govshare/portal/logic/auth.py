"""Who may write pages, announcements and settings of the site: the office of its region, and nobody else."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import config, intake
from ckanext.govshare.logic.auth import answer, office_of

__all__ = [
    "govshare_announcement_create",
    "govshare_announcement_list",
    "govshare_announcement_show",
    "govshare_announcement_update",
    "govshare_announcement_withdraw",
    "govshare_page_history",
    "govshare_page_list",
    "govshare_page_show",
    "govshare_page_update",
    "govshare_site_show",
    "govshare_site_update",
]


def _office(context: Context) -> AuthResult:
    return office_of(context, config.region())


@tk.auth_allow_anonymous_access
def govshare_page_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(True)


@tk.auth_allow_anonymous_access
def govshare_page_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(True)


@tk.auth_allow_anonymous_access
def govshare_page_history(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(True)


@tk.auth_sysadmins_check
def govshare_page_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def govshare_announcement_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context) if intake.is_yes(data_dict.get("all")) else answer(True)


@tk.auth_allow_anonymous_access
def govshare_announcement_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(True)  # the action shows the public what is shown today, and nothing else


@tk.auth_sysadmins_check
def govshare_announcement_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)


@tk.auth_sysadmins_check
def govshare_announcement_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)


@tk.auth_sysadmins_check
def govshare_announcement_withdraw(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)


@tk.auth_sysadmins_check
def govshare_site_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)


@tk.auth_sysadmins_check
def govshare_site_update(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _office(context)
