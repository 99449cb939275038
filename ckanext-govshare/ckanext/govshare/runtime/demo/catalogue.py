"""The reference server of the catalogue interface: what the culture and tourism bureau's own system answers.

It keeps the contract (schemas/catalogue_api.openapi.yaml) in both ways of paging, with increments and deletions. Its
entries lie in one JSON file that somebody may edit: a list of entries, each with `id` and `modified`; one that is gone
keeps these two and gets `"deleted": true`. Standard library only.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ckanext.govshare.kernel import clock

PATH = "/wenlv/entries"
BASE = "{base}"
MAX_PAGE = 1000
_ELSEWHERE = ("type", "name", "owner_org", "resource_code", "is_demo", "tags")


class Interface:
    """Answers from a file, which is read at each request.

    Args:
        path: the JSON file; an interface without one has no entries.
        token: what a client must show, as `Authorization: Bearer …`.
    """

    def __init__(self, path: Path, token: str):
        self.path, self.token = path, token

    def answer(self, query: str, authorization: str, base: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """One page.

        Args:
            query: of the address, as it came.
            authorization: the header of that name, or nothing.
            base: address of this server, for the addresses of files.

        Returns:
            Status and JSON: a page, or what is wrong with the request.
        """
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
            return HTTPStatus.UNAUTHORIZED, {"error": "令牌缺失或无效"}
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        as_of = clock.now().isoformat(timespec="seconds")  # before the entries are read
        try:
            return HTTPStatus.OK, {"as_of": as_of, **self._page(asked, base)}
        except ValueError as error:
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}

    def _page(self, asked: Mapping[str, str], base: str) -> dict[str, Any]:
        rows, said = self._rows(base), {}
        if "since" in asked:
            since = _moment(asked["since"])
            rows = [row for row in rows if _moment(row["modified"]) >= since]
            said = {"since": asked["since"], "deleted": [row["id"] for row in rows if row.get("deleted")]}
        rows = [row for row in rows if not row.get("deleted")]
        size = min(max(int(asked.get("page_size", 200)), 1), MAX_PAGE)
        if "page" in asked:
            page, pages = max(int(asked["page"]), 1), -(-len(rows) // size)
            return {**said, "entries": rows[(page - 1) * size : page * size], "page": page, "pages": pages}
        rows = [row for row in rows if row["id"] > asked.get("cursor", "")]
        return {**said, "entries": rows[:size], "next": rows[size - 1]["id"] if len(rows) > size else None}

    def _rows(self, base: str) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8").replace(BASE, base)
        return sorted(json.loads(text), key=lambda row: row["id"])


def make(path: Path, files: Path, entries: Iterable[Any], updated: Mapping[str, str]) -> None:
    """Write what the interface answers from, and the files that its entries name, unless they are there.

    Args:
        path: the JSON file.
        files: folder of the demo's server that holds files.
        entries: as `city.at_source` answers them.
        updated: when the data of each were updated last, by title.
    """
    if path.exists():
        return
    rows = []
    for number, entry in enumerate(entries, start=1):
        known = {name: value for name, value in entry.fields.items() if value and name not in _ELSEWHERE}
        resources = []
        for file in entry.files:
            name = f"{path.stem}-{number:02d}.{file.format}"
            (files / name).write_bytes(file.content)
            resources.append(
                {"id": name, "name": file.title, "format": file.format.upper(), "url": f"{BASE}/files/{name}"}
            )
        rows.append(
            {
                "id": f"wl-{number:04d}",
                "modified": clock.now().isoformat(timespec="seconds"),
                **known,
                "data_updated": updated[known["title"]],
                "tags": [tag["name"] for tag in entry.fields["tags"]],
                "resources": resources,
            }
        )
    fresh = path.with_suffix(".fresh")
    fresh.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.ZONE)
