"""Who is no reader: robots by the kept list of crawler-user-agents, programs without a name, our own link check.

The list calls the libraries of programmers (curl, python-requests …) robots as well. Views and downloads leave them
out, as the COUNTER rules for usage statistics do; rows by interface are for programs, so there only the others count
as robots.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler

OUR_OWN = ("govshare-links/", "govshare-exchange/")  # publication/links.py, harvesters/http.py
# Crawlers of China that the list does not have by name call themselves so.
SAYS_SO = re.compile(r"spider|crawl", re.IGNORECASE)
LONGEST = 1000


@lru_cache(maxsize=1)
def _libraries() -> re.Pattern[str]:
    found = (row["pattern"] for row in CRAWLER_USER_AGENTS_DATA if row.get("tags") == ["http-library"])
    return re.compile("|".join(found))


@lru_cache(maxsize=4096)
def is_robot(agent: str, programs: bool = False) -> bool:
    """Whether a request of this User-Agent does not count.

    :param agent: the header as it came; an empty one is a robot's
    :param programs: programs of developers are welcome here
    """
    agent = agent.strip()[:LONGEST]
    if not agent or agent.startswith(OUR_OWN):
        return True
    if not (is_crawler(agent, case_sensitive=False) or SAYS_SO.search(agent)):
        return False
    return not (programs and _libraries().search(agent) and not SAYS_SO.search(agent))
