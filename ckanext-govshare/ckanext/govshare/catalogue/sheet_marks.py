"""The department's own file with its faulty cells coloured, a comment at each, and a list of all problems."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string

from ckanext.govshare.catalogue.workbook import text_cell
from ckanext.govshare.kernel import grids

LIST = "问题清单"
IN_PLACE = (
    1024 * 1024
)  # bytes of an xlsx up to which its own look is kept; larger ones are written anew, row by row
_COLOURS = {"refuse": PatternFill("solid", fgColor="F8CBAD"), "warn": PatternFill("solid", fgColor="FFF2CC")}
_COLUMNS = ("工作表", "行", "列", "列名", "填写内容", "问题", "修改办法", "级别")
_LEVELS = {"refuse": "须修改", "warn": "提示"}
_MOST = 1000  # characters of a comment
Findings = list[dict[str, Any]]
Cells = dict[tuple[str, int], dict[int, Findings]]


def write(target: IO[bytes], data: bytes, findings: Findings) -> None:
    """Write the marked copy.

    :param target: takes the bytes of an xlsx
    :param data: the file as it was handed in, of any kind
    :param findings: as the import's report keeps them
    """
    cells: Cells = {}
    for finding in findings:
        if finding["row"]:
            column = column_index_from_string(finding["column"]) if finding["column"] else 1
            cells.setdefault((finding["sheet"], finding["row"]), {}).setdefault(column, []).append(finding)
    if len(data) <= IN_PLACE and _kind(data) == "xlsx":
        _in_place(target, data, cells, findings)
    else:
        _anew(target, data, cells, findings)


def _kind(data: bytes) -> str:
    try:
        return grids.kind(data)
    except grids.UnreadableError:
        return ""


def _comment(found: Findings) -> Comment:
    text = "\n".join(
        finding["zh"] + (f"（{finding['fix_zh']}）" if finding["fix_zh"] else "") for finding in found
    )
    return Comment(text[:_MOST], "目录检查", width=320, height=120)


def _colour(found: Findings) -> PatternFill:
    return _COLOURS["refuse" if any(finding["severity"] == "refuse" for finding in found) else "warn"]


def _in_place(target: IO[bytes], data: bytes, cells: Cells, findings: Findings) -> None:
    book = load_workbook(io.BytesIO(data), keep_links=False)
    for (name, row), marks in cells.items():
        if name not in book.sheetnames:
            continue
        for column, found in marks.items():
            cell = _own_cell(book[name], row, column)
            cell.fill, cell.comment = _colour(found), _comment(found)
    sheet = book.create_sheet(_free(LIST, book.sheetnames))
    _sized(sheet)
    for at, line in enumerate(_lines(findings), 1):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(at, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
            if at == 1:
                cell.font = Font(bold=True)
    book.save(target)


def _own_cell(sheet: Any, row: int, column: int) -> Any:
    """The cell; of merged ones the first, which holds their content."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return cell
    area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
    return sheet.cell(area.min_row, area.min_col)


def _anew(target: IO[bytes], data: bytes, cells: Cells, findings: Findings) -> None:
    book = Workbook(write_only=True)
    problems = book.create_sheet(LIST)
    _sized(problems)
    for line in _lines(findings):
        problems.append([text_cell(problems, value) if isinstance(value, str) else value for value in line])
    sheets: dict[str, Any] = {}
    reached: dict[str, int] = {}
    for row in _readable(data):
        name = row.sheet
        if name not in sheets:
            sheets[name] = book.create_sheet(
                _free(name or "数据", [LIST, *(s.title for s in sheets.values())])
            )
            reached[name] = 0
        sheet = sheets[name]
        while reached[name] < row.number - 1:
            sheet.append([])
            reached[name] += 1
        sheet.append(_marked(sheet, row, cells))
        reached[name] = row.number
    book.save(target)


def _readable(data: bytes) -> Iterator[grids.Row]:
    """The rows up to where the file cannot be read."""
    try:
        yield from grids.read(data)
    except grids.UnreadableError:
        return


def _marked(sheet: Any, row: grids.Row, cells: Cells) -> list[Any]:
    line: list[Any] = []
    marks = cells.get((row.sheet, row.number), {})
    for column in range(1, max([len(row.values), *marks]) + 1):
        value = row.values[column - 1] if column <= len(row.values) else None
        if column in marks:
            cell = text_cell(sheet, grids.text(value), fill=_colour(marks[column]))
            cell.comment = _comment(marks[column])
            line.append(cell)
        else:
            line.append(text_cell(sheet, value) if isinstance(value, str) else value)
    return line


def _sized(sheet: Any) -> None:
    for letter, width in zip("ABCDEFGH", (16, 6, 6, 22, 30, 70, 50, 10), strict=True):
        sheet.column_dimensions[letter].width = width


def _lines(findings: Findings) -> Iterable[tuple[Any, ...]]:
    yield _COLUMNS
    for finding in findings:
        yield (
            finding["sheet"],
            finding["row"] or None,
            finding["column"],
            finding["title"],
            finding["value"],
            finding["zh"],
            finding["fix_zh"],
            _LEVELS[finding["severity"]],
        )


def _free(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    number, free = 2, name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free
