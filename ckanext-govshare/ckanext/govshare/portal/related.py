"""Entries that belong to another: by named codes, the same items, tags, field and provider. One search."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError

SHOWN = 6
MOST_ITEMS = 12
MOST_TAGS = 10
WEIGHTS = {"code": 40, "tag": 6, "item": 2, "field": 1}


def of_entry(entry: dict[str, Any], user: str) -> list[dict[str, str]]:
    """Entries related to one, as the reader may see them, closest first.

    :returns: ``[{name, title}]``, at most ``SHOWN``; the list is empty when the index cannot be asked
    """
    wanted = _clauses(entry)
    if not wanted:
        return []
    query = {
        "q": " OR ".join(wanted),
        "fq_list": [f"-id:{_literal(entry['id'])}", "+dataset_type:dataset"],
        "fl": "name,title",
        "rows": SHOWN,
        "sort": "score desc, name asc",
        "facet": "false",
        "include_private": True,  # colleagues see what is shared with them; labels decide
    }
    try:
        found = tk.get_action("package_search")({"user": user}, query)["results"]
    except (SearchError, tk.ValidationError):
        return []
    return [
        {"name": row["name"], "title": row.get("title") or row["name"]} for row in found if row.get("name")
    ]


def _clauses(entry: dict[str, Any]) -> list[str]:
    codes = entry.get("related_codes")
    codes = codes.split() if isinstance(codes, str) else codes or []
    items = [str(item.get("name") or "") for item in entry.get("info_items") or [] if isinstance(item, dict)]
    tags = [str(tag.get("name") or "") for tag in entry.get("tags") or []]
    clauses = [f"resource_code:{_literal(str(code))}^{WEIGHTS['code']}" for code in codes if code]
    clauses += [f"tags:{_literal(tag)}^{WEIGHTS['tag']}" for tag in tags[:MOST_TAGS] if tag]
    clauses += [
        f"items_text:{_literal(item)}^{WEIGHTS['item']}" for item in items[:MOST_ITEMS] if len(item) > 1
    ]
    if entry.get("open_domain"):
        clauses.append(f"open_domain:{_literal(str(entry['open_domain']))}^{WEIGHTS['field']}")
    return clauses


def _literal(value: str) -> str:
    """A value as a phrase of Solr."""
    return '"' + "".join("\\" + sign if sign in '"\\' else sign for sign in value if sign.isprintable()) + '"'
