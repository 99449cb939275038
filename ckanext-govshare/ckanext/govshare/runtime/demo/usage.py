"""How often the open entries of the demo city were read and taken in the past year, a row a week.

Counters have no action that writes the past, so the rows go into the table of the room `usage`. The numbers follow
from the name of the entry and the week alone: a second seeding finds them there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.kernel import clock

WEEKS = 52
ROWS = 1000  # entries, and rows of one statement


def count(search: Callable[..., Any], offers: Callable[[str], bool]) -> int:
    """Fill in the weeks that are not there; answers how many rows that were.

    :param search: ``package_search`` as a visitor asks
    :param offers: whether the site has an action
    """
    if not offers("govshare_usage_show"):
        return 0
    from ckanext.govshare.usage.model import Usage

    entries = search({"user": ""}, {"fq": "dataset_type:dataset", "rows": ROWS})["results"]
    rows, made = [row for entry in entries for row in _year(entry)], 0
    for start in range(0, len(rows), ROWS):
        new = insert(Usage).values(rows[start : start + ROWS]).on_conflict_do_nothing()
        made += model.Session.execute(new).rowcount
    model.Session.commit()
    return made


def _year(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The weeks since an entry was published: files of what is open to all are taken, what is conditional is read."""
    monday = clock.today() - timedelta(days=clock.today().weekday())
    published = date.fromisoformat(entry.get("pub_date") or monday.isoformat())
    popular = 2 + _number(entry["name"], 40)
    files = [resource for resource in entry["resources"] if resource.get("url")]
    for week in range(1, WEEKS + 1):
        day = monday - timedelta(weeks=week)
        if day < published:
            return
        seen = popular + _number(f"{entry['name']} {day}", popular + 5)
        fact = {"day": day, "package_id": entry["id"], "resource_id": "", "format": ""}
        yield {**fact, "kind": "view", "number": seen}
        for resource in files[:1]:
            file = {**fact, "resource_id": resource["id"]}
            taken = {
                "kind": "download",
                "format": (resource.get("format") or "").upper(),
                "number": 1 + seen // 4,
            }
            yield {**file, **taken}
            if resource.get("datastore_active"):
                yield {**file, "kind": "call", "number": 1 + seen // 3}


def _number(text: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % below
