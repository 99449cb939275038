"""Which stored resource a harvested one continues: ids survive, so that links and DataStore tables do."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

Resource = dict[str, Any]


def _source_key(resource: Resource) -> Hashable:
    return resource.get("source_key") or None


def _address(resource: Resource) -> Hashable:
    url = resource.get("source_url") or resource.get("url")
    return (url, (resource.get("format") or "").lower()) if url else None


def keep_ids(stored: list[Resource], harvested: list[Resource]) -> list[Resource]:
    """Give harvested resources the ids of those they continue: by source key, then address and format, then
    place.

    A stored resource is continued once; where several match, the first in order is.

    :param stored: resources of the entry, in order
    :param harvested: what the source says now, in order
    :returns: copies of ``harvested``, with ``id`` where one is continued
    """
    result = [dict(resource) for resource in harvested]
    free = dict(enumerate(stored))
    for key in (_source_key, _address):
        _match(key, free, result)
    for place, resource in enumerate(result):
        if "id" not in resource and place in free and not _contradicts(free[place], resource):
            resource["id"] = free.pop(place)["id"]
    return result


def _match(key: Callable[[Resource], Hashable], free: dict[int, Resource], result: list[Resource]) -> None:
    known: dict[Hashable, list[int]] = {}
    for place, resource in free.items():
        known.setdefault(key(resource), []).append(place)
    known.pop(None, None)
    for resource in result:
        places = known.get(key(resource))
        if "id" not in resource and places:
            resource["id"] = free.pop(places.pop(0))["id"]


def _contradicts(stored: Resource, harvested: Resource) -> bool:
    """Whether two source keys say that the same place holds another thing now."""
    keys = _source_key(stored), _source_key(harvested)
    return None not in keys and keys[0] != keys[1]
