"""What pages of search ask: their own address with another query, filters, marked words, what to do about nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import g, has_request_context, request
from markupsafe import Markup, escape

from ckanext.govshare import config, schemas
from ckanext.govshare.kernel import finding
from ckanext.govshare.portal import facets, suggest

BEFORE = 24  # characters before the first mark of a shortened text
ITEMS = 6  # matched items that are named
MARKUP = re.compile(r"[\\`*_{}\[\]<>#&|~!]|^\s*(?:[-+=]|\d+[.)])|https?:|  \n", re.MULTILINE)  # what Markdown may mean


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
    if "govshare_here" not in g:  # a page of results asks for it sixty times
        g.govshare_here = tk.h.url_for(tk.h.current_url().partition("?")[0])
    path = g.govshare_here
    return f"{path}?{urlencode(pairs)}" if pairs else path


def govshare_filters(titles: dict[str, str], found: dict[str, Any]) -> list[facets.Filter]:
    """The filters beside a list of results."""
    return facets.filters(titles, found)


def govshare_filters_chosen(titles: dict[str, str], found: dict[str, Any]) -> list[dict[str, str]]:
    """The filters in force, with the address without each."""
    return facets.chosen(titles or {}, found or {})


def govshare_filters_asked() -> list[tuple[str, str]]:
    """The filters in force as fields of a form: ``[(name, value)]``."""
    return [(name, value) for name, values in facets.asked().items() for value in values]


def govshare_nothing_found(query: str | None) -> list[dict[str, Any]]:
    """Searches near one that found nothing, which find something: ``[{words, count, url}]``."""
    return suggest.instead(query or "", _wanted(query))


def govshare_mark(text: str | None, query: str | None, length: int = 0) -> Markup:
    """A text with the searched words marked; shortened around the first of them."""
    plain = str(text or "")
    if length and MARKUP.search(plain):
        plain = html.unescape(str(tk.h.markdown_extract(plain, extract_length=0)))
    places = finding.marks(plain, _wanted(query))
    start = 0
    if length and len(plain) > length:
        if places and places[0][1] > length:
            start = min(places[0][0] - BEFORE, len(plain) - length)
        end = start + length
    else:
        end = len(plain)
    return Markup("").join(
        (
            "…" if start > 0 else "",
            _marked(plain[start:end], [(first - start, last - start) for first, last in places]),
            "…" if end < len(plain) else "",
        )
    )


def govshare_mark_department(title: str | None, query: str | None) -> Markup:
    """The name of a department, marked as a whole where one of its short names was searched for."""
    wanted, name = _wanted(query), title or ""
    marked = govshare_mark(name, query)
    if "<mark>" not in marked and any(finding.marks(one, wanted) for one in _synonyms().names_of(name)):
        return Markup("<mark>{}</mark>").format(name)
    return marked


def govshare_items_found(entry: dict[str, Any], query: str | None) -> list[Markup]:
    """Names of the items of an entry that answer a query, marked."""
    wanted = _wanted(query)
    items = entry.get("info_items")
    if not wanted or not isinstance(items, list):
        return []
    names = "\n".join(f"{item.get('name') or ''}\n{item.get('name_en') or ''}" for item in items)
    if not finding.marks(names, wanted):
        return []
    found = []
    for item in items:
        name, other = str(item.get("name") or ""), str(item.get("name_en") or "")
        if finding.marks(name, wanted):
            found.append(govshare_mark(name, query))
        elif finding.marks(other, wanted):
            found.append(Markup("{} {}").format(name, govshare_mark(other, query)))
    return found[:ITEMS]


def govshare_most_rows(package: dict[str, Any]) -> int:
    """Rows of the longest table of an entry; 0 without any."""
    rows = [file.get("rows") for file in package.get("resources") or []]
    return max((number for number in rows if isinstance(number, int)), default=0)


def _marked(text: str, places: Sequence[tuple[int, int]]) -> Markup:
    """Pieces escaped, those of the places inside ``mark``."""
    pieces, at = [], 0
    for first, last in places:
        first, last = max(first, at), min(last, len(text))
        if first < last:
            pieces += [escape(text[at:first]), Markup("<mark>{}</mark>").format(text[first:last])]
            at = last
    return Markup("").join((*pieces, escape(text[at:])))


def _synonyms() -> finding.Synonyms:
    return schemas.load_synonyms(str(config.get("schemas.path") or ""))


def _wanted(query: str | None) -> list[finding.Chunk]:
    """The query taken apart, once a request."""
    if not query:
        return []
    if not has_request_context():
        return finding.chunks(query, _synonyms())
    known = g.setdefault("govshare_wanted", {})
    if query not in known:
        known[query] = finding.chunks(query, _synonyms())
    return known[query]
