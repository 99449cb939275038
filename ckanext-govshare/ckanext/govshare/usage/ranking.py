"""The entries that are used most, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.usage import store

CHUNK = 200  # entries that one search looks up
MOST = 100
FURTHEST = 20  # chunks: a reader who sees next to nothing does not go through the whole table


def ranking(user: str, kind: str, first: date, last: date, limit: int) -> list[dict[str, Any]]:
    """Entries with their numbers, most first.

    :param user: name of the reader, "" for a visitor
    :param kind: ``view``, ``download`` or ``call``
    :returns: ``[{package_id, name, title, organization: {id, name, title}, open_type, source_point, number}]``
    """
    return list(islice(_seen(user, kind, first, last), limit))


def _seen(user: str, kind: str, first: date, last: date) -> Iterator[dict[str, Any]]:
    for chunk in range(FURTHEST):
        found = store.most(kind, first, last, chunk * CHUNK, CHUNK, open_only=not user)
        entries = _entries(user, (package_id for package_id, _number in found))
        for package_id, number in found:
            if package_id in entries:
                yield entries[package_id] | {"number": number}
        if len(found) < CHUNK:
            return


def _entries(user: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the index tells this reader about entries, by id."""
    wanted = " OR ".join(f'"{package_id}"' for package_id in ids if '"' not in package_id)
    if not wanted:
        return {}
    context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
    query = {
        "fq_list": [f"+id:({wanted})", "+dataset_type:dataset"],
        "rows": CHUNK,
        "include_private": bool(user),
    }
    return {
        entry["id"]: {
            "package_id": entry["id"],
            "name": entry["name"],
            "title": entry["title"],
            "organization": {
                key: (entry.get("organization") or {}).get(key, "") for key in ("id", "name", "title")
            },
            "open_type": entry.get("open_type") or "",
            "source_point": entry.get("source_point") or "",
        }
        for entry in tk.get_action("package_search")(context, query)["results"]
    }
