"""When it is a point's turn. Pure: a schedule is a short text, time comes in as an argument.

``manual`` · ``once:2026-03-18T02:00`` · ``minutes:15`` · ``hourly`` · ``daily`` ``weekly`` ``monthly``, the last
three also with a time of day (``daily@02:30``): each day, Mondays, the first of the month, in Beijing. Without a time
of day a turn comes when the interval has passed since the last one began.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from ckanext.govshare.kernel.clock import ZONE

FIXED = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
FIRST_RETRY = timedelta(minutes=5)
ONCE_RETRIES = 8  # what is to run once is not tried for ever: about five hours
LEAST, MOST = 5, 59  # minutes
# Failures that may pass by themselves; the others need a person, or another source.
PASSING = frozenset(
    (
        *("unreachable", "cut_off", "stalled", "too_slow", "name_unknown", "encoding_broken", "database_unreachable"),
        *("database_locked", "database_cut_off", "pages_inconsistent", "html_not_json", "html_not_rdf"),
        *("folder_missing", "folder_incomplete", "folder_changing", "manifest_invalid"),  # still being copied
    )
)
PASSING_STATUS = frozenset(("408", "425", "429"))
_STATUS = re.compile(r"\bstatus (\d{3})\b")
_TIMED = re.compile(r"(daily|weekly|monthly)@([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Schedule:
    """A schedule that was read.

    :param kind: ``manual once minutes hourly daily weekly monthly``
    :param minutes: interval of ``minutes``
    :param at: time of day of ``daily``, ``weekly``, ``monthly``
    :param moment: of ``once``, in Beijing time
    """

    kind: str
    minutes: int = 0
    at: time | None = None
    moment: datetime | None = None

    def after(self, moment: datetime) -> datetime:
        """The moment one interval later; a month later is the same day, or the month's last."""
        if self.kind != "monthly":
            return moment + (FIXED.get(self.kind) or timedelta(minutes=self.minutes or 60))
        local = moment.astimezone(ZONE)
        year, month = divmod(local.year * 12 + local.month, 12)
        return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))

    def latest_turn(self, now: datetime) -> datetime:
        """The latest turn of a schedule with a time of day that is not after a moment."""
        local = now.astimezone(ZONE)
        turn = datetime.combine(local.date(), self.at or time(), ZONE)
        if self.kind == "weekly":
            turn -= timedelta(days=local.weekday())
        elif self.kind == "monthly":
            turn = turn.replace(day=1)
        if turn <= local:
            return turn
        if self.kind == "monthly":
            return (turn - timedelta(days=1)).replace(day=1)
        return turn - FIXED[self.kind]


def parse(text: str) -> Schedule:
    """Read a schedule.

    :raises ValueError: it is none
    """
    if text in ("manual", "monthly", *FIXED):
        return Schedule(text)
    timed = _TIMED.fullmatch(text)
    if timed:
        return Schedule(timed[1], at=time(int(timed[2]), int(timed[3])))
    kind, _, value = text.partition(":")
    if kind == "minutes" and re.fullmatch(r"[1-9]\d?", value, re.ASCII) and LEAST <= int(value) <= MOST:
        return Schedule(kind, minutes=int(value))
    if kind == "once":
        moment = datetime.fromisoformat(value)
        return Schedule(kind, moment=moment if moment.tzinfo else moment.replace(tzinfo=ZONE))
    raise ValueError(text)


def due(schedule: str, last: datetime | None, failures: int, now: datetime) -> bool:
    """Whether a point is to run now. Once due it stays due until it runs.

    :param last: when its last run began, or ended where that one failed; None: it never ran
    :param failures: how many of its last runs failed, one after the other, for a reason that may pass; it is tried
        again after 5, 10, 20 … minutes then, at most its interval
    :raises ValueError: no schedule
    """
    plan = parse(schedule)
    if plan.kind == "manual":
        return False
    if plan.moment is not None:
        if last is None or last < plan.moment:
            return now >= plan.moment
        return 0 < failures <= ONCE_RETRIES and now >= _retry(plan, last, failures)
    if last is None:
        return True
    if failures and now >= _retry(plan, last, failures):
        return True
    return plan.latest_turn(now) > last if plan.at is not None else now >= plan.after(last)


def _retry(plan: Schedule, last: datetime, failures: int) -> datetime:
    doublings = min(failures - 1, 20)  # more is beyond every interval
    return min(last + FIRST_RETRY * 2**doublings, plan.after(last))


def may_pass(reason: Mapping[str, Any] | None) -> bool:
    """Whether a failure may pass by itself.

    :param reason: ``{slug, message_en …}`` of a failed run
    """
    slug = (reason or {}).get("slug", "")
    if slug != "http_status":
        return slug in PASSING
    named = _STATUS.findall((reason or {}).get("message_en", ""))  # the last one: an address may read like it
    return bool(named) and (named[-1].startswith("5") or named[-1] in PASSING_STATUS)
