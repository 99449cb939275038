"""Static pages of the site: shipped texts, the office's versions of them, and what is shown.

The shipped texts (portal/texts) are templates: a city's lawyers edit them (standards §7, 数据使用许可). Names of the
site stand in them in braces and are filled in from the settings; what the office saved is shown as it was saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import has_request_context

from ckanext.govshare import config
from ckanext.govshare.portal.page_model import Page

SLUGS = ("guide", "rules", "licence", "privacy", "accessibility", "about")
LANGUAGES = ("zh_Hans_CN", "en")
TEXTS = Path(__file__).parent / "texts"
SHIPPED = 0  # version of the text that came with the software


def label(slug: str) -> str:
    """Name of a page in links, in the reader's language."""
    return {
        "guide": tk._("User guide"),
        "rules": tk._("Rules of the platform"),
        "licence": tk._("Data licence"),
        "privacy": tk._("Privacy"),
        "accessibility": tk._("Accessibility statement"),
        "about": tk._("About this site"),
    }[slug]


def language(asked: Any = None) -> str:
    """A language of pages: the one asked for, or the reader's; without a page, the site's."""
    if asked in LANGUAGES:
        return str(asked)
    spoken = tk.h.lang() if has_request_context() else tk.config.get("ckan.locale_default")
    return "en" if str(spoken or "").startswith("en") else LANGUAGES[0]


def current(slug: str, language: str) -> Page:
    """The version in force."""
    found = model.Session.scalars(_versions(slug, language).limit(1)).first()
    return found if found is not None else shipped(slug, language)


def version(slug: str, language: str, number: int) -> Page | None:
    """One version, also one of former times."""
    found = model.Session.get(Page, (slug, language, number))
    if found is None and number == SHIPPED:
        return shipped(slug, language)
    return found


def history(slug: str, language: str) -> list[Page]:
    """Every version, newest first; the shipped text last."""
    found = list(model.Session.scalars(_versions(slug, language)))
    return found or [shipped(slug, language)]


def in_force(language: str) -> dict[str, Page]:
    """The version in force of every page, by slug."""
    newest = sa.select(Page).where(Page.language == language).order_by(Page.slug, Page.version.desc())
    written = {page.slug: page for page in model.Session.scalars(newest.distinct(Page.slug))}
    return {slug: written.get(slug) or shipped(slug, language) for slug in SLUGS}


def shipped(slug: str, language: str) -> Page:
    """The text that came with the software, with the names of this site."""
    title, _, text = _file(slug, language).partition("\n")
    filled = _fill(text.strip(), _names(language))
    return Page(
        slug=slug, language=language, version=SHIPPED, title=title.lstrip("# ").strip(), text=filled, note=""
    )


def _versions(slug: str, language: str) -> sa.Select[tuple[Page]]:
    found = sa.select(Page).where(Page.slug == slug, Page.language == language)
    return found.order_by(Page.version.desc())


@cache
def _file(slug: str, language: str) -> str:
    return (TEXTS / f"{slug}.{language}.md").read_text(encoding="utf-8")


def _names(language: str) -> Mapping[str, str]:
    site = config.site()
    empty = "(to be filled in)" if language == "en" else "（待填）"
    names = {
        "title": tk.config.get("ckan.site_title"),
        "url": str(tk.config["ckan.site_url"]).rstrip("/"),
        **{key: site[key] for key in ("city", "office", "sponsor", "operator", "phone")},
    }
    return {name: str(value or empty) for name, value in names.items()}


def _fill(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text
