"""A look at an address: whether something is there, without fetching it.

The same guarded session as for harvests (`http`), so that no link makes the server speak to what it must not. A look
reads the head of an answer, and the beginning of its body only where the head does not say what the body is.

Known limit: redirects are followed at once, whatever host they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from ckanext.govshare.harvesters.http import GuardedSession, TryAgain, retry_after
from ckanext.govshare.harvesters.watch import Watch

__all__ = ["Look", "LookingSession"]

BEGINNING = 1024  # bytes


@dataclass(frozen=True)
class Look:
    """What an address answered.

    :param url: the address that answered, after redirects
    :param content_type: as the answer says it; empty where it does not
    :param beginning: first bytes of the body, where there is no content type
    :param wait: seconds for which the host asks to be left alone
    """

    status: int
    url: str
    content_type: str = ""
    beginning: bytes = b""
    wait: float | None = None


class LookingSession(GuardedSession):
    """Looks at addresses, one after the other.

    :param agent: the User-Agent; it says whom to write to
    """

    def __init__(self, agent: str, max_seconds: float = 15, **options: object):
        super().__init__(max_seconds=max_seconds, stall_seconds=max_seconds, tries=1, **options)
        self.agent = agent

    def look(self, url: str, method: str = "HEAD") -> Look:
        """Ask an address once, redirects aside.

        :param method: ``HEAD``, or ``GET`` (of the first bytes, where the host can do that)
        :raises FetchRefused: the address, or nobody answers in time
        """
        headers = {
            "User-Agent": self.agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if method == "GET":
            headers["Range"] = f"bytes=0-{BEGINNING - 1}"
        with Watch(self.max_seconds, self.stall_seconds) as watch:
            try:
                with self._answered(method, url, headers, watch) as (answer, place):
                    kind = answer.headers.get("Content-Type", "")
                    return Look(
                        status=answer.status_code,
                        url=place,
                        content_type=kind,
                        beginning=_beginning(answer) if method == "GET" and not kind else b"",
                        wait=retry_after(answer.headers.get("Retry-After")),
                    )
            except TryAgain as failure:
                raise failure.refusal from failure


def _beginning(answer: requests.Response) -> bytes:
    """What comes first of a body; nothing when nothing comes. The status is known, whatever happens to the body."""
    try:
        return answer.raw.read1(BEGINNING, decode_content=False)
    except (HTTPError, OSError, ValueError):
        return b""
