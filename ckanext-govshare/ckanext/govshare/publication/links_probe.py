"""The network side of the link check: one host after the other's answers, several hosts at a time, politely.

Nothing here knows CKAN or the database: threads look, and hand over what they saw.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.harvesters.look import LookingSession
from ckanext.govshare.publication.links_rules import Outcome, Seen, of_answer, of_refusal

HOSTS = 8  # asked at the same time, each by one request


@dataclass(frozen=True)
class Address:
    """An address to look at: its key, its text, its host, and whether a data file is expected there."""

    key: str
    url: str
    host: str
    data: bool


def complete(url: str) -> str:
    """An address as the portal's pages link it: without a scheme it is one of http."""
    text = url.strip()
    return text if urlsplit(text).scheme else f"http://{text.lstrip('/')}"


def host_of(url: str) -> str:
    """The host of an address with its port, as far as it has one; never a user name."""
    try:
        parts = urlsplit(complete(url))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{(parts.hostname or '').lower()}{port}"


@dataclass(frozen=True)
class Prober:
    """Looks at addresses.

    :param session: makes a session; each thread has its own
    :param pause: seconds between two requests to one host
    :param sleep: how pauses are made
    """

    session: Callable[[], LookingSession]
    pause: float
    sleep: Callable[[float], None] = time.sleep
    stop: threading.Event = field(default_factory=threading.Event)

    def look(self, session: LookingSession, address: Address) -> Seen:
        """What there is to see at an address: by HEAD, and by a short GET where that does not satisfy."""
        url = complete(address.url)
        seen = self._once(session, url, "HEAD", address.data)
        if seen.outcome is Outcome.OK or seen.status is None or seen.tired:
            return seen
        self.sleep(self.pause)
        return self._once(session, url, "GET", address.data)

    def _once(self, session: LookingSession, url: str, method: str, data: bool) -> Seen:
        try:
            answer = session.look(url, method)
        except FetchRefused as refused:
            return of_refusal(refused.slug, url)
        if method == "HEAD" and data and answer.status == 200 and not answer.content_type:
            return Seen(Outcome.SILENT, "odd_answer", answer.status)  # ask for the first bytes
        return of_answer(answer.status, answer.content_type, answer.beginning, data, answer.wait)

    def everything(
        self, by_host: Mapping[str, Sequence[Address]], deadline: float
    ) -> Iterator[tuple[Address, Seen]]:
        """Look at addresses; what was seen comes as soon as it is known, until the deadline.

        A host is asked one request at a time, with a pause after each, and no more this time once it is busy or does
        not answer.

        :param deadline: of the monotonic clock; a request under way then is still waited for
        """
        found: queue.SimpleQueue[tuple[Address, Seen] | None] = queue.SimpleQueue()

        def host(addresses: Sequence[Address]) -> None:
            try:
                session = self.session()
                for number, address in enumerate(addresses):
                    if number:
                        self.sleep(self.pause)
                    if self.stop.is_set() or time.monotonic() > deadline:
                        return
                    seen = self.look(session, address)
                    found.put((address, seen))
                    if seen.tired:
                        return
            finally:
                found.put(None)

        with ThreadPoolExecutor(max_workers=HOSTS, thread_name_prefix="govshare-link") as pool:
            try:
                running = [pool.submit(host, addresses) for addresses in by_host.values()]
                for _ in running:
                    while (item := found.get()) is not None:
                        yield item
                for done in running:
                    done.result()  # a fault of ours is raised, not lost
            finally:
                self.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
