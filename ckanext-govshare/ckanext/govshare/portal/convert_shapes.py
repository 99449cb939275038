"""How rows look as CSV, JSON and XML: the row in SQL and the same row made here, the file around them.

CSV opens in spreadsheet programs by a click, so a text that such a program would take for a formula gets an
apostrophe before it (OWASP, CSV Injection); JSON, XML and XLSX have every text as it is. In XML and XLSX control
characters that XML 1.0 cannot hold are left out.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence

from ckanext.govshare.portal.convert_rows import Column

Sink = Callable[[bytes], None]
# Lets through what PostgreSQL makes as it is: no row of JSON or XML holds these two characters.
RAW = "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'"
CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
# What a spreadsheet program evaluates, full-width signs too. A sign before figures or alone (-5, --) is harmless.
_FORMULA = "^[=@\t\r\n＝＠]|^[+－＋-].*[A-Za-z(!|]"
_STARTS = ", ".join(str(ord(sign)) for sign in "=@\t\r\n＝＠+－＋-")
_is_formula = re.compile(_FORMULA, re.DOTALL).match
_HAN = "\u4e00-\u9fff"
_is_name = re.compile(rf"(?!(?i:xml)|column_\d+$)[A-Za-z_{_HAN}][A-Za-z0-9_.{_HAN}-]*").fullmatch
_needs_quotes = re.compile('[,"\r\n]').search
_MOMENT = re.compile(r"(\d+)[-/](\d+)[-/](\d+)(?:[ T](\d+):(\d+)(?::(\d+)(\.\d+)?)?)?")


class Writer(ABC):
    """A file of one format, written from its head to its end."""

    def __init__(self, sink: Sink, columns: Sequence[Column], about: dict[str, str]):
        """:param about: what the file says of itself: ``title provider licence source updated``"""
        self.sink, self.columns, self.about = sink, columns, about

    @abstractmethod
    def begin(self) -> None:
        """What stands before the rows."""

    @abstractmethod
    def add(self, rows: list[bytes]) -> None:
        """Rows as :meth:`select` or :meth:`row` make them, each with a line feed at its end."""

    @abstractmethod
    def end(self) -> None:
        """What stands behind the rows."""

    def give_up(self) -> None:  # noqa: B027 - most have nothing to give up
        """The file comes to no end."""

    @staticmethod
    @abstractmethod
    def select(columns: Sequence[Column], rows: str) -> str:
        """The rows in SQL.

        :param rows: ``FROM … ORDER BY …``
        """

    @staticmethod
    def options() -> str:
        """Options of COPY."""
        return RAW

    @staticmethod
    @abstractmethod
    def row(columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        """A row of a file, its cells as text, empty where there is nothing."""


class Csv(Writer):
    """UTF-8 with a byte order mark, by which spreadsheet programs know it; labels as header."""

    def begin(self) -> None:
        self.sink("\ufeff".encode() + csv_line([neutral(column.label) for column in self.columns]))

    def add(self, rows: list[bytes]) -> None:
        self.sink(b"".join(rows))

    def end(self) -> None:
        """Nothing stands behind the rows."""

    @staticmethod
    def options() -> str:
        return "FORMAT csv"

    @staticmethod
    def select(columns: Sequence[Column], rows: str) -> str:
        return f"SELECT {', '.join(map(_csv_sql, columns))} {rows}"  # noqa: S608 - quoted names

    @staticmethod
    def row(columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        return csv_line(
            [
                neutral(cell) if column.kind == "text" else plain(column, cell)
                for column, cell in zip(columns, cells, strict=True)
            ]
        )


class Json(Writer):
    """``{title, provider, licence, source, updated, fields: [{id, label, type}], records: [{…}]}``."""

    def begin(self) -> None:
        fields = [{"id": c.id, "label": c.label, "type": TYPES[c.kind]} for c in self.columns]
        head = json.dumps({**self.about, "fields": fields}, ensure_ascii=False)
        self.sink(_utf8(head[:-1] + ', "records": [\n'))
        self._before = b""

    def add(self, rows: list[bytes]) -> None:
        self.sink(self._before + b",".join(rows))  # a record a line, the comma before it: nothing is copied twice
        self._before = b","

    def end(self) -> None:
        self.sink(b"]}\n")

    @staticmethod
    def select(columns: Sequence[Column], rows: str) -> str:
        # Line feeds in a value of type json can only stand between its parts.
        values = ", ".join(
            (f"translate({c.sql}, E'\\n\\r', '  ')::json" if c.kind == "json" else c.sql)
            + f" AS {_quoted(c.id)}"
            for c in columns
        )
        return f"SELECT row_to_json(made) FROM (SELECT {values} {rows}) made"  # noqa: S608 - quoted names

    @staticmethod
    def row(columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        pairs = zip(columns, cells, strict=True)
        return _utf8("{" + ",".join(f"{_text(c.id)}:{_value(c, cell)}" for c, cell in pairs) + "}\n")


class Xml(Writer):
    """``<data>`` with ``<fields>`` and ``<records>``; an element a cell that holds something, named as its column is,
    or ``column_<n>`` where that is no name in XML."""

    def begin(self) -> None:
        told = "".join(f" {key}={_attribute(value)}" for key, value in self.about.items())
        fields = "".join(
            f"<field name={_attribute(name)} id={_attribute(c.id)} label={_attribute(c.label)}"
            f' type="{TYPES[c.kind]}"/>\n'
            for name, c in zip(element_names(self.columns), self.columns, strict=True)
        )
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<data{told}>\n<fields>\n{fields}</fields>\n<records>\n'
        )
        self.sink(clean(_utf8(head)))

    def add(self, rows: list[bytes]) -> None:
        self.sink(clean(b"".join(rows)))

    def end(self) -> None:
        self.sink(b"</records>\n</data>\n")

    @staticmethod
    def select(columns: Sequence[Column], rows: str) -> str:
        names = element_names(columns)
        cells = ", ".join(
            f"'<{name}>' || {_xml_sql(column)} || '</{name}>'"
            for name, column in zip(names, columns, strict=True)
        )
        made = f"array_to_string(ARRAY['<record>', {cells}, '</record>'], '')"
        return f"SELECT {made} {rows}"  # noqa: S608 - quoted names

    @staticmethod
    def row(columns: Sequence[Column], cells: Sequence[str]) -> bytes:
        filled = "".join(
            f"<{name}>{escape(_iso(c, cell))}</{name}>"
            for name, c, cell in zip(element_names(columns), columns, cells, strict=True)
            if cell
        )
        return _utf8(f"<record>{filled}</record>\n")


TYPES = {
    "number": "number",
    "day": "date",
    "moment": "datetime",
    "truth": "boolean",
    "json": "json",
    "text": "text",
}


def neutral(value: str) -> str:
    """A text for CSV that no spreadsheet program evaluates."""
    return f"'{value}" if _is_formula(value) else value


def clean(data: bytes) -> bytes:
    """UTF-8 without what XML 1.0 cannot hold; whole characters are given."""
    data = data.translate(None, CONTROLS)
    for character in NO_CHARACTERS:
        data = data.replace(character, b"")
    return data


def escape(value: str) -> str:
    """Text between two tags."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_sql(sql: str) -> str:
    """:func:`escape` of an expression."""
    return f"replace(replace(replace({sql}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"


