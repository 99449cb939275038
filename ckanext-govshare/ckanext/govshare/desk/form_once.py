"""A button pressed twice begins one draft: the page carries a token that is good for one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ckan.lib.redis import connect_to_redis

SECONDS_KEPT = 3600
SECONDS_WAITED = 5


@dataclass
class Begun:
    """What came of a token.

    :param before: id of the draft that the first click began; empty for the first click itself
    """

    key: str = ""
    before: str = ""

    def made(self, change_id: str) -> None:
        """Keep the draft that this click began."""
        if self.key:
            connect_to_redis().set(self.key, change_id, ex=SECONDS_KEPT)


@contextmanager
def once(user: str, token: str) -> Iterator[Begun]:
    """Do something once for a token; a later click waits for what the first one does.

    :param user: tokens are a person's own
    :param token: 32 hexadecimal digits; anything else is no token, and nothing is remembered
    """
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        yield Begun()
        return
    store, key = connect_to_redis(), f"govshare:desk:new:{user}:{token}"
    if not store.set(key, "", nx=True, ex=SECONDS_KEPT):
        yield Begun(before=_wait(key))
        return
    begun = Begun(key)
    yield begun
    if not store.get(key):
        store.delete(key)  # it was refused: the corrected form may be sent with the same token


def _wait(key: str) -> str:
    until = time.monotonic() + SECONDS_WAITED
    while time.monotonic() < until:
        found = connect_to_redis().get(key)
        if found is None:
            return ""
        if found:
            return found.decode()
        time.sleep(0.1)
    return ""
