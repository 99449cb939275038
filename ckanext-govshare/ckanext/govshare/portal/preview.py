"""The first rows of a file, read on the server: from the DataStore, else from the stored file itself.

Who asks has the resource from ``package_show``: one without ``url`` may not be taken, nor previewed.
Reads only the head of a file: a preview costs the same for ten rows and for ten million.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import ckan.plugins.toolkit as tk
import openpyxl
from ckan.lib import uploader

ENCODINGS = ("utf-8-sig", "gb18030")
MAX_JSON = 2 * 1024 * 1024  # bytes; JSON cannot be read by its head
MAX_SHEET = 64 * 1024 * 1024  # bytes a sheet may unfold to
MAX_CELL = 120  # characters of a cell that are shown
NUMERIC = ("int", "numeric", "float", "double")


@dataclass(frozen=True)
class Preview:
    """A table to show: titles of columns, which hold numbers, rows as text, the number of all rows."""

    titles: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]
    total: int | None


def first_rows(
    resource: dict[str, Any], items: Sequence[dict[str, Any]], limit: int, user: str
) -> Preview | None:
    """The head of a resource, as this reader may see it.

    :param resource: as ``package_show`` gave it to the reader
    :param items: 信息项 of the entry: their Chinese names title the columns
    :param limit: rows
    :returns: None when the file is of another kind, cannot be read or may not be taken
    """
    if not resource.get("url"):
        return None
    titles = {item["name_en"]: item["name"] for item in items if item.get("name_en") and item.get("name")}
    if resource.get("datastore_active"):
        try:
            return _of_datastore(resource["id"], titles, limit, user)
        except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError, KeyError):
            return None
    if resource.get("url_type") != "upload":
        return None
    return _of_file(resource, titles, limit)


def _of_datastore(resource_id: str, titles: dict[str, str], limit: int, user: str) -> Preview:
    query = {"resource_id": resource_id, "limit": limit, "include_total": True}
    found = tk.get_action("datastore_search")({"user": user}, query)
    fields = [field for field in found["fields"] if not field["id"].startswith("_")]
    for field in fields:
        if field["type"].startswith("timestamp"):
            _tidy_times(found["records"], field["id"])
    return Preview(
        [(field.get("info") or {}).get("label") or titles.get(field["id"], field["id"]) for field in fields],
        [field["type"].startswith(NUMERIC) for field in fields],
        [[_cell(row.get(field["id"])) for field in fields] for row in found["records"]],
        found.get("total"),
    )


def _tidy_times(records: list[dict[str, Any]], name: str) -> None:
    """Times as people write them: to the minute, and days alone where every row is at midnight."""
    texts = [str(record[name] or "").replace("T", " ")[:16] for record in records]
    days = all(text.endswith(" 00:00") for text in texts if text)
    for record, text in zip(records, texts, strict=True):
        record[name] = text[:10] if days else text


def _of_file(resource: dict[str, Any], titles: dict[str, str], limit: int) -> Preview | None:
    read = {"CSV": _csv, "XLSX": _xlsx, "JSON": _json}.get((resource.get("format") or "").upper())
    if read is None:
        return None
    try:
        path = Path(uploader.get_resource_uploader(resource).get_path(resource["id"]))
        rows = list(itertools.islice(read(path), limit + 1))
    except (
        OSError,
        ValueError,
        KeyError,
        BadZipFile,
        csv.Error,
        EOFError,
        RecursionError,
        tk.ObjectNotFound,
    ):
        return None
    if not rows:
        return None
    header, body = [str(value) for value in rows[0]], [_fit(row, len(rows[0])) for row in rows[1:]]
    numeric = [bool(body) and all(_is_number(row[place]) for row in body) for place in range(len(header))]
    total = resource.get("rows")
    return Preview(
        [titles.get(name, name) for name in header],
        numeric,
        body,
        int(total) if str(total or "").isdecimal() else None,
    )


def _csv(path: Path) -> Iterator[Sequence[Any]]:
    for encoding in ENCODINGS:
        try:
            with path.open(encoding=encoding) as probe:
                probe.read(64 * 1024)
        except UnicodeDecodeError:
            continue
        with path.open(encoding=encoding, newline="") as source:
            yield from csv.reader(source)
        return


def _xlsx(path: Path) -> Iterator[Sequence[Any]]:
    with ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_SHEET:
            return
    # A stored file is named by its checksum; openpyxl takes a path without suffix for another kind of file.
    with path.open("rb") as source:
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from (
            row for row in sheet.iter_rows(values_only=True) if any(value is not None for value in row)
        )


def _json(path: Path) -> Iterator[Sequence[Any]]:
    if path.stat().st_size > MAX_JSON:
        return
    content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [])
    records = [record for record in content if isinstance(record, dict)] if isinstance(content, list) else []
    if records:
        names = list(records[0])
        yield names
        yield from ([record.get(name) for name in names] for record in records)


def _fit(row: Iterable[Any], width: int) -> list[str]:
    cells = [_cell(value) for value in row][:width]
    return cells + [""] * (width - len(cells))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    text = text.removesuffix(" 00:00:00")
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _is_number(text: str) -> bool:
    if not text:
        return True
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return not (text.startswith("0") and text.isdecimal() and len(text) > 1)  # a code, not a number
