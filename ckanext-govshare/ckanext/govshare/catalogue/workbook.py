"""The Excel form of a type: the template that a department fills in, and the export, which is the same form filled.

Written row by row, so that a catalogue of any length needs no more memory than one entry. Texts stay texts: nothing
that a cell holds is taken for a formula by the program that opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from ckanext.govshare.kernel.codelists import Codelists, CodeTable
from ckanext.govshare.kernel.forms import Field, Form
from ckanext.govshare.kernel.grid_base import column_letter
from ckanext.govshare.kernel.grid_form import (
    EXAMPLE,
    PROVIDER_CODE,
    PROVIDER_CODE_TITLE,
    STAMP,
    Column,
    columns,
    version,
)
from ckanext.govshare.kernel.grid_values import NO_UNIT, cell_of, label

SHEET, CODES_SHEET, GUIDE_SHEET, LISTS_SHEET = "目录填报", "代码表", "填写说明", "下拉项"
HEADER_ROW = 3
_LAST_ROW = 20_000  # drop-downs reach to here
_HEAD = PatternFill("solid", fgColor="DCE9F5")
_MANDATORY = PatternFill("solid", fgColor="FDE9D9")
_EXAMPLE = Font(italic=True, color="808080")
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")
_REPEATED = ("title", "owner_org", PROVIDER_CODE)  # and the code: what rows of one entry are known by


@dataclass(frozen=True)
class Provider:
    """The department that is stamped into the form: title and unified social credit code."""

    title: str
    uscc: str


@dataclass(frozen=True)
class Book:
    """What a workbook is made from.

    :param licences: title of a licence by its id
    :param day: ISO date of the version
    """

    form: Form
    codes: Codelists
    licences: Mapping[str, str]
    day: str

    def rows(self, content: Mapping[str, Any], provider: Provider) -> Iterator[list[str]]:
        """The rows of one entry: one an item, one when it has none."""
        found = columns(self.form)
        first = [self._cell(column, content, provider) for column in found]
        items = content.get(self.form.items_name) or [{}] if self.form.items_name else [{}]
        kept = {self.form.code.field, *_REPEATED}
        for number, item in enumerate(items):
            yield [
                cell_of(column.field, item.get(column.key[1:]), self.codes)
                if column.item and column.field is not None
                else text
                if number == 0 or column.key in kept
                else ""
                for column, text in zip(found, first, strict=True)
            ]

    def _cell(self, column: Column, content: Mapping[str, Any], provider: Provider) -> str:
        if column.item:
            return ""
        if column.key == PROVIDER_CODE:
            return provider.uscc
        if column.key == "owner_org":
            return provider.title
        text = cell_of(column.field, content.get(column.key), self.codes, self.licences)
        if text:
            return text
        if column.key == "provider_unit":
            return NO_UNIT
        # the guide wants 无 where a column does not apply
        return "" if self.form.applies(column.field, content) else "无"


def text_cell(sheet: Any, value: str, **style: Any) -> WriteOnlyCell:
    """A cell that holds a text and nothing else, whatever it begins with."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    if cell.data_type != "s" and value:
        cell.data_type = "s"
    if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
    for name, held in style.items():
        setattr(cell, name, held)
    return cell


def _row_cells(sheet: Any, found: tuple[Column, ...], texts: Iterable[str]) -> list[Any]:
    cells: list[Any] = []
    for column, text in zip(found, texts, strict=True):
        number = _number(text) if column.field is not None and column.field.kind == "number" else None
        if not text:
            cells.append(None)
        else:
            cells.append(number if number is not None else text_cell(sheet, text))
    return cells


def _number(text: str) -> float | int | None:
    """The number that a text is, where the number reads back as the same text."""
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if str(value) == text:
            return value
    return None


