"""Reading only the rows of a view that changed, by a watermark: a column that grows with every change of a row.

What the source holds is counted in the same state of the database. Where the count does not agree with what is
kept after an increment (rows were deleted, keys changed, rows were committed late), the view is read whole in the
same run. What no count shows (a row that changed and kept its watermark) is found by the whole reading every
``full_days``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckanext.govshare.harvesters import views_remarks as remarks
from ckanext.govshare.harvesters.rows import Budget, CsvFile, Written, line, read_lines
from ckanext.govshare.harvesters.rows_kept import Kept, Row
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Finding

LATE = timedelta(minutes=10)
"""Transactions may commit rows with an earlier moment after we looked: so far back is read again."""

Odd = Mapping[str, int]
"""Cells that could not be taken as they are, by the slug of the remark about them."""
Mark = Any
"""A value of the watermark: a number, a text, a day, a moment, or bytes (rowversion of SQL Server)."""


@dataclass(frozen=True)
class Counted:
    """What the source says of a view before its rows are read.

    :param rows: how many it has
    :param mark: highest watermark; None without one
    :param unmarked: rows without a watermark
    """

    rows: int
    mark: Mark = None
    unmarked: int = 0


@dataclass
class Increments:
    """One view with a watermark during a fetch.

    :param kept: what the point keeps of it
    :param watermark: column
    :param key: places of the key's columns in a row
    :param read: writes the rows for which a condition holds (None: all of them) into a file, in any order
    :param header: cells of the first row
    :param days: after which everything is read again
    """

    kept: Kept
    watermark: str
    key: Sequence[int]
    read: Callable[[Path, sa.ColumnElement[bool] | None, Budget], Written]
    header: Sequence[str]
    days: int

    def bring(
        self, path: Path, counted: Counted, fresh: bool, budget: Budget
    ) -> tuple[Written, list[Finding]]:
        """Write the whole view into a file, having read as little as possible.

        :param counted: in the state of the database from which rows are read
        :param fresh: read everything, whatever is kept
        :returns: facts of the file, and what was found on the way
        :raises NotKept: there is no way to keep rows
        :raises FetchRefused: a budget
        """
        found = list(remarks.watermark(self.watermark, counted.unmarked, _is_ahead(counted.mark)))
        facts = {} if fresh else self.kept.facts()
        last = from_json(facts.get("mark"))
        odd: Odd | None = None
        if last is not None and not self._due(facts):
            if _comparable(counted.mark, last) and counted.mark >= last:
                odd = self._merge(path, last, counted, facts, budget)
                if odd is None:
                    found.append(remarks.read_again(counted.rows))
            elif counted.rows or facts.get("rows"):
                found.append(remarks.watermark_back(self.watermark))
        if odd is None:
            odd = self._replace(path, counted, budget)
        with CsvFile(path, self.header, budget) as file:
            return dataclasses.replace(self.kept.write(file), odd=odd), found

    def _due(self, facts: Mapping[str, Any]) -> bool:
        return clock.now() - datetime.fromisoformat(facts["full"]) >= timedelta(days=self.days)

    def _merge(
        self, path: Path, last: Mark, counted: Counted, facts: Mapping[str, Any], budget: Budget
    ) -> Odd | None:
        """Read what changed; None where the counts do not agree then."""
        column: sa.ColumnElement[Any] = sa.column(self.watermark)
        since = sa.or_(column >= sa.literal(_earlier(last)), column.is_(None))
        found = self.read(path, since, dataclasses.replace(budget)).odd
        odd = {name: max(found.get(name, 0), facts["odd"].get(name, 0)) for name in {*found, *facts["odd"]}}
        noted = self._facts(counted, facts["full"], odd)
        return odd if self.kept.merge(self._rows(path), noted, counted.rows) else None

    def _replace(self, path: Path, counted: Counted, budget: Budget) -> Odd:
        odd = self.read(path, None, dataclasses.replace(budget)).odd
        self.kept.replace(self._rows(path), self._facts(counted, clock.now().isoformat(), odd))
        return odd

    @staticmethod
    def _facts(counted: Counted, full: str, odd: Odd) -> dict[str, Any]:
        return {"mark": to_json(_capped(counted.mark)), "rows": counted.rows, "full": full, "odd": odd}

    def _rows(self, path: Path) -> Iterator[Row]:
        for cells in read_lines(path):
            yield [cells[place] for place in self.key], line(cells)


def _now_like(mark: datetime) -> datetime:
    """Now, as a moment of the same kind."""
    now = clock.now().astimezone(clock.ZONE)
    return now if mark.tzinfo else now.replace(tzinfo=None)


def _is_ahead(mark: Mark) -> bool:
    if isinstance(mark, datetime):
        return mark > _now_like(mark) + timedelta(days=1)
    return isinstance(mark, date) and mark > clock.today() + timedelta(days=1)


def _capped(mark: Mark) -> Mark:
    """A watermark that lies ahead of the clock would hide all changes until then."""
    if not _is_ahead(mark):
        return mark
    return _now_like(mark) if isinstance(mark, datetime) else clock.today()


def _earlier(mark: Mark) -> Mark:
    if isinstance(mark, datetime):
        return mark - LATE
    return mark


def _comparable(one: Mark, other: Mark) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return True
    same = type(one) is type(other)
    return same and (getattr(one, "tzinfo", None) is None) == (getattr(other, "tzinfo", None) is None)


def to_json(mark: Mark) -> list[str] | None:
    """A mark as JSON values; None for one that cannot be asked for again."""
    for name, (kind, there, _back) in _KINDS.items():
        if isinstance(mark, kind) and not isinstance(mark, bool):
            return [name, there(mark)]
    return None


def from_json(kept: list[str] | None) -> Mark:
    """What :func:`to_json` made."""
    return _KINDS[kept[0]][2](kept[1]) if kept else None


_KINDS: dict[str, tuple[Any, Callable[[Any], str], Callable[[str], Any]]] = {
    "moment": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "integer": (int, str, int),
    "decimal": (Decimal, str, Decimal),
    "float": (float, repr, float),
    "text": (str, str, str),
    "bytes": ((bytes, bytearray, memoryview), lambda value: bytes(value).hex(), bytes.fromhex),
}
