"""A watchdog over one download: seconds in all, and seconds since it last got ahead.

Socket time-outs count the seconds of one read. A server that sends a byte now and then, in its headers, in a
chunk size or in a TLS handshake, never trips them, so a thread watches and shuts the connection down.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

TICK = 0.1  # seconds
LEAST_PROGRESS = 1024  # bytes in `stall_seconds`; fewer are no progress


class Watch:
    """Trips once; `reason` then says why: ``too_slow`` or ``stalled``.

    :param max_seconds: in all, tries and pauses included
    :param stall_seconds: without at least `LEAST_PROGRESS` bytes
    """

    def __init__(self, max_seconds: float, stall_seconds: float):
        self.deadline = time.monotonic() + max_seconds
        self.stall_seconds = stall_seconds
        self.reason: str | None = None
        self._since = time.monotonic()
        self._bytes = 0
        self._paused = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="govshare-fetch-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.detach()

    @property
    def remaining(self) -> float:
        """Seconds that are left in all, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    def attach(self, connection: socket.socket) -> None:
        """Watch a connection. Its duplicate stays valid when TLS takes the socket over."""
        self.detach()
        with self._lock:
            self._socket = connection.dup()
        self.advance(LEAST_PROGRESS)
        if self.reason:
            self._cut()

    def detach(self) -> None:
        """Forget the connection."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def advance(self, size: int) -> None:
        """Note that bytes came in."""
        self._bytes += size
        if self._bytes >= LEAST_PROGRESS:
            self._bytes = 0
            self._since = time.monotonic()

    @contextlib.contextmanager
    def pause(self) -> Iterator[None]:
        """Waiting on purpose is no stall; it still counts in all."""
        self._paused = True
        try:
            yield
        finally:
            self.advance(LEAST_PROGRESS)
            self._paused = False

    def _run(self) -> None:
        while not self._done.wait(TICK):
            now = time.monotonic()
            if now > self.deadline:
                self.reason = "too_slow"
            elif not self._paused and now - self._since > self.stall_seconds:
                self.reason = "stalled"
            if self.reason:
                self._cut()

    def _cut(self) -> None:
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
