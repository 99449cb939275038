"""How many columns and rows a CSV has, in one pass and bounded memory; the encoding is told by rule, as for imports."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ckanext.govshare.kernel.grid_base import UnreadableError, damaged, not_a_table
from ckanext.govshare.kernel.grid_csv import delimiter_of

PIECE = 1 << 20  # bytes
MAX_LINE = 4 << 20  # characters
_SAMPLE = 50  # lines that tell the delimiter
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def columns_and_rows(path: Path) -> tuple[int, int]:
    """Columns of the first row, and rows below it that hold something.

    :raises UnreadableError: no text in UTF-8, UTF-16 or GB18030, or no CSV
    """
    with path.open(encoding=_encoding(path), newline="") as file:
        lines = _lines(file)
        first = list(itertools.islice((text for text in lines if text.strip()), _SAMPLE))
        reader = csv.reader(itertools.chain(first, lines), delimiter=delimiter_of("".join(first)))
        try:
            columns = len(next(reader, ()))
            rows = sum(1 for row in reader if any(cell.strip() for cell in row))
        except csv.Error:
            raise damaged() from None
    return columns, rows


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name if _decodes(path, name) else _unknown()
    return next((name for name in ("utf-8", "gb18030") if _decodes(path, name)), None) or _unknown()


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unknown() -> str:
    raise UnreadableError(
        "encoding",
        "无法识别文件编码，请另存为UTF-8或GB18030编码的CSV。",
        "its encoding is unknown: save it in UTF-8 or GB18030",
    )


def _lines(file: IO[str]) -> Iterator[str]:
    while text := file.readline(MAX_LINE):
        if "\x00" in text:
            raise not_a_table("二进制", "binary")
        if len(text) == MAX_LINE:
            raise damaged()
        yield text
