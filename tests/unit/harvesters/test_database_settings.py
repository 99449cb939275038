"""What the settings of a database point may say."""

from __future__ import annotations

import pytest

from ckanext.govshare.harvesters.database_settings import MAX_VIEWS, Choice, Wanted
from ckanext.govshare.harvesters.refusals import FetchRefused


def slug(settings):
    with pytest.raises(FetchRefused) as caught:
        Choice.of(settings)
    return caught.value


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"view": "a", "title": "甲", "notes": "乙", "key": "id"}, [Wanted("a", ("id",), "", "甲", "乙")]),
        ({"view": ["a", "b"], "title": "甲", "watermark": "w"}, [Wanted("a", (), "w"), Wanted("b", (), "w")]),
        ({"view": {"name": "a", "key": ["x", "y"]}, "key": "z"}, [Wanted("a", ("x", "y"))]),
        ({"view": ["a", {"name": "b", "watermark": "w", "title": "乙"}]}, [Wanted("a"), Wanted("b", (), "w", "乙")]),
        ({"view": [" a ", ""]}, [Wanted("a")]),
    ],
)  # fmt: skip
def test_views_say_what_differs_from_the_point(settings, wanted):
    assert list(Choice.of(settings).views) == wanted


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"view": "a", "full_days": 0}, "full_days"), ({"view": "a", "full_days": 366}, "full_days"),
        ({"view": "a", "full_days": "often"}, "full_days"), ({"view": "a", "full_days": True}, "full_days"),
        ({"view": "a", "full_days": 1.5}, "full_days"), ({"view": "a", "full_days": "²"}, "full_days"),
        ({"view": "a", "watermark": ["b"]}, "watermark"), ({"view": "a", "watermark": "w" * 201}, "watermark"),
        ({"view": "a", "key": {"a": 1}}, "key"), ({"view": "a", "key": [1]}, "key"),
        ({"view": "a", "key": ["k" * 201]}, "key"), ({"view": "a", "notes": "n\x00"}, "notes"),
        ({"view": "a", "exclude": 5}, "exclude"), ({"view": "a", "title": 5}, "title"),
        ({"view": {"name": "a", "sql": "drop"}}, "view"), ({"view": ["a", {"name": "a", "key": "b"}]}, "view"),
        ({"view": ["b", {"name": "s.*", "title": "甲"}]}, "view"),
    ],
)  # fmt: skip
def test_wrong_setting_is_named(settings, setting):
    refusal = slug(settings)
    assert refusal.slug == "setting_invalid"
    assert f"“{setting}”" in refusal.message_zh
    assert f'"{setting}"' in refusal.message_en


@pytest.mark.parametrize("view", [None, "", [], {}, [None], [{"key": "a"}], {"name": 5}, 5, "a\x00", "x" * 201, [[]]])
def test_view_is_named(view):
    assert slug({"view": view}).slug == "view_missing"


def test_full_days_may_be_text_of_a_form():
    assert (Choice.of({"view": "a", "full_days": "30"}).full_days, Choice.of({"view": "a"}).full_days) == (30, 7)


def chosen(names, **settings):
    return [view.name for view in Choice.of(settings).choose(names)]


@pytest.mark.parametrize(
    ("view", "exclude", "found"),
    [
        ("s.*", None, ["s.a", "s.b"]), ("*", None, ["a", "b"]), ("?", "b", ["a"]), ("*.*", None, ["s.a", "s.b", "t.a"]),
        (["t.a", "s.*"], ["s.a"], ["t.a", "s.b"]), (["s.a", "s.*"], "s.*", ["s.a"]), ("x.*", None, []),
    ],
)  # fmt: skip
def test_patterns_choose_by_schema_and_name(view, exclude, found):
    assert chosen(["s.b", "s.a", "t.a", "b", "a"], view=view, exclude=exclude) == found


def test_pattern_hands_its_settings_on():
    choice = Choice.of({"view": [{"name": "s.*", "watermark": "changed", "key": "id"}, "s.a"]})
    assert choice.choose(["s.a", "s.b"]) == [Wanted("s.a"), Wanted("s.b", ("id",), "changed")]


def test_too_many_views_are_refused():
    names = [f"s.v{number}" for number in range(MAX_VIEWS + 1)]
    assert slug({"view": names}).slug == "too_many_views"
    with pytest.raises(FetchRefused) as caught:
        chosen(names, view="s.*")
    assert caught.value.slug == "too_many_views"
