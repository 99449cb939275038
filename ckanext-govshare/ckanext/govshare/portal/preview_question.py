"""What a reader asks of a preview: words to look for, a column to sort by, a page. Nothing of it is trusted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

MOST_TEXT = 100  # characters of the words that are looked for
REACHED = 1000  # rows that can be paged through; who wants more takes the file or asks the interface
UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class Question:
    """Rows with `text` in `column` (empty: in any), sorted by a column (empty: as they lie there), one page of them."""

    text: str = ""
    column: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Question:
        """The question in a query string: ``f``, ``column``, ``sort`` (``<id> asc`` or ``<id> desc``), ``page``."""
        name, _, order = values.get("sort", "").rpartition(" ")
        page = values.get("page", "")
        return cls(
            text=UNREADABLE.sub(" ", values.get("f", "")).strip()[:MOST_TEXT],
            column=values.get("column", ""),
            sort=name if order in ("asc", "desc") else "",
            descending=order == "desc",
            page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 10 else 1,
        )

    def within(self, ids: Collection[str]) -> Question:
        """The same question without columns that the table does not have."""
        sort = self.sort if self.sort in ids else ""
        return replace(
            self,
            column=self.column if self.column in ids else "",
            sort=sort,
            descending=self.descending and bool(sort),
        )

    def at(self, rows: int, size: int) -> tuple[Question, int]:
        """The same question on a page that exists, and the number of pages.

        :param rows: rows that there are to page through
        :param size: rows of a page
        """
        pages = max(1, -(-min(rows, REACHED) // size))
        return replace(self, page=min(max(self.page, 1), pages)), pages

    @property
    def plain(self) -> bool:
        """Whether it asks for the rows as they lie there."""
        return not self.text and not self.sort

    def pattern(self) -> str:
        """The text as a pattern of LIKE, with ``\\`` before what LIKE would read as a sign."""
        return "%" + re.sub(r"([\\%_])", r"\\\1", self.text) + "%"

    def cased(self) -> bool:
        """Whether the text has letters in two cases; without them a comparison need not mind the case, which costs."""
        return self.text.lower() != self.text.upper()
