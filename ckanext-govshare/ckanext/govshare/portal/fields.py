"""Lists of the home page: fields of opening with their numbers, what changed last, applications. One search each."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

TOPICS = 6
RECENT = 5
NEWEST = "data_updated desc, metadata_modified desc"
TABLES = "dataset_type:dataset"


def overview(user: str) -> dict[str, list[Any]]:
    """What the catalogue holds, as the reader may see it: one search for all of it.

    :returns: ``{fields: [{code, label, count}], topics: [tag], recent: [entry]}``, most and newest first
    """
    query = {
        "fq": TABLES,
        "rows": RECENT,
        "sort": NEWEST,
        "facet.field": ["open_domain", "tags"],
        "facet.limit": 60,
    }
    found = tk.get_action("package_search")({"user": user}, query)
    facets = found["facets"]
    rows = [
        {"code": code, "label": tk.h.govshare_code_label("open_domain", code), "count": count}
        for code, count in facets.get("open_domain", {}).items()
        if code and count
    ]
    tags = sorted(facets.get("tags", {}).items(), key=lambda tag: (-tag[1], tag[0]))
    return {
        "fields": sorted(rows, key=lambda row: (-row["count"], row["code"])),
        "topics": [tag for tag, _count in tags[:TOPICS]],
        "recent": found["results"],
    }


def newest_applications(limit: int) -> list[dict[str, Any]]:
    """The data applications that were shown last."""
    query = {"fq": "dataset_type:application", "rows": limit, "sort": "metadata_created desc"}
    return tk.get_action("package_search")({"user": ""}, query)["results"]
