"""Actions of the portal: pages that the office writes, and announcements; those of the settings are beside."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import config, intake, roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import announcements, pages, rich_text
from ckanext.govshare.portal.logic.shared import commit, record
from ckanext.govshare.portal.logic.site import govshare_site_show, govshare_site_update
from ckanext.govshare.portal.page_model import Announcement, Page

__all__ = [
    "govshare_announcement_create",
    "govshare_announcement_list",
    "govshare_announcement_show",
    "govshare_announcement_update",
    "govshare_announcement_withdraw",
    "govshare_page_history",
    "govshare_page_list",
    "govshare_page_show",
    "govshare_page_update",
    "govshare_site_show",
    "govshare_site_update",
]

NOTE = 200


@tk.side_effect_free
def govshare_page_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The static pages of the site.

    :param language: ``zh_Hans_CN`` or ``en``; the reader's by default
    :returns: ``[{slug, language, title, version, changed, template}]``, in the order of the site; ``template``: the
        text is still the one that came with the software
    """
    tk.check_access("govshare_page_list", context, data_dict)
    found = pages.in_force(pages.language(data_dict.get("language"))).values()
    return [_page(page, context, text=False) for page in found]


@tk.side_effect_free
def govshare_page_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A page: the version in force, or one of former times, as somebody may have cited it.

    :param slug: ``guide``, ``rules``, ``licence``, ``privacy``, ``accessibility`` or ``about``
    :param language: ``zh_Hans_CN`` or ``en``; the reader's by default
    :param version: number of a version (optional)
    :returns: as of :func:`govshare_page_list` with ``text`` (Markdown), ``note`` and, for the office, ``by``
    :raises ObjectNotFound: there is no such page or version
    """
    tk.check_access("govshare_page_show", context, data_dict)
    slug, language = _slug(data_dict), pages.language(data_dict.get("language"))
    asked = data_dict.get("version")
    if asked in (None, ""):
        return _page(pages.current(slug, language), context)
    digits = str(asked)
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else -1
    found = pages.version(slug, language, number) if number >= 0 else None
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such version"))
    return _page(found, context)


@tk.side_effect_free
def govshare_page_history(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Versions of a page, newest first; the text that came with the software is version 0.

    :param slug: as of :func:`govshare_page_show`
    :param language: the same
    :returns: as of :func:`govshare_page_list` with ``note`` and, for the office, ``by``
    :raises ObjectNotFound: there is no such page
    """
    tk.check_access("govshare_page_history", context, data_dict)
    slug, language = _slug(data_dict), pages.language(data_dict.get("language"))
    return [_page(page, context, text=False) for page in pages.history(slug, language)]


def govshare_page_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write a new version of a page; every version stays readable.

    :param slug: as of :func:`govshare_page_show`
    :param language: ``zh_Hans_CN`` or ``en``
    :param title: heading, at most 120 characters
    :param text: Markdown, at most 50,000 characters
    :param note: what changed, at most 200 characters (optional)
    :param version: the version that was edited (optional): refused when somebody wrote another one since
    :returns: as of :func:`govshare_page_show`
    :raises ObjectNotFound: there is no such page
    :raises ValidationError: by field
    """
    tk.check_access("govshare_page_update", context, data_dict)
    slug, errors = _slug(data_dict), {}
    title = intake.text(data_dict, "title", announcements.TITLE, errors)
    text = intake.text(data_dict, "text", rich_text.MOST, errors)
    note = intake.text(data_dict, "note", NOTE, errors)
    language = data_dict.get("language")
    if language not in pages.LANGUAGES:
        errors["language"] = [tk._("Choose one of the values offered")]
    for name, value in (("title", title), ("text", text)):
        if not value:
            errors.setdefault(name, [tk._("Missing value")])
    if errors:
        raise tk.ValidationError(errors)
    lock = sa.func.hashtext(f"govshare_page {slug} {language}")
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    base = pages.current(slug, str(language))
    if str(data_dict.get("version") or base.version) != str(base.version):
        raise tk.ValidationError({"version": [tk._("Somebody else saved this page in the meantime")]})
    if base.version == pages.SHIPPED:
        model.Session.add(base)
    made = Page(slug=slug, language=language, version=base.version + 1, title=title, text=text, note=note)
    made.created, made.created_by = clock.now(), context.get("user") or ""
    model.Session.add(made)
    model.Session.flush()
    about = {"slug": slug, "language": language, "version": made.version}
    record(context, "page_updated", "page", slug, about)
    commit(context)
    return _page(made, context)


@tk.side_effect_free
def govshare_announcement_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Announcements that are shown today: pinned ones first, then the newest.

    :param limit: 20 by default, at most 100
    :param offset: 0 by default
    :param all: for the office: also those of other days and withdrawn ones
    :returns: ``{count, results: [{id, title, text, language, since, until, pinned, modified}]}``; for the office with
        all of it, also ``title_en text_en created_by modified_by withdrawn shown``
    """
    tk.check_access("govshare_announcement_list", context, data_dict)
    everything = intake.is_yes(data_dict.get("all"))
    limit = min(_number(data_dict, "limit", announcements.SIZE), announcements.MOST)
    offset = _number(data_dict, "offset", 0)
    count, rows = announcements.listed(everything=everything, limit=limit, offset=offset)
    return {"count": count, "results": [announcements.as_dict(row, office=everything) for row in rows]}


