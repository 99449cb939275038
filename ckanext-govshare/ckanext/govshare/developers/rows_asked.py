"""What a program asks for at the address of a table's rows, read strictly: an unknown word is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import MultiDict

MOST_ROWS, USUAL_ROWS = 10_000, 100
DEEPEST = 1_000_000  # rows that paging by number passes over; `after` knows no limit
MOST_VALUE, MOST_COLUMNS, MOST_SORT = 500, 200, 5  # characters of a value; names in `columns` and in `sort`
MOST_DIGITS = 40
OPERATORS = ("eq", "ge", "le", "contains")
FORMATS, NAMES = ("json", "csv"), ("label", "id")
KEY = "appKey"
PARAMETERS = (KEY, "page", "rows", "after", "columns", "sort", "format", "names", "total")
NUMBER = ("int", "numeric", "float", "double", "bigint", "smallint", "real")
TIME = ("timestamp", "date")


class RefusedError(Exception):
    """A request that is not answered with rows.

    :param status: HTTP status
    :param words: why, in the reader's language
    :param parameter: what of the request it is about; empty where it is about all of it
    :param wait: seconds for ``Retry-After``
    """

    def __init__(self, status: int, words: str, parameter: str = "", wait: int = 0) -> None:
        super().__init__(words)
        self.status, self.words, self.parameter, self.wait = status, words, parameter, wait


@dataclass(frozen=True)
class Column:
    """A column of a table: its technical name, its Chinese label, its type in PostgreSQL."""

    id: str
    label: str
    type: str

    @property
    def kind(self) -> str:
        """``number``, ``time`` or ``text``, for comparisons."""
        if self.type.startswith(NUMBER):
            return "number"
        return "time" if self.type.startswith(TIME) else "text"


@dataclass(frozen=True)
class Filter:
    """A condition on one column; a value of None asks for empty cells."""

    column: Column
    operator: str
    value: str | Decimal | datetime | None


@dataclass(frozen=True)
class Asked:
    """A request for rows.

    :param page: from 1; 0 where rows are read on from ``after``
    :param after: internal number of the row after which to read on
    :param sort: columns, each with whether it falls
    """

    page: int
    after: int
    rows: int
    columns: Sequence[Column]
    filters: Sequence[Filter]
    sort: Sequence[tuple[Column, bool]]
    format: str
    names: str
    total: bool


def read(values: MultiDict[str, str], columns: Sequence[Column]) -> Asked:
    """Read the parameters of a request.

    :param columns: all of the table
    :raises RefusedError: 400, with the parameter at fault
    """
    twice = next((name for name, given in values.lists() if len(given) > 1), None)
    if twice is not None:
        raise _bad(twice, tk._("It is given more than once"))
    by_name = _names(columns)
    filters = [_filter(name, value, by_name) for name, value in values.items() if name not in PARAMETERS]
    cursor = "after" in values
    if cursor and "page" in values:
        raise _bad("after", tk._("Give either page or after, not both"))
    if cursor and values.get("sort"):
        raise _bad("after", tk._("Reading on by after goes in the order of the table: leave out sort"))
    page, rows = _whole(values, "page", 1, 1), _whole(values, "rows", USUAL_ROWS, 1)
    if rows > MOST_ROWS:
        raise _bad("rows", tk._("At most {number} rows an answer").format(number=MOST_ROWS))
    if (page - 1) * rows >= DEEPEST:
        message = tk._("Pages reach as far as {number} rows; read on by after instead").format(number=DEEPEST)
        raise _bad("page", message)
    return Asked(
        page=0 if cursor else page,
        after=_whole(values, "after", 0, 0),
        rows=rows,
        columns=[_column("columns", name, by_name) for name in _words(values, "columns", MOST_COLUMNS)]
        or columns,
        filters=filters,
        sort=[
            (
                _column("sort", name.removeprefix("-") if name not in by_name else name, by_name),
                name[0] == "-",
            )
            for name in _words(values, "sort", MOST_SORT)
        ],
        format=_one_of(values, "format", FORMATS),
        names=_one_of(values, "names", NAMES),
        total=_one_of(values, "total", ("false", "true") if cursor else ("true", "false")) == "true",
    )


def _bad(parameter: str, words: str) -> RefusedError:
    return RefusedError(400, words, parameter)


def _names(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by technical name, and by label where it is one column's alone."""
    labels = [column.label for column in columns]
    return {column.label: column for column in columns if labels.count(column.label) == 1} | {
        column.id: column for column in columns
    }


def _column(parameter: str, name: str, by_name: dict[str, Column]) -> Column:
    found = by_name.get(name)
    if found is None:
        raise _bad(parameter, tk._("The table has no column {name}").format(name=name[:60]))
    return found


def _words(values: MultiDict[str, str], name: str, most: int) -> list[str]:
    words = [word.strip() for word in values.get(name, "").split(",") if word.strip()]
    if len(words) > most:
        raise _bad(name, tk._("At most {number} columns").format(number=most))
    return words


def _whole(values: MultiDict[str, str], name: str, usual: int, least: int) -> int:
    value = values.get(name, "")
    if not value:
        return usual
    if not re.fullmatch(r"[0-9]{1,18}", value) or int(value) < least:
        raise _bad(name, tk._("A whole number from {number} is needed").format(number=least))
    return int(value)


def _one_of(values: MultiDict[str, str], name: str, known: Sequence[str]) -> str:
    value = values.get(name) or known[0]
    if value not in known:
        raise _bad(name, tk._("Must be one of {values}").format(values="、".join(known)))
    return value


def _filter(name: str, value: str, by_name: dict[str, Column]) -> Filter:
    operator, _, column_name = name.partition(".")
    if operator not in OPERATORS or not column_name:
        known = "、".join((*PARAMETERS, *(f"{operator}.…" for operator in OPERATORS)))
        raise _bad(name[:80], tk._("There is no such parameter; there are {known}").format(known=known))
    column = _column(name[:80], column_name, by_name)
    if len(value) > MOST_VALUE:
        raise _bad(name, tk._("At most {number} characters").format(number=MOST_VALUE))
    if operator == "eq" and not value:
        return Filter(column, operator, None)
    if operator == "contains" or column.kind == "text":
        return Filter(column, operator, value)
    return Filter(column, operator, _typed(name, value, column))


def _typed(name: str, value: str, column: Column) -> Any:
    if column.kind == "number":
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(value) > MOST_DIGITS:
            raise _bad(name, tk._("{name} holds numbers").format(name=column.label))
        return number
    try:
        text = value.strip().replace("Z", "+00:00")
        moment = (
            datetime.fromisoformat(text)
            if len(text) > 10
            else datetime.combine(date.fromisoformat(text), datetime.min.time())
        )
    except ValueError:
        message = tk._("{name} holds dates: write 2026-03-18 or 2026-03-18T08:30:00").format(
            name=column.label
        )
        raise _bad(name, message) from None
    return moment
