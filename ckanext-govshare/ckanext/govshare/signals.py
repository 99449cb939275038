"""What happened at a public door, said to whoever counts: the room `usage` listens, without it nothing happens."""

from __future__ import annotations

from blinker import Namespace
from flask import Response, request

_names = Namespace()

#: A page was read: ``kind`` (entry, resource), ``package_id``, ``resource_id`` ("" for an entry's page).
viewed = _names.signal("govshare-viewed")
#: Data were taken as a file: ``package_id``, ``resource_id``, ``format``, ``converted`` (made from the rows).
taken = _names.signal("govshare-taken")
#: Rows were read by a program: ``package_id``, ``resource_id``, ``key`` (id of the key, "" without one).
called = _names.signal("govshare-called")


def begins(response: Response) -> bool:
    """Whether an answer gives a file out from its first byte, or leads to it: then it is taken. A request for its head,
    one that finds nothing changed and the further ranges of a download that is resumed are not."""
    if request.method != "GET" or response.status_code not in (200, 206, 302):
        return False
    return response.status_code != 206 or any(start == 0 for start, _end in request.range.ranges)