@tk.side_effect_free
def govshare_announcement_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One announcement.

    :param id: its id
    :returns: as of :func:`govshare_announcement_list`
    :raises ObjectNotFound: there is none, or none that is shown today
    """
    tk.check_access("govshare_announcement_show", context, data_dict)
    office, row = _is_office(context), _announcement(data_dict)
    if not office and not announcements.shown(row):
        raise tk.ObjectNotFound(tk._("There is no such announcement"))
    return announcements.as_dict(row, office=office)


def govshare_announcement_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Announce something to everybody.

    :param title: at most 120 characters
    :param text: Markdown, at most 50,000 characters
    :param title_en: the same in English (optional, both or neither)
    :param text_en: the same
    :param since: ISO day from which it is shown; today by default
    :param until: last ISO day on which it is shown (optional)
    :param pinned: true: before all others
    :returns: as of :func:`govshare_announcement_list`
    :raises ValidationError: by field
    """
    tk.check_access("govshare_announcement_create", context, data_dict)
    user = context.get("user") or ""
    row = Announcement(**announcements.checked(data_dict), created_by=user, modified_by=user)
    model.Session.add(row)
    return _kept(context, row, "announcement_created")


def govshare_announcement_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change an announcement; what is not given stays.

    :param id: its id
    :returns: as of :func:`govshare_announcement_list`
    :raises ObjectNotFound: there is none
    :raises ValidationError: by field; it was withdrawn
    """
    tk.check_access("govshare_announcement_update", context, data_dict)
    row = _announcement(data_dict)
    if row.withdrawn is not None:
        raise tk.ValidationError({"id": [tk._("This announcement was withdrawn")]})
    given = {name: value for name, value in data_dict.items() if name in announcements.FIELDS}
    for name, value in announcements.checked({**announcements.as_dict(row, office=True), **given}).items():
        setattr(row, name, value)
    row.modified, row.modified_by = clock.now(), context.get("user") or ""
    return _kept(context, row, "announcement_updated")


def govshare_announcement_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take an announcement from the public pages; the office still reads it.

    :param id: its id
    :returns: as of :func:`govshare_announcement_list`
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_announcement_withdraw", context, data_dict)
    row = _announcement(data_dict)
    if row.withdrawn is not None:
        return announcements.as_dict(row, office=True)
    row.withdrawn = row.modified = clock.now()
    row.modified_by = context.get("user") or ""
    return _kept(context, row, "announcement_withdrawn")


def _slug(data_dict: dict[str, Any]) -> str:
    slug = data_dict.get("slug")
    if slug not in pages.SLUGS:
        raise tk.ObjectNotFound(tk._("There is no such page"))
    return str(slug)


def _page(page: Page, context: Context, *, text: bool = True) -> dict[str, Any]:
    told = {
        "slug": page.slug,
        "language": page.language,
        "title": page.title,
        "version": page.version,
        "changed": page.created.isoformat() if page.created else None,
        "note": page.note,
        "template": page.version == pages.SHIPPED,
    }
    if text:
        told["text"] = page.text
    if _is_office(context):
        told["by"] = page.created_by
    return told


def _kept(context: Context, row: Announcement, event: str) -> dict[str, Any]:
    model.Session.flush()
    record(context, event, "announcement", row.id, {"title": row.title})
    commit(context)
    return announcements.as_dict(row, office=True)


def _announcement(data_dict: dict[str, Any]) -> Announcement:
    asked = tk.get_or_bust(data_dict, "id")
    found = model.Session.get(Announcement, asked) if _storable(asked) else None
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such announcement"))
    return found


def _storable(value: Any) -> bool:
    return isinstance(value, str) and not intake.broken(value)


def _number(data_dict: dict[str, Any], name: str, default: int) -> int:
    digits = str(data_dict.get(name) if data_dict.get(name) not in (None, "") else default)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 7):
        raise tk.ValidationError({name: [tk._("Must be a natural number")]})
    return int(digits)


def _is_office(context: Context) -> bool:
    user = context.get("user")
    return bool(user) and roles.is_office(user, config.region())