def element_names(columns: Sequence[Column]) -> list[str]:
    """Names of elements: the id where it is a plain name, else the place."""
    return [
        column.id if _is_name(column.id) else f"column_{place}" for place, column in enumerate(columns, 1)
    ]


def plain(column: Column, cell: str) -> str:
    """A cell of a file as PostgreSQL writes it: days and moments in their full form."""
    if column.kind not in ("day", "moment") or not cell:
        return cell
    year, month, day, hour, minute, second, fraction = _MOMENT.fullmatch(cell).groups(default="")
    date = f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    if column.kind == "day":
        return date
    parts = [int(part or 0) for part in (hour, minute, second)]
    return f"{date} {parts[0]:02d}:{parts[1]:02d}:{parts[2]:02d}" + fraction.rstrip("0").rstrip(".")


def _iso(column: Column, cell: str) -> str:
    return plain(column, cell).replace(" ", "T") if column.kind == "moment" else plain(column, cell)


def _value(column: Column, cell: str) -> str:
    if not cell:
        return "null"
    return cell if column.kind == "number" else _text(_iso(column, cell))


def _xml_sql(column: Column) -> str:
    if column.kind in ("text", "json"):
        return escape_sql(column.sql)
    return f"replace({column.sql}::text, ' ', 'T')" if column.kind == "moment" else f"{column.sql}::text"


def _csv_sql(column: Column) -> str:
    sql = column.sql
    if column.kind == "text":
        return f"CASE WHEN ascii({sql}) IN ({_STARTS}) AND {sql} ~ '{_FORMULA}' THEN '''' || {sql} ELSE {sql} END"
    return f"{sql}::text" if column.kind == "truth" else sql


def csv_line(cells: Iterable[str]) -> bytes:
    """Cells as COPY writes them."""
    return _utf8(",".join(_quoted(cell) if _needs_quotes(cell) else cell for cell in cells) + "\n")


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _utf8(text: str) -> bytes:
    """A lone half of a character pair, which JSON can name and UTF-8 cannot hold, becomes a question mark."""
    return text.encode("utf-8", "replace")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _attribute(value: str) -> str:
    quoted = (
        escape(value)
        .replace('"', "&quot;")
        .replace("\n", "&#10;")
        .replace("\t", "&#9;")
        .replace("\r", "&#13;")
    )
    return f'"{quoted}"'
