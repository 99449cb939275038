"""Who may call the actions of `departments.py`: the rooms, inside their transactions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare.logic.auth import answer

__all__ = ["govshare_catalogue_transfer", "govshare_index_queue"]


@tk.auth_sysadmins_check
def govshare_catalogue_transfer(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False)


@tk.auth_sysadmins_check
def govshare_index_queue(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False)
