"""Who may see the calendar of working days (everybody) and load a year of it (the office of the site's region)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import config
from ckanext.govshare.logic.auth import anybody, office_of

__all__ = ["govshare_workdays_list", "govshare_workdays_upload"]


govshare_workdays_list = anybody


@tk.auth_sysadmins_check
def govshare_workdays_upload(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return office_of(context, config.region())
