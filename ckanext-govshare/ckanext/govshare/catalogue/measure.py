"""Rows and columns of a stored table: what counting, pages and quality marks say about its size."""

from __future__ import annotations

import codecs
import csv
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl

log = logging.getLogger(__name__)
MAX_JSON = 50 * 1024 * 1024  # bytes; a larger JSON file is not measured
MAX_UNZIPPED = 512 * 1024 * 1024  # bytes an xlsx may unfold to


@dataclass(frozen=True)
class Size:
    """Rows of data (without the header) and columns."""

    rows: int
    columns: int


def encoding_of(path: Path) -> str | None:
    """Encoding of a text file: byte order mark, then strict UTF-8, then strict GB18030 (style.md: no detector)."""
    head = path.open("rb").read(4)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    for name in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as source:
                while chunk := source.read(1024 * 1024):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    return None


def table(path: Path, filename: str) -> Size | None:
    """Size of a CSV, XLSX or JSON table; None when the file is of another kind or cannot be read.

    :param filename: its suffix says the kind
    """
    measure = {".csv": _csv, ".xlsx": _xlsx, ".json": _json, ".geojson": _json}.get(
        Path(filename).suffix.lower()
    )
    if measure is None:
        return None
    try:
        return measure(path)
    except Exception as error:  # noqa: BLE001 - a foreign file may break its parser in any way; it is stored all the same
        log.info("not measured: %s (%s)", filename, type(error).__name__)
        return None


def _csv(path: Path) -> Size | None:
    encoding = encoding_of(path)
    if encoding is None:
        return None
    with path.open(encoding=encoding, newline="") as source:
        reader = csv.reader(source)
        header = next(reader, [])
        rows = sum(1 for row in reader if any(row))
    return Size(rows, len(header))


def _xlsx(path: Path) -> Size | None:
    with ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED:
            return None
    rows, columns = 0, 0
    with path.open("rb") as source:
        book = openpyxl.load_workbook(source, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            if any(value is not None for value in row):
                rows += 1
                columns = max(columns, len(row))
        book.close()
    return Size(max(rows - 1, 0), columns)


def _json(path: Path) -> Size | None:
    if path.stat().st_size > MAX_JSON:
        return None
    content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [])
    if not isinstance(content, list):
        return None
    first = content[0] if content else {}
    return Size(len(content), len(first) if isinstance(first, dict | list) else 1)
