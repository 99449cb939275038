"""The chart of a table: chosen by rules, counted by one bounded statement, laid out for the template that draws it.

A table of more than ``COUNTED`` rows is counted in a sample of its pages on disk, and the chart says so: a page costs
the same for a thousand rows and for a million.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.govshare.portal import chart_drawing, chart_rules, preview_files, preview_store
from ckanext.govshare.portal.chart_rules import DAY, HOUR, MONTH, YEAR, Choice
from ckanext.govshare.portal.preview import Preview, Source
from ckanext.govshare.portal.preview_store import Column, Table

SEEN = 200  # rows by which the chart is chosen
SEEN_COLUMNS = 60
COUNTED = 10_000  # rows that are counted
MOST_GROUPS = 400
LEAST = 1e-9
MOST = 1e15  # what is larger, infinite or no number is not drawn
MOST_BARS = 10
MOST_STEPS = 100  # points of a line
CELL = 40


@dataclass(frozen=True)
class Point:
    """One value: what it is of, the number, and how many rows it stands for."""

    label: str
    value: float
    rows: int


@dataclass(frozen=True)
class Chart:
    """What the template draws: title, points, geometry."""

    title: str
    label: str
    value: str
    note: str
    line: bool
    points: Sequence[Point]
    geometry: dict[str, Any]
    text: str


def of(source: Source, table: Preview) -> Chart | None:
    """The chart of a table, or None where no rule fits.

    :raises preview_store.TooSlowError, preview_store.GoneError: it cannot be counted
    """
    columns = list(source.columns[:SEEN_COLUMNS])
    total = table.total
    whole = total is not None and total <= SEEN
    sample = _sample(source, columns)
    choice = chart_rules.choose(columns, sample, whole)
    if choice is None:
        return None
    if source.table is not None:
        points, counted = _counted_in_table(source.table, choice, total)
    elif source.head is not None:
        points, counted = _counted_in_rows(source.head, choice)
    else:
        return None
    points = _steps(choice, points) if choice.characters else _bars(choice, points)
    if len(points) < 2 or 0 < max(abs(point.value) for point in points) < LEAST:
        return None
    partly = counted < (total or 0) or (total is None and counted >= COUNTED)
    return _described(choice, points, counted if partly else None, sampled=source.table is not None)


def _sample(source: Source, columns: Sequence[Column]) -> Sequence[Sequence[str]]:
    if source.head is not None:
        return [row[:SEEN_COLUMNS] for row in source.head.rows[:SEEN]]
    if source.table is None or not columns:
        return []
    cells = [source.table.text(column.id, CELL) for column in columns]
    query = sa.select(*cells).select_from(source.table.source()).order_by(sa.column("_id")).limit(SEEN)
    return [[cell or "" for cell in row] for row in preview_store.ask(query, preview_store.SHORT)]


def _counted_in_table(table: Table, choice: Choice, total: int | None) -> tuple[list[Point], int]:
    """Points of a chart, and how many rows were looked at."""
    label = sa.func.btrim(table.text(choice.label.id, choice.characters or CELL)).label("label")
    measure = table.column(choice.measure.id) if choice.measure else sa.null()
    source: Any = table.source()
    rows = total if total is not None else table.estimate
    if rows > COUNTED:
        # Whole pages of the table, the same at each reading; twice as many as are wanted, cut off by the limit.
        percent = min(100.0, 100.0 * 2 * COUNTED / rows)
        source = source.tablesample(sa.func.system(percent), name="part", seed=sa.literal(1))
    part = (
        sa.select(label, measure.label("measure")).select_from(source).limit(COUNTED).subquery("part_of_rows")
    )
    number = sa.func.count()
    order = [part.c.label] if choice.characters else [number.desc(), part.c.label]
    query = (
        sa.select(part.c.label, number, sa.func.avg(part.c.measure) if choice.measure else sa.null(),
                  sa.func.sum(number).over())
        .group_by(part.c.label)
        .order_by(*order)
        .limit(MOST_GROUPS)
    )  # fmt: skip
    found = preview_store.ask(query, preview_store.SHORT)
    counted = int(found[0][3]) if found else 0
    return [_point(row[0], row[1], row[2], choice) for row in found if row[0]], counted


def _counted_in_rows(head: preview_files.Head, choice: Choice) -> tuple[list[Point], int]:
    places = {column.id: place for place, column in enumerate(head.columns)}
    groups: dict[str, list[float]] = defaultdict(list)
    numbers: dict[str, int] = defaultdict(int)
    for row in head.rows:
        label = row[places[choice.label.id]].strip()[: choice.characters or CELL]
        numbers[label] += 1
        cell = row[places[choice.measure.id]] if choice.measure else ""
        if cell:
            groups[label].append(preview_files.number_of(cell))
    rows = [
        (label, number, sum(groups[label]) / len(groups[label]) if groups[label] else None)
        for label, number in numbers.items()
    ]
    rows.sort(key=lambda row: row[0] if choice.characters else (-row[1], row[0]))
    return [_point(*row, choice) for row in rows[:MOST_GROUPS] if row[0]], len(head.rows)


def _point(label: str, number: int, average: Any, choice: Choice) -> Point:
    value = (float(average) if average is not None else float("nan")) if choice.measure else float(number)
    return Point(label.replace("T", " ") if choice.characters else label, value, int(number))


def _steps(choice: Choice, points: Sequence[Point]) -> list[Point]:
    """Points of a line, put together to longer steps while they are too many; without those that have no value."""
    found = [point for point in points if abs(point.value) < MOST]
    for characters in (HOUR, DAY, MONTH, YEAR):
        if len(found) <= MOST_STEPS:
            break
        found = _put_together(found, characters, counts=choice.measure is None)
    return found if len(found) <= MOST_STEPS else found[-MOST_STEPS:]


def _put_together(points: Sequence[Point], characters: int, counts: bool) -> list[Point]:
    groups: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        groups[point.label[:characters]].append(point)
    found = []
    for label, members in groups.items():
        rows = sum(member.rows for member in members)
        value = rows if counts else sum(member.value * member.rows for member in members) / rows
        found.append(Point(label, value, rows))
    return found


def _bars(choice: Choice, points: Sequence[Point]) -> list[Point]:
    """Bars, the longest first; of counts, what is left over is one bar of its own at the end."""
    found = [point for point in points if abs(point.value) < MOST]
    if choice.measure is not None:
        return sorted(found, key=lambda point: -point.value)[:MOST_BARS]
    if len(found) > MOST_BARS:
        kept = found[: MOST_BARS - 1]
        left = sum(point.rows for point in found[MOST_BARS - 1 :])
        return [*kept, Point(tk._("Others"), float(left), left)]
    return found


def _described(choice: Choice, points: Sequence[Point], counted: int | None, sampled: bool) -> Chart:
    label = choice.label.title
    one_each = all(point.rows == 1 for point in points)
    if choice.measure is None:
        value, title = tk._("Number of rows"), tk._("Number of rows by {label}").format(label=label)
    elif one_each:
        value = choice.measure.title
        title = tk._("{value} by {label}").format(value=value, label=label)
    else:
        value = tk._("Average of {value}").format(value=choice.measure.title)
        title = tk._("Average of {value} by {label}").format(value=choice.measure.title, label=label)
    note = ""
    if counted is not None:
        text = (
            tk._("Counted in a sample of {number} rows")
            if sampled
            else tk._("Counted in the first {number} rows")
        )
        note = text.format(number=tk.h.localised_number(counted))
    values = [point.value for point in points]
    draw = chart_drawing.line if choice.characters else chart_drawing.bars
    most = points[values.index(max(values))]
    least = points[values.index(min(values))]
    text = tk._("Largest: {most} ({most_value}); smallest: {least} ({least_value}).").format(
        most=most.label, most_value=chart_drawing.plain(most.value),
        least=least.label, least_value=chart_drawing.plain(least.value),
    )  # fmt: skip
    labels = [point.label for point in points]
    return Chart(title, label, value, note, bool(choice.characters), points, draw(labels, values), text)
