"""Pages that the office writes, for their readers: static pages, announcements, site map, display, emblem.

None of them holds a form or a token: pages for people without an account are kept (portal/cache.py). The office's
forms are beside, in site_views.py.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.pagination import Page
from flask import Blueprint, make_response
from markupsafe import escape
from werkzeug.wrappers import Response

from ckanext.govshare.portal import announcements, display, fields, outlets, rich_text, settings

VISITOR: dict[str, Any] = {"user": ""}
KEPT_FOR_EVER = "public, max-age=31536000, immutable"


def register(blueprint: Blueprint) -> None:
    """Add the addresses to the portal's blueprint."""
    blueprint.add_url_rule("/page/<slug>", "page", page)
    blueprint.add_url_rule("/announcement", "announcements", announcement_list)
    blueprint.add_url_rule("/announcement/<id>", "announcement", announcement)
    blueprint.add_url_rule("/announcement.atom", "announcement_feed", feed)
    blueprint.add_url_rule("/site-map", "site_map", site_map)
    blueprint.add_url_rule("/display", "display", choose_display)
    blueprint.add_url_rule("/emblem/<name>", "emblem", emblem)


def page(slug: str) -> str:
    """A static page; ``?version=3`` shows one of former times."""
    version = tk.request.args.get("version", "")
    try:
        shown = tk.get_action("govshare_page_show")(dict(VISITOR), {"slug": slug, "version": version})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    versions = tk.get_action("govshare_page_history")(dict(VISITOR), {"slug": slug})
    extra = {"page": shown, "versions": versions, "old": shown["version"] != versions[0]["version"]}
    return tk.render("govshare/site/page.html", extra)


def announcement_list() -> str:
    """What is announced today."""
    asked = tk.request.args.get("page", "")
    number = max(1, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    part = {"limit": announcements.SIZE, "offset": (number - 1) * announcements.SIZE}
    found = tk.get_action("govshare_announcement_list")(dict(VISITOR), part)
    counted = Page(
        range(found["count"]), number, items_per_page=announcements.SIZE, item_count=found["count"]
    )
    return tk.render("govshare/site/announcements.html", {"found": found, "page": counted})


def announcement(id: str) -> str:
    """One announcement."""
    try:
        shown = tk.get_action("govshare_announcement_show")(dict(VISITOR), {"id": id})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return tk.render("govshare/site/announcement.html", {"announcement": shown})


def feed() -> Response:
    """Announcements as an Atom feed (RFC 4287)."""
    found = tk.get_action("govshare_announcement_list")(dict(VISITOR), {"limit": 50})["results"]
    base, here = outlets.base(), outlets.base() + tk.h.url_for("govshare_portal.announcement_feed")
    entries = "".join(
        f"<entry><title>{escape(row['title'])}</title><id>urn:uuid:{row['id']}</id>"
        f'<link href="{escape(base + tk.h.url_for("govshare_portal.announcement", id=row["id"]))}"/>'
        f"<updated>{escape(row['modified'])}</updated>"
        f'<content type="html">{escape(str(rich_text.render(row["text"])))}</content></entry>'
        for row in found
    )
    updated = max((row["modified"] for row in found), default="2026-01-01T00:00:00+08:00")
    site = tk.h.govshare_site()
    title = tk._("{site}: announcements").format(site=site["title"])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(title)}</title><id>{escape(here)}</id>"
        f'<link rel="self" href="{escape(here)}"/><updated>{escape(updated)}</updated>'
        f"<author><name>{escape(site['office'])}</name></author>{entries}</feed>"
    )
    response = make_response(body)
    response.headers["Content-Type"] = "application/atom+xml; charset=utf-8"
    return response


def site_map() -> str:
    """What there is on this site: its pages, the fields and the departments of the catalogue. One search."""
    query = {
        "fq": fields.TABLES,
        "rows": 0,
        "facet.field": ["open_domain", "organization"],
        "facet.limit": -1,
    }
    found = tk.get_action("package_search")(dict(VISITOR), query)["search_facets"]
    extra = {name: found.get(name, {}).get("items", []) for name in ("open_domain", "organization")}
    return tk.render("govshare/site/map.html", extra)


def choose_display() -> Response:
    """Take a choice of how to see the site, and go back to where the reader was.

    A link, not a form, so that it works on kept pages; it changes nothing but a cookie of the reader's own.
    """
    args = tk.request.args
    choices = display.chosen()
    for name, values in display.CHOICES.items():
        if args.get(name) in values:
            choices[name] = args[name]
    back = args.get("back", "")
    local = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    response = tk.redirect_to(back if local else tk.h.url_for("home.index"))
    cookie = display.written(choices)
    if cookie:
        response.set_cookie(
            display.COOKIE, cookie, max_age=display.YEAR, httponly=True, samesite="Lax", path="/"
        )
    else:
        response.delete_cookie(display.COOKIE, path="/")
    response.headers["Cache-Control"] = "no-store"
    return response


def emblem(name: str) -> Response:
    """The emblem that the office handed in."""
    value = settings.current()["emblem"]
    found = settings.image(value) if name == settings.emblem_name(value) else None
    if found is None:
        return tk.abort(404)
    response = make_response(found[1])
    response.headers["Content-Type"] = found[0]
    response.headers["Cache-Control"] = KEPT_FOR_EVER
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


__all__ = ["register"]
