"""The catalogue workbook of a drop folder: rows become entries as texts, and texts become values.

The workbook is the template of the import by Excel (kernel/grid_form.py) with two columns more, both optional:
``数据文件``, names of files in the folder, and ``来源标识``, what an entry is known by if its title may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.kernel import codelists, forms, grids
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.grid_base import Row
from ckanext.govshare.kernel.grid_entries import Collector, Draft, SheetFinding
from ckanext.govshare.kernel.grid_form import PROVIDER_CODE, Column, Header, Titles, key_of, tables
from ckanext.govshare.kernel.grid_values import WrongError, loose, value_of

FILES = ".@files"
SOURCE_ID = "@source_id"
_OWN = (Column(FILES, "数据文件", None, item=True), Column(SOURCE_ID, "来源标识", None))
_BETWEEN_NAMES = re.compile(r"[\n;；、,，]+")
_NOT_CONTENT = ("owner_org", PROVIDER_CODE, SOURCE_ID)


@cache
def _titles() -> Titles:
    known = Titles.of(forms.installed()["dataset"])
    own = {column.key: column for column in _OWN}
    by_title = {key_of(column.title): column.key for column in _OWN}
    return Titles({**known.columns, **own}, {**known.by_title, **by_title})


class _Rows(Collector):
    """Remembers to which entry a finding belongs."""

    def __init__(self) -> None:
        super().__init__(forms.installed()["dataset"], _titles())
        self.of_draft: dict[int, list[SheetFinding]] = {}

    def row(self, header: Header, row: Row, plan: list[tuple[int, str, bool]]) -> None:
        """Take one row."""
        before = len(self.findings)
        super().row(header, row, plan)
        if len(self.findings) > before:
            self.of_draft.setdefault(id(self._last), []).extend(self.findings[before:])


def read(content: bytes) -> Iterator[tuple[dict[str, Any], list[Finding], list[str]]]:
    """The entries of a workbook: their texts, what is wrong with their cells, and what stands for their files.

    :param content: of an xlsx, xls or csv
    :returns: ``{"title", "source_id", "cells": {field: text}, "items": [{field: text}], "problems"}`` each
    :raises FetchRefused: it cannot be read, has no header of the form, or holds entries of several departments
    """
    collector = _Rows()
    found = False
    try:
        for header, rows in tables(grids.read(content), _titles()):
            found = True
            collector.table(header, rows)
    except grids.UnreadableError as error:
        raise FetchRefused("workbook_unreadable", f"目录表：{error.zh}", f"The workbook: {error}") from error
    if not found:
        raise _no_header()
    for key in ("owner_org", PROVIDER_CODE):
        if len({loose(draft.texts[key]) for draft in collector.drafts if draft.texts.get(key)}) > 1:
            raise _several_providers()
    for draft in collector.drafts:
        told = collector.of_draft.get(id(draft), [])
        yield _texts(draft, told), [_finding(said) for said in told], _files(draft)


def names_of(text: str) -> list[str]:
    """Names of files in a cell that holds several."""
    return [name for name in (part.strip() for part in _BETWEEN_NAMES.split(text)) if name]


def fields(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Values of the texts of an entry; those that say nothing stay away.

    :param data: as :func:`read` gives it
    """
    entry: dict[str, Any] = {}
    findings: list[Finding] = []
    for key, column in _titles().columns.items():
        text = data["cells"].get(key, "")
        if text and column.field is not None and not column.item:
            parent = str(entry.get(column.field.cascade_of) or "")
            value = _value(column, text, parent, key, findings)
            entry |= {key: value} if value else {}
    items = []
    for texts in data["items"]:
        columns = ((name, text, _titles().columns[f".{name}"]) for name, text in texts.items())
        values = {name: _value(column, text, "", "info_items", findings) for name, text, column in columns}
        items.append({name: value for name, value in values.items() if value})
    if any(items):
        entry["info_items"] = [item for item in items if item]
    return entry, findings


def _value(column: Column, text: str, parent: str, key: str, findings: list[Finding]) -> Any:
    try:
        return value_of(column.field, text, codelists.installed(), parent)
    except WrongError as wrong:
        told = f"“{column.title}”：{wrong.zh}"
        findings.append(Finding(wrong.slug, key, told, f"{column.field.en}: {wrong.en}"))
        return None


def _texts(draft: Draft, told: list[SheetFinding]) -> dict[str, Any]:
    items = [
        {name: text for name, text in item.texts.items() if f".{name}" != FILES and name not in item.broken}
        for item in draft.items
    ]
    return {
        "title": draft.texts.get("title", ""),
        "source_id": draft.texts.get(SOURCE_ID, ""),
        "cells": {key: text for key, text in draft.texts.items() if key not in _NOT_CONTENT},
        "items": [item for item in items if item],
        "problems": [[said.slug, said.field, said.value] for said in told],
    }


def _files(draft: Draft) -> list[str]:
    """The cells that name files, each text once, in the order of the rows."""
    key = FILES.removeprefix(".")
    texts = (item.texts.get(key, "") for item in draft.items if key not in item.broken)
    return list(dict.fromkeys(text for text in texts if text))


def _finding(said: SheetFinding) -> Finding:
    field = "info_items" if said.field.startswith(".") else said.field
    return Finding(said.slug, field, said.zh, said.en, said.severity, said.number)


def _no_header() -> FetchRefused:
    return FetchRefused(
        "workbook_no_header",
        "目录表中没有找到表头：应有一行标题，至少包含“信息资源名称”和另外两列。请使用系统下载的模板。",
        "The workbook has no header of the catalogue's form: use the template.",
    )


def _several_providers() -> FetchRefused:
    return FetchRefused(
        "workbook_several_providers",
        "目录表中有多个单位的条目；一个前置目录只放一个单位的目录表。",
        "The workbook holds entries of several departments: a folder belongs to one.",
    )
