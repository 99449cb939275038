"""The guarded session: the one way in which harvests read from a network.

Only http and https; every address is checked when connecting, redirects too (`addresses`, `transport`); no
proxies, cookies or credentials from the environment; budgets on bytes (packed and unpacked), on seconds in
all and on seconds without progress (`watch`). A session serves one thread. Known limit: looking a name up
is bounded by the resolver's own time-outs, not by ours.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests import exceptions as failures
from urllib3.exceptions import HTTPError, NameResolutionError

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.addresses import parse_networks, refusal
from ckanext.govshare.harvesters.refusals import FetchRefused, safe_url
from ckanext.govshare.harvesters.transport import (
    PIECE,
    Gate,
    GuardedAdapter,
    Resolver,
    system_resolver,
    unpacked,
)
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.harvesters.watch import LEAST_PROGRESS, Watch
from ckanext.govshare.kernel import clock

__all__ = ["Account", "Download", "FetchRefused", "GuardedSession", "check_url", "safe_url"]

USER_AGENT = "govshare-exchange/1"
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Download:
    """What a request brought.

    :param not_modified: the source says that nothing changed; there is no file then
    :param sha256: of the unpacked content
    :param bytes: size of the unpacked content
    """

    not_modified: bool = False
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    bytes: int = 0
    content_type: str = ""


@dataclass(frozen=True)
class Account:
    """What a source asks for to let somebody in; sent to its origin and nowhere else.

    :param origin: such as ``https://api.example.gov.cn:8443``
    :param header: name of the header
    :param value: its value; a secret
    """

    origin: str
    header: str
    value: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Account:
        """As the configuration holds it: ``<origin> <header>: <value>``.

        :raises FetchRefused: it has another form
        """
        place, _, rest = text.strip().partition(" ")
        header, colon, value = rest.partition(":")
        if not colon or not header.strip() or not value.strip() or origin_of(place) is None:
            raise refusals.account_unusable()
        return cls(str(origin_of(place)), header.strip(), value.strip())

    def headers(self, url: str) -> dict[str, str]:
        """The header, where an address lies at the origin."""
        return {self.header: self.value} if origin_of(url) == self.origin else {}


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an http(s) address; None where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and port else None


class TryAgain(Exception):  # noqa: N818 - control flow within this module
    """A failure that may pass.

    :param refusal: what to say when it does not
    :param wait: seconds that the source asked for
    """

    def __init__(self, refusal: FetchRefused, wait: float | None = None):
        super().__init__(refusal.slug)
        self.refusal = refusal
        self.wait = wait


class GuardedSession:
    """Reads addresses for one exchange point.

    :param networks: private address ranges (CIDR) by name of network
    :param allow_loopback: whether this machine itself may be a source; for the embedded demo
    :param network: name of the point's network
    :param max_bytes: of all downloads of the session, counted as they came and unpacked
    :param max_seconds: of all its downloads, tries and pauses included, from the first one on
    :param account: what the source asks for to let us in
    :param stall_seconds: without progress
    :param connect_seconds: to connect to one address
    :param max_header_bytes: of one answer
    :param ca_bundle: file of certificate authorities, where the network has its own
    :param resolve: how names are looked up, and ``sleep`` how pauses are made; for tests
    """

    def __init__(
        self,
        networks: Mapping[str, Sequence[str]] | None = None,
        allow_loopback: bool = False,
        network: str = "",
        max_bytes: int = 500 * 1024 * 1024,
        max_seconds: float = 600,
        stall_seconds: float = 30,
        connect_seconds: float = 10,
        max_header_bytes: int = 64 * 1024,
        max_redirects: int = 5,
        tries: int = 3,
        ca_bundle: str | None = None,
        account: Account | None = None,
        resolve: Resolver = system_resolver,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.allowed = parse_networks((networks or {}).get(network, ()))
        self.allow_loopback = allow_loopback
        self.max_bytes = max_bytes
        self.max_seconds = max_seconds
        self.stall_seconds = stall_seconds
        self.connect_seconds = connect_seconds
        self.max_header_bytes = max_header_bytes
        self.max_redirects = max_redirects
        self.tries = tries
        self.verify = ca_bundle or True
        self.account = account
        # Told after each piece how many bytes have come in all; may raise, which ends the download.
        self.told: Callable[[int], None] = lambda size: None
        self._spent = 0
        self._deadline: float | None = None
        self.resolve = resolve
        self.sleep = sleep

    def download(
        self,
        url: str,
        target: Path,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = "*/*",
    ) -> Download:
        """Stream an address into a file. On any failure there is no file.

        :param etag: of the content that is at hand, for a conditional request; so is ``last_modified``
        :raises FetchRefused: the address, the answer or a budget
        """
        headers = {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "gzip"}
        headers["Connection"] = "close"  # each request passes the gate anew
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers |= {name: value for name, value in conditions.items() if value}
        if self._deadline is None:
            self._deadline = time.monotonic() + self.max_seconds
        with Watch(self._deadline - time.monotonic(), self.stall_seconds) as watch:
            for attempt in range(1, self.tries + 1):
                try:
                    return self._attempt(url, target, headers, watch)
                except TryAgain as failure:
                    target.unlink(missing_ok=True)
                    self._wait(failure, attempt, watch)
                except BaseException:
                    target.unlink(missing_ok=True)
                    raise
        raise AssertionError("the last try either answers or raises")

    def _wait(self, failure: TryAgain, attempt: int, watch: Watch) -> None:
        """Pause before the next try, or give up."""
        if watch.reason:
            raise self._out_of_time(watch) from failure
        seconds = failure.wait if failure.wait is not None else 0.5 * 2 ** (attempt - 1)
        if attempt == self.tries or seconds >= watch.remaining:
            raise failure.refusal from failure
        with watch.pause():
            self.sleep(seconds)

    def _attempt(self, url: str, target: Path, headers: dict[str, str], watch: Watch) -> Download:
        with self._answered("GET", url, headers, watch) as (answer, place):
            return self._receive(answer, place, target, headers, watch)

    @contextmanager
    def _answered(
        self, method: str, url: str, headers: dict[str, str], watch: Watch
    ) -> Iterator[tuple[requests.Response, str]]:
        """The answer at the end of all redirects, and the address that gave it."""
        gate = Gate(self.resolve, self.allowed, self.allow_loopback, watch)
        for _ in range(self.max_redirects + 1):
            check_url(url)
            self._check_literal(url)
            with requests.Session() as session:
                session.trust_env = False  # neither proxies nor .netrc
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                session.mount("http://", GuardedAdapter(gate, self.connect_seconds))
                session.mount("https://", GuardedAdapter(gate, self.connect_seconds))
                shown = self.account.headers(url) if self.account else {}
                with self._ask(session, method, url, headers | shown, watch) as answer:
                    place = answer.headers.get("Location")
                    if answer.status_code not in _REDIRECTS or not place:
                        yield answer, url
                        return
                    url = urljoin(url, _latin1(place))
        raise refusals.too_many_redirects(self.max_redirects)

    def _out_of_time(self, watch: Watch) -> FetchRefused:
        """The refusal of a source that used up a budget of seconds."""
        if watch.reason == "stalled":
            return refusals.stalled(self.stall_seconds)
        return refusals.too_slow(self.max_seconds)

    def _check_literal(self, url: str) -> None:
        """Refuse an address that is written out before anything is asked of the resolver."""
        host = urlsplit(url).hostname or ""
        try:
            ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return
        kind = refusal(host, self.allowed, self.allow_loopback)
        if kind:
            raise refusals.address(host, kind)

    def _ask(
        self, session: requests.Session, method: str, url: str, headers: dict[str, str], watch: Watch
    ) -> requests.Response:
        seconds = self.stall_seconds + 1  # a safety net; the watch is stricter and says why
        try:
            answer = session.request(
                method,
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=seconds,
                verify=self.verify,
            )
        except failures.SSLError as error:
            if watch.reason:
                raise self._out_of_time(watch) from error
            raise refusals.tls() from error
        except (failures.ConnectionError, failures.Timeout, failures.ChunkedEncodingError) as error:
            if watch.reason:
                raise self._out_of_time(watch) from error
            raise TryAgain(_unreachable(url, error)) from error
        except (failures.RequestException, ValueError) as error:
            raise refusals.bad_url() from error
        if watch.reason:  # a head that was cut off looks like a whole one
            answer.close()
            raise self._out_of_time(watch)
        watch.advance(LEAST_PROGRESS)
        if sum(len(name) + len(value) for name, value in answer.headers.items()) > self.max_header_bytes:
            answer.close()
            raise refusals.headers_too_large()
        return answer

    def _receive(
        self, answer: requests.Response, url: str, target: Path, headers: dict[str, str], watch: Watch
    ) -> Download:
        validators = {
            "etag": answer.headers.get("ETag"),
            "last_modified": answer.headers.get("Last-Modified"),
        }
        if answer.status_code == 304 and ("If-None-Match" in headers or "If-Modified-Since" in headers):
            return Download(
                not_modified=True,
                etag=validators["etag"] or headers.get("If-None-Match"),
                last_modified=validators["last_modified"] or headers.get("If-Modified-Since"),
            )
        if answer.status_code in _BUSY:
            wait = retry_after(answer.headers.get("Retry-After"))
            raise TryAgain(refusals.bad_status(answer.status_code, url), wait)
        if answer.status_code != 200:
            raise refusals.bad_status(answer.status_code, url)
        left = self.max_bytes - self._spent
        if int(_digits(answer.headers.get("Content-Length"))) > left:
            raise refusals.too_large(self.max_bytes)
        digest, size = hashlib.sha256(), 0
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        with target.open("wb") as file:
            for content in unpacked(self._raw(answer, url, watch, left), encoding):
                size += len(content)
                if size > left:
                    raise refusals.too_large(self.max_bytes)
                if watch.reason:
                    raise self._out_of_time(watch)
                digest.update(content)
                file.write(content)
                self.told(self._spent + size)
        self._spent += size
        kind = answer.headers.get("Content-Type", "")
        return Download(sha256=digest.hexdigest(), bytes=size, content_type=kind, **validators)

    def _raw(self, answer: requests.Response, url: str, watch: Watch, left: int) -> Iterator[bytes]:
        """The body as it comes, as soon as it comes."""
        size = 0
        while True:
            try:
                piece = answer.raw.read1(PIECE, decode_content=False)
            except (HTTPError, OSError, ValueError) as error:
                if watch.reason:
                    raise self._out_of_time(watch) from error
                raise TryAgain(refusals.cut_off(url)) from error
            if watch.reason:  # a connection that was shut down looks like an end
                raise self._out_of_time(watch)
            if not piece:
                return
            size += len(piece)
            if size > left:
                raise refusals.too_large(self.max_bytes)
            watch.advance(len(piece))
            yield piece


def _latin1(text: str) -> str:
    """Header values arrive as Latin-1; addresses in them are meant as UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _digits(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() and len(text) < 20 else "0"


def retry_after(text: str | None) -> float | None:
    """Seconds that a busy source asks for, given as seconds or as a date."""
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - clock.now()).total_seconds())


def _unreachable(url: str, error: Exception) -> FetchRefused:
    if _caused_by(error, NameResolutionError):
        return refusals.name_unknown(url)
    return refusals.unreachable(url)


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    inner: Any = error
    for _ in range(5):  # requests wraps MaxRetryError, which wraps the cause
        if isinstance(inner, kind):
            return True
        inner = getattr(inner, "reason", None) or next(iter(getattr(inner, "args", ())), None)
    return False
