"""Who may call the actions of `standards.py`: everybody, the register is published."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare.logic.auth import answer

__all__ = ["govshare_standard_item_list", "govshare_standard_item_show"]


@tk.auth_allow_anonymous_access
def govshare_standard_item_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody."""
    return answer(True)


@tk.auth_allow_anonymous_access
def govshare_standard_item_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody."""
    return answer(True)
