"""Readers of the reading benchmark: a process of its own that asks one or several sites for pages.

Reads ``[{port, readers, paths}, …]`` as JSON from standard input and works the blocks off one after the other. Answers
a list: ``{times: [seconds of each request], seconds: of the block, bytes}``. Every reader keeps its connection within
a block and the cookies that it is given, and takes compressed pages, as a browser does.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

HEADERS = {
    "Accept": "text/html,application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) reading",
}
TIMEOUT = 120


class Reader:
    """One reader: a connection and a jar of cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[float, int]:
        """Read a page: seconds until its last byte, and its size."""
        headers = dict(HEADERS)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.perf_counter()
        try:
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # idle for longer than the server waits
            self.connection.close()
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - started
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {path} {body[:500]!r}")
        for given in answer.headers.get_all("Set-Cookie") or ():
            name, _is, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
        return took, len(body)


def block(port: int, readers: int, paths: list[str]) -> dict[str, Any]:
    """Ask for the paths, by so many readers at once."""
    waiting, lock = iter(paths), threading.Lock()
    times: list[float] = []
    sizes: list[int] = []
    wrong: list[str] = []

    def next_path() -> str | None:
        with lock:
            return next(waiting, None)

    def read() -> None:
        reader = Reader(port)
        try:
            for path in iter(next_path, None):
                took, size = reader.get(path)
                times.append(took)
                sizes.append(size)
        except Exception as error:  # noqa: BLE001 - told to who started us
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            reader.connection.close()

    threads = [threading.Thread(target=read) for _ in range(readers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    return {"times": times, "seconds": time.perf_counter() - started, "bytes": sum(sizes)}


def main() -> None:
    asked: Iterator[dict[str, Any]] = iter(json.load(sys.stdin))
    json.dump([block(one["port"], one["readers"], one["paths"]) for one in asked], sys.stdout)


if __name__ == "__main__":
    main()
