"""What was read with keys: by day and by data set, with the titles that everybody may see."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.developers import quota

TITLES = 100  # data sets whose titles are looked up


def usage(key_ids: list[str], days: int) -> dict[str, Any]:
    """Calls of keys together.

    :returns: as ``govshare_key_usage``
    """
    by_day, by_entry = Counter[date](), Counter[str]()
    wanted = quota.last_days(max(1, days))
    for day, numbers in quota.calls(key_ids, wanted):
        by_day[day] += sum(numbers.values())
        by_entry.update(numbers)
    most = by_entry.most_common(TITLES)
    titles = _titles([name for name, _calls in most])
    return {
        "total": sum(by_day.values()),
        "days": [{"day": day.isoformat(), "calls": by_day[day]} for day in wanted],
        "entries": [{"name": name, "title": titles.get(name), "calls": calls} for name, calls in most],
    }


def _titles(names: list[str]) -> dict[str, str]:
    if not names:
        return {}
    quoted = " OR ".join(f'"{name}"' for name in names)
    query = {"fq": f"+name:({quoted})", "rows": len(names), "fl": ["name", "title"]}
    found = tk.get_action("package_search")({"user": ""}, query)
    return {entry["name"]: entry["title"] for entry in found["results"]}
