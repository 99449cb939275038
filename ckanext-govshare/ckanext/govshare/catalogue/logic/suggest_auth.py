"""Who may ask for suggestions: everybody; what is suggested is what the reader may see."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

__all__ = ["govshare_suggest"]


@tk.auth_allow_anonymous_access
def govshare_suggest(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whether somebody may search for words."""
    return {"success": True}
