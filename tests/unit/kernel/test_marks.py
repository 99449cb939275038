"""Marks of quality: each a fact of its own."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.govshare.kernel import marks
from ckanext.govshare.kernel.counting import DatasetFacts, FileFacts, LinkState

DAY = date(2026, 11, 22)


def of(*files: FileFacts, **values) -> list[str]:
    return marks.of_dataset(DatasetFacts(id="a", files=files, **values), DAY)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (of(FileFacts(format="CSV")), ["machine_readable"]),
        (of(FileFacts(format="PDF")), []),
        (of(has_items=True), ["with_items"]),
        (of(update_cycle="4", data_updated=date(2026, 11, 1)), ["on_time"]),
        (of(update_cycle="4", data_updated=date(2026, 9, 1)), ["overdue"]),
        (of(update_cycle="8", data_updated=date(2020, 1, 1)), []),
        (of(update_cycle="4", published=date(2026, 11, 1)), []),
        (of(FileFacts(linked=True, link_state=LinkState.DEAD)), ["dead_links"]),
        (of(FileFacts(linked=True)), ["unknown_links"]),
        (of(FileFacts(linked=True, link_state=LinkState.OK)), []),
        (of(FileFacts(blank_percent=61)), ["mostly_blank"]),
        (of(FileFacts(blank_percent=60)), []),
        (of(FileFacts(forced=True)), ["forced_conversion"]),
        (of(FileFacts(parses=False)), ["unreadable"]),
    ],
)
def test_mark(facts, expected):
    assert facts == expected


def test_marks_are_in_their_order():
    bad = FileFacts(format="CSV", linked=True, link_state=LinkState.DEAD, parses=False, forced=True)
    found = of(bad, has_items=True)
    assert found == sorted(found, key=marks.MARKS.index)
    assert set(found) <= set(marks.MARKS)
