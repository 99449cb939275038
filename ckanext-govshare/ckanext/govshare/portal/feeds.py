"""Atom feeds of the public entries that changed last: of all, of a department, of a field, of a search.

They take the place of core's feeds, which are English, know no fields and link to the API instead of to pages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from feedgen.feed import FeedGenerator
from flask import Response, request

from ckanext.govshare.portal import facets, fields, outlets

__all__ = ["govshare_feeds"]

PAGE = 50
MOST_PAGES = 200  # further back, the catalogue itself is the place to read
MIMETYPE = "application/atom+xml"
WORDS = ("q", "tags")  # what a search asks beside filters


def whole() -> Response:
    """``/feed.atom``: every entry."""
    return _feed(tk._("New and updated data"), {}, f"{outlets.base()}/dataset")


def department(name: str) -> Response:
    """``/feed/department/<name>.atom``: the entries of a department."""
    try:
        shown = tk.get_action("organization_show")(
            outlets.visitor(), {"id": name, "include_users": False, "include_dataset_count": False}
        )
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Organization not found"))
    page = f"{outlets.base()}/organization/{shown['name']}"
    return _feed(shown["title"], {"fq_list": [f'+owner_org:"{shown["id"]}"']}, page)


def field(code: str) -> Response:
    """``/feed/field/<code>.atom``: the entries of a field of opening."""
    label = tk.h.govshare_code_label("open_domain", code)
    if not code.isalnum() or not label or label == code:
        return tk.abort(404, tk._("There is no such field"))
    return _feed(
        label,
        {"fq_list": [f'+open_domain:"{code}"']},
        f"{outlets.base()}/dataset?{urlencode({'open_domain': code})}",
    )


def found() -> Response:
    """``/feed/search.atom``: what a search of ``/dataset`` finds, with the same parameters."""
    asked = _asked()
    tags = [f"+tags:{_quoted(value)}" for name, value in asked if name == "tags"]
    query: dict[str, Any] = {"fq_list": [*facets.restrictions(facets.asked()), *tags]}
    words = " ".join(value for name, value in asked if name == "q")
    if words:
        query["q"] = words
    labels = [value if name in WORDS else facets.label(name, value) for name, value in asked]
    title = tk._("Search: {words}").format(words=" ".join(labels)) if labels else tk._("New and updated data")
    return _feed(title, query, f"{outlets.base()}/dataset?{urlencode(asked)}")


def tagged(id: str) -> Response:
    """Core's address of a feed by tag."""
    return _feed(
        id, {"fq_list": [f"+tags:{_quoted(id)}"]}, f"{outlets.base()}/dataset?{urlencode({'tags': id})}"
    )


def none(**_address: str) -> Response:
    """Core's address of a feed by group: this catalogue has no groups."""
    return tk.abort(404, tk._("There is no such feed"))


def _asked() -> list[tuple[str, str]]:
    """What this address asks the catalogue: words, tags and filters."""
    given = [(name, value.strip()) for name in WORDS for value in request.args.getlist(name) if value.strip()]
    return [*given, *((name, value) for name, values in facets.asked().items() for value in values)]


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))


def _feed(title: str, query: Mapping[str, Any], page: str) -> Response:
    number = tk.h.get_page_number(request.args)
    if number > MOST_PAGES:
        return tk.abort(404, tk._("There is no such feed"))
    try:
        answer = outlets.search(**{"sort": fields.NEWEST, **query}, rows=PAGE, start=PAGE * (number - 1))
    except (SearchError, tk.ValidationError):
        return tk.abort(400, tk._("The search cannot be read"))
    made = _atom(title, page, number, answer)
    response = Response(made, mimetype=MIMETYPE)
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _atom(title: str, page: str, number: int, answer: Mapping[str, Any]) -> bytes:
    site = outlets.text(tk.config.get("ckan.site_title"))
    feed = FeedGenerator()
    here = f"{outlets.base()}{request.path}"
    feed.id(_address(here, 1))
    feed.title(outlets.text(f"{title} · {site}"))
    feed.subtitle(tk._("Data sets that were opened or changed last"))
    feed.author({"name": site or here})
    feed.language("zh-CN" if str(tk.h.lang()).startswith("zh") else "en")
    feed.link(href=_address(here, number), rel="self", type=MIMETYPE)
    feed.link(href=page, rel="alternate", type="text/html")
    last = max(1, math.ceil(answer["count"] / PAGE))
    others = {"first": 1, "last": min(last, MOST_PAGES)}
    others |= {"previous": number - 1} if number > 1 else {}
    others |= {"next": number + 1} if number < min(last, MOST_PAGES) else {}
    for rel, other in others.items():
        feed.link(href=_address(here, other), rel=rel, type=MIMETYPE)
    entries = answer["results"]
    feed.updated(max((_moment(outlets.updated(entry)) for entry in entries), default=_moment("")))
    for entry in entries:
        _add(feed, entry)
    return feed.atom_str(pretty=True)


def _add(feed: FeedGenerator, entry: Mapping[str, Any]) -> None:
    item = feed.add_entry(order="append")
    title = outlets.text(entry.get("title")) or entry["name"]
    item.id(outlets.uri(entry))
    item.title(title)
    item.link(href=outlets.page(entry), rel="alternate", type="text/html")
    item.summary(outlets.text(entry.get("notes")) or title)
    item.author({"name": outlets.provider(entry)["name"]})
    item.published(_moment(outlets.issued(entry)))
    item.updated(_moment(outlets.updated(entry)))
    words = outlets.keywords(entry)
    if entry.get("open_domain"):
        words = [outlets.text(tk.h.govshare_code_label("open_domain", entry["open_domain"])), *words]
    for word in dict.fromkeys(filter(None, words)):
        item.category({"term": word})


def _address(here: str, number: int) -> str:
    """Address of a page of this feed."""
    asked = [*_asked(), *([("page", str(number))] if number > 1 else [])]
    return f"{here}?{urlencode(asked)}" if asked else here


def _moment(iso: str) -> datetime:
    """A moment with its zone; a day begins in Beijing; the epoch for what is none."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return datetime.fromtimestamp(0, timezone.utc)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(hours=8)))


def govshare_feeds(
    pkg: Mapping[str, Any] | None = None, organization: Mapping[str, Any] | None = None
) -> list[dict[str, str]]:
    """Feeds that belong to a page: ``[{title, url}]``; of a page with search parameters also the feed of its search."""
    site = outlets.base()
    rows = [{"title": tk._("New and updated data"), "url": f"{site}/feed.atom"}]
    owner = organization or (pkg or {}).get("organization")
    if owner:
        rows.append(
            {"title": str(owner.get("title") or ""), "url": f"{site}/feed/department/{owner['name']}.atom"}
        )
    if pkg and pkg.get("open_domain"):
        label = tk.h.govshare_code_label("open_domain", pkg["open_domain"])
        rows.append({"title": label, "url": f"{site}/feed/field/{pkg['open_domain']}.atom"})
    asked = _asked() if request.endpoint == "dataset.search" else []
    if asked:
        rows.append({"title": tk._("This search"), "url": f"{site}/feed/search.atom?{urlencode(asked)}"})
    return rows
