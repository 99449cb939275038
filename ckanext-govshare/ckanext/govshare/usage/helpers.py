"""What templates ask the room `usage`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["govshare_frequent_candidates", "govshare_usage"]


def govshare_usage(package_id: str, resource_id: str = "") -> dict[str, Any]:
    """How often an entry, or a file of it, was used: ``{views, downloads, calls, since}``."""
    asked = {"resource_id": resource_id} if resource_id else {"package_id": package_id}
    return tk.get_action("govshare_usage_show")({"user": tk.current_user.name}, asked)


def govshare_frequent_candidates(days: int = 90, limit: int = 10) -> list[dict[str, Any]]:
    """The entries that programs call most, for the library of high-frequency data (R35), as the reader may see them."""
    asked = {"kind": "call", "days": days, "limit": limit}
    return tk.get_action("govshare_usage_ranking")({"user": tk.current_user.name}, asked)
