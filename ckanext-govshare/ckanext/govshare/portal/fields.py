"""Lists of the home page: fields of opening with their numbers, and what changed last. One search each."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

TOPICS = 6
NEWEST = "data_updated desc, metadata_modified desc"
TABLES = "dataset_type:dataset"


def overview(user: str) -> dict[str, list[Any]]:
    """What the catalogue holds, as the reader may see it.

    :returns: ``{fields: [{code, label, count}], topics: [tag]}``, most first
    """
    query = {"fq": TABLES, "rows": 0, "facet.field": ["open_domain", "tags"], "facet.limit": 60}
    facets = tk.get_action("package_search")({"user": user}, query)["facets"]
    rows = [
        {"code": code, "label": tk.h.govshare_code_label("open_domain", code), "count": count}
        for code, count in facets.get("open_domain", {}).items()
        if code and count
    ]
    tags = sorted(facets.get("tags", {}).items(), key=lambda tag: (-tag[1], tag[0]))
    return {
        "fields": sorted(rows, key=lambda row: (-row["count"], row["code"])),
        "topics": [tag for tag, _count in tags[:TOPICS]],
    }


def recent(user: str, limit: int) -> list[dict[str, Any]]:
    """Entries whose data changed last, newest first."""
    query = {"fq": TABLES, "rows": limit, "sort": NEWEST}
    return tk.get_action("package_search")({"user": user}, query)["results"]
