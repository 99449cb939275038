"""Progress on the screen: one line a step, with time, and a sign of life while a step takes long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

HEARTBEAT_SECONDS = 5.0


class Screen:
    """Writes lines at once; keeps none.

    :param quiet: write nothing (tests)
    """

    def __init__(self, quiet: bool = False):
        self.quiet = quiet
        self._write_lock = threading.Lock()

    def line(self, text: str = "") -> None:
        """Write one line."""
        if self.quiet:
            return
        with self._write_lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Frame a piece of work: title first, the seconds after, a heartbeat in between.

        :param title: what is done, in Chinese and English
        """
        begun = time.monotonic()
        self.line(f"  · {title}")
        over = threading.Event()

        def beat() -> None:
            while not over.wait(HEARTBEAT_SECONDS):
                self.line(f"      … {time.monotonic() - begun:.0f} s")

        heart = threading.Thread(target=beat, daemon=True)
        heart.start()
        try:
            yield
        finally:
            over.set()
            heart.join()
        taken = time.monotonic() - begun
        if taken >= 1:
            self.line(f"      ✓ {taken:.1f} s")
