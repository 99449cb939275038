"""Tables that people hand in (xlsx, xls, csv) as one stream of rows, within limits that hold before anything unfolds.

What a file is, its bytes say, not its name. Formulas are never evaluated: a formula is a value of its own kind, and
whoever reads it decides. A file that cannot be read right is refused with one clear sentence: nothing here raises
anything but :class:`UnreadableError`.

Not read: OpenDocument (ods), binary workbooks (xlsb), anything encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.govshare.kernel import grid_csv, grid_xls, grid_xlsx
from ckanext.govshare.kernel.grid_base import (
    Budget,
    ErrorValue,
    Formula,
    Limits,
    Row,
    UnreadableError,
    column_letter,
    damaged,
    is_formula_text,
    neutral,
    not_a_table,
    place,
    restore,
    text,
    too_large,
)

__all__ = [
    "ErrorValue",
    "Formula",
    "Limits",
    "Row",
    "UnreadableError",
    "column_letter",
    "is_formula_text",
    "kind",
    "neutral",
    "place",
    "read",
    "restore",
    "text",
]

_READERS = {"xlsx": grid_xlsx.rows, "xls": grid_xls.rows, "csv": grid_csv.rows}
_OTHERS = (
    (b"%pdf", "PDF", "PDF"),
    (b"<!doctype html", "网页（HTML）", "a web page (HTML)"),
    (b"<html", "网页（HTML）", "a web page (HTML)"),
    (b"<?xml", "XML", "XML"),
    (b"{\\rtf", "RTF文档", "an RTF document"),
    (b"\x1f\x8b", "压缩包", "a compressed archive"),
    (b"rar!", "压缩包", "a compressed archive"),
    (b"7z\xbc\xaf", "压缩包", "a compressed archive"),
)


def read(data: bytes, limits: Limits | None = None) -> Iterator[Row]:
    """Read a table row by row; rows that hold nothing are left out.

    :param data: the file
    :param limits: what it may bring; the usual limits if not given
    :raises UnreadableError: the file is no such table, is damaged or encrypted, or passes a limit; may come at any row
    """
    limits = limits or Limits()
    reader = _READERS[kind(data, limits)]
    try:
        yield from reader(data, Budget(limits))
    except UnreadableError:
        raise
    except MemoryError:
        raise too_large(limits) from None
    except Exception as error:  # noqa: BLE001 - a foreign file may break its parser in any way
        raise damaged() from error


def kind(data: bytes, limits: Limits | None = None) -> str:
    """What a file is by its bytes: ``xlsx``, ``xls`` or ``csv``.

    :raises UnreadableError: it is none of these, or too large
    """
    limits = limits or Limits()
    if not data.strip(b"\x00 \r\n\t"):
        raise UnreadableError("empty", "文件是空的，请选择填好的文件。", "The file is empty.")
    if len(data) > limits.max_bytes:
        raise too_large(limits)
    if data.startswith(b"PK"):
        grid_xlsx.check(data, limits)
        return "xlsx"
    if data.startswith(grid_xls.MAGIC):
        return "xls"
    head = data[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for mark, zh, en in _OTHERS:
        if head.startswith(mark):
            raise not_a_table(zh, en)
    return "csv"
