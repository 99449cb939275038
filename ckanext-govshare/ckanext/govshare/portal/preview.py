"""The rows of a file that a page shows: from the DataStore, else the head of the stored file itself.

Who asks has the resource from ``package_show``: one without ``url`` may not be taken, nor previewed. A preview costs
the same for a thousand rows and for a million: it reads a page of rows, counts no further than a thousand, and a sort
or a search that takes longer than `preview_store.PATIENCE` is answered in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckanext.govshare.portal import preview_files, preview_store
from ckanext.govshare.portal.preview_question import REACHED, Question
from ckanext.govshare.portal.preview_store import Column, GoneError, Table, TooSlowError

MAX_CELL = 120  # characters of a cell that are shown
MAX_COLUMNS = 200  # columns that are shown
MIDNIGHT = " 00:00"


@dataclass(frozen=True)
class Preview:
    """A page of a table.

    :param rows: cells as text, in the order of ``columns``
    :param total: rows of the table, as far as it is known; ``about``: PostgreSQL's estimate
    :param matching: rows that match what was looked for, at most ``REACHED``; ``more``: there are more; None: nothing
        was looked for
    :param question: what was asked, as far as the table can answer it
    :param looked_at: only the first rows of a file were sorted or searched; None: all
    :param trouble: why there are no rows: ``slow`` (a search or sort took too long), ``busy`` (the table is being
        replaced), or ""
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]] = ()
    total: int | None = None
    about: bool = False
    matching: int | None = None
    more: bool = False
    question: Question = field(default_factory=Question)
    pages: int = 1
    looked_at: int | None = None
    trouble: str = ""

    @property
    def titles(self) -> list[str]:
        return [column.title for column in self.columns]

    @property
    def numeric(self) -> list[bool]:
        return [column.kind == "number" for column in self.columns]


@dataclass(frozen=True)
class Source:
    """Where the rows of a resource come from: its table, or the head of its file."""

    table: Table | None = None
    head: preview_files.Head | None = None

    @property
    def columns(self) -> Sequence[Column]:
        found = self.table or self.head
        return found.columns if found else ()


def source_of(resource: dict[str, Any], items: Sequence[dict[str, Any]]) -> Source | None:
    """Where rows of a resource can be read, for a reader who may take it.

    :param resource: as ``package_show`` gave it to the reader
    :param items: 信息项 of the entry: their Chinese names title the columns
    :returns: None when the file is of another kind, cannot be read or may not be taken
    """
    if not resource.get("url"):
        return None
    titles = {item["name_en"]: item["name"] for item in items if item.get("name_en") and item.get("name")}
    if resource.get("datastore_active"):
        try:
            return Source(table=preview_store.table_of(resource["id"], titles))
        except (GoneError, TooSlowError):
            return None
    head = preview_files.head(resource, titles) if resource.get("url_type") == "upload" else None
    return Source(head=head) if head else None


def first_rows(
    resource: dict[str, Any], items: Sequence[dict[str, Any]], size: int, question: Question | None = None
) -> Preview | None:
    """A page of the rows of a resource; see :func:`source_of` for the parameters and for None."""
    source = source_of(resource, items)
    return page(source, resource, size, question or Question()) if source else None


def page(source: Source, resource: dict[str, Any], size: int, question: Question) -> Preview | None:
    """A page of rows.

    :param size: rows of a page
    :returns: None when the table went away meanwhile
    """
    asked = question.within([column.id for column in source.columns])
    known = resource.get("rows")
    rows = int(known) if str(known or "").isdecimal() else None
    if source.head is not None:
        return _of_head(source.head, rows, size, asked)
    if source.table is None:
        return None
    try:
        return _of_table(source.table, rows, size, asked)
    except TooSlowError:
        trouble = "busy" if asked.plain else "slow"
        return Preview(source.columns[:MAX_COLUMNS], total=rows, question=asked, trouble=trouble)
    except GoneError:
        return None


def _of_table(table: Table, known: int | None, size: int, asked: Question) -> Preview:
    total, about = total_of(table, known)
    there = total if total is not None else REACHED
    found: list[int] | None = None
    if asked.text:
        found = [row[0] for row in preview_store.ask(_matching(table, asked), preview_store.PATIENCE)]
        there = len(found)
    asked, pages = asked.at(there, size)
    first = (asked.page - 1) * size
    columns = table.columns[:MAX_COLUMNS]
    wanted = None if found is None else found[:REACHED][first : first + size]
    rows = _rows(table, columns, asked, wanted, (first, size))
    return Preview(
        columns,
        _tidy(columns, rows),
        total,
        about,
        matching=None if found is None else min(len(found), REACHED),
        more=found is not None and len(found) > REACHED,
        question=asked,
        pages=pages,
    )


