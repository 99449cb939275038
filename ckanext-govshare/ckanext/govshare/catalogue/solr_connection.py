"""Searches keep their connection to Solr: core opens one, with a session of its own, for every search.

One connection a thread. One that was idle for longer than any server in between leaves it open is not used again, so
that no search meets a closed one; nor one that a parent process opened.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

import ckan.plugins.toolkit as tk
import pysolr
from ckan.lib.search import query

IDLE_SECONDS = 5.0
_local = threading.local()
_connect = query.make_connection


def install() -> None:
    """Put it where core's search asks for a connection; indexing goes on as before."""
    query.make_connection = kept


def kept(*args: Any, **kwargs: Any) -> pysolr.Solr:
    """The connection of this thread, as ``ckan.lib.search.common.make_connection`` makes it."""
    key = (os.getpid(), tk.config.get("solr_url"), args, tuple(sorted(kwargs.items())))
    known: tuple[Any, float, pysolr.Solr] | None = getattr(_local, "known", None)
    now = time.monotonic()
    if known is None or known[0] != key or now - known[1] > IDLE_SECONDS:
        if known is not None and known[2].session is not None:
            known[2].session.close()
        known = (key, now, _made_quick(_connect(*args, **kwargs)))
    _local.known = (key, now, known[2])
    return known[2]


def _made_quick(connection: pysolr.Solr) -> pysolr.Solr:
    """What a search spends on nothing, left out.

    requests reads the proxies of the environment again before each request, which takes as long as a look into the
    database: a server in the same network needs none (certificates of the environment still hold for https). And
    Python's own reader of JSON is faster than simplejson; where dates are read as such, core's stays.
    """
    if not connection.url.startswith("https:"):
        connection.get_session().trust_env = False
    if connection.decoder.object_hook is None:
        connection.decoder = json.JSONDecoder()
    return connection
