"""The transforms that a mapping may name: a value of the source in, a value of the entry (or None) out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Finding, Severity
from ckanext.govshare.kernel.text import blank, clean, clean_block, damaged, normal_title

MAX_TAGS = 50
TAG_LENGTHS = range(2, 101)  # as CKAN's validators have it
MAX_KEPT = 300  # characters of an unknown value that is kept as it stands
_NOT_IN_TAG = re.compile(r"[^\w \-.]+")
_BETWEEN_WORDS = re.compile(r"[,;，；、]")
_APOSTROPHE = re.compile(r"['’‘`´]")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](.+))?", re.ASCII)
_TIME = re.compile(r"(\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?", re.ASCII | re.IGNORECASE)
_INTERVAL = re.compile(r"R\d*/P.*", re.IGNORECASE)
_PHONE = re.compile(r"[\d\s()+\-.]{7,}")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


@dataclass
class Call:
    """Where a transform stands: the field it works for, what it found, and the table it looks in."""

    field: str
    findings: list[Finding] = field(default_factory=list)
    table: dict[str, str] = field(default_factory=dict)
    unknown: str = "ignore"

    def find(self, slug: str, zh: str, en: str, severity: Severity = Severity.WARN) -> None:
        """Note a finding about the field."""
        self.findings.append(Finding(slug, self.field, zh, en, severity))


def _text(value: Any, call: Call) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value)
    if damaged(text):
        call.find(
            "text_damaged",
            "文字中含有损坏的字符，已清除，请核对来源。",
            "The text had broken characters, which were removed: check the source.",
        )
    return text


def line(value: Any, call: Call) -> str | None:
    """One line of clean text; numbers become text, lists and objects nothing."""
    text = _text(value, call)
    return clean(text) or None if text is not None else None


def title(value: Any, call: Call) -> str | None:
    """A title as the catalogue stores it."""
    text = _text(value, call)
    return normal_title(text) or None if text is not None else None


def block(value: Any, call: Call) -> str | None:
    """Clean text of several lines."""
    text = _text(value, call)
    return clean_block(text) or None if text is not None else None


def said(value: Any, call: Call) -> Any:
    """Nothing where the text says nothing (``None``, ``N/A``, 无)."""
    return None if blank(value) else value


def lookup(value: Any, call: Call) -> str | None:
    """The table's value for a word, or for the first known word of a list; never a guess."""
    words = value if isinstance(value, list) else [value]
    for word in words:
        if isinstance(word, str) and (found := call.table.get(_key(word))):
            return found
    if call.unknown == "keep":
        text = line(value, call)
        return text if text and len(text) <= MAX_KEPT else None
    if call.unknown == "refuse":
        shown = clean(str(value))[:60] if value is not None else ""
        call.find(
            "unknown_source_value",
            f"来源记录的值“{shown}”无法识别，不能确定“{call.field}”，请在来源系统更正。",
            f'The record says "{shown}", which is unknown, so {call.field} is not: correct it at the source.',
            Severity.REFUSE,
        )
    return None


def _key(word: str) -> str:
    return clean(word).replace("_", " ").casefold()


def day(value: Any, call: Call) -> str | None:
    """CCYY-MM-DD as the source wrote it; a year or month alone is no day."""
    text = line(value, call)
    match = _DATE.fullmatch(text or "")
    if text and (not match or not match[3] or not _date(match)):
        _unreadable_date(text, call)
        return None
    return text[:10] if text else None


def moment(value: Any, call: Call) -> str | None:
    """An ISO moment in Beijing time; the first moment of a day, month or year where no more is said."""
    text = line(value, call)
    if not text or _INTERVAL.fullmatch(text):
        return None
    match = _DATE.fullmatch(text)
    start = _date(match) if match else None
    if start is None:
        _unreadable_date(text, call)
        return None
    at = datetime.combine(start, time(), clock.ZONE)
    if match and match[4]:
        try:
            exact = datetime.fromisoformat(f"{start.isoformat()}T{_python310(match[4])}")
            at = exact.astimezone(clock.ZONE) if exact.tzinfo else exact.replace(tzinfo=clock.ZONE)
        except (ValueError, OverflowError):
            _unreadable_date(text, call)
            return None
    return at.isoformat(timespec="seconds")


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def _python310(text: str) -> str:
    """A time as Python 3.10 reads it: no ``Z``, no parts of a second, a colon in the offset."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f"no time: {text!r}")
    offset = match[4] or ""
    if offset.upper() == "Z":
        offset = "+00:00"
    elif offset and len(offset) < 6:
        offset = f"{offset[:3]}:{offset[3:].strip(':') or '00'}"
    return f"{match[1]}{match[2] or ':00'}{offset}"


def _unreadable_date(text: str, call: Call) -> None:
    call.find(
        "date_unreadable",
        f"来源记录的日期“{text[:40]}”无法识别，未采用。",
        f'The date "{text[:40]}" of the record cannot be read and was left out.',
    )


def url(value: Any, call: Call) -> str | None:
    """An address that readers may be sent to: http or https, no user name, no trick."""
    text = line(value, call)
    if not text:
        return None
    try:
        check_url(text)
    except FetchRefused as refusal:
        call.find(
            "url_dropped",
            f"地址未采用：{refusal.message_zh}",
            f"An address was left out: {refusal.message_en}",
        )
        return None
    return text


def nameonly(value: Any, call: Call) -> str | None:
    """A name; e-mail addresses and telephone numbers in its place are not published."""
    return None if "@" in value or _PHONE.fullmatch(value) else value


def mediatype(value: Any, call: Call) -> str | None:
    """A media type, or nothing."""
    return value.lower() if _MEDIA_TYPE.fullmatch(value) else None


def tags(value: Any, call: Call) -> str | None:
    """Words that CKAN takes as tags, joined by commas: legal characters, 2 to 100 of them, no word twice."""
    listed = _BETWEEN_WORDS.split(value) if isinstance(value, str) else value
    words = listed if isinstance(listed, list) else []
    kept: dict[str, str] = {}
    dropped = 0
    for word in words:
        text = line(word, Call(call.field)) or ""
        text = clean(_NOT_IN_TAG.sub(" ", _APOSTROPHE.sub("", text)))
        if len(text) in TAG_LENGTHS:
            kept.setdefault(text.casefold(), text)
        else:
            dropped += 1
    if dropped:
        call.find(
            "tags_dropped",
            f"有{dropped}个关键词过短、过长或不是文字，未采用。",
            f"{dropped} keywords were left out: too short, too long, or no text.",
        )
    if len(kept) > MAX_TAGS:
        call.find(
            "tags_too_many",
            f"关键词共{len(kept)}个，只采用前{MAX_TAGS}个。",
            f"Of {len(kept)} keywords only the first {MAX_TAGS} were taken.",
        )
    return ",".join(list(kept.values())[:MAX_TAGS]) or None


def lines(value: Any, call: Call) -> list[str] | None:
    """The texts of a list, each on one line; a single text is a list of one."""
    listed = value if isinstance(value, list) else [value]
    return [text for text in (line(item, call) for item in listed) if text] or None


TRANSFORMS: dict[str, Callable[[Any, Call], Any]] = {
    transform.__name__: transform
    for transform in (line, title, block, said, lookup, day, moment, url, nameonly, mediatype, tags, lines)
}
