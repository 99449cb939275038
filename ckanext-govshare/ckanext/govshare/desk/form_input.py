"""What a page of the form sends, as content: fields of one step, the item table, what no longer applies.

The item table comes as one JSON value (T22); without JavaScript as plain inputs ``<table>-<row>-<column>``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.forms import Field, Form

Row = dict[str, str]
PROVIDER = "owner_org"  # who a change belongs to is settled when it begins
MOST_ROWS = 2000


class InputError(ValueError):
    """What was sent is no table of items. The message is in the reader's language.

    :param rows: the rows, where they are rows
    """

    def __init__(self, message: str, rows: list[Row] | None = None) -> None:
        super().__init__(message)
        self.values: dict[str, Any] = {}
        self.rows = rows


def editable(form: Form, step: str) -> tuple[Field, ...]:
    """The fields of a step that a person fills in: not the provider, and not the code, which is allotted."""
    return tuple(
        field for field in form.fields if field.step == step and field.name not in (PROVIDER, form.code.field)
    )


def read(form: Form, step: str, posted: Mapping[str, str]) -> dict[str, Any]:
    """The fields of one step as they were sent; those that were not sent are left out.

    :param posted: the form's fields by name
    :returns: text by field name; lists as lists, the item table as a list of rows
    :raises InputError: the table is no table; its ``values`` are what else was sent, to be shown again
    """
    found: dict[str, Any] = {}
    refusal: InputError | None = None
    for field in editable(form, step):
        if field.kind == "items":
            try:
                rows = read_rows(field.name, form.items, posted)
            except InputError as error:
                refusal, rows = error, error.rows
            if rows is not None:
                found[field.name] = rows
        elif field.name in posted:
            text = posted[field.name].replace("\r\n", "\n").strip()
            found[field.name] = _list(text) if field.kind == "list" else text
    if refusal is not None:
        refusal.values = found
        raise refusal
    return found


def _list(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[\n、,，;；]", text) if part.strip()]


def read_rows(name: str, columns: tuple[Field, ...], posted: Mapping[str, str]) -> list[Row] | None:
    """The item table that was sent, or None if none was. Rows that hold nothing are left out.

    :raises InputError: the JSON value is no list of rows, or there are too many of them
    """
    if posted.get(name):
        rows = _from_json(posted[name])
    elif any(key.startswith(f"{name}-") for key in posted):
        rows = _from_inputs(name, posted)
    else:
        return [] if name in posted else None
    if len(rows) > MOST_ROWS:
        raise InputError(tk._("At most {number} items").format(number=MOST_ROWS), rows)
    known = [column.name for column in columns]
    kept = [{key: row[key].strip() for key in known if row.get(key, "").strip()} for row in rows]
    return [row for row in kept if row]


def _from_json(text: str) -> list[Row]:
    refusal = InputError(tk._("The table of items did not arrive whole: save it again"))
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise refusal from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refusal
    if any(isinstance(value, dict | list) for row in rows for value in row.values()):
        raise refusal
    return [{str(key): "" if value is None else str(value) for key, value in row.items()} for row in rows]


def _from_inputs(name: str, posted: Mapping[str, str]) -> list[Row]:
    place = re.compile(rf"{re.escape(name)}-([0-9]{{1,6}})-(\w+)")
    rows: dict[int, Row] = {}
    for key, value in posted.items():
        match = place.fullmatch(key)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [rows[number] for number in sorted(rows)]


def pasted(text: str, columns: tuple[Field, ...]) -> list[Row]:
    """Rows copied out of a spreadsheet: tabs between cells, quotes around cells of several lines.

    A first row of titles says which column is which; without one, they come in the order of the form.

    :param text: as the clipboard holds it
    """
    lines = [line for line in csv.reader(io.StringIO(text), delimiter="\t") if any(map(str.strip, line))]
    if not lines:
        return []
    titles = {_key(title): column for column in columns for title in _titles(column)}
    head = [titles.get(_key(cell)) for cell in lines[0]]
    if sum(column is not None for column in head) >= min(2, len(lines[0])):
        lines = lines[1:]
    else:
        head = list(columns)
    rows = [
        {column.name: value_of(column, cell) for column, cell in zip(head, line, strict=False) if column}
        for line in lines[:MOST_ROWS]
    ]
    return [row for row in rows if any(row.values())]


def _titles(column: Field) -> Iterable[str]:
    return filter(None, (column.zh, column.en, column.column, column.name))


def _key(text: str) -> str:
    """A title without blanks, marks and what stands in brackets after it."""
    return re.sub(r"[\s*＊：:]|[（(].*$", "", text).casefold()


def value_of(column: Field, text: str) -> str:
    """The code that a cell means by its label, its code or its number in the list; other text as it is."""
    text = text.strip()
    table = codelists.installed().get(column.codelist) if column.codelist else None
    if not text or table is None:
        return text
    wanted = _key(text)
    for code in table.codes:
        if wanted in (code.code.casefold(), _key(code.zh), _key(code.en), _key(f"{code.code}{code.zh}")):
            return code.code
    short = [code.code for code in table.codes if _key(code.zh).rstrip("型") == wanted]
    if short:
        return short[0]
    numbered = text.isascii() and text.isdigit() and 0 < int(text) <= len(table.codes)
    return table.codes[int(text) - 1].code if numbered else text


def edited(rows: list[Row], act: str) -> list[Row]:
    """The table after one of its buttons was pressed without JavaScript.

    :param act: ``items.add``, or ``items.remove.3``, ``items.up.3``, ``items.down.3`` (rows from 0)
    """
    rows = list(rows)
    _items, verb, number = (*act.split("."), "0", "0")[:3]
    at = int(number) if number.isascii() and number.isdigit() else -1
    other = {"up": at - 1, "down": at + 1}.get(verb, at)
    if 0 <= at < len(rows) and verb == "remove":
        rows.pop(at)
    elif 0 <= at < len(rows) and 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


def cleared(form: Form, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that hold something and have no place any more: they do not apply, or their parent changed.

    :param data: the content as it would be
    :returns: names in the order in which they fall, each a consequence of those before it
    """
    data, names = dict(data), []
    while True:
        found = next(
            (field.name for field in form.fields if data.get(field.name) and _stray(form, field, data)), ""
        )
        if not found:
            return tuple(names)
        names.append(found)
        data[found] = ""


def _stray(form: Form, field: Field, data: Mapping[str, Any]) -> bool:
    if field.name in (PROVIDER, form.code.field):
        return False
    if not form.applies(field, data):
        return True
    table = codelists.installed().get(field.codelist) if field.cascade_of else None
    code = table.get(data[field.name]) if table is not None else None
    return code is not None and bool(code.parent) and code.parent != str(data.get(field.cascade_of) or "")


def changed(form: Form, before: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What a step changes: the values sent, and what falls away because of them.

    :param before: the content as it stands
    """
    whole = {**before, **sent}
    fallen = cleared(form, whole)
    empty = {name: [] if form.field(name).kind in ("items", "list") else "" for name in fallen}
    return {**sent, **empty}
