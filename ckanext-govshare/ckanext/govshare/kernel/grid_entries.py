"""Rows put together to entries: what belongs to which, what contradicts what, and where every value stood.

Rows of one code are one entry, wherever they stand; without a code, rows of the same title that follow each other.
The columns of the entry are repeated on each of its rows, or stand on the first one alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.grid_base import ErrorValue, Formula, Row, column_letter, text
from ckanext.govshare.kernel.grid_form import EXAMPLE, PROVIDER_CODE, Header, Titles
from ckanext.govshare.kernel.text import blank, title_key


class Place(NamedTuple):
    """A cell: name of the sheet, number of the row, column from 1 (0: the whole row)."""

    sheet: str
    row: int
    column: int = 0


@dataclass(frozen=True)
class SheetFinding:
    """Something wrong with a cell.

    :param title: title of its column
    :param value: what stands there
    :param fix_zh: how to fix it, where the message does not say
    :param missing: a gap, not a wrong value: a draft may have it
    """

    place: Place
    title: str
    value: str
    slug: str
    zh: str
    en: str
    severity: Severity = Severity.REFUSE
    field: str = ""
    number: str = ""
    fix_zh: str = ""
    fix_en: str = ""
    missing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON values; the place as ``sheet``, ``row``, ``column`` (letters)."""
        values = asdict(self)
        values.pop("place")
        return {
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": column_letter(self.place.column),
            **values,
            "severity": self.severity.value,
        }


@dataclass
class Item:
    """One item: texts of its cells by field name, and where they stand."""

    row: Place
    texts: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


@dataclass
class Draft:
    """One entry as it stands on the sheet.

    :param texts: cells by key of their column
    :param places: where the value of a key stands
    :param broken: keys whose cell could not be read; nothing more is said of them
    """

    row: Place
    header: Header
    texts: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    rows: int = 0

    def place(self, key: str) -> Place:
        """Where a value stands, or would stand."""
        if key in self.places:
            return self.places[key]
        column = next((at + 1 for at, known in self.header.columns.items() if known == key), 0)
        return Place(self.row.sheet, self.row.row, column)


class Collector:
    """Takes rows, gives entries.

    :param form: the form whose entries these are
    """

    def __init__(self, form: Form, titles: Titles):
        self.form, self.titles = form, titles
        self.code = form.code.field
        self.drafts: list[Draft] = []
        self.findings: list[SheetFinding] = []
        self.rows = 0
        self._by_code: dict[str, Draft] = {}
        self._last: Draft | None = None
        self._example = False
        self._mandatory = {column.key for column in titles.columns.values() if column.mandatory} - {
            "title",
            "owner_org",
        }

    def table(self, header: Header, rows: Iterable[Row]) -> None:
        """Take the rows of a sheet."""
        self._last, self._example = None, False
        plan = [(at, key, key.startswith(".")) for at, key in header.columns.items()]
        for row in rows:
            self.row(header, row, plan)

    def row(self, header: Header, row: Row, plan: list[tuple[int, str, bool]]) -> None:
        """Take one row.

        :param plan: position, key, and whether it is of an item, for every known column
        """
        entry: dict[str, tuple[str, Place, bool]] = {}
        item = Item(Place(row.sheet, row.number))
        values, width = row.values, len(row.values)
        found: list[SheetFinding] = []
        for at, key, of_item in plan:
            value = values[at] if at < width else None
            if value is None:
                continue
            shown = text(value)
            if not shown or (key == self.code and blank(shown)):
                continue
            place = Place(row.sheet, row.number, at + 1)
            wrong = type(value) in (Formula, ErrorValue)
            if wrong:
                found.append(self._no_value(place, key, shown))
            if of_item:
                item.texts[key[1:]], item.places[key[1:]] = shown, place
                if wrong:
                    item.broken.add(key[1:])
            elif key not in entry:
                entry[key] = (shown, place, wrong)
            elif entry[key][0] != shown:
                found.append(self._conflict(place, key, entry[key][0], shown))
        if not entry and not item.texts:
            return
        if self._is_example(entry):
            return
        self.rows += 1
        self.findings += found
        draft = self._draft_of(header, row, entry)
        draft.rows += 1
        self._take(draft, entry)
        if item.texts:
            draft.items.append(item)

    def _is_example(self, entry: dict[str, Any]) -> bool:
        title = entry.get("title", ("",))[0]
        if title:
            self._example = title.startswith(EXAMPLE)
        elif entry.get(self.code):
            self._example = False
        return self._example

    def _draft_of(self, header: Header, row: Row, entry: dict[str, tuple[str, Place, bool]]) -> Draft:
        """The entry that a row belongs to; a new one when it belongs to none so far."""
        code = entry.get(self.code, ("",))[0]
        title = entry.get("title", ("",))[0]
        last = self._last
        same = last is not None and (not title or _alike(title, last.texts.get("title", "")))
        if code:
            draft = self._by_code.get(code)
            if draft is None and same and last is not None and title and not last.texts.get(self.code):
                draft = last
            if draft is not None:
                self._by_code[code] = self._last = draft
                return draft
        elif same and last is not None and (title or not self._stands_alone(entry)):
            return last
        draft = self._last = Draft(Place(row.sheet, row.number), header)
        self.drafts.append(draft)
        if code:
            self._by_code[code] = draft
        return draft

    def _stands_alone(self, entry: dict[str, Any]) -> bool:
        """Whether a row without title says so much of an entry that its title must have been forgotten."""
        return len(self._mandatory & entry.keys()) * 2 > len(self._mandatory)

    def _take(self, draft: Draft, entry: dict[str, tuple[str, Place, bool]]) -> None:
        for key, (shown, place, wrong) in entry.items():
            if wrong:
                draft.broken.add(key)
                draft.places.setdefault(key, place)
            elif key not in draft.texts:
                draft.texts[key], draft.places[key] = shown, place
            elif draft.texts[key] != shown:
                self.findings.append(self._conflict(place, key, draft.texts[key], shown))

    def _title(self, key: str) -> str:
        return self.titles.columns[key].title

    def _no_value(self, place: Place, key: str, shown: str) -> SheetFinding:
        return SheetFinding(
            place,
            self._title(key),
            shown[:200],
            "formula",
            f"“{self._title(key)}”是公式或错误值，系统不计算公式，请改为直接填写的内容（复制后选择性粘贴为数值）。",
            "The cell holds a formula or an error, which is never evaluated: paste its value instead.",
            field=key,
        )

    def _conflict(self, place: Place, key: str, first: str, shown: str) -> SheetFinding:
        return SheetFinding(
            place,
            self._title(key),
            shown[:200],
            "conflict",
            f"同一条目的各行“{self._title(key)}”不一致：前面为“{first[:60]}”，此处为“{shown[:60]}”，请改为一致或留空。",
            f'The rows of one entry differ: before it reads "{first[:60]}", here "{shown[:60]}". Make them agree.',
            field=key,
        )


def _alike(one: str, other: str) -> bool:
    return one == other or title_key(one) == title_key(other)


__all__ = ["PROVIDER_CODE", "Collector", "Draft", "Item", "Place", "SheetFinding"]