def write(
    target: IO[bytes],
    book: Book,
    entries: Iterable[tuple[Mapping[str, Any], Provider]],
    provider: Provider | None = None,
    example: Mapping[str, Any] | None = None,
) -> None:
    """Write a workbook.

    :param target: takes the bytes
    :param entries: content and provider of every entry, in order
    :param provider: the department that it is stamped for, if it is for one
    :param example: content of an entry that stands below the header as an example; it is not imported
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET)
    found = columns(book.form)
    sheet.freeze_panes = f"C{HEADER_ROW + 1}"
    for at, column in enumerate(found, 1):
        wide = column.field is not None and column.field.kind in ("textarea", "text")
        sheet.column_dimensions[column_letter(at)].width = 28 if wide else 16
    _lists(workbook, sheet, book, found)
    name = f"（{provider.title}）" if provider else ""
    sheet.append([text_cell(sheet, f"{book.form.zh}目录填报表{name}", font=Font(bold=True, size=14))])
    stamped = f"{STAMP}{version(book.form, book.day)}"
    if provider:
        stamped += f"　填报单位：{provider.title}　{PROVIDER_CODE_TITLE}：{provider.uscc}"
    sheet.append([text_cell(sheet, stamped, font=_EXAMPLE)])
    sheet.append([_heading(sheet, column, book) for column in found])
    if example is not None:
        who = provider or Provider("", "")
        for row in book.rows(example, who):
            sheet.append([text_cell(sheet, text, font=_EXAMPLE) if text else None for text in row])
    for content, who in entries:
        for row in book.rows(content, who):
            sheet.append(_row_cells(sheet, found, row))
    _guide(workbook, book, found)
    _code_tables(workbook, book, found)
    workbook.save(target)


def _heading(sheet: Any, column: Column, book: Book) -> WriteOnlyCell:
    cell = text_cell(
        sheet, column.heading, font=_BOLD, fill=_MANDATORY if column.mandatory else _HEAD, alignment=_WRAP
    )
    told = _told(column)
    if told:
        cell.comment = Comment(told[:1000], book.form.zh, width=360, height=160)
    return cell


def _told(column: Column) -> str:
    if column.field is None:
        return "统一社会信用代码，由系统按单位登记信息带出，请勿修改。"
    length = f"不超过{column.field.max_length}字。" if column.field.max_length else ""
    return "\n".join(filter(None, [column.field.help_zh, column.field.guide_zh, length]))


def _listed(book: Book, column: Column) -> CodeTable | None:
    if column.field is None or column.field.kind != "choice":
        return None
    return book.codes.get(column.field.codelist)


def _lists(workbook: Workbook, sheet: Any, book: Book, found: tuple[Column, ...]) -> None:
    """The drop-downs: labels on a hidden sheet; a list below another shows the children of what was chosen."""
    lists: list[list[str]] = []
    letters = {column.key: column_letter(at) for at, column in enumerate(found, 1)}
    for column in found:
        table = _listed(book, column)
        if table is None or not table.codes:
            continue
        parents = _parents(book, column.field)
        codes = sorted(table.codes, key=lambda code: code.parent) if parents else table.codes
        labels = column_letter(len(lists) + 1)
        lists.append([label(code.code, code.zh) for code in codes])
        formula = f"{LISTS_SHEET}!${labels}$1:${labels}${len(codes)}"
        if parents:
            above = column_letter(len(lists) + 1)
            lists.append([parents.get(code.parent, "") for code in codes])
            chosen = f"${letters[column.field.cascade_of]}{HEADER_ROW + 1}"
            span = f"{LISTS_SHEET}!${above}$1:${above}${len(codes)}"
            formula = (
                f"OFFSET({LISTS_SHEET}!${labels}$1,MATCH({chosen},{span},0)-1,0,COUNTIF({span},{chosen}),1)"
            )
        rule = DataValidation("list", formula1=formula, allow_blank=True, errorStyle="warning")
        rule.error = "该值不在代码表中。"
        rule.showErrorMessage = not parents
        rule.add(f"{letters[column.key]}{HEADER_ROW + 1}:{letters[column.key]}{_LAST_ROW}")
        sheet.data_validations.append(rule)
    hidden = workbook.create_sheet(LISTS_SHEET)
    hidden.sheet_state = "hidden"
    for row in range(max(map(len, lists), default=0)):
        hidden.append([text_cell(hidden, items[row]) if row < len(items) else None for items in lists])


def _parents(book: Book, field: Field | None) -> dict[str, str]:
    """Labels of the values that a cascading list hangs on, by their codes."""
    if field is None or not field.cascade_of:
        return {}
    above = book.codes.get(book.form.field(field.cascade_of).codelist)
    return {code.code: label(code.code, code.zh) for code in above.codes} if above else {}


def _guide(workbook: Workbook, book: Book, found: tuple[Column, ...]) -> None:
    sheet = workbook.create_sheet(GUIDE_SHEET)
    for letter, width in zip("ABCD", (26, 14, 80, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    for line in (
        f"一行填一个信息项；同一条目的各行，{found[0].title}和代码相同，其余列可只填第一行。",
        "新增的条目代码留空，由系统生成；已有代码不得修改。",
        f"以“{EXAMPLE}”开头的行是示例，不导入。没有内容的可填“无”。",
        "有下拉列表的，可填代码、名称或“代码 名称”。日期按“2026-03-31”填写，数字不带单位。",
        "请勿使用公式；列的次序可以调整，列名请勿修改。",
    ):
        sheet.append([text_cell(sheet, line)])
    sheet.append([])
    sheet.append([text_cell(sheet, text, font=_BOLD) for text in ("列名", "填写要求", "说明", "字数上限")])
    for column in found:
        length = str(column.field.max_length) if column.field is not None and column.field.max_length else ""
        need = column.heading.removeprefix(column.title).strip("（）")
        cells = [column.title, need, _told(column), length]
        sheet.append([text_cell(sheet, text, alignment=_WRAP) for text in cells])


def _code_tables(workbook: Workbook, book: Book, found: tuple[Column, ...]) -> None:
    sheet = workbook.create_sheet(CODES_SHEET)
    for letter, width in zip("ABCD", (26, 14, 40, 14), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([text_cell(sheet, text, font=_BOLD) for text in ("代码表", "代码", "名称", "上级代码")])
    done = set()
    for column in found:
        table = _listed(book, column)
        if table is None or table.name in done:
            continue
        done.add(table.name)
        for code in table.codes:
            sheet.append([text_cell(sheet, text) for text in (table.zh, code.code, code.zh, code.parent)])
