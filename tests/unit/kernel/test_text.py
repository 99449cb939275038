"""Text from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel import text


@pytest.mark.parametrize("value",
    [None, "", "  ", "\n", "无", "None", "N/A", "null", "-", "——", "…".replace("…", "..."), [], {}])
def test_words_for_nothing_are_blank(value):
    assert text.blank(value)


@pytest.mark.parametrize("value", ["无条件", "无锡市", "none of the above", "0", 0, "按需申请", "A"])
def test_words_that_say_something_are_not(value):
    assert not text.blank(value)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("  公共停车场\u3000信息 ", "公共停车场 信息"),
        ("ＡＢＣ２０２６", "ABC2026"),
        ("不动产登记（抵押）信息：2026", "不动产登记（抵押）信息：2026"),
        ("a\x00b\x07c\u200bd\u202ee\ufefff", "abcdef"),
        ("e\u0301cole", "école"),
        ("two\nlines\there", "two lines here"),
        ("x\ud800y", "xy"),
    ],
)
def test_title_is_normalised(raw, stored):
    assert text.normal_title(raw) == stored


@given(st.text())
def test_normalising_twice_is_normalising_once(raw):
    once = text.normal_title(raw)
    assert text.normal_title(once) == once
    block = text.clean_block(raw)
    assert text.clean_block(block) == block


def test_same_title_for_a_reader_has_one_key():
    assert text.title_key("公交 站点（ＡＢＣ）") == text.title_key("公交站点(abc)")
    assert text.title_key("公交站点") != text.title_key("公交站台")


def test_block_keeps_paragraphs():
    assert text.clean_block(" a  b\r\n\r\n\r\n\r\nc\x00 ") == "a b\n\nc"


def test_damage_is_seen():
    assert text.damaged("a\x00")
    assert text.damaged("\ufffd")
    assert text.damaged("\udfff")
    assert not text.damaged("好")
