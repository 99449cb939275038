"""The scan of a table or text before it is opened: which columns hold personal data or wording of secrecy.

One pass, cell by cell as a reader delivers them, in memory that depends on the number of columns alone. The scan
decides nothing: a person clears each finding with a ground, or takes the data out (先审查后公开). Whoever raises
`VERSION` makes every file be scanned again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.scan_marks import (
    MASKED,
    PERSONAL,
    Kind,
    hint,
    marks,
    masked,
    normal,
    secrecy_words,
    topics,
)
from ckanext.govshare.kernel.text import blank

VERSION = 1
WHOLE = "*"  # the column of a finding about a file as a whole, or about text that has no columns
ROWS_KEPT = 20
COLUMNS_KEPT = 2000
HIGH_SHARE = 0.5  # of a column whose name tells nothing: as many 15-digit numbers are identity numbers
SECRECY_FIELDS = ("title", "notes", "open_condition", "no_open_reason", "share_condition", "no_share_basis")


@dataclass(frozen=True)
class ScanFinding:
    """What was found in one column.

    :param kind: a value of `Kind`
    :param column: name of the column, or ``*``
    :param count: cells with at least one mark
    :param rows: the first 20 row numbers, as a spreadsheet shows them (the header is row 1)
    :param sample: one mark, masked
    :param share: of the column's filled cells, 0 to 1
    :param words: the words of secrecy, each once; a clearance holds for the words that it saw
    """

    kind: str
    column: str
    count: int = 1
    rows: tuple[int, ...] = ()
    sample: str = ""
    share: float = 1.0
    words: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "rows": list(self.rows), "words": list(self.words)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScanFinding:
        """A finding that was stored by `as_dict`."""
        return cls(**{**values, "rows": tuple(values["rows"]), "words": tuple(values["words"])})


@dataclass
class _Hits:
    count: int = 0
    rows: list[int] = field(default_factory=list)
    sample: str = ""
    words: dict[str, None] = field(default_factory=dict)

    def add(self, number: int, sample: str) -> None:
        self.count += 1
        if len(self.rows) < ROWS_KEPT:
            self.rows.append(number)
        self.sample = self.sample or sample


@dataclass
class _Column:
    name: str
    tells: frozenset[str]
    filled: int = 0
    hits: dict[Kind, _Hits] = field(default_factory=dict)


class Scanner:
    """Takes cells, answers findings.

    :param today: nobody is born after this day (Beijing); today by default
    """

    def __init__(self, today: date | None = None):
        self.rows = 0
        self._today = today or clock.today()
        self._columns: dict[str, _Column] = {}
        self._places: list[_Column] = []
        self._telling: list[int] = []

    def header(self, names: Sequence[str], prefix: str = "") -> None:
        """Begin a table: the rows that follow have these columns, in order.

        :param prefix: goes before each name, so that the tables of one file are told apart
        """
        self._places = [self._column(f"{prefix}{name}") for name in _distinct(names)]
        self._telling = [place for place, column in enumerate(self._places) if column.tells]

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order of their appearance."""
        return list(self._columns)

    def row(self, number: int, cells: Sequence[str]) -> None:
        """One row of a table.

        :param number: as a spreadsheet shows it
        """
        self.rows += 1
        while len(cells) > len(self._places):
            self._places.append(self._column(f"#{len(self._places) + 1}"))
        for column, cell in zip(self._places, cells, strict=False):
            if cell:
                column.filled += 1
        if hint("\x1f".join(cells)):
            for column, cell in zip(self._places, cells, strict=False):
                if cell and (column.tells or hint(cell)):
                    self._look(column, number, cell)
        else:
            for place in self._telling:
                if place < len(cells) and cells[place]:
                    self._look(self._places[place], number, cells[place])

    def cell(self, name: str, number: int, text: str) -> None:
        """One value of a record, or one line of a text (its name is ``*``)."""
        if not text:
            return
        column = self._column(name)
        column.filled += 1
        if column.tells or hint(text):
            self._look(column, number, text)

    def findings(self) -> list[ScanFinding]:
        """What was found, by column, in the order of columns."""
        return [
            ScanFinding(
                kind=kind.value,
                column=column.name,
                count=hits.count,
                rows=tuple(hits.rows),
                sample=hits.sample,
                share=round(hits.count / max(column.filled, hits.count), 6),
                words=tuple(hits.words),
            )
            for column in self._columns.values()
            for kind, hits in column.hits.items()
            if kind is not Kind.ID_CARD_15 or self._tells_15(column, hits)
        ]

    def _tells_15(self, column: _Column, hits: _Hits) -> bool:
        return "identity" in column.tells or hits.count / max(column.filled, 1) >= HIGH_SHARE

    def _column(self, name: str) -> _Column:
        found = self._columns.get(name)
        if found is None:
            if len(self._columns) >= COLUMNS_KEPT:
                name = WHOLE
            column = _Column(name, topics(name))
            found = self._columns.setdefault(name, column)
            if found is column:
                self._name(found)
        return found

    def _name(self, column: _Column) -> None:
        """A name of a column may itself speak of secrecy; it stands in row 1."""
        for word in secrecy_words(normal(column.name)):
            self._hit(column, Kind.SECRECY, 1, word)

    def _look(self, column: _Column, number: int, cell: str) -> None:
        text = normal(cell)
        seen: set[Kind] = set()
        for kind, found in marks(text, column.tells, self._today):
            if kind is Kind.SECRECY or kind not in seen:
                self._hit(column, kind, number, found, again=kind in seen)
            seen.add(kind)
        if column.tells & PERSONAL and not MASKED.search(text) and not blank(text):
            self._hit(column, Kind.COLUMN_NAME, number, text)

    def _hit(self, column: _Column, kind: Kind, number: int, found: str, *, again: bool = False) -> None:
        hits = column.hits.setdefault(kind, _Hits())
        if not again:
            hits.add(number, masked(kind, found))
        if kind is Kind.SECRECY and len(hits.words) < ROWS_KEPT:
            hits.words[found] = None


def _distinct(header: Sequence[str]) -> list[str]:
    """Names of columns, each once; a name that is itself a personal mark, or none, is its place (``#3``)."""
    names: dict[str, None] = {}
    today = clock.today()
    for place, cell in enumerate(header, 1):
        text = " ".join(str(cell).split())[:100]
        is_data = any(mark.kind is not Kind.SECRECY for mark in marks(normal(text), frozenset(), today))
        name = f"#{place}" if not text or is_data else text
        while name in names:
            name = f"{name} #{place}"
        names[name] = None
    return list(names)


def wording(entry: Mapping[str, Any]) -> list[ScanFinding]:
    """Wording of secrecy in the fields of an entry that the public is to read.

    :param entry: fields of a catalogue entry
    :returns: findings of kind ``secrecy_words``; the column is the name of the field
    """
    found = []
    for name in SECRECY_FIELDS:
        words = secrecy_words(normal(str(entry.get(name) or "")))
        if words:
            found.append(ScanFinding(Kind.SECRECY.value, name, sample=words[0], words=tuple(words)))
    return found


def whole(kind: Kind) -> ScanFinding:
    """That a file or link was not read, so that a person has to look at it."""
    return ScanFinding(kind.value, WHOLE)
