"""Differences and merges of contents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel import diff

FIELDS = ("a", "b", "c")
VALUES = st.sampled_from(["", "1", "2", "3"])
CONTENTS = st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES))


def name(row: dict) -> str:
    return row["name"]


def kinds(before: list, after: list) -> list:
    return [(change.kind, change.key) for change in diff.rows(before, after, name)]


def test_an_absent_field_equals_an_empty_one():
    assert diff.changed({"a": ""}, {"b": []}, FIELDS) == []


def test_the_order_of_rows_counts():
    assert diff.changed({"a": [1, 2]}, {"a": [2, 1]}, FIELDS) == ["a"]


def test_rows_are_told_apart_by_their_key():
    before = [{"name": "站点"}, {"name": "线路", "type": "C"}]
    after = [{"name": "线路", "type": "N"}, {"name": "方向"}]
    assert kinds(before, after) == [("changed", "线路"), ("added", "方向"), ("removed", "站点")]


def test_rows_that_only_change_places_have_moved():
    assert kinds([{"name": "甲"}, {"name": "乙"}], [{"name": "乙"}, {"name": "甲"}]) == [
        ("moved", "乙"),
        ("moved", "甲"),
    ]


def test_rows_after_an_inserted_one_have_not_moved():
    after = [{"name": "新"}, {"name": "甲"}, {"name": "乙"}]
    assert kinds([{"name": "甲"}, {"name": "乙"}], after) == [("added", "新")]


def test_rows_of_one_name_are_paired_in_their_order():
    assert kinds([{"name": "甲"}, {"name": "甲"}], [{"name": "甲"}]) == [("removed", "甲")]


def test_both_sides_changing_one_field_is_a_conflict():
    found = diff.three_way({"a": "1"}, {"a": "2"}, {"a": "3"}, FIELDS)
    assert found == [diff.Merge("a", "1", "2", "3", conflict=True)]


def test_what_only_the_other_side_changed_is_no_conflict():
    found = diff.three_way({"a": "1"}, {"a": "1"}, {"a": "3"}, FIELDS)
    assert [(item.field, item.conflict) for item in found] == [("a", False)]


def test_both_sides_agreeing_is_nothing_to_merge():
    assert diff.three_way({"a": "1"}, {"a": "2"}, {"a": "2"}, FIELDS) == []


@given(CONTENTS, CONTENTS, CONTENTS)
def test_a_merge_keeps_every_change_of_either_side(base, mine, theirs):
    merged = dict(mine)
    conflicts = set()
    for item in diff.three_way(base, mine, theirs, FIELDS):
        if item.conflict:
            conflicts.add(item.field)
        else:
            merged[item.field] = item.theirs
    for field in set(FIELDS) - conflicts:
        wanted = mine[field] if mine[field] != base[field] else theirs[field]
        assert merged[field] == wanted
