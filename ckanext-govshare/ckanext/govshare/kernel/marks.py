"""Marks of quality beside the count: single facts about a data set, none of them a score (standards.md §4.2).

A mark names what is there or what is wrong; pages show how many data sets bear each. Pure.
"""

from __future__ import annotations

from datetime import date

from ckanext.govshare.kernel.counting_days import overdue
from ckanext.govshare.kernel.counting_facts import DatasetFacts, LinkState

MACHINE_READABLE = "machine_readable"
WITH_ITEMS = "with_items"
ON_TIME = "on_time"
OVERDUE = "overdue"
DEAD_LINKS = "dead_links"
UNKNOWN_LINKS = "unknown_links"
MOSTLY_BLANK = "mostly_blank"
FORCED = "forced_conversion"
UNREADABLE = "unreadable"
MARKS = (
    MACHINE_READABLE,
    WITH_ITEMS,
    ON_TIME,
    OVERDUE,
    DEAD_LINKS,
    UNKNOWN_LINKS,
    MOSTLY_BLANK,
    FORCED,
    UNREADABLE,
)


def of_dataset(facts: DatasetFacts, day: date) -> list[str]:
    """The marks that a data set bears on a day.

    :param day: lateness is judged as of 24:00 of it, Beijing time
    :returns: some of `MARKS`, in their order
    """
    files, late = facts.files, overdue(facts, day)
    known = facts.data_updated is not None and facts.update_cycle not in ("", "8")
    found = {
        MACHINE_READABLE: any(file.readable for file in files),
        WITH_ITEMS: facts.has_items,
        ON_TIME: known and not late,
        OVERDUE: bool(late),
        DEAD_LINKS: any(not file.alive for file in files),
        UNKNOWN_LINKS: any(file.linked and file.link_state is LinkState.UNKNOWN for file in files),
        MOSTLY_BLANK: any(not file.dense for file in files),
        FORCED: any(file.forced for file in files),
        UNREADABLE: any(file.parses is False for file in files),
    }
    return [mark for mark in MARKS if found[mark]]
