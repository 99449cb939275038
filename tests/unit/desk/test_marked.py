"""Texts with their difference marked."""

from __future__ import annotations

import time

from ckanext.govshare.desk.differences import marked


def test_chinese_is_compared_sign_by_sign():
    before, after = marked("每日更新", "每周更新")

    assert (str(before), str(after)) == ("每<del>日</del>更新", "每<ins>周</ins>更新")


def test_latin_is_compared_word_by_word():
    before, after = marked("updated on 2026-03-18 by hand", "updated on 2026-03-19 by hand")

    assert str(before) == "updated on 2026-03-<del>18</del> by hand"
    assert str(after) == "updated on 2026-03-<ins>19</ins> by hand"


def test_a_long_text_is_compared_clause_by_clause_in_little_time():
    text = "".join(f"第{number}条说明文字，内容保持不变。" for number in range(700))
    began = time.monotonic()

    before, after = marked(text, text.replace("第350条说明文字", "第350条新的说明"))

    assert str(before).count("<del>") == 1
    assert "<ins>第350条新的说明，</ins>" in str(after)
    assert time.monotonic() - began < 5


def test_texts_that_have_little_in_common_are_shown_whole():
    before, after = marked("公交站点", "医院名录")

    assert (str(before), str(after)) == ("<del>公交站点</del>", "<ins>医院名录</ins>")


def test_markup_in_a_text_stays_text():
    _before, after = marked("a", "a <script>")

    assert "<script>" not in str(after)
