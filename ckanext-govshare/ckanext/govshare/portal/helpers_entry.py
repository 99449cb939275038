"""What the pages of an entry and of a file ask: downloads, items, preview, quality, citation."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib import munge

from ckanext.govshare.portal import preview, quality, words


def _user() -> str:
    return getattr(tk.current_user, "name", "") or ""


def govshare_downloads(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Files of an entry that this reader may take, tables first: ``[{resource, label, size, outside}]``."""
    order = {"CSV": 0, "XLSX": 1, "JSON": 2}
    found = [
        {
            "resource": resource,
            "label": resource.get("format") or tk._("File"),
            "size": words.size(resource.get("size")) if resource.get("size") else "",
            "outside": resource.get("url_type") != "upload",
        }
        for resource in entry.get("resources", [])
        if resource.get("url")
    ]
    return sorted(found, key=lambda row: order.get(row["label"].upper(), len(order)))


def govshare_items(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """信息项 of an entry; an empty list when it has none."""
    items = entry.get("info_items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def govshare_preview(
    entry: dict[str, Any], resource: dict[str, Any] | None = None, limit: int = 10
) -> dict[str, Any] | None:
    """First rows of a resource, or of the entry's best one: ``{resource, table}`` or None."""
    candidates = [resource] if resource else [row["resource"] for row in govshare_downloads(entry)]
    candidates.sort(key=lambda candidate: not candidate.get("datastore_active"))
    for candidate in candidates:
        table = preview.first_rows(candidate, govshare_items(entry), limit, _user())
        if table is not None:
            return {"resource": candidate, "table": table}
    return None


def govshare_quality(entry: dict[str, Any]) -> list[quality.Mark]:
    """Marks of quality: completeness, formats, links, freshness."""
    return quality.marks(entry)


def govshare_link_dead(entry: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Whether the link check found a linked file of an entry dead."""
    return quality.link_states(entry).get(resource["id"], {}).get("state") == "dead"


def govshare_citation(entry: dict[str, Any]) -> dict[str, str]:
    """How to cite an entry: ``{text, bibtex}``."""
    address = tk.h.url_for("dataset.read", id=entry["name"], qualified=True, locale="default")
    provider = (entry.get("organization") or {}).get("title") or tk.config.get("ckan.site_title") or ""
    updated = words.day(entry.get("data_updated") or entry.get("metadata_modified"))
    key = munge.munge_name(entry["name"])
    fields_of = {
        "author": f"{{{provider}}}", "title": f"{{{entry['title']}}}", "year": updated[:4],
        "howpublished": f"\\url{{{address}}}", "note": updated,
    }  # fmt: skip
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields_of.items())
    return {
        "text": f"{provider}. {entry['title']} [DS]. {updated}. {address}",
        "bibtex": f"@misc{{{key},\n{lines}\n}}",
    }
