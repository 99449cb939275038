"""What the readers of stored files share: their answer, what they raise, and the way of rows to the detectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
