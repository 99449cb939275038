"""A source on loopback that behaves, or misbehaves, as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class Source:
    """Serves what was last put; counts requests."""

    def __init__(self) -> None:
        self.body = b""
        self.etag: str | None = None
        self.type = "application/json"
        self.answer: Answer | None = None
        self.requests = 0
        source = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                source.requests += 1
                source.reply(self)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/data.json"

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        if self.answer is not None:
            self.answer(handler)
            return
        if self.etag and handler.headers.get("If-None-Match") == self.etag:
            handler.send_response(304)
            handler.send_header("ETag", self.etag)
            handler.end_headers()
            return
        handler.send_response(200)
        handler.send_header("Content-Type", self.type)
        handler.send_header("Content-Length", str(len(self.body)))
        if self.etag:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        handler.wfile.write(self.body)

    def put(self, records: list[dict[str, Any]]) -> None:
        """Serve a catalogue of these records."""
        self.body = json.dumps(
            {
                "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
                "dataset": records,
            }
        ).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def record(number: int, **fields: Any) -> dict[str, Any]:
    """A valid record of Project Open Data 1.1."""
    return {
        "@type": "dcat:Dataset",
        "identifier": f"rec-{number}",
        "title": f"第{number}号数据",
        "description": f"第{number}号数据的说明",
        "keyword": ["数据", f"第{number}号"],
        "modified": "2026-03-01",
        "accessLevel": "public",
        "publisher": {"@type": "org:Organization", "name": "市交通运输局"},
        "contactPoint": {"@type": "vcard:Contact", "fn": "张三", "hasEmail": "mailto:zhangsan@example.com"},
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": f"文件{number}",
                "format": "CSV",
                "mediaType": "text/csv",
                "downloadURL": f"https://files.example.com/{number}.csv",
            },
        ],
        **fields,
    }


def records(count: int, start: int = 1) -> list[dict[str, Any]]:
    """That many valid records."""
    return [record(number) for number in range(start, start + count)]
