"""What a target may ask for: pure checks of its measure, scope, amount and place in the sequence.

A target asks for a stock (standards.md §7: 24:00 of the day, cumulative), so a later day of the same thing never asks
for less than an earlier one. Nothing here reads a database; faults are slugs, `target_words` says them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ckanext.govshare.publication.model import Measure, Scope

MOST = 10**12
"""More than anybody will ever count: what is beyond it is a slip of the hand."""
HUNDRED = Decimal(100)

EVERYWHERE = frozenset(Scope)
SCOPES: dict[Measure, frozenset[Scope]] = {
    Measure.OPEN_DATASETS: EVERYWHERE,
    Measure.INTERFACES: EVERYWHERE,
    Measure.ROWS: EVERYWHERE,
    # An application is made outside of the departments and may use data of several of them and of several fields.
    Measure.APPLICATIONS: frozenset({Scope.CITY}),
    # Only what is open has a field of opening: entries that are shared, and systems, have none.
    Measure.HOOK_UP: frozenset({Scope.CITY, Scope.DEPARTMENT}),
    Measure.CLOUD: frozenset({Scope.CITY, Scope.DEPARTMENT}),
}


@dataclass(frozen=True)
class Step:
    """A target in the sequence of its kind.

    :param kind: measure, scope, region, department and field: targets of one kind stand in one sequence
    :param due: its last day
    :param at_least: what it asks for
    :param title: what people call it
    :param row: its place among the targets that are being set; None for one that stands already
    """

    kind: tuple[str, ...]
    due: date
    at_least: Decimal
    title: str
    row: int | None = None


@dataclass(frozen=True)
class Clash:
    """Two targets that cannot stand together.

    :param slug: ``same_day``, ``less_than_before`` or ``more_than_after``, as seen from the new one
    :param other: the target that it clashes with
    """

    slug: str
    other: Step


def amount(measure: Measure, value: object) -> Decimal | None:
    """What a target asks for, as a number.

    :param value: a number or its digits. In percent: more than 0, at most 100, one decimal at most; otherwise a whole
        number of 1 or more
    :returns: the number; None for what is none
    """
    written = str(value).strip() if isinstance(value, str | int | float | Decimal) else ""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", written):
        return None
    number = Decimal(written)
    if measure.unit == "percent":
        return number if 0 < number <= HUNDRED and number * 10 == int(number * 10) else None
    return number if 1 <= number <= MOST and number == int(number) else None


def scope_fits(measure: Measure, scope: Scope) -> bool:
    """Whether a measure can be counted for a scope."""
    return scope in SCOPES[measure]


def clashes(steps: Iterable[Step]) -> dict[int, Clash]:
    """The new targets that do not fit into their sequences; of two new ones that clash, the later one.

    :param steps: those that stand and those that are being set
    :returns: the first clash of each new target, by its row
    """
    found: dict[int, Clash] = {}
    kinds: dict[tuple[str, ...], list[Step]] = {}
    for step in steps:
        kinds.setdefault(step.kind, []).append(step)
    for sequence in kinds.values():
        sequence.sort(key=lambda step: (step.due, -1 if step.row is None else step.row))
        for before, after in zip(sequence, sequence[1:], strict=False):
            if after.due == before.due:
                _blame(found, before, after, "same_day", "same_day")
            elif after.at_least < before.at_least:
                _blame(found, before, after, "more_than_after", "less_than_before")
    return found


def _blame(found: dict[int, Clash], before: Step, after: Step, slug_before: str, slug_after: str) -> None:
    if after.row is not None:
        found.setdefault(after.row, Clash(slug_after, before))
    elif before.row is not None:
        found.setdefault(before.row, Clash(slug_before, after))


def reached(unit: str, at_least: Decimal | float, counted: int, candidates: int, value: float | None) -> bool:
    """Whether a count reaches a target; a share of nothing reaches none.

    :param unit: ``number``, ``rows`` or ``percent``
    :param counted: candidates that count
    :param value: the amount, where it is not the number of counted candidates (rows)
    """
    if unit == "percent":
        return candidates > 0 and counted * 100 >= Decimal(str(at_least)) * candidates
    return Decimal(str(counted if value is None else value)) >= Decimal(str(at_least))
