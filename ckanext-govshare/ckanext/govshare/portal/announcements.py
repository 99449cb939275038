"""Announcements: which are shown on a day, in which order, and what the office may write into one."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import intake
from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import pages, rich_text
from ckanext.govshare.portal.page_model import Announcement

TITLE = 120
SIZE = 20
MOST = 100
FIELDS = ("title", "text", "title_en", "text_en", "since", "until", "pinned")


def shown(row: Announcement) -> bool:
    """Whether the public reads it today."""
    today = clock.today()
    return row.withdrawn is None and row.since <= today and (row.until is None or row.until >= today)


def listed(*, everything: bool, limit: int, offset: int) -> tuple[int, list[Announcement]]:
    """Announcements, pinned ones first, then the newest.

    :param everything: also those of other days and withdrawn ones
    :returns: how many there are, and those of the part asked for
    """
    found = sa.select(Announcement)
    if not everything:
        today = clock.today()
        until = sa.func.coalesce(Announcement.until, today) >= today
        found = found.where(Announcement.withdrawn.is_(None), Announcement.since <= today, until)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(found.subquery()))
    order = (Announcement.pinned.desc(), Announcement.since.desc(), Announcement.created.desc())
    return count or 0, list(model.Session.scalars(found.order_by(*order).limit(limit).offset(offset)))


def checked(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The fields of an announcement as they are stored.

    :raises ValidationError: by field
    """
    errors: intake.Errors = {}
    values: dict[str, Any] = {
        "title": intake.text(data_dict, "title", TITLE, errors),
        "text": intake.text(data_dict, "text", rich_text.MOST, errors),
        "title_en": intake.text(data_dict, "title_en", TITLE, errors),
        "text_en": intake.text(data_dict, "text_en", rich_text.MOST, errors),
        "since": _day(data_dict, "since", errors) or clock.today(),
        "until": _day(data_dict, "until", errors),
        "pinned": intake.is_yes(data_dict.get("pinned")),
    }
    for name in ("title", "text"):
        if not values[name]:
            errors.setdefault(name, [tk._("Missing value")])
    if bool(values["title_en"]) != bool(values["text_en"]):
        errors.setdefault("title_en", [tk._("Write title and text in English, or neither")])
    if values["until"] and values["until"] < values["since"] and "since" not in errors:
        errors["until"] = [tk._("The last day is before the first")]
    if errors:
        raise tk.ValidationError(errors)
    return values


def _day(data_dict: dict[str, Any], name: str, errors: intake.Errors) -> date | None:
    value = data_dict.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        errors[name] = [tk._("A day is written like 2026-03-18")]
        return None


def as_dict(row: Announcement, *, office: bool) -> dict[str, Any]:
    """What is told of an announcement; authors and the other language only to the office.

    :returns: ``{id, title, text, language, since, until, pinned, modified}``; for the office also ``title_en text_en
        created_by modified_by withdrawn shown`` and the Chinese words as ``title`` and ``text``
    """
    english = pages.language() == "en" and bool(row.title_en) and not office
    told: dict[str, Any] = {
        "id": row.id,
        "title": row.title_en if english else row.title,
        "text": row.text_en if english else row.text,
        "language": "en" if english else pages.LANGUAGES[0],
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "pinned": row.pinned,
        "modified": row.modified.isoformat(),
    }
    if office:
        told |= {
            "title_en": row.title_en,
            "text_en": row.text_en,
            "created_by": row.created_by,
            "modified_by": row.modified_by,
            "withdrawn": row.withdrawn.isoformat() if row.withdrawn else None,
            "shown": shown(row),
        }
    return told
