"""What the link check is to have found when the demo begins: a link takes days to die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city

DAYS_AGO = (4, 2, 0)  # three failures over more than three days


def observe(actions: Callable[[str], Callable[..., Any]], user: str) -> None:
    """Record the failures of the demo's dead links, in the name of the engine.

    Args:
        actions: answers an action by its name.
        user: account that seeds.
    """
    record = actions("govshare_link_record")
    dead = {file.url for entry in city.entries() for file in entry.files if file.link_state == "dead"}
    for url in sorted(dead):
        for days in DAYS_AGO:
            at = (clock.now() - timedelta(days=days)).isoformat()
            record({"user": user, "ignore_auth": True}, {"url": url, "ok": False, "at": at})
