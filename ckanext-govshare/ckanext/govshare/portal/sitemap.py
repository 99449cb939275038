"""``/sitemap.xml``: what search engines may read, in parts of at most 50,000 addresses (sitemaps.org).

The index names parts by range: part n holds the entries of places (n-1)·PART to n·PART in the order of their names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import ckan.plugins.toolkit as tk

from ckanext.govshare.portal import outlets

PART = 50_000
ROWS = 1000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: pages that a site has where the room is there
PAGES = (
    "home.index", "dataset.search", "organization.index", "govshare_publication.progress",
    "govshare_publication.applications", "govshare_dialogue.index", "govshare_developers.developers",
    "govshare_usage.stats", "govshare_portal.announcements",
)  # fmt: skip


def index() -> Iterator[bytes]:
    """The index: one part for pages and applications, as many for entries as it takes."""
    newest = outlets.search(rows=1, sort="metadata_modified desc", fl="id,metadata_modified")
    last = _moment(newest["results"][0].get("metadata_modified")) if newest["results"] else ""
    parts = ["pages", *(f"entries-{number + 1}" for number in range(math.ceil(newest["count"] / PART)))]
    yield f'{HEAD}<sitemapindex xmlns="{NAMESPACE}">\n'.encode()
    for part in parts:
        yield _line("sitemap", f"{outlets.base()}/sitemap/{part}.xml", last)
    yield b"</sitemapindex>\n"


def entries(part: int) -> Iterator[bytes]:
    """The addresses of a part of the entries."""
    yield f'{HEAD}<urlset xmlns="{NAMESPACE}">\n'.encode()
    first, last = (part - 1) * PART, ""
    # The place where the part begins is looked for once; from there on each search begins after the last name.
    found = outlets.search(rows=ROWS, start=first, sort="name asc", fl="id,name,metadata_modified")["results"]
    left = PART
    while found:
        for row in found[:left]:
            yield _line(
                "url", f"{outlets.base()}/dataset/{row['name']}", _moment(row.get("metadata_modified"))
            )
        left -= len(found)
        if left <= 0 or len(found) < ROWS:
            break
        last = found[-1]["name"]
        found = outlets.search(
            rows=ROWS, fq_list=[f'+name:{{"{last}" TO *]'], sort="name asc", fl="id,name,metadata_modified"
        )["results"]
    yield b"</urlset>\n"


def pages() -> Iterator[bytes]:
    """Pages of the site, of departments, of applications, and those that the office wrote."""
    yield f'{HEAD}<urlset xmlns="{NAMESPACE}">\n'.encode()
    for endpoint in PAGES:
        if tk.h.govshare_room(endpoint):
            yield _line("url", tk.h.url_for(endpoint, qualified=True, locale="default"))
    counted = outlets.search(rows=0, **{"facet.field": ["organization"], "facet.limit": -1})["facets"]
    for name in counted["organization"]:
        yield _line("url", f"{outlets.base()}/organization/{name}")
    if tk.h.govshare_room("govshare_publication.application"):
        yield from _applications()
    yield from _written()
    yield b"</urlset>\n"


def _applications() -> Iterator[bytes]:
    last = ""
    while True:
        beyond = [f'+name:{{"{last}" TO *]'] if last else []
        query = {"fq_list": ["+dataset_type:application", *beyond], "rows": ROWS, "sort": "name asc"}
        found = tk.get_action("package_search")(
            outlets.visitor(), {**query, "fl": "id,name,metadata_modified"}
        )
        for row in found["results"]:
            page = tk.h.url_for(
                "govshare_publication.application", id=row["name"], qualified=True, locale="default"
            )
            yield _line("url", page, _moment(row.get("metadata_modified")))
        if len(found["results"]) < ROWS:
            return
        last = found["results"][-1]["name"]


def _written() -> Iterator[bytes]:
    """Static pages that are public, where the site has them."""
    try:
        found = tk.get_action("govshare_page_list")(outlets.visitor(), {})
    except (KeyError, tk.NotAuthorized):
        return
    for page in found:
        if tk.h.govshare_room("govshare_portal.page"):
            address = tk.h.url_for(
                "govshare_portal.page", slug=page["slug"], qualified=True, locale="default"
            )
            yield _line("url", address)


def _moment(value: Any) -> str:
    """A W3C moment; the index gives them without zone, or as UTC."""
    return outlets.moment(str(value or "").removesuffix("Z"))


def _line(kind: str, address: str, last: str = "") -> bytes:
    changed = f"<lastmod>{escape(last)}</lastmod>" if last else ""
    return f"<{kind}><loc>{escape(address)}</loc>{changed}</{kind}>\n".encode()
