"""What templates ask the room `developers`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import g

from ckanext.govshare.developers import numbers

__all__ = ["govshare_rows_url"]


def govshare_rows_url(entry: dict[str, Any], resource: dict[str, Any]) -> str:
    """The address at which programs read the rows of a file; empty where it has none for the public.

    :param entry: as ``package_show`` gave it to the reader, ``resource`` is one of its files
    """
    readable = resource.get("datastore_active") and resource.get("url") and resource.get("audience") == "open"
    if not readable or entry.get("open_type") != "1" or "/" not in str(entry.get("resource_code") or ""):
        return ""
    known = g.setdefault("govshare_file_numbers", {})
    if entry["id"] not in known:
        known[entry["id"]] = numbers.of_entry(entry["id"])
    number = known[entry["id"]].get(resource["id"])
    if not number:
        return ""
    prefix, _, sequence = entry["resource_code"].partition("/")
    values = {"prefix": prefix, "sequence": sequence, "number": number}
    return tk.h.url_for("govshare_developers.rows", qualified=True, locale="default", **values)
