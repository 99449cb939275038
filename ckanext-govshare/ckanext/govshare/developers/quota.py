"""How many requests of rows a key, or an address without one, may make: a minute and a day (Beijing).

Counted in Valkey by one script, so that concurrent requests of all processes share one exact count, which outlives
them. A refused request takes nothing from the quota of the day. Without Valkey nobody is refused: reading goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

from ckanext.govshare import config
from ckanext.govshare.developers.model import Key
from ckanext.govshare.kernel import clock

log = logging.getLogger(__name__)

USAGE_DAYS = 100  # for which the calls of a key are kept by day and data set
MINUTE_KEPT, DAY_KEPT = 180, 2 * 86400  # seconds after which a counter falls away
# KEYS: minute, day. ARGV: most a minute, most a day, seconds kept. Answers what refused (0: nothing), and both counts.
COUNT = """
local minute, day = tonumber(redis.call('GET', KEYS[1]) or 0), tonumber(redis.call('GET', KEYS[2]) or 0)
if day >= tonumber(ARGV[2]) then return {2, minute, day} end
if minute >= tonumber(ARGV[1]) then return {1, minute, day} end
minute, day = redis.call('INCR', KEYS[1]), redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {0, minute, day}
"""


@dataclass(frozen=True)
class Quota:
    """Requests that may be made."""

    per_minute: int
    per_day: int


@dataclass(frozen=True)
class Verdict:
    """What became of one request.

    :param left: requests that are left of the minute or of the day, whichever is less
    :param wait: seconds after which it may be tried again; 0 where it was let in
    """

    quota: Quota
    left: int
    wait: int = 0


def anonymous() -> Quota:
    """The quota of an address without a key."""
    return Quota(config.get("developers.open_per_minute"), config.get("developers.open_per_day"))


def of_key(key: Key) -> Quota:
    """The quota of a key: what the office set for it, else the settings."""
    usual = by_key()
    return Quota(
        usual.per_minute if key.per_minute is None else key.per_minute,
        usual.per_day if key.per_day is None else key.per_day,
    )


def by_key() -> Quota:
    """The quota of keys for which the office set no other."""
    return Quota(config.get("developers.key_per_minute"), config.get("developers.key_per_day"))


def take(who: str, quota: Quota) -> Verdict:
    """Count one request, if the quota has room for it.

    :param who: id of a key, or the mark of an address
    """
    now = clock.now()
    minute, day = _place("minute", who, f"{now:%Y%m%d%H%M}"), _place("day", who, f"{now:%Y%m%d}")
    try:
        refused, in_minute, in_day = _script()(
            keys=[minute, day], args=[quota.per_minute, quota.per_day, MINUTE_KEPT, DAY_KEPT],
            client=connect_to_redis(),
        )  # fmt: skip
    except RedisError as error:
        log.warning("calls are not counted: %s", type(error).__name__)
        return Verdict(quota, min(quota.per_minute, quota.per_day))
    left = max(0, min(quota.per_minute - in_minute, quota.per_day - in_day))
    if refused:
        return Verdict(quota, 0, _seconds_left_of_day(now) if refused == 2 else 60 - now.second)
    return Verdict(quota, left)


def note(key_id: str, package_name: str) -> None:
    """Count a call of a key for its owner's page: by day and data set."""
    place = _place("calls", key_id, f"{clock.today():%Y%m%d}")
    try:
        with connect_to_redis().pipeline() as together:
            together.hincrby(place, package_name, 1)
            together.expire(place, USAGE_DAYS * 86400)
            together.execute()
    except RedisError as error:
        log.warning("a call is not counted: %s", type(error).__name__)


def last_days(count: int) -> list[date]:
    """The last days whose calls are kept, at most so many; the last one is today."""
    return [clock.today() - timedelta(days=back) for back in reversed(range(min(count, USAGE_DAYS)))]


def calls(key_ids: list[str], days: list[date]) -> Iterator[tuple[date, dict[str, int]]]:
    """Calls of keys: a day with ``{name of the entry: calls}``, for each key and day."""
    pairs = [(key_id, day) for key_id in key_ids for day in days]
    try:
        with connect_to_redis().pipeline(transaction=False) as together:
            for key_id, day in pairs:
                together.hgetall(_place("calls", key_id, f"{day:%Y%m%d}"))
            counted = together.execute()
    except RedisError as error:
        log.warning("calls cannot be read: %s", type(error).__name__)
        counted = [{} for _pair in pairs]
    for (_key_id, day), numbers in zip(pairs, counted, strict=True):
        yield day, {name.decode(): int(number) for name, number in numbers.items()}


def spent(key_ids: list[str]) -> dict[str, int]:
    """Requests of today by key."""
    if not key_ids:
        return {}
    try:
        values = connect_to_redis().mget(
            [_place("day", key_id, f"{clock.today():%Y%m%d}") for key_id in key_ids]
        )
    except RedisError:
        values = [None] * len(key_ids)
    return {key_id: int(value or 0) for key_id, value in zip(key_ids, values, strict=True)}


def _seconds_left_of_day(now: datetime) -> int:
    return max(1, int((clock.end_of_day(now.date()) - now).total_seconds()))


def _place(what: str, who: str, when: str) -> str:
    return f"govshare:{tk.config['ckan.site_id']}:rows:{what}:{who}:{when}"


@cache
def _script() -> Any:
    return connect_to_redis().register_script(COUNT)
