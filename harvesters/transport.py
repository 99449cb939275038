"""Connections that ask before they connect, and bodies that unpack piece by piece."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.addresses import Network, refusal
from ckanext.govshare.harvesters.watch import Watch

PIECE = 64 * 1024  # bytes
_ZLIB_OR_GZIP = 32 + 15  # told apart by the header
Resolver = Callable[[str, int], Sequence[str]]


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of a host, as the operating system resolves it.

    :raises socket.gaierror: the name has none
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


class Gate:
    """Opens connections for one download: resolves once, checks every address, connects to a checked one.

    :param allowed: private ranges of the point's network
    """

    def __init__(self, resolve: Resolver, allowed: Iterable[Network], allow_loopback: bool, watch: Watch):
        self.resolve = resolve
        self.allowed = tuple(allowed)
        self.allow_loopback = allow_loopback
        self.watch = watch

    def connect(self, connection: HTTPConnection, connect_seconds: float) -> socket.socket:
        """A connected socket for a urllib3 connection.

        :raises FetchRefused: an address of the host is not allowed; one bad among good ones is enough, since
            mixed answers are how rebinding looks
        :raises NewConnectionError: nobody answers
        """
        host = connection.host.strip("[]")
        try:
            addresses = self.resolve(host, connection.port)
        except (OSError, UnicodeError) as error:
            wrapped = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(host, connection, wrapped) from error
        for address in addresses:
            kind = refusal(address, self.allowed, self.allow_loopback)
            if kind:
                raise refusals.address(host, kind)
        problem: OSError | None = None
        for address in addresses:
            try:
                seconds = max(0.01, min(connect_seconds, self.watch.remaining))
                made = socket.create_connection((address, connection.port), timeout=seconds)
            except OSError as error:
                problem = error
                continue
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.watch.attach(made)
            return made
        raise NewConnectionError(connection, f"no connection to {host}") from problem


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose connections all pass a gate.

    :param gate: of this download
    :param connect_seconds: for one address
    """

    def __init__(self, gate: Gate, connect_seconds: float):
        self._gate = gate
        self._connect_seconds = connect_seconds
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the pool manager pools of guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        gate, seconds = self._gate, self._connect_seconds

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return gate.connect(self, seconds)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return gate.connect(self, seconds)

        plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        secure = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}


def unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The content of a body, never more than `PIECE` bytes at a time, however well it was packed.

    :param pieces: the body as it came
    :param encoding: its Content-Encoding
    :raises FetchRefused: an encoding that was not asked for, or a broken one
    """
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise refusals.encoding_unknown(encoding)
    unpacker = zlib.decompressobj(wbits=_ZLIB_OR_GZIP)
    started = False
    try:
        for piece in pieces:
            rest, pending = piece, False
            while rest or pending:
                if unpacker.eof:  # a further gzip member
                    unpacker = zlib.decompressobj(wbits=_ZLIB_OR_GZIP)
                started = True
                content = unpacker.decompress(rest, PIECE)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                pending = bool(content) and not unpacker.eof
                if content:
                    yield content
    except zlib.error as error:
        raise refusals.encoding_broken() from error
    if started and not unpacker.eof:
        raise refusals.encoding_broken()
