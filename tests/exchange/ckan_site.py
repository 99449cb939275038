"""A CKAN site as far as a harvest asks one: package_search over a dict of packages, which tests change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

CALM = "2026-03-01T08:00:00.000000"


def package(number: int, **fields: Any) -> dict[str, Any]:
    """A public data set as CKAN 2.12 shows it; keyword arguments replace fields."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "name": f"set-{number}",
        "title": f"第{number}号数据",
        "notes": f"第{number}号数据的说明",
        "private": False,
        "state": "active",
        "type": "dataset",
        "license_id": "cc-by",
        "organization": {"id": "o1", "name": "jiaotong", "title": "交通运输局"},
        "tags": [{"name": "数据", "display_name": "数据"}, {"name": f"第{number}号", "state": "active"}],
        "groups": [],
        "extras": [{"key": "frequency", "value": "monthly"}],
        "metadata_created": "2026-02-01T08:00:00.000000",
        "metadata_modified": CALM,
        "num_tags": 2,
        "tracking_summary": {"total": number},
        "resources": [
            {
                "id": f"10000000-0000-4000-8000-{number:012d}",
                "name": f"文件{number}",
                "url": f"https://files.example.com/{number}.csv",
                "format": "CSV",
                "mimetype": "text/csv",
            }
        ],
        **fields,
    }


class CkanSite:
    """Answers `package_search`; counts what it was asked.

    :param count: of its packages
    """

    def __init__(self, count: int = 0):
        self.packages = {one["id"]: one for one in (package(number) for number in range(1, count + 1))}
        self.asked: list[dict[str, str]] = []
        self.shown = 0
        self.heeds = True
        self.before: Callable[[dict[str, str]], None] = lambda query: None
        self.says: Callable[[dict[str, Any]], Any] = lambda answer: answer

    def put(self, one: dict[str, Any]) -> None:
        self.packages[one["id"]] = one

    def drop(self, number: int) -> None:
        del self.packages[package(number)["id"]]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request of a handler, as `server.Source` wants it."""
        place = urlsplit(handler.path)
        if not place.path.endswith("/api/3/action/package_search"):
            handler.send_error(404)
            return
        body = self.search(place.query)
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def search(self, query: str) -> bytes:
        """The answer to a query string."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        self.asked.append(asked)
        self.before(asked)
        found = [one for guid, one in sorted(self.packages.items()) if self._wanted(one, asked.get("fq", ""))]
        start, rows = int(asked.get("start", 0)), min(int(asked.get("rows", 10)), 1000)
        page = found[start : start + rows]
        if "fl" in asked:
            names = asked["fl"].split(",")
            page = [{name: one[name] for name in names} for one in page]
        else:
            self.shown += len(page)
        result = {"count": len(found), "results": page, "sort": asked.get("sort")}
        said = self.says({"help": "…", "success": True, "result": result})
        return said if isinstance(said, bytes) else json.dumps(said).encode()

    def _wanted(self, one: dict[str, Any], filters: str) -> bool:
        if one["private"] or not self.heeds:
            return not one["private"]
        named = re.search(r"\+id:\(([^)]*)\)", filters)
        if named and one["id"] not in named[1].split(" OR "):
            return False
        since = re.search(r"\+metadata_modified:\[(\S+) TO \*\]", filters)
        if since and one["metadata_modified"] < since[1].rstrip("Z"):
            return False
        owner = re.search(r"\+\(organization:([^)]*)\)", filters)
        return not owner or one["organization"]["name"] == owner[1]
