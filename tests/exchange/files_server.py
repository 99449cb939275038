"""A host of files on loopback, each of which behaves as a test says."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class FileHost:
    """Serves files by path, with entity tags; counts requests and whole answers by path."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.behaves: dict[str, Behaviour] = {}
        self.tags = True
        self.requests: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.moments: list[float] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.requests[self.path] += 1
                host.moments.append(time.monotonic())
                host.behaves.get(self.path, host.serve)(self)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, path: str, body: bytes | str, **headers: str) -> str:
        """Serve a file; answers its address."""
        self.bodies[path] = body.encode() if isinstance(body, str) else body
        self.headers[path] = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.url(path)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = self.bodies.get(handler.path)
        if body is None:
            answer(handler, 404, b"nothing here")
            return
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        if self.tags and handler.headers.get("If-None-Match") == tag:
            answer(handler, 304, None, ETag=tag)
            return
        self.whole[handler.path] += 1
        answer(handler, 200, body, **({"ETag": tag} if self.tags else {}), **self.headers[handler.path])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes | None, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if body is not None:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if body is not None:
        handler.wfile.write(body)
