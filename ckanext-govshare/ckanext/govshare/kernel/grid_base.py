"""What the readers of tables share: limits, rows, kinds of values, sentences of refusal, and texts made harmless."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any, NamedTuple

MAX_ROW_NUMBER = 1_048_576  # rows of a sheet (Excel's own limit)


@dataclass(frozen=True)
class Limits:
    """What a file may bring.

    :param max_bytes: bytes of the file
    :param max_unfolded: bytes of all parts of an xlsx together, unfolded
    :param max_part: bytes of a part of an xlsx that is held in memory as a whole (strings: three times as much)
    :param max_row_bytes: bytes of XML that may pass without a row coming to its end
    :param max_elements: XML elements of such a part (strings: three times as many)
    :param max_parts: parts of an xlsx
    :param max_sheets: sheets
    :param max_rows: rows that hold something, of all sheets
    :param max_columns: columns of a row
    :param max_cell: characters of a cell (Excel's own limit)
    :param max_cells: rows times columns of an xls sheet, which is held in memory as a whole
    :param max_seconds: seconds for the whole file
    :param computed: take the value that a program left beside a formula of an xlsx, in place of the formula
    """

    max_bytes: int = 20 * 1024 * 1024
    max_unfolded: int = 300 * 1024 * 1024
    max_part: int = 8 * 1024 * 1024
    max_row_bytes: int = 2 * 1024 * 1024
    max_elements: int = 300_000
    max_parts: int = 2000
    max_sheets: int = 60
    max_rows: int = 100_000
    max_columns: int = 300
    max_cell: int = 32_767
    max_cells: int = 2_000_000
    max_seconds: float = 300.0
    computed: bool = False


class UnreadableError(ValueError):
    """The file is not read, and why.

    :param slug: stable name of the reason
    :param zh: text for a data officer, with what to do
    :param en: the same in English
    """

    def __init__(self, slug: str, zh: str, en: str):
        super().__init__(en)
        self.slug, self.zh, self.en = slug, zh, en


class Formula(str):
    """The text of a formula cell, as it stands in the file; never evaluated."""


class ErrorValue(str):
    """An error that stands in a cell, such as ``#REF!``."""


class Row(NamedTuple):
    """One row that holds something.

    :param sheet: name of its sheet; empty in a csv
    :param number: its number on the sheet, from 1, as a spreadsheet program shows it
    :param values: str, int, float, bool, date, time, datetime, timedelta, Formula, ErrorValue or None, by column
    """

    sheet: str
    number: int
    values: tuple[Any, ...]


@dataclass
class Budget:
    """Counts what a file brings against its limits, and refuses it when they are passed."""

    limits: Limits
    rows: int = 0
    started: float = field(default_factory=time.monotonic)

    def tick(self) -> None:
        """Refuse a file that takes too long."""
        if time.monotonic() - self.started > self.limits.max_seconds:
            raise UnreadableError(
                "too_slow",
                "文件结构过于复杂，读取超时。请将内容复制到新的模板中重新保存后上传。",
                "The file takes too long to read: copy its content into a fresh template.",
            )

    def row(self, sheet: str, number: int, values: tuple[Any, ...]) -> Row | None:
        """A row of a sheet, or None when it holds nothing."""
        if number > MAX_ROW_NUMBER:
            raise damaged()
        end = len(values)
        while end and values[end - 1] in (None, ""):
            end -= 1
        if not end:
            return None
        if end > self.limits.max_columns:
            raise too_many("列", "columns", self.limits.max_columns, sheet, number)
        self.rows += 1
        if self.rows > self.limits.max_rows:
            raise too_many("行", "rows", self.limits.max_rows, sheet, number)
        if not self.rows % 64:
            self.tick()
        values = values[:end]
        for column, value in enumerate(values, 1):
            if isinstance(value, str) and len(value) > self.limits.max_cell:
                raise UnreadableError(
                    "cell_too_long",
                    f"{place(sheet, number, column)}有{len(value)}个字符，超过每格{self.limits.max_cell}字符的上限，"
                    "请精简。",
                    f"The cell {column_letter(column)}{number} has {len(value)} characters, at most "
                    f"{self.limits.max_cell} are allowed.",
                )
        return Row(sheet, number, values)


def text(value: Any) -> str:
    """A cell as people read it: ``3.0`` is ``3``, a date ``2026-03-31``, True ``是``; blanks at both ends gone."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time_of_day() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def column_letter(column: int) -> str:
    """Letters of a column: 1 gives ``A``, 27 gives ``AA``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place(sheet: str, row: int, column: int) -> str:
    """Where a cell stands, in Chinese: ``工作表“目录”D7单元格``."""
    return f"{f'工作表“{sheet}”' if sheet else ''}{column_letter(column)}{row}单元格"


def is_formula_text(value: str) -> bool:
    """Whether a spreadsheet program would evaluate this text of a csv: it begins with ``= + - @``, tab or CR and
    is no plain number (``-5`` and ``+86 10 1234`` are harmless)."""
    return bool(value) and value[0] in _STARTERS and not _plain_number(value)


def neutral(value: str) -> str:
    """A text for a csv that no spreadsheet program evaluates, by an apostrophe; :func:`restore` takes it away."""
    return f"'{value}" if is_formula_text(value.lstrip("'")) else value


def restore(value: str) -> str:
    """A text of a csv without the apostrophe that :func:`neutral` set."""
    return value[1:] if value.startswith("'") and is_formula_text(value.lstrip("'")) else value


_STARTERS = frozenset("=+-@\t\r")
_NUMBER_CHARACTERS = frozenset("0123456789+-., ()%")


def _plain_number(value: str) -> bool:
    return set(value) <= _NUMBER_CHARACTERS and value[:1] in "+-" and value[1:2].isdigit()


def damaged() -> UnreadableError:
    """The file is broken, or no program that we know wrote it."""
    return UnreadableError(
        "damaged",
        "文件已损坏或结构异常，无法读取。请用Excel或WPS打开后另存为xlsx再上传。",
        "The file is damaged: open it in a spreadsheet program and save it as xlsx.",
    )


def encrypted() -> UnreadableError:
    """The file wants a password."""
    return UnreadableError(
        "encrypted",
        "文件已加密，无法读取。请在Excel或WPS中取消密码保护后另存再上传。",
        "The file is encrypted: remove its password, save it and upload it again.",
    )


def too_large(limits: Limits) -> UnreadableError:
    """The file has more bytes, folded or unfolded, than it may."""
    size = limits.max_bytes // 1024 // 1024
    return UnreadableError(
        "too_large",
        f"文件过大：文件不得超过{size}MB，解压后的内容也须在正常范围内。请拆分后分次上传。",
        f"The file is too large: at most {size} MB, and its unfolded content within reason. Split it.",
    )


def too_many(zh: str, en: str, limit: int, sheet: str = "", number: int = 0) -> UnreadableError:
    """The table is longer or wider than it may be."""
    where = f"（{f'工作表“{sheet}”' if sheet else ''}第{number}行）" if number else ""
    return UnreadableError(
        f"too_many_{en}",
        f"{zh}数超过上限{limit}{where}，请拆分文件，或删除表格右侧、下方的多余内容。",
        f"More than {limit} {en}{f' (row {number})' if number else ''}: split the file or delete what is not needed.",
    )


def not_a_table(zh: str, en: str) -> UnreadableError:
    """The file is something else."""
    return UnreadableError(
        "not_a_table",
        f"这是{zh}文件，不是Excel（xlsx、xls）或CSV表格。请另存为xlsx后上传。",
        f"This is {en}, not a table (xlsx, xls, csv): save it as xlsx.",
    )
