"""Numbers, sizes and days as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=clock.ZONE)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (12_400, "1.2万", "12.4K"),
        ("13840000", "1384万", "13.8M"),
        (3.1e8, "3.1亿", "310M"),
        (None, "", ""),
        ("x", "", ""),
    ],
)
def test_number_is_shortened_as_the_language_does(value: object, chinese: str, english: str) -> None:
    assert words.number(value, "zh_Hans_CN") == chinese
    assert words.number(value, "en") == english


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5 B"),
        (2048, "2 KB"),
        (1_150_000, "1.1 MB"),
        (22 * 1024**2, "22 MB"),
        (3 * 1024**4, "3072 GB"),
        (None, ""),
        ("", ""),
    ],
)
def test_size_has_the_unit_that_fits(value: object, text: str) -> None:
    assert words.size(value) == text


def test_time_without_zone_is_utc_and_a_plain_day_is_a_day_in_beijing() -> None:
    assert words.day("2026-11-21T17:30:00") == "2026-11-22"
    assert words.day("2026-11-21") == "2026-11-21"
    assert words.day(date(2026, 1, 2)) == "2026-01-02"
    assert words.day("不定期") == "不定期"


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("2026-11-20", "2天前", "2 days ago"),
        ("2026-09-30", "9月30日", "Sep 30"),
        ("2025-09-30", "2025年9月30日", "Sep 30, 2025"),
        ("2026-12-01", "12月1日", "Dec 1"),
        ("", "", ""),
    ],
)
def test_when_says_how_long_ago_within_a_week(value: str, chinese: str, english: str) -> None:
    with clock.frozen(NOW):
        assert words.when(value, "zh_Hans_CN") == chinese
        assert words.when(value, "en") == english
