"""A catalogue interface of a department for tests: entries, deletions, a clock; and how it misbehaves."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .server import Source


class Catalogue:
    """Answers as the contract says, from a list of entries.

    :param source: the server that it answers on
    """

    def __init__(self, source: Source):
        self.entries: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.changed: list[str] = []
        self.as_of = "2026-03-02T10:00:00+08:00"
        self.honours_since = True
        self.token = ""
        self.asked: list[dict[str, str]] = []
        self.origin = source.url.rpartition("/")[0]
        self.base = f"{self.origin}/catalogue"
        source.answer = self._answer

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        if url.path != "/catalogue/entries" or (self.token and handler.headers.get("X-Token") != self.token):
            handler.send_response(404 if url.path != "/catalogue/entries" else 401)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked.append(asked)
        body = json.dumps(self._page(asked)).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _page(self, asked: dict[str, str]) -> dict[str, Any]:
        said: dict[str, Any] = {"as_of": self.as_of}
        shown = self.entries
        if "since" in asked and self.honours_since:
            said |= {"since": asked["since"], "deleted": self.deleted}
            shown = [entry for entry in shown if entry["id"] in self.changed]
        start, size = int(asked.get("cursor", 0)), int(asked["page_size"])
        more = start + size if start + size < len(shown) else None
        return said | {"entries": shown[start : start + size], "next": more}


def entry(number: int, **fields: Any) -> dict[str, Any]:
    """A good entry of 市交通运输局."""
    return {
        "id": f"e-{number}",
        "title": f"第{number}号公交线路信息",
        "notes": f"第{number}号公交线路的站点、首末班时间和票价，每日更新。",
        "format_class": "3",
        "format_type": "mysql",
        "info_items": [{"name": "站点名称", "name_en": "stop_name", "type": "C", "length": "100"}],
        "share_type": "1",
        "share_mode": "1",
        "share_mode_type": "1",
        "open_type": "1",
        "open_domain": "14",
        "license_id": "cc-by",
        "update_cycle": "2",
        "pub_date": "2026-03-01",
        "tags": ["公交"],
        "resources": [{"id": "f", "name": "站点", "url": f"https://files.example.com/{number}.csv", "format": "CSV"}],
        **fields,
    }
