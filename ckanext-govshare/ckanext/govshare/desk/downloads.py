"""Files that pages hand out: a table as xlsx or csv, and the answer that carries a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ckanext.govshare.kernel import grids

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
KINDS = ("xlsx", "csv")
WIDEST, NARROWEST = 40, 10  # characters of a column

Row = Sequence[str | int | None]


def table(name: str, kind: str, heading: Row, rows: Iterable[Row]) -> Response:
    """A table as a file; no text in it is taken for a formula.

    :param name: file name without its ending, and name of the sheet
    :param kind: ``xlsx`` or ``csv``
    """
    write = {"xlsx": _xlsx, "csv": _csv}[kind]
    return answer(f"{name}.{kind}", write(name, heading, list(rows)), XLSX if kind == "xlsx" else CSV)


def answer(filename: str, content: bytes, content_type: str) -> Response:
    """A file as an answer that nobody keeps on the way."""
    made = Response(content, content_type=content_type)
    made.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    made.headers["Cache-Control"] = "private, no-store"
    return made


def _csv(_name: str, heading: Row, rows: list[Row]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([grids.neutral(cell) if isinstance(cell, str) else cell for cell in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def _xlsx(name: str, heading: Row, rows: list[Row]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    for column, title in enumerate(heading):
        longest = max((len(str(row[column] or "")) for row in rows), default=0)
        width = min(WIDEST, max(NARROWEST, longest, len(str(title)))) * 2
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(width, WIDEST)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, title, Font(bold=True)) for title in heading])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(sheet: Any, value: str | int | None, font: Font | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    if font is not None:
        cell.font = font
    return cell
