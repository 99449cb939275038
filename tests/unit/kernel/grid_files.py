"""Files for the tests of `grids`, made here: an old workbook (xls), and workbooks that mean harm."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

SECTOR = 512
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
Cell = tuple[int, int, "str | float | tuple[str, float]"]


def xlsx(*sheets: Iterable[Iterable[object]], titles: Iterable[str] = ()) -> bytes:
    """A workbook of these rows."""
    book = Workbook()
    book.remove(book.active)
    names = list(titles) or [f"Sheet{number}" for number in range(1, len(sheets) + 1)]
    for name, rows in zip(names, sheets, strict=True):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def replaced(data: bytes, part: str, content: bytes) -> bytes:
    """An archive with another content of one part, or with one part more."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != part:
                new.writestr(info, old.read(info))
        new.writestr(part, content)
    return target.getvalue()


def sheet_xml(rows: str, before: str = "", dimension: str = "A1") -> bytes:
    """A sheet's XML around `<row>` elements."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'
    ).encode()


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cell(row: int, column: int, value: str | float | tuple[str, float]) -> bytes:
    head = struct.pack("<HHH", row, column, 0)
    if isinstance(value, tuple):  # a formula: its tokens (the constant 1) and its cached result
        return _record(0x0006, head + struct.pack("<dHIH", value[1], 0, 0, 3) + b"\x1e\x01\x00")
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, head + struct.pack("<HB", len(value), 1) + text)
    return _record(0x0203, head + struct.pack("<d", value))


def biff(cells: Iterable[Cell], name: str = "目录", encrypted: bool = False) -> bytes:
    """The stream of a workbook of one sheet (BIFF8). Cells are (row, column, value) from 0."""
    text = name.encode("utf-16-le")
    lock = _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48)) if encrypted else b""
    body = struct.pack("<BBBB", 0, 0, len(name), 1) + text
    start = len(_begin(5)) + len(lock) + 4 + 4 + len(body) + 4
    sheet = _begin(16) + b"".join(_cell(*cell) for cell in cells) + _record(0x000A, b"")
    bound = _record(0x0085, struct.pack("<I", start) + body)
    return _begin(5) + lock + bound + _record(0x000A, b"") + sheet


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file ([MS-CFB] version 3) of these streams; each is padded beyond the size of a small one."""
    contents = {name: content.ljust(4096, b"\x00") for name, content in streams.items()}
    fat, body, starts = [0xFFFFFFFD, 0], b"", {}
    directories = -(-(len(contents) + 1) * 128 // SECTOR)
    fat[1:] = [*range(2, 1 + directories), END]
    for name, content in contents.items():
        count = -(-len(content) // SECTOR)
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        body += content.ljust(count * SECTOR, b"\x00")
    entries = _entry("Root Entry", 5, END, 0, child=1)
    names = list(contents)
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else FREE
        entries += _entry(name, 2, starts[name], len(contents[name]), right=right)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    assert len(table) == SECTOR, "a small file"
    return header + table + entries.ljust(directories * SECTOR, b"\x00") + body


def _entry(name: str, kind: int, start: int, size: int, right: int = FREE, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\x00") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + struct.pack("<III", FREE, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def xls(cells: Iterable[Cell], encrypted: bool = False) -> bytes:
    """An old workbook of one sheet."""
    return compound({"Workbook": biff(cells, encrypted=encrypted)})
