"""Rows of the demo files from a small column language, the same on every machine.

A column is one line of five parts, `名称 | name_en | type and length | generator | description`, for
instance `泊位总数 | spaces_total | N6 | int 40 600 | 含无障碍泊位`. A generator is a word and its arguments;
choices are divided by `/`. A table may repeat a group over time (`per: 6`, hours of six stations): a row
then has a member and a step.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ckanext.govshare.runtime.demo import makers_numbers, makers_places, makers_text, makers_times
from ckanext.govshare.runtime.demo.row import Maker, Row
from ckanext.govshare.runtime.demo.vocabulary import DISTRICTS, District


@dataclass(frozen=True)
class Column:
    """One information item together with the way its values are made."""

    name: str
    name_en: str
    type: str
    length: str
    generator: str
    description: str = ""


def parse_column(line: str) -> Column:
    """Read one column line.

    Args:
        line: the five parts divided by `|`; the last may be absent.

    Raises:
        ValueError: fewer than four parts.
    """
    parts = [part.strip() for part in line.split("|")]
    if len(parts) < 4:
        raise ValueError(f"column needs name | name_en | type | generator: {line!r}")
    kind = parts[2]
    return Column(parts[0], parts[1], kind[:1], kind[1:], parts[3], parts[4] if len(parts) > 4 else "")


def make_rows(seed: str, columns: Iterable[Column], count: int, per: int = 0) -> list[list[Any]]:
    """Make the rows of one table.

    Args:
        seed: any text that names the table; the same seed gives the same rows everywhere.
        columns: the columns, left to right; later ones may refer to earlier ones.
        count: number of rows.
        per: members of the group that repeats over time; 0 for a plain list.

    Returns:
        A list of rows of str, int, float, date or datetime values, as wide as `columns`.
    """
    columns = list(columns)
    makers = [_maker(column, random.Random(f"{seed}/{column.name_en}"), count) for column in columns]  # noqa: S311
    places: dict[int, tuple[District, str, int]] = {}
    table = []
    for index in range(count):
        member, step = (index % per, index // per) if per else (index, index)
        if member not in places:
            places[member] = _place(random.Random(f"{seed}/place/{member}"))  # noqa: S311
        row = Row(index, member, step, *places[member])
        for column, maker in zip(columns, makers, strict=True):
            row.values[column.name] = _typed(column.type, maker(row))
        table.append(list(row.values.values()))
    return table


def _place(rng: random.Random) -> tuple[District, str, int]:
    district = rng.choices(DISTRICTS, weights=(5, 4, 3))[0]
    return district, rng.choice(district.streets), rng.randint(1, 298)


def _maker(column: Column, rng: random.Random, count: int) -> Maker:
    word, _, rest = column.generator.partition(" ")
    if word not in _GENERATORS:
        raise ValueError(f"unknown generator {word!r} of column {column.name}")
    return _GENERATORS[word](rest, rng, count)


def _fixed(rest: str, rng: random.Random, count: int) -> Maker:
    """`fixed <generator>`: the value that a member had at its first step."""
    word, _, inner = rest.partition(" ")
    maker, known = _GENERATORS[word](inner, rng, count), {}

    def make(row: Row) -> Any:
        if row.member not in known:
            known[row.member] = maker(row)
        return known[row.member]

    return make


def _typed(kind: str, value: Any) -> Any:
    """Numbers for the numeric item types, text for characters and yes/no, dates as they are."""
    if kind in "NYBIF" and isinstance(value, str):
        value = float(value) if "." in value else int(value)
    if kind == "I":
        return round(value)
    return str(value) if kind in "CLM" else value


_GENERATORS = {
    **makers_text.BUILDERS,
    **makers_numbers.BUILDERS,
    **makers_times.BUILDERS,
    **makers_places.BUILDERS,
    "fixed": _fixed,
}
