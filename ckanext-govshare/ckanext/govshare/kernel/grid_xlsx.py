"""xlsx: openpyxl in its streaming mode, behind checks of the archive and of every part of it.

Before a part is read: its size unfolded, from the archive's directory (zipfile never unfolds more than is declared
there); no document type in its XML, so that no entity exists that could unfold (billion laughs). While a sheet is
read: the XML between two rows is limited, because the parser holds it in memory. Declared dimensions are ignored.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook

from ckanext.govshare.kernel.grid_base import (
    MAX_ROW_NUMBER,
    Budget,
    ErrorValue,
    Formula,
    Limits,
    Row,
    UnreadableError,
    damaged,
    encrypted,
    not_a_table,
    too_large,
    too_many,
)

_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED_FLAG = 0x1
_PROLOG = 64 * 1024  # bytes within which the first element begins
_STRINGS = "sharedstrings.xml"


def check(data: bytes, limits: Limits) -> None:
    """Refuse an archive that is no workbook or would unfold beyond the limits; reads its directory and the head of
    its parts only.

    :raises UnreadableError: with the reason
    """
    if data.count(_DIRECTORY_ENTRY) > limits.max_parts:
        raise too_large(limits)
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_kind({part.filename.lower() for part in parts}, archive)
            if sum(part.file_size for part in parts) > limits.max_unfolded:
                raise too_large(limits)
            for part in parts:
                _check_part(archive, part, limits)
    except UnreadableError:
        raise
    except (BadZipFile, OSError, ValueError, RuntimeError, EOFError, NotImplementedError, LookupError):
        raise damaged() from None


def _check_kind(names: set[str], archive: ZipFile) -> None:
    if "mimetype" in names:
        raise not_a_table("OpenDocument（ods）", "an OpenDocument file")
    if "xl/workbook.bin" in names:
        raise not_a_table("二进制工作簿（xlsb）", "a binary workbook (xlsb)")
    if any(name.startswith("word/") for name in names):
        raise not_a_table("Word", "a Word document")
    if any(name.startswith("ppt/") for name in names):
        raise not_a_table("PowerPoint", "a presentation")
    if "[content_types].xml" not in names:
        raise not_a_table("压缩包", "an archive")


def _check_part(archive: ZipFile, part: ZipInfo, limits: Limits) -> None:
    name = part.filename.lower()
    if part.flag_bits & _ENCRYPTED_FLAG:
        raise encrypted()
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    with archive.open(part) as source:
        if "/worksheets/" in name:
            _check_xml(source.read(_PROLOG), 0, limits)
            return
        times = 3 if name.endswith(_STRINGS) else 1
        if part.file_size > times * limits.max_part:
            raise too_large(limits)
        _check_xml(source.read(), times * limits.max_elements, limits)


class _Begun(Exception):  # noqa: N818 - no error: it leaves the parser
    """The first element begins: no document type can follow."""


def _check_xml(data: bytes, elements: int, limits: Limits) -> None:
    """Refuse XML with a document type, in whatever encoding (it can define entities), or with too many elements.

    :param elements: how many it may have; 0 if ``data`` is the head of a part that is read as a stream
    """
    count = 0

    def document_type(*_: Any) -> None:
        raise UnreadableError(
            "entities",
            "文件的内部结构含有不允许的实体声明，已拒绝读取。请用Excel或WPS打开后另存为xlsx再上传。",
            "The file declares XML entities, which no spreadsheet needs: it is refused.",
        )

    def begun(*_: Any) -> None:
        nonlocal count
        count += 1
        if not elements:
            raise _Begun
        if count > elements:
            raise too_large(limits)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = document_type
    parser.StartElementHandler = begun
    try:
        parser.Parse(data, False)
    except _Begun:
        return
    except expat.ExpatError:
        raise damaged() from None
    if data and not count:
        raise damaged()


class _Guard:
    """The XML of a sheet as a stream that ends a row which never ends."""

    def __init__(self, source: Any, budget: Budget):
        self.source, self.budget, self.passed = source, budget, 0

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.passed += len(data)
        self.budget.tick()
        if self.passed > self.budget.limits.max_row_bytes:
            raise too_large(self.budget.limits)
        return data

    def close(self) -> None:
        self.source.close()

    def __enter__(self) -> _Guard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def rows(data: bytes, budget: Budget) -> Iterator[Row]:
    """Rows of all sheets in their order; hidden sheets too."""
    limits = budget.limits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it leaves out
        try:
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, data_only=limits.computed)
        except KeyError:
            raise not_a_table("压缩包", "an archive") from None
    try:
        if len(book.worksheets) > limits.max_sheets:
            raise too_many("工作表", "sheets", limits.max_sheets)
        for sheet in book.worksheets:
            yield from _sheet(sheet, budget)
    finally:
        book.close()


def _sheet(sheet: Any, budget: Budget) -> Iterator[Row]:
    sheet.reset_dimensions()
    opened: list[_Guard] = []
    source = sheet._get_source

    def guarded() -> _Guard:
        opened.append(_Guard(source(), budget))
        return opened[-1]

    sheet._get_source = guarded  # openpyxl has no public way to watch what it reads
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if opened:
            opened[-1].passed = 0
        if cells:
            row = budget.row(sheet.title, number, tuple(map(_value, cells)))
            if row is not None:
                yield row
        elif number > MAX_ROW_NUMBER:  # a row far below is filled up to with empty ones
            raise damaged()


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None or cell.data_type in "snbd":
        return value
    if cell.data_type == "f":
        return Formula(getattr(value, "text", None) or value if isinstance(value, str) else "=")
    if cell.data_type == "e":
        return ErrorValue(value)
    return value
