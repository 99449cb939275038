"""Progress as files: a table for Excel, CSV and JSON. Whatever people wrote stays text: nothing is evaluated."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ckanext.govshare.kernel.grids import neutral
from ckanext.govshare.publication import helpers, reasons

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
WIDEST, NARROWEST = 50, 9  # characters of a column
Row = Mapping[str, Any]
Line = list[Any]


@dataclass
class Table:
    """What a file holds: a title, notes above the table, its head and lines; `data` is what JSON says instead."""

    name: str
    title: str
    head: list[str]
    lines: list[Line]
    data: Any
    notes: list[str] = field(default_factory=list)


def write(table: Table, kind: str) -> dict[str, str]:
    """A table as a file.

    :param kind: one of `FORMATS`
    :returns: ``{filename, mimetype, content_base64}``
    """
    content = {"xlsx": _xlsx, "csv": _csv, "json": _json}[kind](table)
    return {
        "filename": f"{table.name}.{kind}",
        "mimetype": FORMATS[kind],
        "content_base64": base64.b64encode(content).decode("ascii"),
    }


def progress(rows: Iterable[Row]) -> tuple[list[str], list[Line]]:
    """Targets and where they stand."""
    head = [
        tk._("Target"), tk._("What is counted"), tk._("For"), tk._("By"), tk._("At least"), tk._("Counted"),
        tk._("Candidates"), tk._("Still needed"), tk._("State"), tk._("Forecast"), tk._("Version of the counting rule"),
    ]  # fmt: skip
    return head, [
        [
            helpers.govshare_target_title(row["target"]), helpers.govshare_measure(row["target"]["measure"]),
            _place(row["target"]), row["due"], row["target"]["at_least"], row["value"], row["candidates"],
            row["needed"], helpers.govshare_target_state(row)["text"],
            row["forecast"][f"text_{reasons.language()}"], row["target"]["rule_version"],
        ]
        for row in rows
    ]  # fmt: skip


def _place(target: Row) -> str:
    organization = target["organization"]
    return organization["title"] if organization else target["field_title"] or tk._("Whole city")


def ledger(rows: Iterable[Row], version: int) -> tuple[list[str], list[Line]]:
    """Candidates, counted or why not."""
    head = [
        tk._("Name"), tk._("Code"), tk._("Department"), tk._("Published"), tk._("Counted"), tk._("Verdict since"),
        tk._("Why not"), tk._("All reasons"), tk._("Warnings"), tk._("What to do"),
    ]  # fmt: skip
    return head, [
        [
            row["title"], row["resource_code"], _title(row), row["published"],
            tk._("yes") if row["counted"] else tk._("no"), row["since"],
            _reasons([row["reason"]] if row["reason"] else [], version), _reasons(row["reasons"], version),
            _reasons(row["warnings"], version), row["what_to_do"],
        ]
        for row in rows
    ]  # fmt: skip


def history(answer: Row) -> tuple[list[str], list[Line]]:
    """The course of a target."""
    head = [
        tk._("Day"), tk._("Counted"), tk._("Candidates"), tk._("Value"), tk._("New"), tk._("Gone"), tk._("Source"),
    ]  # fmt: skip
    kept, told = tk._("ledger of the day"), tk._("reconstructed from publication dates")
    return head, [
        [point["day"], *(point[key] for key in ("counted", "candidates", "value", "added", "gone")),
         told if point["day"] < answer["began"] else kept]
        for point in answer["points"]
    ]  # fmt: skip


def departments(rows: Iterable[Row], version: int) -> tuple[list[str], list[Line]]:
    """Departments, best first."""
    head = [
        tk._("Department"), tk._("Counted"), tk._("Candidates"), tk._("Not counted"), tk._("Unconditional"),
        tk._("Conditional"), tk._("Value"), tk._("Reasons"),
    ]  # fmt: skip
    return head, [
        [
            _title(row), row["counted"], row["candidates"], row["candidates"] - row["counted"],
            row["split"]["unconditional"], row["split"]["conditional"], row["value"],
            "、".join(f"{reasons.label(slug, version)} {n}" for slug, n in row["not_counted"].items()),
        ]
        for row in rows
    ]  # fmt: skip


def matrix(answer: Row) -> tuple[list[str], list[Line]]:
    """Fields, with a column a department where the reader may see them."""
    bodies = answer["departments"]
    head = [tk._("Field of opening"), tk._("At least"), tk._("By"), tk._("Counted"), tk._("Short by")]
    return [*head, *(body["title"] for body in bodies)], [
        [
            one["title"], one["at_least"], one["due"], one["counted"], one["gap"],
            *(one["cells"].get(body["id"], 0) for body in bodies),
        ]
        for one in answer["fields"]
    ]  # fmt: skip


def difference(answer: Row, version: int) -> tuple[list[str], list[Line]]:
    """What came and went between two days."""
    head = [
        tk._("What happened"), tk._("Name"), tk._("Code"), tk._("Department"), tk._("Verdict before"),
        tk._("Verdict after"),
    ]  # fmt: skip
    words = {"came": tk._("Came"), "went": tk._("Went"), "changed": tk._("Other reason")}
    return head, [
        [word, row["title"], row["resource_code"], _title(row), _reasons(row["before"], version),
         _reasons(row["after"], version)]
        for what, word in words.items()
        for row in answer[what]
    ]  # fmt: skip


def _title(row: Row) -> str:
    return (row["organization"] or {}).get("title", "")


def _reasons(slugs: Iterable[str] | None, version: int) -> str:
    return "、".join(reasons.label(slug, version) for slug in slugs or ())


def _json(table: Table) -> bytes:
    return json.dumps(table.data, ensure_ascii=False, indent=2).encode()


def _csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for line in (table.head, *table.lines):
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(table: Table) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title.translate(str.maketrans("", "", "[]:*?/\\"))[:31])
    for column, title in enumerate(table.head):
        longest = max((len(str(line[column] or "")) for line in table.lines), default=0)
        width = min(WIDEST, 2 * max(NARROWEST, longest, len(title)))
        sheet.column_dimensions[get_column_letter(column + 1)].width = width
    above = [table.title, *table.notes]
    sheet.freeze_panes = f"A{len(above) + 2}"
    for note in above:
        sheet.append([_cell(sheet, note, bold=note is table.title)])
    sheet.append([_cell(sheet, title, bold=True) for title in table.head])
    for line in table.lines:
        sheet.append([_cell(sheet, value) for value in line])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(sheet: Any, value: Any, bold: bool = False) -> WriteOnlyCell:
    """A cell; text stays text whatever it begins with."""
    text = isinstance(value, str)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
    if text:
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    if bold:
        cell.font = Font(bold=True)
    return cell
