"""What templates ask of the office's words and settings: pages, announcements, foot, display."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.govshare import config, roles
from ckanext.govshare.portal import display, fields, pages, rich_text, settings


def govshare_markdown(text: str) -> Markup:
    """Markdown of the office as safe HTML (portal/rich_text.py)."""
    return rich_text.render(text)


def govshare_plain(text: str, most: int = 160) -> str:
    """The beginning of a text in Markdown, without its marks."""
    return rich_text.plain(text, most)


def govshare_page(slug: str) -> dict[str, Any]:
    """A static page in the reader's language, as ``govshare_page_show`` answers it to a visitor."""
    return tk.get_action("govshare_page_show")({"user": ""}, {"slug": slug})


def govshare_page_links() -> list[dict[str, str]]:
    """The static pages of the foot: ``[{slug, label}]``. Asks no database."""
    return [{"slug": slug, "label": pages.label(slug)} for slug in pages.SLUGS]


def govshare_announcements(limit: int = 4) -> list[dict[str, Any]]:
    """The announcements of the day, pinned ones first."""
    return tk.get_action("govshare_announcement_list")({"user": ""}, {"limit": limit})["results"]


def govshare_display() -> dict[str, str]:
    """How the reader wants to see the site, with ``tokens``: the style that follows from it, mostly empty."""
    choices = display.chosen()
    return choices | {"tokens": display.tokens(choices["contrast"], choices["scheme"])}


def govshare_foot() -> dict[str, Any]:
    """Records and links of the foot: ``{records: {icp, police}, links, party_mark}``."""
    return {
        "records": settings.records(),
        "links": settings.links(),
        "party_mark": settings.current()["party_mark"],
    }


def govshare_may_edit_site() -> bool:
    """Whether the reader acts for the office that runs the site."""
    person = tk.current_user
    return bool(person.is_authenticated) and roles.is_office(person.name, config.region())


def govshare_newest_applications(limit: int = 3) -> list[dict[str, Any]]:
    """The data applications that were shown last."""
    return fields.newest_applications(limit)


def govshare_most_used(limit: int = 5) -> list[dict[str, Any]]:
    """The entries that were downloaded most in the last thirty days; nothing where nobody counts."""
    try:
        ranking = tk.get_action("govshare_usage_ranking")
    except KeyError:
        return []
    return ranking({"user": ""}, {"kind": "download", "days": 30, "limit": limit})
