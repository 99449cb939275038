"""Rows of a view into a CSV file: read with a cursor of the server, written as they come, in bounded memory.

Values are not judged: text stays as it is, because a published original is never altered (neutralising
formulas is the exporter's business). The file is UTF-8 without a byte order mark, its first row holds the
Chinese names.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any

from ckanext.govshare.harvesters import refusals

CHECK_EVERY = 1000  # rows


@dataclass(frozen=True)
class Written:
    """Facts of a file.

    :param rows: without the header
    :param refused: cells that held bytes and were left empty
    """

    sha256: str
    size: int
    rows: int
    refused: int


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    max_bytes: int,
    deadline: float,
) -> Written:
    """Write rows as they come.

    :param max_bytes: of the file
    :param deadline: moment of the monotonic clock
    :raises FetchRefused: the file outgrows its budget, or the deadline has passed
    """
    digest, size, count, refused = hashlib.sha256(), 0, 0, 0
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    with path.open("wb") as file:

        def flush() -> None:
            nonlocal size
            content = buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
            size += len(content)
            if size > max_bytes:
                raise refusals.too_large(max_bytes)
            if time.monotonic() > deadline:
                raise refusals.database_slow()
            digest.update(content)
            file.write(content)

        writer.writerow(header)
        for row in rows:
            cells = [cell(value) for value in row]
            refused += sum(value is None for value in cells)
            writer.writerow(["" if value is None else value for value in cells])
            count += 1
            if count % CHECK_EVERY == 0 or buffer.tell() > 1 << 20:
                flush()
        flush()
    return Written(digest.hexdigest(), size, count, refused)


def cell(value: Any) -> str | None:
    """A value as the file holds it: ISO dates, plain decimals, nothing for NULL.

    :returns: None for bytes, which no cell can hold
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, (datetime, date, time_of_day)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return None
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)
