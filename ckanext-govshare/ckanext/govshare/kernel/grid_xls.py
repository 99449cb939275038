"""xls (Excel 97 to 2003, WPS et): values by calamine, what it does not say from the records of the file itself.

calamine gives cached results where formulas stand, and unfolds a sheet into all its cells at once. So the BIFF
records are gone through before: whether the book is encrypted, which cells are formulas, how far a sheet reaches.
Format: [MS-CFB] (compound file), [MS-XLS] (records).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

from ckanext.govshare.kernel.grid_base import (
    Budget,
    Formula,
    Row,
    damaged,
    encrypted,
    not_a_table,
    too_large,
    too_many,
)

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA  # from here on numbers of sectors mean something else
_ENTRY = 128  # bytes of a directory entry
_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
_FORMULAS = (0x0006, 0x0206, 0x0406)
_CELLS = (0x0203, 0x00FD, 0x0204, 0x027E, 0x0205, 0x00D6, *_FORMULAS)  # number, label, RK, boolean, rich text
_RANGES = (0x00BD, 0x00BE)  # several cells of a row in one record


@dataclass
class SheetFacts:
    """What the records of a sheet say.

    :param formulas: (row, column) of formula cells, both from 0
    :param rows: number of the last row that has a cell
    :param columns: number of the last column that has one
    """

    formulas: set[tuple[int, int]] = field(default_factory=set)
    rows: int = 0
    columns: int = 0


def rows(data: bytes, budget: Budget) -> Iterator[Row]:
    """Rows of all sheets in their order."""
    limits = budget.limits
    facts = scan(workbook_stream(data), limits.max_sheets)
    if len(facts) > limits.max_sheets:
        raise too_many("工作表", "sheets", limits.max_sheets)
    if any(sheet.rows * sheet.columns > limits.max_cells for sheet in facts):
        raise too_large(limits)
    book = _open(data)
    for position, name in enumerate(book.sheet_names):
        budget.tick()
        yield from _sheet(book, position, name, facts, budget)


def _open(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise encrypted() from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of its Rust code is no Exception
        raise damaged() from None


def _sheet(
    book: CalamineWorkbook, position: int, name: str, facts: list[SheetFacts], budget: Budget
) -> Iterator[Row]:
    try:
        sheet = book.get_sheet_by_index(position)
        table = sheet.to_python(skip_empty_area=False)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - as above
        raise damaged() from None
    formulas = facts[position].formulas if position < len(facts) else set()
    for index, values in enumerate(table):
        cells: tuple[Any, ...] = tuple(None if value == "" else value for value in values)
        if formulas:
            cells = tuple(
                Formula(f"={value}") if (index, column) in formulas else value
                for column, value in enumerate(cells)
            )
        row = budget.row(name, index + 1, cells)
        if row is not None:
            yield row


def scan(stream: bytes, max_sheets: int = 60) -> list[SheetFacts]:
    """Go through the records of a workbook stream.

    :returns: facts of every sheet, in the order of the book
    :raises UnreadableError: it is encrypted
    """
    offsets: list[int] = []
    for _at, record, body in _records(stream, 0):
        if record == _FILEPASS:
            raise encrypted()
        if record == _BOUNDSHEET and len(body) >= 4:
            offsets.append(struct.unpack_from("<I", body)[0])
            if len(offsets) > max_sheets:
                break
    return [_scan_sheet(stream, offset) for offset in offsets]


def _scan_sheet(stream: bytes, offset: int) -> SheetFacts:
    facts = SheetFacts()
    for _at, record, body in _records(stream, offset):
        if len(body) < 4 or (record not in _CELLS and record not in _RANGES):
            continue
        row, column = struct.unpack_from("<HH", body)
        last = struct.unpack_from("<H", body, len(body) - 2)[0] if record in _RANGES else column
        facts.rows, facts.columns = max(facts.rows, row + 1), max(facts.columns, last + 1)
        if record in _FORMULAS:
            facts.formulas.add((row, column))
    return facts


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Records of one substream: position, kind, body; ends with its EOF record."""
    at, depth = start, 0
    while at + 4 <= len(stream):
        record, size = struct.unpack_from("<HH", stream, at)
        if record == _BOF:
            depth += 1
        elif record == _EOF:
            depth -= 1
            if depth <= 0:
                return
        yield at, record, stream[at + 4 : at + 4 + size]
        at += 4 + size


def workbook_stream(data: bytes) -> bytes:
    """The stream of a compound file that holds the workbook.

    :raises UnreadableError: an encrypted xlsx, a Word document or the like, or a damaged file
    """
    try:
        entries = CompoundFile(data)
        if "EncryptedPackage" in entries.names:
            raise encrypted()
        for name in ("Workbook", "Book"):
            if name in entries.names:
                return entries.stream(name)
    except (struct.error, IndexError, UnicodeDecodeError):
        raise damaged() from None
    raise not_a_table("旧版Office文档", "an Office document of another kind")


class CompoundFile:
    """A file of streams ([MS-CFB]), read as far as finding one of them takes.

    :param data: the whole file
    """

    def __init__(self, data: bytes):
        self.data = data
        self.size = 1 << struct.unpack_from("<H", data, 30)[0]
        if self.size not in (512, 4096):
            raise damaged()
        self.sectors = len(data) // self.size + 1
        self.fat = self._fat()
        directory = self._chain(struct.unpack_from("<I", data, 48)[0])
        self.names: dict[str, tuple[int, int]] = {}
        self.root = (0, 0)
        for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<IQ", directory, at + 116)
            if self.size == 512:
                size &= 0xFFFFFFFF  # the upper half means nothing in version 3
            if kind == 5:
                self.root = (start, size)
            elif kind == 2 and 2 <= length <= 64:
                name = directory[at : at + length - 2].decode("utf-16-le")
                self.names.setdefault(name, (start, size))

    def stream(self, name: str) -> bytes:
        """The bytes of a stream."""
        start, size = self.names[name]
        if size >= struct.unpack_from("<I", self.data, 56)[0]:
            return self._chain(start)[:size]
        small = self._chain(struct.unpack_from("<I", self.data, 60)[0])
        table = struct.unpack(f"<{len(small) // 4}I", small)
        container = self._chain(self.root[0])
        return b"".join(container[at * 64 : at * 64 + 64] for at in self._numbers(start, table))[:size]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self.size
        return self.data[at : at + self.size]

    def _fat(self) -> tuple[int, ...]:
        blocks = list(struct.unpack_from("<109I", self.data, 76))
        following, per = struct.unpack_from("<I", self.data, 68)[0], self.size // 4
        seen = 0
        while following < _FREE and seen <= self.sectors:
            seen += 1
            more = struct.unpack(f"<{per}I", self._sector(following))
            blocks.extend(more[:-1])
            following = more[-1]
        used = [number for number in blocks if number < _FREE][: self.sectors]
        content = b"".join(self._sector(number) for number in used)
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    def _numbers(self, start: int, table: tuple[int, ...]) -> Iterator[int]:
        number, seen = start, 0
        while number < _FREE:
            seen += 1
            if seen > len(table):
                raise damaged()  # a chain that bites its tail
            yield number
            number = table[number]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in self._numbers(start, self.fat))
