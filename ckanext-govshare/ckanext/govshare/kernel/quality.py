"""Detectors of tables that are none, or hold hardly anything: 高缺失 and 生硬格式转化 of standards.md §4.2. Pure.

They see the first rows of a table and an even sample of the others, as plain texts, and accuse only where the signs are
plain: what is small, odd or unclear is a table. Blank are empty cells and the words that programs write for nothing
(`NULL`, `N/A`, `-`, `/`); 无 and 0 are values. Cells that a merged range covers are not blank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

HEAD = 10  # rows among which the header is looked for: tables often begin with a title
MOST = 2000  # rows below them that are looked at
COLUMNS = 1000  # cells of a row that are looked at
LEAST = 5  # rows below which nothing is called a forced conversion
PROSE = 30  # characters from which a cell with a sentence in it is prose
_BLANK = frozenset(
    (
        "",
        "null",
        "none",
        "nan",
        "n/a",
        "#n/a",
        "\\n",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "(null)",
        "(空)",
        "（空）",
    )
)
_NUMERALS = "一二三四五六七八九十百零〇"
_ARTICLE = re.compile(rf"第[{_NUMERALS}0-9]{{1,5}}[条章节款编]")
_CLAUSE = re.compile(
    rf"{_ARTICLE.pattern}|[{_NUMERALS}]{{1,3}}[、．.]|[（(](?:[{_NUMERALS}]{{1,3}}|[0-9]{{1,2}})[)）]"
    "|[0-9]{1,2}(?:、|[.．](?![0-9]))"
)
_SENTENCE = re.compile(r"[。；！？]|[.;!?](?:\s|$)")


class Line(NamedTuple):
    """What a row looks like.

    :param filled: bit n is set where cell n holds something
    :param prose: one of its cells holds sentences
    :param clause: it begins with the number of a clause (一、 （二） 3. 第四条)
    :param article: … of an article or chapter of a regulation (第四条)
    """

    filled: int
    prose: bool
    clause: bool
    article: bool


class Merged(NamedTuple):
    """Merged ranges of a sheet.

    :param across: how many go over several columns
    :param covered: cells that they cover, beside those that hold their text
    """

    across: int = 0
    covered: int = 0


class Found(NamedTuple):
    """What a table turned out to be.

    :param blank_percent: of its cells, rounded up to a whole percent; None where it has no rows
    :param forced: it is a document that was pressed into a table
    """

    blank_percent: int | None
    forced: bool


def line(cells: Sequence[str]) -> Line:
    """Look at one row.

    :param cells: its texts
    """
    filled, prose, first = 0, False, ""
    for place, cell in enumerate(cells[:COLUMNS]):
        text = cell.strip()
        if text.lower() in _BLANK:
            continue
        first = first or text
        filled |= 1 << place
        prose = prose or (len(text) >= PROSE and _SENTENCE.search(text) is not None)
    clause, article = _CLAUSE.match(first), _ARTICLE.match(first)
    return Line(filled, prose, clause is not None, article is not None)


class Sample:
    """The rows of a table as they pass by: all of the head, and evenly of the others, in constant memory."""

    def __init__(self) -> None:
        self.rows = 0
        self._head: list[Line] = []
        self._body: list[Line] = []
        self._step = 1

    def add(self, cells: Sequence[str]) -> None:
        """Take a row that holds something, as texts."""
        place, self.rows = self.rows - HEAD, self.rows + 1
        if place < 0:
            self._head.append(line(cells))
        elif place % self._step == 0:
            self._body.append(line(cells))
            if len(self._body) >= MOST:
                self._body, self._step = self._body[::2], self._step * 2

    def wants(self) -> bool:
        """Whether the next row is looked at, so that nobody makes texts of it in vain."""
        return self.rows < HEAD or (self.rows - HEAD) % self._step == 0

    def skip(self) -> None:
        """Count a row that is not looked at."""
        self.rows += 1

    def found(self, merged: Merged) -> Found:
        """What the rows say.

        :param merged: merged ranges of the whole sheet
        """
        lines = self._head + self._body
        share = len(lines) / self.rows if self.rows else 0
        return Found(blank_percent(lines, merged.covered * share), is_forced(lines, merged.across))


def header_of(lines: Sequence[Line]) -> int:
    """Which of the first rows is the header: the first that fills most of the width."""
    widths = [one.filled.bit_count() for one in lines[:HEAD]]
    return next((place for place, width in enumerate(widths) if width * 10 >= max(widths) * 8), 0)


def blank_percent(lines: Sequence[Line], covered: float = 0) -> int | None:
    """How many of the cells below the header are blank, over the columns that hold anything or have a name.

    :param lines: header and rows, titles above them too
    :param covered: blank cells that a merged range explains
    :returns: percent, rounded up: 61 is more than 60 %; None where there are no rows
    """
    start = header_of(lines)
    body = lines[start + 1 :]
    used = 0
    for one in lines[start:]:
        used |= one.filled
    cells = len(body) * used.bit_count()
    if not cells:
        return None
    blank = cells - sum(one.filled.bit_count() for one in body)
    return max(0, -(-round(blank - covered) * 100 // cells))


def is_forced(lines: Sequence[Line], across: int = 0) -> bool:
    """Whether a document was pressed into a table: running text, a regulation, or a form of merged cells.

    :param lines: all rows
    :param across: merged ranges that go over several columns
    """
    total = len(lines)
    if total < LEAST:
        return False
    used = 0
    for one in lines:
        used |= one.filled
    single = sum(one.filled.bit_count() <= 1 for one in lines)
    prose, clauses = sum(one.prose for one in lines), sum(one.clause for one in lines)
    articles = sum(one.article for one in lines)
    running = single * 10 >= total * 6 and prose * 10 >= total and clauses >= max(3, total / 10)
    regulation = used.bit_count() <= 2 and articles >= max(3, total / 5)
    shapes = Counter(one.filled for one in lines).most_common(1)[0][1]
    form = across >= max(HEAD, total / 2) and shapes * 2 < total
    return running or regulation or form
