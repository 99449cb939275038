"""What a target may ask for, without services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.publication.model import Measure, Scope
from ckanext.govshare.publication.target_rules import Step, amount, clashes, reached, scope_fits

KIND = ("open_datasets", "city", "990100", "", "")
MARCH, JUNE, DECEMBER = date(2026, 3, 31), date(2026, 6, 30), date(2026, 12, 31)


def step(due, at_least, row=None, kind=KIND):
    return Step(kind, due, Decimal(at_least), f"{at_least} 个", row)


@pytest.mark.parametrize(
    ("measure", "value", "number"),
    [
        (Measure.OPEN_DATASETS, 80, "80"), (Measure.OPEN_DATASETS, "80", "80"), (Measure.OPEN_DATASETS, 80.0, "80"),
        (Measure.APPLICATIONS, 1, "1"), (Measure.ROWS, "1000000", "1000000"),
        (Measure.HOOK_UP, 100, "100"), (Measure.HOOK_UP, "62.5", "62.5"), (Measure.CLOUD, 0.1, "0.1"),
    ],
)  # fmt: skip
def test_amount_that_a_measure_takes(measure, value, number):
    assert amount(measure, value) == Decimal(number)


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure.OPEN_DATASETS, 0), (Measure.OPEN_DATASETS, -1), (Measure.OPEN_DATASETS, 1.5),
        (Measure.OPEN_DATASETS, ""), (Measure.OPEN_DATASETS, None), (Measure.OPEN_DATASETS, True),
        (Measure.OPEN_DATASETS, [80]), (Measure.OPEN_DATASETS, "８０"), (Measure.OPEN_DATASETS, "1e3"),
        (Measure.OPEN_DATASETS, float("nan")), (Measure.ROWS, float("inf")), (Measure.ROWS, 10**13),
        (Measure.ROWS, "9" * 5000), (Measure.HOOK_UP, 0), (Measure.HOOK_UP, 100.1), (Measure.HOOK_UP, "62.55"),
        (Measure.CLOUD, "62,5"), (Measure.CLOUD, "50%"), (Measure.CLOUD, {"a": 1}),
    ],
)  # fmt: skip
def test_amount_that_no_measure_takes(measure, value):
    assert amount(measure, value) is None


@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("scope", list(Scope))
def test_impossible_combinations(measure, scope):
    impossible = {
        (Measure.APPLICATIONS, Scope.DEPARTMENT), (Measure.APPLICATIONS, Scope.FIELD),
        (Measure.HOOK_UP, Scope.FIELD), (Measure.CLOUD, Scope.FIELD),
    }  # fmt: skip
    assert scope_fits(measure, scope) == ((measure, scope) not in impossible)


def test_rising_targets_stand_together():
    assert clashes([step(MARCH, 20), step(JUNE, 20, 0), step(DECEMBER, 80, 1)]) == {}


@pytest.mark.parametrize(
    ("steps", "row", "slug", "other"),
    [
        ([step(MARCH, 20), step(MARCH, 30, 0)], 0, "same_day", "20 个"),
        ([step(MARCH, 20), step(JUNE, 19, 0)], 0, "less_than_before", "20 个"),
        ([step(DECEMBER, 80), step(JUNE, 81, 0)], 0, "more_than_after", "80 个"),
        ([step(JUNE, 81, 0), step(DECEMBER, 80, 1)], 1, "less_than_before", "81 个"),
        ([step(JUNE, 81, 0), step(JUNE, 81, 1)], 1, "same_day", "81 个"),
    ],
)
def test_target_out_of_its_sequence_names_the_other(steps, row, slug, other):
    found = clashes(steps)
    assert list(found) == [row]
    assert (found[row].slug, found[row].other.title) == (slug, other)


def test_targets_of_another_kind_do_not_matter():
    kinds = [
        ("interfaces", "city", "990100", "", ""), ("open_datasets", "department", "990100", "x", ""),
        ("open_datasets", "field", "990100", "", "14"), ("open_datasets", "city", "990101", "", ""),
    ]  # fmt: skip
    assert clashes([step(MARCH, 20), *(step(MARCH, 5, row, kind) for row, kind in enumerate(kinds))]) == {}


def test_what_stands_is_never_blamed():
    assert clashes([step(MARCH, 20), step(JUNE, 10)]) == {}


@given(st.lists(st.tuples(st.dates(MARCH, DECEMBER), st.integers(1, 9)), max_size=8))
def test_a_sequence_without_clash_rises(pairs):
    steps = [step(due, number, row) for row, (due, number) in enumerate(pairs)]
    rising = sorted(pairs)
    fine = len({due for due, _number in pairs}) == len(pairs) and all(
        before[1] <= after[1] for before, after in zip(rising, rising[1:], strict=False)
    )
    assert (clashes(steps) == {}) == fine


@pytest.mark.parametrize(
    ("unit", "at_least", "counted", "candidates", "value", "answer"),
    [
        ("number", 80, 80, 90, None, True), ("number", 80, 79, 90, None, False),
        ("rows", 1000, 3, 4, 1000, True), ("rows", 1000, 3000, 4, 999, False),
        ("percent", 62.5, 5, 8, None, True), ("percent", 62.6, 5, 8, None, False),
        ("percent", 0.1, 0, 0, None, False), ("percent", 100, 3, 3, None, True),
    ],
)  # fmt: skip
def test_reached(unit, at_least, counted, candidates, value, answer):
    assert reached(unit, at_least, counted, candidates, value) is answer
