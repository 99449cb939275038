"""CSV: its encoding is told by rule, not guessed by a detector, so that the same file always reads the same."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

from ckanext.govshare.kernel.grid_base import (
    Budget,
    Formula,
    Row,
    UnreadableError,
    not_a_table,
    restore,
    too_many,
)

DELIMITERS = (",", ";", "\t")
PIECE = 1 << 20  # bytes of a file that are decoded at a time
#: Byte order marks, and the codecs that read a text which begins with one.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 20  # records that tell the delimiter


def rows(data: bytes, budget: Budget) -> Iterator[Row]:
    """Rows of a csv; the delimiter is comma, semicolon or tab.

    A leading ``=`` is reported as formula: a spreadsheet program would evaluate it.
    """
    content = decode(data)
    delimiter = delimiter_of(content)
    reader = csv.reader(_lines(content, delimiter, budget), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader, None)
        except csv.Error:
            raise UnreadableError(
                "bad_csv",
                f"第{number}行的引号不成对或单元格过长，无法读取。请检查该行，或另存为xlsx后上传。",
                f"Row {number} has unbalanced quotes or a cell that is too long.",
            ) from None
        if record is None:
            return
        row = budget.row("", number, tuple(map(_value, record)))
        if row is not None:
            yield row


def _lines(content: str, delimiter: str, budget: Budget) -> Iterator[str]:
    """The lines of a csv, none with so many delimiters that its cells would fill the memory."""
    for number, line in enumerate(io.StringIO(content, newline=""), 1):
        if line.count(delimiter) > budget.limits.max_cell:
            raise too_many("列", "columns", budget.limits.max_columns, "", number)
        yield line


def _value(cell: str) -> str:
    return Formula(cell) if cell.startswith("=") and len(cell) > 1 else restore(cell)


def decode(data: bytes) -> str:
    """The text of a file: byte order mark, else strict UTF-8, else strict GB18030 (superset of GBK and GB 2312).

    :raises UnreadableError: it is none of these, or no text at all
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strict(data, (name,))
    if b"\x00" in data:
        raise not_a_table("二进制", "binary")
    return _strict(data, ("utf-8", "gb18030"))


def _strict(data: bytes, names: tuple[str, ...]) -> str:
    for name in names:
        try:
            content = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in content:
            raise not_a_table("二进制", "binary")
        return content
    raise UnreadableError(
        "encoding",
        "无法识别文件编码。请另存为xlsx，或UTF-8、GB18030编码的CSV后上传。",
        "The encoding of the file is unknown: save it as xlsx, or as csv in UTF-8 or GB18030.",
    )


def encoding_of(path: Path) -> str | None:
    """The encoding of a file on disk, by the same rule; None where it is none of these."""
    with path.open("rb") as file:
        head = file.read(4)
    names = next(((name,) for mark, name in MARKS if head.startswith(mark)), ("utf-8", "gb18030"))
    return next((name for name in names if decodes(path, name)), None)


def decodes(path: Path, name: str) -> bool:
    """Whether a whole file is text in an encoding, in bounded memory."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(content: str) -> str:
    """The delimiter that cuts the first records into most cells; a comma when none does."""

    def width(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(content[:200_000], newline=""), delimiter=delimiter)
        try:
            return sum(len(record) for record in itertools.islice(reader, _SAMPLE))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=width)
