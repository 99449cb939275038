"""Who may call the actions of the room `usage`: whoever sees an entry sees how often it is used."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare.logic.auth import answer, anybody, only_operators

__all__ = [
    "govshare_usage_due",
    "govshare_usage_ranking",
    "govshare_usage_show",
    "govshare_usage_site",
]


@tk.auth_allow_anonymous_access
def govshare_usage_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    tk.check_access("package_show", {"user": context.get("user")}, {"id": data_dict.get("package_id")})
    return answer(True)


govshare_usage_ranking = anybody  # it names what its reader may see
govshare_usage_site = anybody
govshare_usage_due = only_operators
