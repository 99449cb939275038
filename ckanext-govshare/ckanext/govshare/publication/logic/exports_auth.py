"""Who may take progress as a file: who may see it. The actions that are asked for the content decide."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare.logic.auth import answer
from ckanext.govshare.publication.logic import auth

__all__ = ["govshare_publication_export"]


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def govshare_publication_export(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("what") == "departments":
        return auth.govshare_publication_departments(context, data_dict)
    return answer(allowed=True)
