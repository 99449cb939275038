"""Columns of a view as information items: names from comments, types and lengths from the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.sqltypes import _Binary  # of every type that holds bytes; LargeBinary is one of them
from sqlalchemy.types import TypeEngine

from ckanext.govshare.kernel.text import clean, title_key

MAX_NAME = 40  # characters; a longer comment is a name and a description
UNBOUNDED_NUMBER = "38"
_END_OF_NAME = re.compile(r"[：:；;，,。\n]")
_FORMULA = "=+-@\t\r"


@dataclass(frozen=True)
class Column:
    """A column that is read, as an information item.

    :param name: of the column in the database
    :param title: Chinese name, also the header cell; unique within the view
    :param type: letter of the data type
    :param length: bytes, or ``precision,scale``; empty where the type has none
    """

    name: str
    title: str
    type: str
    length: str
    description: str = ""

    def item(self) -> dict[str, str]:
        """As a row of ``info_items``."""
        values = asdict(self)
        return {"name": values.pop("title"), "name_en": values.pop("name"), **values}


def columns_of(
    reflected: Iterable[Mapping[str, Any]], comments: Mapping[str, str]
) -> tuple[list[Column], list[str], list[str]]:
    """Describe the columns of a view.

    :param reflected: as SQLAlchemy's inspector gives them
    :param comments: by column, where the database keeps none of its own
    :returns: columns to read; names of binary columns, which are not; names of columns without a comment
    """
    columns: list[Column] = []
    binary: list[str] = []
    silent: list[str] = []
    taken: set[str] = set()
    for column in reflected:
        name, kind = str(column["name"]), column["type"]
        if isinstance(kind, _Binary):
            binary.append(name)
            continue
        comment = str(column.get("comment") or comments.get(name) or "")
        if not clean(comment):
            silent.append(name)
        title, description = name_of(comment or name)
        title = _unique(title, name, taken)
        columns.append(Column(name, title, *type_of(kind), description))
    return columns, binary, silent


def name_of(comment: str) -> tuple[str, str]:
    """A comment as a name, which is fit for a header cell, and a description."""
    text = comment.strip()
    match = _END_OF_NAME.search(text)
    name, rest = (text[: match.start()], text[match.end() :]) if match else (text, "")
    if not clean(name) or len(name) > MAX_NAME:
        name, rest = text[:MAX_NAME], text
    return safe_header(clean(name)), clean(rest)


def safe_header(text: str) -> str:
    """A header cell that no spreadsheet program takes for a formula, nor the file for another format.

    A file whose first cell is ``ID`` is taken for SYLK.
    """
    text = text.lstrip(_FORMULA + " ")
    return "id" if text == "ID" else text


def _unique(title: str, name: str, taken: set[str]) -> str:
    base = title or safe_header(clean(name)) or "列"
    candidate, number = base, 2
    if title_key(candidate) in taken:
        candidate = base = f"{base}（{clean(name)}）"
    while title_key(candidate) in taken:
        candidate, number = f"{base}{number}", number + 1
    taken.add(title_key(candidate))
    return candidate


def type_of(kind: TypeEngine[Any]) -> tuple[str, str]:
    """Letter and length of a data type.

    :param kind: a reflected SQLAlchemy type
    :returns: letter of the code list ``item_type``; length in bytes as the database declares it
    """
    name = type(kind).__name__.upper()
    if "MONEY" in name:
        return "Y", ""
    if name in _NAMED:
        return _NAMED[name]
    for cls, answer in _TYPES:
        if isinstance(kind, cls):
            return answer(kind)
    return "M", ""


def _text(kind: Any) -> tuple[str, str]:
    return ("C", str(kind.length)) if getattr(kind, "length", None) else ("M", "")


def _number(kind: Any) -> tuple[str, str]:
    if not kind.precision:
        return "N", UNBOUNDED_NUMBER
    return "N", f"{kind.precision},{kind.scale}" if kind.scale else str(kind.precision)


def _float(kind: Any) -> tuple[str, str]:
    single = isinstance(kind, sa.REAL) or (kind.precision or 53) <= 24
    return ("F", "4") if single else ("B", "8")


# Narrower classes first: an Enum is a String, a Float a Numeric.
_TYPES: tuple[tuple[type, Any], ...] = (
    (mysql.BIT, lambda kind: ("L", "") if (kind.length or 1) == 1 else ("I", "8")),
    (pg.BIT, lambda kind: ("C", str(kind.length or 1))),
    (sa.Enum, lambda kind: ("C", str(max((len(value.encode()) for value in kind.enums), default=1)))),
    (sa.Uuid, lambda kind: ("C", "36")),
    (sa.Boolean, lambda kind: ("L", "")),
    (sa.SmallInteger, lambda kind: ("I", "2")),
    (sa.BigInteger, lambda kind: ("I", "8")),
    (sa.Integer, lambda kind: ("I", "4")),
    (sa.Double, lambda kind: ("B", "8")),
    (sa.Float, _float),
    (sa.Numeric, _number),
    (sa.DateTime, lambda kind: ("T", "")),
    (sa.Date, lambda kind: ("D", "")),
    (sa.Time, lambda kind: ("C", "15")),
    (sa.Text, lambda kind: ("M", "")),
    (sa.String, _text),
    ((sa.JSON, sa.ARRAY), lambda kind: ("G", "")),
)
# Types by name, where a class says less. A tinyint(1) is a number: it holds codes of states as often as yes and no.
_NAMED = {
    "INTERVAL": ("C", "40"),
    "INET": ("C", "43"),
    "CIDR": ("C", "43"),
    "MACADDR": ("C", "17"),
    "TINYINT": ("I", "1"),
    "YEAR": ("I", "2"),
    "UNIQUEIDENTIFIER": ("C", "36"),
}
