"""Addresses of the outlets: data.json, the catalogue as a file, sitemap and feeds (docs/outlets.md)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Flask, Response, stream_with_context

from ckanext.govshare.portal import catalogue_file, feeds, outlets_kept, outlets_pod, sitemap

__all__ = ["govshare_outlets"]

govshare_outlets = Blueprint("govshare_outlets", __name__)
govshare_outlets.add_url_rule("/feed.atom", "feed", feeds.whole)
govshare_outlets.add_url_rule("/feed/department/<name>.atom", "feed_department", feeds.department)
govshare_outlets.add_url_rule("/feed/field/<code>.atom", "feed_field", feeds.field)
govshare_outlets.add_url_rule("/feed/search.atom", "feed_search", feeds.found)

XML = "application/xml"
#: core's feeds → ours
CORE_FEEDS = {
    "feeds.general": feeds.whole,
    "feeds.organization": lambda id: feeds.department(id),
    "feeds.tag": feeds.tagged,
    "feeds.group": feeds.none,
    "feeds.custom": feeds.found,
}


@govshare_outlets.route("/data.json")
def data_json() -> Response:
    """The catalogue as Project Open Data 1.1."""
    return outlets_kept.answer("data.json", "application/json", outlets_pod.parts)


@govshare_outlets.route("/catalogue.<any(xlsx, csv, json):format>")
def catalogue(format: str) -> Response:
    """The whole public catalogue as one file."""
    name, mimetype = f"catalogue.{format}", catalogue_file.FORMATS[format]
    return outlets_kept.answer(
        name, mimetype, lambda: catalogue_file.parts(format), filename=catalogue_file.filename(format)
    )


@govshare_outlets.route("/sitemap.xml")
def sitemap_index() -> Response:
    """The parts of the sitemap."""
    return _xml(sitemap.index())


@govshare_outlets.route("/sitemap/pages.xml")
def sitemap_pages() -> Response:
    """Pages that are no entries."""
    return _xml(sitemap.pages())


@govshare_outlets.route("/sitemap/entries-<int:part>.xml")
def sitemap_entries(part: int) -> Response:
    """A part of the entries."""
    if not 1 <= part <= 1000:
        return tk.abort(404)
    return outlets_kept.answer(f"sitemap-{part}.xml", XML, lambda: sitemap.entries(part))


def _xml(parts: Any) -> Response:
    response = Response(stream_with_context(parts), mimetype=XML)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def replace_core_feeds(app: Flask) -> None:
    """Core's addresses of feeds stay and answer with ours."""
    core = {endpoint: view for endpoint, view in CORE_FEEDS.items() if endpoint in app.view_functions}
    app.view_functions.update(core)
