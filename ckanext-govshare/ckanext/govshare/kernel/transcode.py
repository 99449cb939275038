"""A stored table as plain CSV: UTF-8, commas, one header row, rows of one width, and the type of each column.

The stored file stays as it came; this makes a copy of its first table, in one pass and in bounded memory. Encodings
are told by rule (byte order mark, strict UTF-8, strict GB18030, else Windows-1252), the delimiter by the first
records, the header by what fills most of the width: titles and blank lines above it are left out. Cells lose the
blanks at their ends, blank rows are left out. A column has a type only when every cell fits it, so that nothing is
lost: ``007``, numbers of more than 15 digits and ``1e5`` are text.

Limits: the first sheet that holds anything; 1,000 columns; a workbook within `BOOK`; of a formula the value
that the program which wrote the file left beside it, in xlsx (nothing where it left none).
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import IO

from ckanext.govshare.kernel import grid_csv, grids
from ckanext.govshare.kernel.grids import UnreadableError
from ckanext.govshare.kernel.quality import HEAD

MIB = 1024 * 1024
MAX_LINE = 4 * MIB  # characters of a line of a CSV
MAX_COLUMNS = 1000
PORTION = 1000  # rows that are looked at together
BOOK = grids.Limits(
    max_bytes=100 * MIB,
    max_unfolded=1024 * MIB,
    max_part=64 * MIB,
    max_elements=3_000_000,
    max_rows=1_048_576,
    max_columns=MAX_COLUMNS,
    max_cells=10_000_000,
    computed=True,
)
SHEETS = {".xlsx", ".xls"}
TEXTS = {".csv", ".tsv"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?").fullmatch
_MOMENT = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?)?"
).fullmatch
_YEAR = re.compile("(?:19|20)[0-9]{2}").fullmatch
_NOTHING = frozenset(("null", "none", "nan", "na", "n/a", "-"))
# A Chinese character alone among Latin letters: an accented letter of a Western encoding, read as GB18030.
_HAN = "[\u4e00-\u9fff\ue000-\uf8ff]"
_WESTERN = re.compile(f"(?<=[a-z]){_HAN}(?!{_HAN})|(?<!{_HAN}){_HAN}(?=[a-z])")
_CHINESE = re.compile(f"{_HAN}+")


@dataclass(frozen=True)
class Table:
    """What a file holds.

    :param header: titles of the columns; of those that have none ``column_<n>``
    :param types: ``numeric``, ``timestamp`` or ``text`` of each
    :param rows: below the header
    """

    header: list[str]
    types: list[str]
    rows: int


def is_table(filename: str) -> bool:
    """Whether the name says that the rows of a file can be read."""
    return Path(filename).suffix.lower() in SHEETS | TEXTS


def transcode(path: Path, filename: str, target: Path) -> Table:
    """Write the table of a file as plain CSV.

    :param filename: its suffix says what to expect
    :param target: written anew; there is none when this raises
    :raises UnreadableError: it is no such file, damaged, encrypted, empty, or beyond the limits
    """
    try:
        if Path(filename).suffix.lower() in SHEETS:
            return _write(_sheet_rows(path), target)
        encoding = encoding_of(path)
        with path.open(encoding=encoding, newline="") as source:
            return _write(_csv_rows(source), target)
    except (csv.Error, UnicodeDecodeError):
        target.unlink(missing_ok=True)
        raise _damaged() from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def encoding_of(path: Path) -> str:
    """Encoding of a text file, by rule: the same file always reads the same.

    :raises UnreadableError: it is no text
    """
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    grids.kind(head[:2048] or b" ")  # other kinds of files are refused by their first bytes
    for mark, name in grid_csv.MARKS:
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        raise grids.not_a_table("二进制", "binary")
    for name in ("utf-8", "gb18030"):
        if grid_csv.decodes(path, name):
            return name if name == "utf-8" or not _is_western(path) else "cp1252"
    return "cp1252" if grid_csv.decodes(path, "cp1252") else "latin-1"


def _is_western(path: Path) -> bool:
    """Whether what reads as GB18030 is a Western text: its Chinese characters stand alone within words."""
    with path.open(encoding="gb18030", newline="") as source:
        text = source.read(4 * MIB).lower()
    return len(_WESTERN.findall(text)) * 2 > len(_CHINESE.findall(text))


def _lines(source: IO[str]) -> Iterator[str]:
    """Lines of bounded length: the reader holds one as a whole, and its cells."""
    while text := source.readline(MAX_LINE):
        if len(text) == MAX_LINE or "\x00" in text:
            raise _damaged()
        yield text


def _csv_rows(source: IO[str]) -> Iterator[list[str]]:
    lines = _lines(source)
    first = list(itertools.islice((text for text in lines if text.strip()), 50))
    delimiter = grid_csv.delimiter_of("".join(first))
    reader = csv.reader(itertools.chain(first, lines), delimiter=delimiter)
    for row in reader:
        yield [cell.strip() for cell in row]


def _sheet_rows(path: Path) -> Iterator[list[str]]:
    if path.stat().st_size > BOOK.max_bytes:
        raise grids.too_large(BOOK)
    sheets = itertools.groupby(grids.read(path.read_bytes(), BOOK), key=lambda row: row.sheet)
    _name, rows = next(sheets, ("", iter(())))
    for row in rows:
        yield [grids.text(value) for value in row.values]


def _write(rows: Iterable[list[str]], target: Path) -> Table:
    """The rows as CSV, and what they are."""
    filled = (row for row in rows if any(row))
    head = list(itertools.islice(filled, HEAD))
    if not head:
        raise UnreadableError("empty", "文件中没有任何内容", "The file holds nothing")
    widths = [sum(map(bool, row)) + (not row[0]) for row in head]  # the corner of a header may be blank
    head = head[next(place for place, cells in enumerate(widths) if cells * 10 >= max(widths) * 8) :]
    header = [] if _is_data(head[0]) else head.pop(0)
    types, count, width = _Types(), 0, len(header)
    first = width  # cells of the rows that are written first
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_titles(header, width))  # whoever reads it passes it over
        for some in _portions(itertools.chain(head, filled)):
            width = max(width, *map(_width, some))
            if width > MAX_COLUMNS:
                raise UnreadableError(
                    "too_many_columns", f"列数超过{MAX_COLUMNS}", f"More than {MAX_COLUMNS} columns"
                )
            first = first if count else width
            square = [row if len(row) == width else (row + [""] * (width - len(row)))[:width] for row in some]
            types.take(square)
            writer.writerows(square)
            count += len(some)
    if width > first:
        _widen(target, width)
    return Table(_titles(header, width), types.of(width), count)


def _width(row: Sequence[str]) -> int:
    """Cells of a row up to the last that holds something."""
    cells = len(row)
    while cells and not row[cells - 1]:
        cells -= 1
    return cells


def _portions(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """The rows, some at a time: few where they are long."""
    some: list[list[str]] = []
    characters = 0
    for row in rows:
        some.append(row)
        characters += sum(map(len, row))
        if len(some) == PORTION or characters > MAX_LINE:
            yield some
            some, characters = [], 0
    if some:
        yield some


def _titles(header: Sequence[str], width: int) -> list[str]:
    names = [" ".join(cell.split()) for cell in header]
    names += [""] * (width - len(names))
    return [name or f"column_{place}" for place, name in enumerate(names, 1)]


def _is_data(header: Sequence[str]) -> bool:
    """Whether a first row holds no name at all: then the table has no header. Years are names."""
    names = [cell for cell in header if cell]
    years = len(names) > 1 and len(set(names)) == len(names) and all(map(_YEAR, names))
    return not years and all(cell.lower() in _NOTHING or _NUMBER(cell) for cell in names)


def _widen(target: Path, width: int) -> None:
    """Write a CSV again with rows of one width: a row far below turned out to be wider."""
    wide = target.with_suffix(".wide")
    with target.open(encoding="utf-8", newline="") as source, wide.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in csv.reader(source):
            writer.writerow(row + [""] * (width - len(row)))
    wide.replace(target)


class _Types:
    """Types that every cell so far fits."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}  # by column

    def take(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at rows of one width."""
        for place, column in enumerate(zip(*rows, strict=True)):
            kind = self._known.get(place, "")
            cells = set() if kind == "text" else set(column) - {""}
            if not cells:
                continue
            if kind != "timestamp" and all(map(_NUMBER, cells)):
                self._known[place] = "numeric"
            elif kind != "numeric" and all(map(_is_moment, cells)):
                self._known[place] = "timestamp"
            else:
                self._known[place] = "text"

    def of(self, width: int) -> list[str]:
        """Types of all columns; a column without any cell is text."""
        return [self._known.get(place, "text") for place in range(width)]


def _is_moment(cell: str) -> bool:
    found = _MOMENT(cell)
    if not found:
        return False
    year, _, month, day, hour, minute, second = found.groups(default="0")
    try:
        date(int(year), int(month), int(day))
        time(int(hour), int(minute), int(second))
    except ValueError:
        return False
    return True


def _damaged() -> UnreadableError:
    return UnreadableError(
        "damaged", "文件不是可读取的表格，或已损坏", "The file is no table that can be read, or is damaged"
    )
