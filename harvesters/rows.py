"""Rows of a view into a CSV file: read with a cursor of the server, written as they come, in bounded memory.

Values are not judged: text stays as it is, because a published original is never altered (neutralising
formulas is the exporter's business). The file is UTF-8 without a byte order mark, its first row holds the
Chinese names, lines end with a line feed, and only cells that need quotes have them.

One form for every database: ISO dates with a blank before the time, no trailing zeros behind the seconds,
decimals plain, ``true`` and ``false``, nothing for NULL and for the empty text. `cell` gives it to values of Python;
PostgreSQL (`rows_postgres`) and MySQL (`rows_mysql`) give it themselves, which is faster.
"""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any

from ckanext.govshare.harvesters import refusals

PIECE = 1 << 20  # bytes between two looks at the budgets
LARGEST_CELL = (1 << 31) - 1  # characters; the budget on bytes is what counts
_ROWS = 256  # rows that are joined into one piece, if they are small


@dataclass
class Budget:
    """What a fetch may still take.

    :param bytes: that may still be written, of ``all_bytes``
    :param deadline: moment of the monotonic clock
    :param told: how many bytes were written in all, after each piece; may raise, which ends the fetch
    """

    all_bytes: int
    deadline: float
    bytes: int = -1
    told: Callable[[int], None] = lambda size: None

    def __post_init__(self) -> None:
        self.bytes = self.all_bytes if self.bytes < 0 else self.bytes

    def seconds(self) -> float:
        """Seconds that are left."""
        return self.deadline - time.monotonic()

    def take(self, size: int) -> None:
        """Count bytes that were written.

        :raises FetchRefused: more than there may be, or too late
        """
        self.bytes -= size
        if self.bytes < 0:
            raise refusals.too_large(self.all_bytes)
        if time.monotonic() > self.deadline:
            raise refusals.database_slow()
        self.told(self.all_bytes - self.bytes)


@dataclass(frozen=True)
class Written:
    """Facts of a file.

    :param rows: without the header
    :param odd: how many cells could not be taken as they are, by the slug of the remark about them
        (``views_remarks``)
    """

    sha256: str
    size: int
    rows: int
    odd: Mapping[str, int] = field(default_factory=dict)


class CsvFile:
    """A CSV file that is being written; its budget is looked at whenever a piece is full.

    :param header: cells of the first row
    """

    def __init__(self, path: Path, header: Sequence[str], budget: Budget):
        self.budget = budget
        self.size = 0
        self._digest = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._file = path.open("wb")
        self.write(f"{line(header)}\n".encode())

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        """Take whole rows or parts of them."""
        self._pieces.append(content)
        self._waiting += len(content)
        if self._waiting > PIECE:
            self.flush()

    def flush(self) -> None:
        """Write what is held back.

        :raises FetchRefused: a budget
        """
        content = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        self.size += len(content)
        self.budget.take(len(content))
        self._digest.update(content)
        self._file.write(content)

    def written(self, rows: int, odd: Mapping[str, int] | None = None) -> Written:
        """Its facts, once everything is there."""
        self.flush()
        return Written(
            self._digest.hexdigest(),
            self.size,
            rows,
            {name: count for name, count in (odd or {}).items() if count},
        )


def write_rows(file: CsvFile, rows: Iterable[Sequence[Any]]) -> Written:
    """Write values as they come, one row at a time: a row may hold cells of any size.

    :param rows: values as drivers give them
    :raises FetchRefused: a budget
    """
    count = binary = nul = held = 0
    lines: list[str] = []

    def flush() -> None:
        nonlocal held
        file.write("".join(lines).encode("utf-8", "replace"))
        lines.clear()
        held = 0
        if file.budget.seconds() < 0:
            raise refusals.database_slow()

    for row in rows:
        cells = [value if type(value) is str else cell(value) for value in row]
        if None in cells:
            binary += cells.count(None)
            cells = ["" if value is None else value for value in cells]
        text = line(cells)  # type: ignore[arg-type]
        if "\x00" in text:
            nul += 1
            text = line([value.replace("\x00", "") for value in cells])  # type: ignore[union-attr]
        lines += (text, "\n")
        count += 1
        held += len(text)
        if count % _ROWS == 0 or held > PIECE:
            flush()
    flush()
    return file.written(count, {"binary_cell": binary, "nul_removed": nul})


def line(cells: Sequence[str]) -> str:
    """Cells as a line of CSV without its end, with quotes where they are needed."""
    text = ",".join(cells)
    if '"' in text or "\n" in text or "\r" in text or text.count(",") >= len(cells):
        return ",".join(map(_quoted, cells))
    if len(cells) == 1 and text in (
        "",
        "\\.",
    ):  # an empty line is no row, and this one ends what PostgreSQL reads
        return f'"{text}"'
    return text


def _quoted(text: str) -> str:
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text or "\n" in text or "\r" in text else text


def cell(value: Any) -> str | None:
    """A value as the file holds it.

    :returns: None for bytes, which no cell can hold
    """
    if value is None:
        return ""
    form = _FORMS.get(type(value))
    if form is not None:
        return form(value)
    for kind, form in _FORMS.items():  # what a driver derives from them
        if isinstance(value, kind):
            return form(value)
    return str(value)


def _decimal(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


def plain_float(value: float) -> str:
    """A number without an exponent, with no more digits than it takes to read it back."""
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    elif text in ("inf", "-inf", "nan"):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[text]
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def trimmed(text: str) -> str:
    """A time of day without trailing zeros behind its seconds; an offset may follow them."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return text
    offset = next((rest[place:] for place, sign in enumerate(rest) if sign in "+-"), "")
    digits = rest[: len(rest) - len(offset)].rstrip("0")
    return f"{whole}.{digits}{offset}" if digits else f"{whole}{offset}"


def _duration(value: timedelta) -> str:
    """As a time of day that may be long or negative: what MySQL keeps in ``TIME``."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.days * 86400 + value.seconds, 60)
    text = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return trimmed(f"{text}.{value.microseconds:06d}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


_FORMS: dict[type, Callable[[Any], str | None]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: plain_float,
    Decimal: _decimal,
    datetime: lambda value: trimmed(value.isoformat(" ")),
    date: lambda value: value.isoformat(),
    time_of_day: lambda value: trimmed(value.isoformat()),
    timedelta: _duration,
    bytes: lambda value: None,
    bytearray: lambda value: None,
    memoryview: lambda value: None,
    dict: _json,
    list: _json,
    tuple: _json,
}


def read_lines(path: Path) -> Iterable[list[str]]:
    """Cells of a file of ours without its header, row by row."""
    former = csv.field_size_limit(LARGEST_CELL)  # of the whole process: others rely on its own
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows, None)
            yield from rows
    finally:
        csv.field_size_limit(former)
