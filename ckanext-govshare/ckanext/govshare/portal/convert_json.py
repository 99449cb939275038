"""Records of a JSON file as CSV: a list of objects, or an object one of whose values is such a list."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from ckanext.govshare.kernel import transcode
from ckanext.govshare.kernel.grids import UnreadableError


def write_csv(source: Path, target: Path) -> None:
    """Write the records; what lies within a record's value stays JSON.

    :raises UnreadableError: the file is no JSON, or has no records
    """
    try:
        content: Any = json.loads(source.read_text(encoding="utf-8-sig"), parse_constant=str)
    except (ValueError, RecursionError):
        raise UnreadableError(
            "damaged", "文件不是可读取的JSON", "The file is no JSON that can be read"
        ) from None
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [])
    records = [record for record in content if isinstance(record, dict)] if isinstance(content, list) else []
    names = list(dict.fromkeys(name for record in records for name in record))
    if not names:
        raise UnreadableError(
            "no_records", "JSON文件中没有记录列表", "The JSON file holds no list of records"
        )
    if len(names) > transcode.MAX_COLUMNS:
        raise UnreadableError(
            "too_many_columns",
            f"列数超过{transcode.MAX_COLUMNS}",
            f"More than {transcode.MAX_COLUMNS} columns",
        )
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(_clean, names))
        writer.writerows([_cell(record.get(name)) for name in names] for record in records)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _clean(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clean(text: str) -> str:
    return text.replace("\x00", "")
