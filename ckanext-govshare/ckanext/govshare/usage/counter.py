"""Counts what the public doors say (signals.py), in Valkey and in one round trip, without keeping anything of a person.

One hash holds the counters until the timer moves them into the table (store.py). The same click of the same reader
within a few seconds counts once: a mark of address, program and day (callers.py) is kept for these seconds and no
longer. Without Valkey nothing is counted and no page fails.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from flask import has_request_context, request
from redis.exceptions import RedisError

from ckanext.govshare import callers, config, signals
from ckanext.govshare.kernel import clock
from ckanext.govshare.usage import robots

log = logging.getLogger(__name__)

SEPARATOR = "\x1f"
LONGEST_FORMAT = 20
# KEYS: the counters, the mark of this click. ARGV: the counter, seconds for which the mark holds (0: no mark).
COUNT = """
if tonumber(ARGV[2]) == 0 or redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[2]) then
  return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
end
return 0
"""


def key(name: str) -> str:
    """A key of this site in Valkey."""
    return f"govshare:{tk.config['ckan.site_id']}:usage:{name}"


def listen() -> None:
    """Hear every public door from now on."""
    signals.viewed.connect(viewed)
    signals.taken.connect(taken)
    signals.called.connect(called)


def viewed(_sender: Any, *, package_id: str, resource_id: str = "", **_more: Any) -> None:
    """A page of an entry or a file was read."""
    _count("view", package_id, resource_id)


def taken(_sender: Any, *, package_id: str, resource_id: str = "", format: str = "", **_more: Any) -> None:
    """Data were taken as a file, in the original or another format."""
    _count("download", package_id, resource_id, format)


def called(_sender: Any, *, package_id: str, resource_id: str = "", **_more: Any) -> None:
    """Rows were read by a program: each call counts, it asks page after page."""
    _count("call", package_id, resource_id)


def _count(kind: str, package_id: str, resource_id: str, format: str = "") -> None:
    if not package_id or not _is_a_reader(kind):
        return
    format = "".join(format.split())[:LONGEST_FORMAT].upper()
    what = SEPARATOR.join((clock.today().isoformat(), kind, package_id, resource_id or "", format))
    seconds = 0 if kind == "call" else max(0, config.get("usage.double_click_seconds"))
    try:
        # EVALSHA; the text itself only where the server does not know it yet.
        connect_to_redis().register_script(COUNT)([key("counters"), _click(what)], [what, seconds])
    except RedisError as error:
        log.warning("usage not counted: %s", type(error).__name__)


def _is_a_reader(kind: str) -> bool:
    """Whether the request is of somebody whom we count; outside a request there is nobody."""
    if not has_request_context() or request.method == "HEAD":
        return False
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return False
    return not robots.is_robot(request.headers.get("User-Agent", ""), programs=kind == "call")


def _click(what: str) -> str:
    who = callers.mark(callers.address(), clock.today()) + request.headers.get("User-Agent", "")
    return key("click:") + hashlib.sha256(f"{who}\0{what}".encode("utf-8", "surrogatepass")).hexdigest()
