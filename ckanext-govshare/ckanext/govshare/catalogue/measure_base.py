"""What the readers of stored files share: their answer, what they raise, and the way of rows to the detectors."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.govshare.kernel import grids
from ckanext.govshare.kernel.quality import COLUMNS, Merged, Sample

MIB = 1024 * 1024
NONE_MERGED = Merged()


class BrokenError(ValueError):
    """The file is not what its name says."""


class UnknownError(ValueError):
    """The file is beyond what is looked at."""


@dataclass(frozen=True)
class Measured:
    """What is known of a file; None is unknown.

    :param rows: rows of data, without the header
    :param parses: it is what its name says, and whole
    :param blank_percent: blank cells below the header (`kernel.quality`)
    :param forced: it is a document that was pressed into a table
    """

    rows: int | None = None
    columns: int | None = None
    parses: bool | None = None
    blank_percent: int | None = None
    forced: bool | None = None


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
                while chunk := source.read(MIB):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    return None


def take(rows: Iterable[Sequence[Any]], sample: Sample) -> int:
    """Show the rows that hold something to the sample; answers the width of the widest."""
    width = 0
    for row in rows:
        if not any(row) and all(value is None or value == "" for value in row):
            continue
        width = max(width, len(row))
        if sample.wants():
            sample.add([grids.text(value) for value in row[:COLUMNS]])
        else:
            sample.skip()
    return width


def measured(sample: Sample, rows: int, columns: int, merged: Merged = NONE_MERGED) -> Measured:
    """What is known of a table that was read to its end."""
    found = sample.found(merged)
    return Measured(max(rows, 0), columns, True, found.blank_percent, found.forced)
