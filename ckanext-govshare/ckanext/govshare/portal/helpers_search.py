"""What pages of search ask: their own address with another query, filters, marked words."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import request
from markupsafe import Markup, escape

from ckanext.govshare.portal import facets


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
