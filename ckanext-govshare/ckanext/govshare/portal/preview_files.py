"""The head of a stored CSV, XLSX or JSON file as a table. Only so much is read as is shown, sorted or drawn."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import ckan.plugins.toolkit as tk
import openpyxl
from ckan.lib import uploader

from ckanext.govshare.portal.preview_store import Column

ENCODINGS = ("utf-8-sig", "gb18030")
MAX_JSON = 2 * 1024 * 1024  # bytes; JSON cannot be read by its head
MAX_SHEET = 64 * 1024 * 1024  # bytes a sheet may unfold to
MAX_ROWS = 500  # rows that are read
MAX_WIDTH = 500  # columns that are read
MAX_TEXT = 2000  # characters of a cell that are kept
MOMENT = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?)?")


@dataclass(frozen=True)
class Head:
    """The first rows of a file: its columns, cells as text, and whether these are all its rows."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    whole: bool


def head(resource: dict[str, Any], titles: dict[str, str]) -> Head | None:
    """The first rows of the stored file of a resource.

    :param titles: titles of columns by their name in the file
    :returns: None when the file is of another kind or cannot be read
    """
    read = {"CSV": _csv, "XLSX": _xlsx, "JSON": _json}.get((resource.get("format") or "").upper())
    if read is None:
        return None
    try:
        path = Path(uploader.get_resource_uploader(resource).get_path(resource["id"]))
        rows = list(itertools.islice(read(path), MAX_ROWS + 2))
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
    names = _names(rows[0][:MAX_WIDTH])
    body = [_fit(row, len(names)) for row in rows[1 : MAX_ROWS + 1]]
    columns = [
        Column(name, titles.get(name, name), _kind([row[place] for row in body]))
        for place, name in enumerate(names)
    ]
    return Head(columns, body, len(rows) <= MAX_ROWS + 1)


def number_of(text: str) -> float:
    """A cell of a column of numbers."""
    return float(text.replace(",", ""))


def _names(cells: Sequence[Any]) -> list[str]:
    """Header cells as ids: each another one, none empty."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        base = name = _cell(cell).strip() or f"column_{place}"
        again = 1
        while name in names:
            again += 1
            name = f"{base}_{again}"
        names.append(name)
    return names


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
    cells = [_cell(value) for value in itertools.islice(row, width)]
    return cells + [""] * (width - len(cells))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text.removesuffix(" 00:00:00")[:MAX_TEXT]


def _kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    if not filled:
        return "text"
    if all(MOMENT.fullmatch(cell) for cell in filled):
        return "time"
    return "number" if all(_is_number(cell) for cell in filled) else "text"


def _is_number(text: str) -> bool:
    try:
        value = number_of(text)
    except ValueError:
        return False
    # A code is no number; neither are "nan" and "infinity", which Python reads as such.
    return math.isfinite(value) and not (text.startswith("0") and text.isdecimal() and len(text) > 1)