def total_of(table: Table, known: int | None) -> tuple[int | None, bool]:
    """Rows of a table, counted where they are few, else as told when it was loaded, else as PostgreSQL estimates.

    :returns: the number, None where nobody knows; and whether it is an estimate
    """
    few = preview_store.count_to(table, REACHED + 1)
    if few <= REACHED:
        return few, False
    if known and known > REACHED:
        return known, False
    return (table.estimate, True) if table.estimate > REACHED else (None, False)


def _order(table: Table, asked: Question) -> list[Any]:
    if not asked.sort:
        return [sa.column("_id")]
    column = table.column(asked.sort)
    if asked.sort not in table.ordered:  # JSON has no order of its own
        column = table.text(asked.sort)
    return [sa.nulls_last(column.desc() if asked.descending else column.asc()), sa.column("_id")]


def _matching(table: Table, asked: Question) -> Any:
    """Ids of rows that match, in order, one more than can be paged through."""
    names = [asked.column] if asked.column else list(table.types)
    cells = [table.text(name) for name in names]
    like = [
        cell.ilike(asked.pattern(), escape="\\") if asked.cased() else cell.like(asked.pattern(), escape="\\")
        for cell in cells
    ]
    found = sa.select(sa.column("_id")).select_from(table.source()).where(sa.or_(*like))
    return found.order_by(*_order(table, asked)).limit(REACHED + 1)


def _rows(
    table: Table, columns: Sequence[Column], asked: Question, ids: list[int] | None, part: tuple[int, int]
) -> list[list[str]]:
    """Cells of one page: of rows with these ids, in their order, or a part of the whole."""
    cells = [table.text(column.id, MAX_CELL + 1) for column in columns]
    query = sa.select(sa.column("_id"), *cells).select_from(table.source())
    if ids is None:
        offset, size = part
        query = query.order_by(*_order(table, asked)).limit(size).offset(offset)
    elif ids:
        query = query.where(sa.column("_id").in_(ids))
    else:
        return []
    found = preview_store.ask(query, preview_store.PATIENCE)
    if ids is not None:
        place = {row_id: number for number, row_id in enumerate(ids)}
        found.sort(key=lambda row: place[row[0]])
    return [["" if cell is None else cell for cell in row[1:]] for row in found]


def _tidy(columns: Sequence[Column], rows: list[list[str]]) -> list[list[str]]:
    """Times as people write them: to the minute, and days alone where every row is at midnight; long cells cut."""
    for place, column in enumerate(columns):
        if column.kind == "time":
            texts = [row[place][:16] for row in rows]
            days = all(text.endswith(MIDNIGHT) for text in texts if text)
            for row, text in zip(rows, texts, strict=True):
                row[place] = text[:10] if days else text
    return [[cut(cell) for cell in row] for row in rows]


def _of_head(head: preview_files.Head, known: int | None, size: int, asked: Question) -> Preview:
    """A page of what was read of a file."""
    places = {column.id: place for place, column in enumerate(head.columns)}
    rows = list(head.rows)
    if asked.text:
        wanted = [places[asked.column]] if asked.column else range(len(head.columns))
        text = asked.text.lower()
        rows = [row for row in rows if any(text in row[place].lower() for place in wanted)]
    if asked.sort:
        place = places[asked.sort]
        number = head.columns[place].kind == "number"
        filled = [row for row in rows if row[place]]
        filled.sort(
            key=lambda row: preview_files.number_of(row[place]) if number else row[place],
            reverse=asked.descending,
        )
        rows = filled + [row for row in rows if not row[place]]
    matching = len(rows) if asked.text else None
    there, pages = asked.at(len(rows), size)
    first = (there.page - 1) * size
    return Preview(
        head.columns[:MAX_COLUMNS],
        [[cut(cell) for cell in row[:MAX_COLUMNS]] for row in rows[first : first + size]],
        len(head.rows) if head.whole else known,
        matching=matching,
        question=there,
        pages=pages,
        looked_at=None if head.whole else len(head.rows),
    )


def cut(text: str) -> str:
    """A cell at the length that is shown."""
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
