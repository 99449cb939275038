"""Months and days of reports as people write them, in the reader's language."""

from __future__ import annotations

from datetime import date

from ckanext.govshare.publication.reasons import language


def month(period: str) -> str:
    """``2026年3月``, or ``2026-03`` in English."""
    return f"{int(period[:4])}年{int(period[5:])}月" if language() == "zh" else period


def day(when: date | str) -> str:
    """``2026年3月25日``, or ``2026-03-25`` in English.

    :param when: a day, or its ISO form
    """
    found = date.fromisoformat(when) if isinstance(when, str) else when
    return f"{found.year}年{found.month}月{found.day}日" if language() == "zh" else found.isoformat()
