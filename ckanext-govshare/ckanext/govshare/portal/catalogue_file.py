"""公共信息资源开放目录 as one file (R44): every public entry in a row, as xlsx, CSV or JSON, with its day.

The form of departments, with its columns about sharing, is another file (catalogue/exporter.py).
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from ckanext.govshare.kernel import grids
from ckanext.govshare.portal import outlets

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}
NAME = "公共信息资源开放目录"
CELL = 32_767  # characters that a cell of xlsx may hold
CHUNK = 256 * 1024
#: column → heading; the headings are those of the guide (编制指南) where it has one
COLUMNS = {
    "code": "信息资源代码",
    "title": "信息资源名称",
    "provider": "信息资源提供方",
    "notes": "信息资源摘要",
    "field": "开放领域",
    "open_type": "开放类型",
    "open_condition": "开放条件",
    "items": "信息项",
    "formats": "文件格式",
    "files": "文件数",
    "update_cycle": "更新周期",
    "issued": "发布日期",
    "updated": "更新日期",
    "licence": "使用许可",
    "tags": "标签",
    "page": "页面地址",
    "as_of": "目录日期",
}
LISTS = ("items", "formats", "tags")


def filename(format: str) -> str:
    """Name of the file, with the day on which it was made."""
    return f"{NAME}-{outlets.today().replace('-', '')}.{format}"


def parts(format: str) -> Iterator[bytes]:
    """The bytes of the file, one piece after another.

    :param format: one of FORMATS
    """
    return {"csv": _csv, "json": _json, "xlsx": _xlsx}[format]()


def row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry by column; lists as lists."""
    files, items = outlets.files(entry), entry.get("info_items")
    label = tk.h.govshare_code_label
    return {
        "code": outlets.text(entry.get("resource_code")),
        "title": outlets.text(entry.get("title")),
        "provider": outlets.provider(entry)["name"],
        "notes": outlets.text(entry.get("notes")),
        "field": label("open_domain", entry["open_domain"]) if entry.get("open_domain") else "",
        "open_type": label("open_type", entry["open_type"]),
        "open_condition": outlets.text(entry.get("open_condition")),
        "items": [outlets.text(item.get("name")) for item in items] if isinstance(items, list) else [],
        "formats": sorted({file["format"] for file in files if file["format"]}),
        "files": len(files),
        "update_cycle": label("update_cycle", entry["update_cycle"]) if entry.get("update_cycle") else "",
        "issued": outlets.issued(entry),
        "updated": outlets.updated(entry)[:10],
        "licence": outlets.text(entry.get("license_title")),
        "tags": outlets.keywords(entry),
        "page": outlets.page(entry),
        "as_of": outlets.today(),
    }


def _texts(entry: Mapping[str, Any]) -> list[str]:
    return ["、".join(value) if isinstance(value, list) else str(value) for value in row(entry).values()]


def _csv() -> Iterator[bytes]:
    """With a byte order mark, as spreadsheets want it; no text in it is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS.values())
    yield b"\xef\xbb\xbf"
    for entry in outlets.entries():
        writer.writerow([grids.neutral(value) for value in _texts(entry)])
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _json() -> Iterator[bytes]:
    """One object: what it is, of which day, of whom; then the entries with their files."""
    head = {"title": NAME, "as_of": outlets.today(), "source": f"{outlets.base()}/", "columns": COLUMNS}
    yield (json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": [').encode()
    for number, entry in enumerate(outlets.entries()):
        given = [
            {key: file[key] for key in ("name", "format", "url", "size", "updated") if file[key]}
            for file in outlets.files(entry)
        ]
        line = json.dumps({**row(entry), "files": given}, ensure_ascii=False)
        yield ((",\n" if number else "\n") + line).encode("utf-8", "replace")
    yield b"\n]}\n"


def _xlsx() -> Iterator[bytes]:
    """Written row by row to a file on disk, then sent: an xlsx is a zip, whose table of contents comes last."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(f"{NAME}{outlets.today()}"[:31])
    sheet.freeze_panes = "A2"
    for letter, width in {"A": 18, "B": 40, "C": 24, "D": 60, "H": 40, "P": 48}.items():
        sheet.column_dimensions[letter].width = width
    sheet.append(list(COLUMNS.values()))
    for entry in outlets.entries():
        sheet.append([_cell(sheet, value) for value in _texts(entry)])
    with tempfile.TemporaryFile() as target:
        book.save(target)
        target.seek(0)
        while chunk := target.read(CHUNK):
            yield chunk


def _cell(sheet: Any, value: str) -> WriteOnlyCell:
    """A cell that holds a text, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value[:CELL])
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "\t", "\r")
    return cell
