"""Which stored resource a harvested one continues: ids survive, so that links, stored files and DataStore tables do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

Resource = dict[str, Any]
# What a stored file gives a resource (catalogue: files.fields), and what the DataStore does.
STORED = ("url_type", "hash", "size", "mimetype", "original_name")
STORED += ("rows", "columns", "parses", "blank_percent", "forced", "datastore_active")


def _source_key(resource: Resource) -> Hashable:
    return resource.get("source_key") or None


def _address(resource: Resource) -> Hashable:
    url = resource.get("source_url") or resource.get("url")
    return (url, (resource.get("format") or "").lower()) if url else None


def _name(resource: Resource) -> tuple[str, str]:
    return (resource.get("name") or "", (resource.get("format") or "").lower())


def _names(resources: list[Resource]) -> frozenset[tuple[str, str]]:
    """Names that one resource alone has."""
    count = Counter(map(_name, resources))
    return frozenset(name for name, times in count.items() if times == 1 and name[0])


def keep_ids(stored: list[Resource], harvested: list[Resource]) -> list[Resource]:
    """Give harvested resources the ids of those they continue: by source key, then address and format, then name and
    format where no other has them (the file moved), then place. Where the site keeps a copy of the file, it stays
    (:func:`carry`).

    A stored resource is continued once; where several match, the first in order is.

    :param stored: resources of the entry, in order
    :param harvested: what the source says now, in order
    :returns: copies of ``harvested``, with ``id`` where one is continued
    """
    result = [dict(resource) for resource in harvested]
    free = dict(enumerate(stored))
    alone = _names(stored) & _names(harvested)
    for key in (_source_key, _address, lambda resource: alone & {_name(resource)} or None):
        _match(key, free, result)
    for place, resource in enumerate(result):
        if "id" not in resource and place in free and not _contradicts(free[place], resource):
            _continue(resource, free.pop(place))
    return result


def carry(stored: Resource, harvested: Resource) -> Resource:
    """What the source says of a file, with the copy that the site keeps of it (files.py).

    A copy stays when the address changes: it gives way to the new file when that is there, or to its address when it
    cannot be had. Until then nobody finds rows of the old file behind an address that nobody reviewed.

    :param stored: the resource as it stands
    :param harvested: as the source names it, with its address as ``url``
    :returns: ``harvested`` where no copy is kept, else one that names the copy, and the address as ``source_url``
    """
    address = str(harvested.get("url") or "")
    if not stored.get("source_url") or stored.get("url_type") != "upload" or harvested.get("_file"):
        return harvested
    if not address.startswith(("http://", "https://")):
        return harvested
    kept = {name: stored[name] for name in STORED if stored.get(name) not in (None, "")}
    return {**harvested, **kept, "url": str(stored["url"]).rsplit("/", 1)[-1], "source_url": address}


def as_link(resource: Resource, address: str) -> Resource:
    """A resource whose copy is given up: it shows the source's address again."""
    nothing = dict.fromkeys(STORED) | dict.fromkeys(("url_type", "hash", "mimetype", "original_name"), "")
    return {**resource, **nothing, "datastore_active": False, "url": address, "source_url": ""}


def _continue(resource: Resource, stored: Resource) -> None:
    resource.update(carry(stored, resource), id=stored["id"])


def _match(key: Callable[[Resource], Hashable], free: dict[int, Resource], result: list[Resource]) -> None:
    known: dict[Hashable, list[int]] = {}
    for place, resource in free.items():
        known.setdefault(key(resource), []).append(place)
    known.pop(None, None)
    for resource in result:
        places = known.get(key(resource))
        if "id" not in resource and places:
            _continue(resource, free.pop(places.pop(0)))


def _contradicts(stored: Resource, harvested: Resource) -> bool:
    """Whether two source keys say that the same place holds another thing now."""
    keys = _source_key(stored), _source_key(harvested)
    return None not in keys and keys[0] != keys[1]
