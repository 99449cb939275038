"""What the office of the demo city announces; a site without the portal's pages is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city
from ckanext.govshare.runtime.demo.tracking import OFFICE

MOST = 100


def announce(do: Callable[..., Any], offers: Callable[[str], bool]) -> int:
    """Announce what is not announced yet; answers how many were.

    :param do: an action in the name of a person: ``do(user, action, **data)``
    :param offers: whether the site has an action
    """
    if not offers("govshare_announcement_create"):
        return 0
    known = {row["title"] for row in do(OFFICE, "govshare_announcement_list", all=True, limit=MOST)["results"]}
    rows = [row for row in city.announcements() if row["title"] not in known]
    for row in rows:
        since = (clock.today() + timedelta(days=row["since"])).isoformat()
        do(OFFICE, "govshare_announcement_create", **{**row, "since": since})
    return len(rows)
