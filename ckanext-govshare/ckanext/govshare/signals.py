"""What happened at a public door, said to whoever counts: the room `usage` listens, without it nothing happens."""

from __future__ import annotations

from blinker import Namespace

_names = Namespace()

#: A page was read: ``kind`` (entry, resource), ``package_id``, ``resource_id`` ("" for an entry's page).
viewed = _names.signal("govshare-viewed")
#: Data were taken as a file: ``package_id``, ``resource_id``, ``format``, ``converted`` (made from the rows).
taken = _names.signal("govshare-taken")
#: Rows were read by a program: ``package_id``, ``resource_id``, ``key`` (id of the key, "" without one).
called = _names.signal("govshare-called")
