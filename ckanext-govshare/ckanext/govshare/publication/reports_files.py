"""The summary of a month as a file: a table for Excel, a document that an office sends, CSV and JSON.

Whatever a department wrote stays text: nothing is evaluated by the program that opens the file.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.grids import neutral
from ckanext.govshare.publication import reports_document, reports_words

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_HEAD = PatternFill("solid", fgColor="DCE9F5")
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="center", horizontal="center")
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\")  # in names of sheets
Summary = dict[str, Any]


def export(summary: Summary, kind: str) -> dict[str, str]:
    """A file of a summary.

    :param summary: as `reports_summary.of` answers it
    :param kind: one of `FORMATS`
    :returns: ``{filename, content_type, content_base64}``
    """
    content = {"xlsx": _xlsx, "docx": _docx, "csv": _csv, "json": _json}[kind](summary)
    return {
        "filename": f"report-{summary['region']}-{summary['period']}.{kind}",
        "content_type": FORMATS[kind],
        "content_base64": base64.b64encode(content).decode("ascii"),
    }


def states() -> dict[str, str]:
    """What the states of a report are called."""
    return {
        "open": tk._("Not handed in"),
        "submitted": tk._("Report handed in"),
        "returned": tk._("Report sent back"),
        "accepted": tk._("Report accepted"),
        "locked": tk._("Report locked"),
    }


def span(summary: Summary) -> str:
    """From which day to which a summary tells."""
    return tk._("{first} to {last}").format(
        first=reports_words.day(summary["first"]), last=reports_words.day(summary["last"])
    )


def status(summary: Summary) -> str:
    """Whether the numbers are final."""
    if summary["locked"]:
        return tk._("Closed on {day}").format(day=reports_words.day(summary["locked"][:10]))
    return tk._("Not closed yet; as of {moment}").format(moment=clock.now().strftime("%Y-%m-%d %H:%M"))


def field_title(field: dict[str, str]) -> str:
    """A field with its unit."""
    return f"{field['title']}（{field['unit']}）" if field["unit"] else field["title"]


def _fields(summary: Summary) -> list[dict[str, str]]:
    return [field for section in summary["sections"] for field in section["fields"]]


def _remarks(row: dict[str, Any]) -> str:
    """What is special about a report."""
    marks = [tk._("handed in late")] if row["late"] and row["submitted"] else []
    marks += [tk._("nil report")] if row["nil"] else []
    return "、".join(marks)


def _table(summary: Summary) -> Iterator[list[Any]]:
    """Head, a row a department, sums."""
    fields = _fields(summary)
    head = [tk._("Department"), tk._("State"), tk._("Remarks")]
    yield [*head, *(field_title(field) for field in fields)]
    for row in summary["rows"]:
        beginning = [row["organization"]["title"], states()[row["state"]], _remarks(row)]
        yield [*beginning, *(row["values"].get(field["slug"]) for field in fields)]
    yield [tk._("Sum"), "", "", *(summary["sums"][field["slug"]] for field in fields)]


def _docx(summary: Summary) -> bytes:
    """State and remarks in one column: the tables of a document are narrow."""
    rows = [
        {**row, "remarks": "、".join(filter(None, [states()[row["state"]], _remarks(row)]))}
        for row in summary["rows"]
    ]
    head = [tk._("Department"), tk._("State")]
    return reports_document.docx({**summary, "rows": rows}, head, span(summary), status(summary))


def _json(summary: Summary) -> bytes:
    return json.dumps(summary, ensure_ascii=False, indent=2).encode()


def _csv(summary: Summary) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _table(summary):
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(summary: Summary) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = tk._("Summary of reports").translate(_FORBIDDEN)[:31]
    _put(sheet, 1, [f"{summary['heading']['title']}　{reports_words.month(summary['period'])}"])
    _put(sheet, 2, [f"{span(summary)}　{status(summary)}"])
    sheet["A1"].font = Font(bold=True, size=14)
    column = 4
    for section in summary["sections"]:
        _put(sheet, 3, [section["title"]], column)
        last = column + len(section["fields"]) - 1
        sheet.merge_cells(start_row=3, start_column=column, end_row=3, end_column=last)
        column = last + 1
    rows = list(_table(summary))
    for place, row in enumerate(rows, 4):
        _put(sheet, place, row)
    for cell in [*sheet[3], *sheet[4]]:
        cell.font, cell.fill, cell.alignment = _BOLD, _HEAD, _WRAP
    for cell in sheet[3 + len(rows)]:
        cell.font = _BOLD
    for place in range(1, len(rows[0]) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 26 if place == 1 else 14
    sheet.freeze_panes = "B5"
    _put_names(book, tk._("Not handed in"), summary["missing"])
    _put_texts(book, summary)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(sheet: Any, row: int, values: list[Any], column: int = 1) -> None:
    """Write a row of cells; a text stays a text, whatever it begins with."""
    for place, value in enumerate(values, column):
        cell = sheet.cell(row=row, column=place)
        if isinstance(value, str) and value:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"
            cell.quotePrefix = value[0] in "=+-@"
        else:
            cell.value = None if value == "" else value


def _put_names(book: Workbook, title: str, organizations: list[dict[str, str]]) -> None:
    sheet = book.create_sheet(title.translate(_FORBIDDEN)[:31])
    for place, organization in enumerate(organizations, 1):
        _put(sheet, place, [organization["title"]])
    sheet.column_dimensions["A"].width = 40


def _put_texts(book: Workbook, summary: Summary) -> None:
    sheet = book.create_sheet(tk._("What departments report").translate(_FORBIDDEN)[:31])
    fields = summary["text_fields"]
    _put(sheet, 1, [tk._("Department"), *(field["title"] for field in fields)])
    told = [row for row in summary["rows"] if row["texts"]]
    for place, row in enumerate(told, 2):
        texts = (row["texts"].get(field["slug"]) for field in fields)
        _put(sheet, place, [row["organization"]["title"], *texts])
    for cell in sheet[1]:
        cell.font, cell.fill = _BOLD, _HEAD
    for place in range(1, len(fields) + 2):
        sheet.column_dimensions[get_column_letter(place)].width = 30
