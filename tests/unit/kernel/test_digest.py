"""Canonical digest: what means the same has one digest, what does not has another."""

from __future__ import annotations

import copy
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel.digest import canonical_digest as digest

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner,
        max_size=5), max_leaves=20
)  # fmt: skip


def shuffled(value, random):
    if isinstance(value, dict):
        pairs = [(key, shuffled(item, random)) for key, item in value.items()]
        random.shuffle(pairs)
        return dict(pairs)
    if isinstance(value, list):
        items = [shuffled(item, random) for item in value]
        random.shuffle(items)
        return items
    return value


@given(VALUES, st.randoms(use_true_random=False))
def test_order_does_not_matter(value, random):
    assert digest(shuffled(value, random)) == digest(value)


@given(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=5), st.data())
def test_any_change_of_a_value_matters(record, data):
    changed = copy.deepcopy(record)
    key = data.draw(st.sampled_from(sorted(record)))
    changed[key] = [record[key], "more"]
    assert digest(changed) != digest(record)
    del changed[key]
    assert digest(changed) != digest(record)


@given(st.lists(LEAVES, min_size=1, max_size=6))
def test_one_more_of_the_same_matters(items):
    assert digest([*items, items[0]]) != digest(items)


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_a_number_is_one_number_however_written(number):
    forms = (number, float(number), Decimal(number), Decimal(f"{number}.00"))
    assert len({digest(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, "1"), (1, True), (0, False), (None, "null"), ("", None), ([], {}), ([[]], []),
        ([1, [2]], [1, 2]), (1, 10),
     ({"a": None}, {}), ({"a": 1, "b": 2}, {"a": 2, "b": 1}), (["a,b"], ["a", "b"]), (0.1, 0.10000001),
     (-1, 1)],
)  # fmt: skip
def test_different_things_differ(one, other):
    assert digest(one) != digest(other)


def test_strings_are_compared_in_nfc():
    assert digest("e\u0301") == digest("\u00e9")


def test_extreme_numbers_are_exact_and_cheap():
    assert digest(Decimal("1e400000000")) == digest(Decimal("10e399999999"))
    assert digest(10**5000) == digest(Decimal("1e5000"))
    assert digest(0) == digest(-0.0) == digest(Decimal("0.000"))
    assert digest(math.inf) != digest(-math.inf)
    assert digest(math.inf) == digest(Decimal("Infinity"))


def test_broken_surrogates_have_a_digest():
    assert digest("\ud800") != digest("\ud801")


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {3}, "b": object()}])
def test_other_types_raise(value):
    with pytest.raises(TypeError):
        digest(value)
