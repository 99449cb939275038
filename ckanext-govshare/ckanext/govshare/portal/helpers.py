"""What the portal's templates ask for: words for values, addresses, previews, quality, the frame of pages."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib import munge
from flask import request
from markupsafe import Markup, escape

from ckanext.govshare.portal import facets, fields, preview, quality, words
from ckanext.govshare.portal.frame import (
    govshare_core_page,
    govshare_error,
    govshare_favicon,
    govshare_language_links,
    govshare_nav,
    govshare_reading_page,
    govshare_room,
    govshare_site,
)

__all__ = [
    "govshare_api_url",
    "govshare_citation",
    "govshare_core_page",
    "govshare_day",
    "govshare_downloads",
    "govshare_error",
    "govshare_favicon",
    "govshare_filters",
    "govshare_filters_chosen",
    "govshare_items",
    "govshare_language_links",
    "govshare_link_dead",
    "govshare_mark",
    "govshare_nav",
    "govshare_number",
    "govshare_overview",
    "govshare_preview",
    "govshare_quality",
    "govshare_query_url",
    "govshare_reading_page",
    "govshare_recent",
    "govshare_room",
    "govshare_site",
    "govshare_size",
    "govshare_when",
]


def _user() -> str:
    return getattr(tk.current_user, "name", "") or ""


def _locale() -> str:
    return "en" if str(tk.h.lang() or "").startswith("en") else "zh_Hans_CN"


def govshare_query_url(toggle: tuple[str, str] | None = None, **changes: str | None) -> str:
    """This page with another query: values replaced (None: taken away), one filter value put in or out.

    The page number falls away unless it is what changes.

    :param toggle: name and value of a filter
    """
    pairs = [
        (key, value) for key, value in request.args.items(multi=True) if key not in changes and key != "page"
    ]
    if toggle is not None:
        pairs = [pair for pair in pairs if pair != toggle] if toggle in pairs else [*pairs, toggle]
    pairs += [(key, value) for key, value in changes.items() if value is not None]
    path = tk.h.url_for(tk.h.current_url().partition("?")[0])
    return f"{path}?{urlencode(pairs)}" if pairs else path


def govshare_filters(titles: dict[str, str], found: dict[str, Any]) -> list[facets.Filter]:
    """The filters beside a list of results."""
    return facets.filters(titles, found)


def govshare_filters_chosen(
    chosen: dict[str, list[str]], titles: dict[str, str], found: dict[str, Any]
) -> list[dict[str, str]]:
    """The filters in force, with the address without each."""
    return facets.chosen(chosen or {}, titles or {}, found or {})


def govshare_mark(text: str | None, query: str | None, length: int = 0) -> Markup:
    """A text, shortened, with the searched words marked."""
    plain = str(tk.h.markdown_extract(text or "", extract_length=0)) if length else str(text or "")
    plain = html.unescape(plain) if length else plain
    if length and len(plain) > length:
        plain = plain[: length - 1] + "…"
    terms = [
        re.escape(term)
        for term in re.split(r"[\s\"'()*:+\-]+", query or "")
        if term and term not in ("AND", "OR")
    ]
    if not terms:
        return escape(plain)
    parts = re.split(f"({'|'.join(sorted(terms, key=len, reverse=True))})", plain, flags=re.IGNORECASE)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


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
    """Fields of opening with their numbers of entries, and common topics (portal/fields.py)."""
    return fields.overview(_user())


def govshare_recent(limit: int = 5) -> list[dict[str, Any]]:
    """The entries whose data changed last."""
    return fields.recent(_user(), limit)


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


def govshare_api_url(action: str = "") -> str:
    """Address of the API, or of one of its actions, in no language."""
    return tk.config["ckan.site_url"].rstrip("/") + "/api/3/action/" + action
