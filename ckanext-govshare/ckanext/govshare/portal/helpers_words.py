"""Numbers, sizes and days in the reader's language, lists of the home page, addresses of the API."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.portal import fields, words


def _user() -> str:
    return getattr(tk.current_user, "name", "") or ""


def _locale() -> str:
    return "en" if str(tk.h.lang() or "").startswith("en") else "zh_Hans_CN"


def govshare_number(value: Any) -> str:
    """A count as people write it."""
    return words.number(value, _locale())


def govshare_size(value: Any) -> str:
    """A file size as people write it."""
    return words.size(value)


def govshare_when(value: Any) -> str:
    """How long ago: 今天, 昨天, 3天前, 9月30日."""
    near = {0: tk._("today"), 1: tk._("yesterday")}
    return near.get(words.ago(value), "") or words.when(value, _locale())


def govshare_day(value: Any) -> str:
    """A day in full."""
    return words.day(value)


def govshare_overview() -> dict[str, list[Any]]:
    """Fields of opening with their numbers of entries, common topics, newest entries (portal/fields.py)."""
    return fields.overview(_user())


def govshare_api_url(action: str = "") -> str:
    """Address of the API, or of one of its actions, in no language."""
    return tk.config["ckan.site_url"].rstrip("/") + "/api/3/action/" + action
