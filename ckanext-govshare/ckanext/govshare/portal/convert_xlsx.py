"""Rows as a workbook: PostgreSQL makes the XML of each row, here it is packed as it comes.

Measured against XlsxWriter in constant memory (docs/downloads.md): a seventh of the processor time.
A formula stays the text it is; days and moments are dates; numbers from 10^15 on are text, because a spreadsheet
would round them; a text longer than a cell may be is cut, and says so. Every 1,048,575 rows a new sheet begins.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from ckanext.govshare.portal.convert_rows import Column
from ckanext.govshare.portal.convert_shapes import Sink, Writer, clean, escape, escape_sql, plain

SHEET_ROWS = 1_048_576
SHEET_BYTES = 1900 * 1024 * 1024  # beyond 2 GiB an archive needs ZIP64, which Excel offers to repair
CELL = 32_767  # characters of a cell, as UTF-16 counts them
CUT = 16_000
CUT_MARK = "…〔已截断，全文见CSV或JSON；cut, in full in CSV and JSON〕"
FIRST_DAY, LAST_DAY = "1900-03-01", "9999-12-31"
ZERO_DAY = date(1899, 12, 30)
TEXT, END = '<c t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
NOTHING = "<c/>"
LABELS = {
    "title": "标题",
    "provider": "提供单位",
    "licence": "使用许可",
    "source": "来源",
    "updated": "数据更新",
}
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
WIDTHS = '<cols><col min="1" max="16384" width="16" customWidth="1"/></cols>'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")
# Parts that are the same in every workbook; how many sheets there are is known at the end.
FIXED = {
    "[Content_Types].xml": f'''{_HEAD}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>
</Types>''',
    "_rels/.rels": f'''{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>
</Relationships>''',
    "xl/styles.xml": f'''{_HEAD}<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>''',
}


class Xlsx(Writer):
    """A workbook: sheets of data with the labels as header, and one that says what they are."""

    def begin(self) -> None:
        self._out = _Out(self.sink)
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheets: list[str] = []
        self._header = _row(_text(column.label).replace("<c ", '<c s="3" ', 1) for column in self.columns)
        for name, content in FIXED.items():
            self._zip.writestr(_info(name), content)
        self._new_sheet()

    def add(self, rows: list[bytes]) -> None:
        while rows:
            if not self._left or self._bytes > SHEET_BYTES:
                self._close_sheet()
                self._new_sheet()
            some, rows = rows[: self._left], rows[self._left :]
            self._left -= len(some)
            self._write(b"".join(some))

    def end(self) -> None:
        self._close_sheet()
        self._open_sheet("说明", "")
        for key, value in self.about.items():
            self._write(_row([_text(LABELS.get(key, key)), _text(value)]))
        self._close_sheet()
        for name, content in _index(self._sheets).items():
            self._zip.writestr(_info(name), content)
        self._zip.close()

    def give_up(self) -> None:
        self._zip.fp = None  # or it would write its directory when it is forgotten

    def _new_sheet(self) -> None:
        self._open_sheet("数据" + (str(len(self._sheets) + 1) if self._sheets else ""), FROZEN)
        self._write(self._header)
        self._left = SHEET_ROWS - 1

    def _open_sheet(self, name: str, view: str) -> None:
        self._sheets.append(name)
        self._bytes = 0
        self._sheet: Any = self._zip.open(_info(f"xl/worksheets/sheet{len(self._sheets)}.xml"), "w")
        head = f'<worksheet xmlns="{_MAIN}">{view}<sheetFormatPr defaultRowHeight="15"/>{WIDTHS}<sheetData>\n'
        self._write(f"{_HEAD}{head}".encode())

    def _write(self, data: bytes) -> None:
        self._bytes += self._sheet.write(clean(data))

    def _close_sheet(self) -> None:
        self._write(b"</sheetData></worksheet>")
        self._sheet.close()

    @staticmethod
    def select(columns: Sequence[Column], rows: str) -> str:
        cells = ", ".join(f"coalesce({_CELLS[column.kind](column.sql)}, '{NOTHING}')" for column in columns)
        made = f"array_to_string(ARRAY['<row>', {cells}, '</row>'], '')"
        return f"SELECT {made} {rows}"  # noqa: S608 - quoted names

    @staticmethod
    def row(columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        return _row(_cell(column, cell) for column, cell in zip(columns, cells, strict=True))


class _Out:
    """Where the archive goes: it is written from its head to its end, and never gone back in."""

    def __init__(self, sink: Sink):
        self._sink = sink

    def write(self, data: bytes) -> int:
        self._sink(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


def _text_sql(sql: str) -> str:
    astral = f"regexp_replace({sql}, '[^\U00010000-\U0010ffff]', '', 'g')"
    fits = f"length({sql}) + length({astral}) <= {CELL}"
    cut = f"CASE WHEN {fits} THEN {sql} ELSE left({sql}, {CUT}) || '{CUT_MARK}' END"
    escaped = f"regexp_replace({cut}, '_(x[0-9A-Fa-f]{{4}}_)', '_x005F_\\1', 'g')"
    usual = f"octet_length({sql}) <= {CELL} AND strpos({sql}, '_x') = 0"
    return f"'{TEXT}' || {escape_sql(f'CASE WHEN {usual} THEN {sql} ELSE {escaped} END')} || '{END}'"


def _number_sql(sql: str) -> str:
    return f"CASE WHEN abs({sql}) < 1e15 THEN '<c><v>' || {sql} || '</v></c>' ELSE '{TEXT}' || {sql} || '{END}' END"


def _day_sql(sql: str) -> str:
    serial = f"'<c s=\"1\"><v>' || ({sql} - date '{ZERO_DAY}') || '</v></c>'"
    dated = f"{sql} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'"
    return f"CASE WHEN {dated} THEN {serial} ELSE {_text_sql(f'{sql}::text')} END"


def _moment_sql(sql: str) -> str:
    serial = f"'<c s=\"2\"><v>' || (date_part('epoch', {sql}) / 86400 + 25569) || '</v></c>'"
    dated = f"{sql} >= '{FIRST_DAY}' AND {sql} < '10000-01-01'"
    return f"CASE WHEN {dated} THEN {serial} ELSE {_text_sql(f'{sql}::text')} END"


_CELLS = {
    "number": _number_sql,
    "day": _day_sql,
    "moment": _moment_sql,
    "truth": lambda sql: f"'<c t=\"b\"><v>' || {sql}::int || '</v></c>'",
    "json": _text_sql,
    "text": _text_sql,
}


def _cell(column: Column, cell: str) -> str:
    """As :data:`_CELLS` makes it in SQL."""
    if not cell:
        return NOTHING
    if column.kind == "number":
        return f"<c><v>{cell}</v></c>" if abs(float(cell)) < 1e15 else _text(cell)
    written = plain(column, cell)
    if column.kind == "day" and written >= FIRST_DAY:
        return f'<c s="1"><v>{(date.fromisoformat(written) - ZERO_DAY).days}</v></c>'
    if column.kind == "moment" and written >= FIRST_DAY:
        seconds = datetime.fromisoformat(f"{written[:19]}+00:00").timestamp() + float(f"0{written[19:]}")
        return f'<c s="2"><v>{str(seconds / 86400 + 25569).removesuffix(".0")}</v></c>'
    return _text(written)


def _text(value: str) -> str:
    if len(value.encode("utf-16-le", "replace")) // 2 > CELL:
        value = value[:CUT] + CUT_MARK
    escaped = _ESCAPE.sub(r"_x005F_\1", value)
    return f"{TEXT}{escape(escaped)}{END}"


def _row(cells: Iterable[str]) -> bytes:
    return f"<row>{''.join(cells)}</row>\n".encode("utf-8", "replace")


def _info(name: str) -> zipfile.ZipInfo:
    """A part without a date: the same rows make the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _index(sheets: Sequence[str]) -> dict[str, str]:
    """The parts that name the sheets."""
    named = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return {
        "xl/_rels/workbook.xml.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{related}{styles}</Relationships>'
        ),
        "xl/workbook.xml": (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>'
        ),
    }
