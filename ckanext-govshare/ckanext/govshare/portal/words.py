"""Numbers, sizes and days as people write them, by the rules of the reader's language (CLDR)."""

from __future__ import annotations

from datetime import date, datetime, timezone

from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal

from ckanext.govshare.kernel import clock

SHORTENED_FROM = 10_000
KB = 1024
NEAR_DAYS = 7
PLAIN_DAY = len("2026-01-31")


def number(value: float | str | None, locale: str) -> str:
    """A count, shortened from ten thousand up: 1.2万, 1384万, 3.1亿; in English 12.4K, 13.8M.

    :param value: a whole number; anything else gives an empty text
    """
    try:
        count = int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    if count < SHORTENED_FROM:
        return format_decimal(count, locale=locale)
    return format_compact_decimal(count, locale=locale, fraction_digits=1)


def size(value: float | str | None) -> str:
    """Bytes as a file size: 812 B, 14 KB, 1.1 MB."""
    try:
        left = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    unit = "B"
    for larger in ("KB", "MB", "GB"):
        if left < KB:
            break
        left, unit = left / KB, larger
    return f"{left:.1f} {unit}" if unit in ("MB", "GB") and left < 10 else f"{left:.0f} {unit}"


def moment(value: str | datetime | None) -> datetime | None:
    """An ISO date or time as a Beijing moment; without zone a time is CKAN's UTC, a date a Beijing day."""
    if not value:
        return None
    try:
        found = (
            value
            if isinstance(value, datetime)
            else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        )
    except ValueError:
        return None
    if found.tzinfo is None:
        plain = isinstance(value, str) and len(value) <= PLAIN_DAY
        found = found.replace(tzinfo=clock.ZONE if plain else timezone.utc)
    return found.astimezone(clock.ZONE)


def day(value: str | datetime | date | None) -> str:
    """A day in full, 2026-03-18; what cannot be read stays as it is."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    found = moment(value)
    return found.date().isoformat() if found else str(value or "")


def ago(value: str | datetime | None) -> int | None:
    """Days since, by the calendar of Beijing; negative for what is to come."""
    found = moment(value)
    return (clock.today() - found.date()).days if found else None


def when(value: str | datetime | None, locale: str) -> str:
    """How long ago, for lists: 3天前 within a week, else 9月30日, or 2025年9月30日 in another year."""
    found, days = moment(value), ago(value)
    if found is None or days is None:
        return ""
    if 0 < days < NEAR_DAYS:
        past = found.date() - clock.today()
        return format_timedelta(
            past, granularity="day", threshold=NEAR_DAYS, add_direction=True, locale=locale
        )
    skeleton = "MMMd" if found.year == clock.today().year else "yMMMd"
    return format_skeleton(skeleton, found, locale=locale)
