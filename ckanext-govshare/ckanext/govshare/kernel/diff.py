"""Differences between two versions of a form, and the merge of two people's changes to one base. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Content = Mapping[str, Any]
EMPTY = (None, "", [], {})


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same; an absent one equals an empty one, the order of rows counts."""
    if one in EMPTY and other in EMPTY:
        return True
    return one == other


def changed(before: Content, after: Content, fields: Iterable[str]) -> list[str]:
    """The fields whose values differ, in the order given."""
    return [field for field in fields if not same(before.get(field), after.get(field))]


@dataclass(frozen=True)
class RowChange:
    """What became of one row of a table.

    :param kind: ``added``, ``removed``, ``changed`` or ``moved``
    :param key: what the row is known by
    """

    kind: str
    key: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def rows(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], str],
) -> list[RowChange]:
    """Compare two tables by the keys of their rows; rows of the same key are paired in their order.

    :param key: what a row is known by, e.g. its name
    :returns: changes in the order of the new table, removed rows last
    """
    old: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, row in enumerate(before):
        old.setdefault(key(row), []).append((number, row))
    found: list[RowChange] = []
    kept: list[tuple[int, RowChange]] = []
    for row in after:
        partner = old[key(row)].pop(0) if old.get(key(row)) else None
        if partner is None:
            found.append(RowChange("added", key(row), {}, row))
            continue
        number, former = partner
        if changed(former, row, sorted({*former, *row})):
            found.append(RowChange("changed", key(row), former, row))
        else:
            kept.append((number, RowChange("moved", key(row), former, row)))
    in_order = sorted(number for number, _change in kept)
    found += [change for (number, change), place in zip(kept, in_order, strict=True) if number != place]
    removed = sorted((pair for left in old.values() for pair in left), key=lambda pair: pair[0])
    return found + [RowChange("removed", key(row), row, {}) for _number, row in removed]


@dataclass(frozen=True)
class Merge:
    """One field that the published version and the change treat differently since their common base.

    :param conflict: both changed it, to different values: a person chooses
    """

    field: str
    base: Any
    mine: Any
    theirs: Any
    conflict: bool


def three_way(base: Content, mine: Content, theirs: Content, fields: Iterable[str]) -> list[Merge]:
    """What the published version changed since the base, beside what the change wants.

    :param base: the content that the change began from
    :param mine: the content that the change wants
    :param theirs: the content that is published by now
    :returns: fields that were changed elsewhere; those that both changed alike are left out
    """
    found = []
    for field in changed(base, theirs, fields):
        if same(mine.get(field), theirs.get(field)):
            continue
        own = not same(mine.get(field), base.get(field))
        found.append(Merge(field, base.get(field), mine.get(field), theirs.get(field), own))
    return found
