"""Who may write pages, announcements and settings of the site: the office of its region, and nobody else."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import intake
from ckanext.govshare.logic.auth import answer, anybody, only_office

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


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def govshare_announcement_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return only_office(context, data_dict) if intake.is_yes(data_dict.get("all")) else answer(True)


govshare_announcement_show = anybody  # the action shows the public what is shown today, and nothing else
govshare_page_history = anybody
govshare_page_list = anybody
govshare_page_show = anybody

govshare_announcement_create = only_office
govshare_announcement_update = only_office
govshare_announcement_withdraw = only_office
govshare_page_update = only_office
govshare_site_show = only_office
govshare_site_update = only_office
