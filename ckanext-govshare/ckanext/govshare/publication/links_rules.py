"""What an answer says of a link, and when a link is dead. Pure functions; the check around them is in `links`.

A link is dead after three failures over at least three days, and alive again with the first answer that is good. What
may be the fault of a network or of a moment (nobody answers, the host is out of order, it refuses programs) is no
failure: it keeps the last state, and only says since when nothing could be learnt. Source: standards.md §7 "Targets".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

FAILURES, SPAN = 3, timedelta(days=3)  # a link is dead after so many failures over at least this time
WHEN_FINE, WHEN_NOT = timedelta(hours=24), timedelta(hours=8)
LEAST_REST, MOST_REST = timedelta(minutes=10), timedelta(days=7)
HTML = ("text/html", "application/xhtml+xml")
# Refusals of the guarded session that are the link's own fault; every other may pass.
FAULTS = ("url_invalid", "scheme_refused", "too_many_redirects")
# Nobody answered at all: with every host of a turn, our own network is down.
UNCONNECTED = ("name_unknown", "unreachable")
# A host that is asked no more for now.
TIRED = (*UNCONNECTED, "busy", "too_slow", "stalled")


class Outcome(str, Enum):
    """What one look says: it works, it does not, or nothing."""

    OK = "ok"
    FAILED = "failed"
    SILENT = "silent"


@dataclass(frozen=True)
class Seen:
    """What was seen of an address at one look.

    :param detail: stable slug: ``answers not_found gone page_instead forbidden busy server_error odd_answer``, or
        that of the session's refusal
    :param status: of HTTP, where there was an answer
    :param wait: seconds for which the host asks to be left alone
    """

    outcome: Outcome
    detail: str
    status: int | None = None
    wait: float | None = None

    @property
    def connected(self) -> bool:
        """Whether somebody answered."""
        return self.detail not in UNCONNECTED

    @property
    def tired(self) -> bool:
        """Whether the host had better be left alone for a while."""
        return self.detail in TIRED


@dataclass(frozen=True)
class Standing:
    """What is known of an address. `since` is the beginning of the state."""

    state: str
    since: datetime
    failures: int = 0
    failing_since: datetime | None = None
    silent_since: datetime | None = None
    last_ok: datetime | None = None


def of_answer(
    status: int, content_type: str, beginning: bytes, data: bool, wait: float | None = None
) -> Seen:
    """What an answer says.

    :param status: of HTTP, after redirects
    :param content_type: as the answer says it; ``beginning`` of its body where it says none
    :param data: whether a data file is expected: a page in its place is a login or an error that says 200
    :param wait: seconds of its Retry-After
    """
    if status in (200, 203, 206, 304):
        kind = content_type.partition(";")[0].strip().lower()
        page = kind in HTML if kind else _looks_like_a_page(beginning)
        if data and page:
            return Seen(Outcome.FAILED, "page_instead", status)
        return Seen(Outcome.OK, "answers", status)
    if status == 416:  # no such range: an empty file is there
        return Seen(Outcome.OK, "answers", status)
    if status in (404, 410):
        return Seen(Outcome.FAILED, "gone" if status == 410 else "not_found", status)
    if status in (429, 503):
        return Seen(Outcome.SILENT, "busy", status, wait)
    if status >= 500:
        return Seen(Outcome.SILENT, "server_error", status)
    # A host may refuse programs and serve people: who is refused has learnt nothing.
    return Seen(Outcome.SILENT, "forbidden" if status in (401, 403) else "odd_answer", status)


def _looks_like_a_page(beginning: bytes) -> bool:
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def of_refusal(slug: str, url: str = "") -> Seen:
    """What it says that a look was refused or got no answer. (FTP may well work; it is not looked at.)

    :param slug: of the `FetchRefused`
    """
    if url.lower().startswith(("ftp:", "ftps:", "sftp:")):
        return Seen(Outcome.SILENT, slug)
    return Seen(Outcome.FAILED if slug in FAULTS else Outcome.SILENT, slug)


def after(standing: Standing, outcome: Outcome, at: datetime) -> Standing:
    """What is known of an address after one more look.

    :param at: moment of the look, not before the last one
    """
    if outcome is Outcome.SILENT:
        return replace(standing, silent_since=standing.silent_since or at)
    if outcome is Outcome.OK:
        return Standing("ok", standing.since if standing.state == "ok" else at, last_ok=at)
    failures, first = standing.failures + 1, standing.failing_since or at
    dead = standing.state == "dead" or (failures >= FAILURES and at - first >= SPAN)
    return replace(
        standing,
        state="dead" if dead else standing.state,
        since=at if dead and standing.state != "dead" else standing.since,
        failures=failures,
        failing_since=first,
        silent_since=None,
    )


def next_check(key: str, standing: Standing, seen: Seen, at: datetime) -> datetime:
    """When to look again: daily where all is settled, sooner where it is not.

    :param key: of the address (hexadecimal digits); it gives each address a period of its own, up to a tenth more or
        less, so that addresses found together are not looked at together for ever
    """
    settled = seen.outcome is Outcome.OK or (seen.outcome is Outcome.FAILED and standing.state == "dead")
    spread = 0.9 + 0.2 * int(key[:8], 16) / 2**32
    return at + max((WHEN_FINE if settled else WHEN_NOT) * spread, rest(seen.wait))


def rest(wait: float | None) -> timedelta:
    """How long to leave a host alone that asks for it; nothing where it does not, and never for ever.

    :param wait: seconds
    """
    if wait is None:
        return timedelta()
    return min(max(timedelta(seconds=min(wait, 1e9)), LEAST_REST), MOST_REST)
