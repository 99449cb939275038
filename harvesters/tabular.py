"""How many columns and rows a CSV has, in one pass and bounded memory; the encoding is told by rule, as for imports."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ckanext.govshare.kernel.grid_base import UnreadableError, damaged, not_a_table
from ckanext.govshare.kernel.grid_csv import delimiter_of, encoding_of

MAX_LINE = 4 << 20  # characters
_SAMPLE = 50  # lines that tell the delimiter


def columns_and_rows(path: Path) -> tuple[int, int]:
    """Columns of the first row, and rows below it that hold something.

    :raises UnreadableError: no text in UTF-8, UTF-16 or GB18030, or no CSV
    """
    encoding = encoding_of(path)
    if encoding is None:
        raise UnreadableError(
            "encoding",
            "无法识别文件编码，请另存为UTF-8或GB18030编码的CSV。",
            "its encoding is unknown: save it in UTF-8 or GB18030",
        )
    with path.open(encoding=encoding, newline="") as file:
        lines = _lines(file)
        first = list(itertools.islice((text for text in lines if text.strip()), _SAMPLE))
        reader = csv.reader(itertools.chain(first, lines), delimiter=delimiter_of("".join(first)))
        try:
            columns = len(next(reader, ()))
            rows = sum(1 for row in reader if any(cell.strip() for cell in row))
        except csv.Error:
            raise damaged() from None
    return columns, rows


def _lines(file: IO[str]) -> Iterator[str]:
    while text := file.readline(MAX_LINE):
        if "\x00" in text:
            raise not_a_table("二进制", "binary")
        if len(text) == MAX_LINE:
            raise damaged()
        yield text
