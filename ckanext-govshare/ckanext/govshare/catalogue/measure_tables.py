"""CSV and workbooks: what `measure` knows of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import IO
from zipfile import ZipFile

import openpyxl
from openpyxl.utils import column_index_from_string

from ckanext.govshare.catalogue.measure_base import (
    MIB,
    BrokenError,
    Measured,
    UnknownError,
    measured,
    take,
)
from ckanext.govshare.kernel import grid_csv, grids
from ckanext.govshare.kernel.quality import HEAD, Merged, Sample

MAX_UNZIPPED = 512 * MIB  # bytes an xlsx may unfold to
MAX_LINE = 4 * MIB  # characters of a line of a CSV
XLS = grids.Limits(max_bytes=50 * MIB, max_rows=70_000)
OUR_LIMITS = frozenset({"too_large", "too_slow", "cell_too_long", "entities"})  # refusals that prove nothing
MARKS = ";\t|"  # that may part the cells of a CSV, beside the comma
# Beginnings of other kinds of files, in small letters.
NO_TEXT = (
    *(b"%pdf", b"pk\x03\x04", b"\xd0\xcf\x11\xe0", b"<!doctype html", b"<html"),
    *(b"\x1f\x8b", b"rar!", b"7z\xbc\xaf"),
)
_MERGED = re.compile(rb'mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')


def read_csv(path: Path, delimiter: str = "") -> Measured:
    """A CSV; where its rows are of many widths, nothing is said of blank cells.

    :param delimiter: told by the first line if not given
    :raises BrokenError: it is no text in UTF-8, UTF-16 or GB18030, or begins like another kind of file
    """
    encoding = grid_csv.encoding_of(path)
    with path.open("rb") as probe:
        head = probe.read(MIB)
    if encoding is None or head[:64].lstrip().lower().startswith(NO_TEXT):
        raise BrokenError
    if not encoding.startswith(("utf-16", "utf-32")) and b"\x00" in head:
        raise BrokenError
    sample, widths = Sample(), _Widths()
    with path.open(encoding=encoding, newline="") as source:
        first = source.readline(MIB)
        source.seek(0)
        reader = csv.reader(_lines(source), delimiter=delimiter or _delimiter(first))
        header = next(reader, [])
        take(widths.of([header]), sample)
        above = sample.rows
        take(widths.of(reader), sample)
    found = measured(sample, sample.rows - above, len(header))
    return found if widths.regular else replace(found, blank_percent=None)


def _lines(source: IO[str]) -> Iterator[str]:
    """Lines of bounded length: the reader holds one as a whole, and its cells."""
    while line := source.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise UnknownError
        yield line


class _Widths:
    """Cells of the records of a CSV: where they vary, its delimiter is another one, or it holds several tables."""

    def __init__(self) -> None:
        self.all: Counter[int] = Counter()
        self.head: list[int] = []

    def of(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        for row in rows:
            if row:
                self.all[len(row)] += 1
                if len(self.head) < HEAD:
                    self.head.append(len(row))
            yield row

    @property
    def regular(self) -> bool:
        """Most records have one width, and no header is wider (but for a delimiter at its end)."""
        (width, most), *_ = self.all.most_common(1) or [(0, 0)]
        return most * 10 >= self.all.total() * 8 and max(self.head, default=0) <= width + 1


def _delimiter(first: str) -> str:
    """A comma wherever the first line has one."""
    return "," if "," in first or not any(mark in first for mark in MARKS) else max(MARKS, key=first.count)


class _Watched:
    """The XML of a sheet on its way to openpyxl, which does not tell a streaming reader of merged ranges."""

    def __init__(self, source: IO[bytes]):
        self.source, self.rest, self.across, self.covered = source, b"", 0, 0

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        text = self.rest + data
        end = 0
        for found in _MERGED.finditer(text):
            first, last = (column_index_from_string(found[group].decode()) for group in (1, 3))
            across, down = last - first + 1, int(found[4]) - int(found[2]) + 1
            self.across += across > 1
            self.covered += across * down - 1
            end = found.end()
        self.rest = text[end:][-64:]
        return data

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()

    def close(self) -> None:
        self.source.close()


def read_xlsx(path: Path) -> Measured:
    """The first sheet of a workbook.

    :raises UnknownError: it would unfold to more than `MAX_UNZIPPED`
    """
    with ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED:
            raise UnknownError
    sample, watched = Sample(), []
    with path.open("rb") as source:
        book = openpyxl.load_workbook(source, read_only=True)  # a formula is a value, computed or not
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        opened = sheet._get_source

        def watch() -> _Watched:
            watched.append(_Watched(opened()))
            return watched[-1]

        sheet._get_source = watch  # as in kernel.grid_xlsx: there is no public way
        columns = take(sheet.iter_rows(values_only=True), sample)
        book.close()
    merged = Merged(sum(one.across for one in watched), sum(one.covered for one in watched))
    return measured(sample, sample.rows - 1, columns, merged)


def read_xls(path: Path) -> Measured:
    """The first sheet of an old workbook that holds anything; merged ranges are not known.

    :raises BrokenError: it is none, damaged or encrypted
    :raises UnknownError: it passes a limit
    """
    if path.stat().st_size > XLS.max_bytes:
        raise UnknownError
    sample = Sample()
    try:
        sheets = groupby(grids.read(path.read_bytes(), XLS), key=lambda row: row.sheet)
        _name, rows = next(sheets, ("", iter(())))
        columns = take((row.values for row in rows), sample)
    except grids.UnreadableError as error:
        ours = error.slug in OUR_LIMITS or error.slug.startswith("too_many")
        raise (UnknownError if ours else BrokenError) from error
    return measured(sample, sample.rows - 1, columns)
