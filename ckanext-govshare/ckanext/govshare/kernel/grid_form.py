"""The columns that a form has as a table, and how they are found again in what people hand in.

One row is one item of an entry, as in the national template (政务信息资源目录填报模板); the columns of the entry stand
on each of its rows, or on the first alone. A column is known by its title before the bracket, wherever it stands.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ckanext.govshare.kernel.forms import Field, Form
from ckanext.govshare.kernel.grid_base import Formula, Row

PROVIDER_CODE = "@provider_code"
PROVIDER_CODE_TITLE = "资源提供方代码"
EXAMPLE = "【示例】"
STAMP = "模板版本："
_STAMP = re.compile(r"模板版本[:：]\s*([a-z-]+)-([0-9a-f]{8})-([0-9]{4}-[0-9]{2}-[0-9]{2})")
_HEAD = 25  # filled rows of a sheet among which its header is
_DECK = 3  # rows that a header may have
_DROPPED = re.compile(r"[\s*＊:：]+")


@dataclass(frozen=True)
class Column:
    """One column of the table.

    :param key: name of the field; of an item's field with ``.`` before it; `PROVIDER_CODE`
    :param title: its title, without what stands in brackets after it
    :param field: the field, None for the provider's code
    :param item: whether it belongs to the item, not to the entry
    """

    key: str
    title: str
    field: Field | None
    item: bool = False

    @property
    def mandatory(self) -> bool:
        """Whether every entry has to have it."""
        return (
            self.field is not None
            and self.field.required
            and not self.item
            and not self.field.when
            and not self.field.required_when
        )

    @property
    def heading(self) -> str:
        """The title as the template shows it, with what must be filled in."""
        if self.mandatory:
            return f"{self.title}（必填项）"
        if self.field is not None and self.field.required:
            return f"{self.title}（条件必填项）"
        return f"{self.title}（选填项）"


def columns(form: Form) -> tuple[Column, ...]:
    """The columns of a form in its order; those of the items stand where the form has the item table."""
    found: list[Column] = []
    for entry in form.fields:
        if entry.kind == "items":
            found += [Column(f".{item.name}", item.column, item, True) for item in form.items if item.column]
        elif entry.column:
            found.append(Column(entry.name, entry.column, entry))
            if entry.name == "owner_org":
                found.append(Column(PROVIDER_CODE, PROVIDER_CODE_TITLE, None))
    return tuple(found)


def version(form: Form, day: str) -> str:
    """Version of the template: type, hash of its columns, day, e.g. ``dataset-1f0c9a3e-2026-03-31``."""
    return f"{form.type}-{_hash(form)}-{day}"


def _hash(form: Form) -> str:
    text = "|".join(f"{column.key}={column.heading}" for column in columns(form))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def outdated(form: Form, stamp: str) -> bool:
    """Whether a version stamp is that of a template with other columns, or of another type."""
    found = _STAMP.search(stamp)
    return found is not None and found.groups()[:2] != (form.type, _hash(form))


def key_of(title: object) -> str:
    """What two column titles have in common that mean the same: the part before the bracket, without blanks."""
    if not isinstance(title, str) or isinstance(title, Formula):
        return ""
    text = unicodedata.normalize("NFKC", title)
    return _DROPPED.sub("", text.split("(")[0].split("[")[0]).casefold()


@dataclass(frozen=True)
class Titles:
    """Titles by which the columns of a form are known."""

    columns: Mapping[str, Column]
    by_title: Mapping[str, str]

    @classmethod
    def of(cls, form: Form) -> Titles:
        """Column titles first, then labels that mean one column only."""
        found = columns(form)
        known = {key_of(column.title): column.key for column in found}
        labels: dict[str, set[str]] = {}
        for column in found:
            for label in (column.field.zh, column.field.en) if column.field else ():
                labels.setdefault(key_of(label), set()).add(column.key)
        more = {label: keys.pop() for label, keys in labels.items() if len(keys) == 1 and label not in known}
        return cls({column.key: column for column in found}, {**more, **known})

    def match(self, *titles: object) -> str:
        """Key of the column that has one of these titles, or the titles together; empty if none has."""
        keys = [key_of(title) for title in titles]
        for key in (*reversed(keys), "".join(keys)):
            if key and key in self.by_title:
                return self.by_title[key]
        return ""


@dataclass
class Header:
    """The header of a sheet.

    :param row: number of its last row
    :param columns: position (from 0) → key of the column
    :param unknown: positions that no column of the form is meant by, with their titles
    :param stamp: text of the row above it that holds the template's version, and its row number
    """

    sheet: str
    row: int
    columns: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    stamp: tuple[str, int] = ("", 0)


def tables(rows: Iterable[Row], titles: Titles) -> Iterator[tuple[Header, Iterator[Row]]]:
    """The sheets that have a header of the form, each with the rows below it; other sheets are passed over.

    The rows of a sheet are to be read before the next sheet is asked for.
    """
    for _sheet, group in itertools.groupby(rows, key=lambda row: row.sheet):
        head = list(itertools.islice(group, _HEAD))
        header = find(head, titles)
        if header is not None:
            yield header, itertools.chain((row for row in head if row.number > header.row), group)  # noqa: B031 - its head was taken, this is the rest


def find(head: list[Row], titles: Titles) -> Header | None:
    """The header among the first rows of a sheet: the row with most known titles, with the group titles over it.

    Titles that were merged over two rows, or that stand under a group title (信息资源分类 over 类 项 目 细目), are put
    together. A row is no header unless it knows the title of the entry and two columns more.
    """
    best, count = -1, 2
    for position, row in enumerate(head):
        known = {titles.match(value) for value in row.values} - {""}
        if len(known) > count:
            best, count = position, len(known)
    if best < 0:
        return None
    deck = [head[best]]
    for row in head[best + 1 : best + _DECK]:  # titles under a group title
        filled = [value for value in row.values if value not in (None, "")]
        if row.number != deck[-1].number + 1 or not _subtitles(row, deck, titles, filled):
            break
        deck.append(row)
    above = head[best - 1] if best and head[best - 1].number == deck[0].number - 1 else None
    if above is not None and sum(value not in (None, "") for value in above.values) > 1:
        deck.insert(0, above)
    header = _put_together(deck, titles)
    if "title" not in header.columns.values():
        return None
    for row in head[:best]:
        for value in row.values:
            if isinstance(value, str) and STAMP[:4] in value:
                header.stamp = (value, row.number)
    return header


def _subtitles(row: Row, deck: list[Row], titles: Titles, filled: list[object]) -> bool:
    """Whether a row below a header goes on with it: nothing but titles, under columns that are not known yet."""
    if not filled or not all(isinstance(value, str) for value in filled):
        return False
    for position, value in enumerate(row.values):
        if value in (None, ""):
            continue
        over = _group(deck[-1].values, position)
        own = deck[-1].values[position] if position < len(deck[-1].values) else None
        if not titles.match(over, value) or titles.match(own):
            return False
    return True


def _group(values: tuple[object, ...], position: int) -> object:
    """The title that is over a position: its own cell, or the nearest filled one to the left (merged cells)."""
    for at in range(min(position, len(values) - 1), -1, -1):
        if values[at] not in (None, ""):
            return values[at]
    return None


def _put_together(deck: list[Row], titles: Titles) -> Header:
    header = Header(deck[0].sheet, deck[-1].number)
    for position in range(max(len(row.values) for row in deck)):
        stack = [row.values[position] for row in deck if position < len(row.values)]
        stack = [value for value in stack if value not in (None, "")]
        if not stack:
            continue
        group = _group(deck[0].values, position) if len(deck) > 1 else None
        key = titles.match(*stack) or titles.match(group, stack[-1])
        if key:
            header.columns[position] = key
        else:
            header.unknown[position] = str(stack[-1]).strip()
    return header
