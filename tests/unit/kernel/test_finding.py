"""A query taken apart, and where a text answers it."""

from __future__ import annotations

import pytest

from ckanext.govshare import schemas
from ckanext.govshare.kernel import finding, pinyin
from ckanext.govshare.kernel.finding import Synonyms

NONE = Synonyms()


def said(text: str, query: str, synonyms: Synonyms = NONE) -> list[str]:
    return [text[start:end] for start, end in finding.marks(text, finding.chunks(query, synonyms))]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("學校", "学校"),
        ("ＡＱＩ", "aqi"),
        ("１２３４５热线", "12345热线"),
        ("公交ﬁ站", "公交ﬁ站"),  # a ligature stays one character: places are kept
        ("İstanbul", "İstanbul"),
    ],
)
def test_width_case_and_script_are_one_and_length_is_kept(text: str, folded: str) -> None:
    assert finding.fold(text) == folded
    assert len(finding.fold(text)) == len(text)


@pytest.mark.parametrize(
    ("query", "chunks"),
    [
        ("公交站点", ["公交站点"]),
        ("公交、站点（2026）", ["公交", "站点", "2026"]),
        ("PM2.5 浓度", ["pm2.5", "浓度"]),
        ("307001004/0007", ["307001004/0007"]),
        ("<script>alert(1)</script>", ["script", "alert", "1"]),
        ("?!…", []),
        ("", []),
    ],
)
def test_a_query_is_taken_apart_at_what_is_no_word(query: str, chunks: list[str]) -> None:
    assert [chunk.text for chunk in finding.chunks(query, NONE)] == chunks


def test_a_long_query_is_cut() -> None:
    found = finding.chunks(" ".join(f"词{number}" * 50 for number in range(99)), NONE)
    assert (len(found), max(len(chunk.text) for chunk in found)) == (12, 60)


def test_synonyms_replace_the_longest_word_that_is_there() -> None:
    synonyms = Synonyms.of({"same": [["公交", "巴士"], ["公交站", "车站"]]})
    assert finding.chunks("公交站地址", synonyms)[0].same == ("车站地址",)


def test_latin_synonyms_are_words_of_their_own() -> None:
    synonyms = Synonyms.of({"same": [["co", "一氧化碳"]]})
    assert finding.chunks("code", synonyms)[0].same == ()
    assert finding.chunks("CO", synonyms)[0].same == ("一氧化碳",)


def test_words_that_say_nothing_fall_away_where_something_is_left() -> None:
    synonyms = Synonyms.of({"optional": ["查询", "信息", "数据"]})
    assert finding.chunks("公交信息查询", synonyms)[0].core == "公交"
    assert finding.chunks("信息", synonyms)[0].core == ""
    assert [chunk.text for chunk in finding.chunks("公交 数据", synonyms)] == ["公交"]
    assert [chunk.text for chunk in finding.chunks("数据 信息", synonyms)] == ["数据", "信息"]


@pytest.mark.parametrize("group", ["公交", ["公交"], ["公交", 12345]])
def test_a_group_that_is_none_is_named(group: object) -> None:
    with pytest.raises(ValueError, match="same"):
        Synonyms.of({"same": [group]})


def test_departments_are_known_by_names_that_they_did_not_say() -> None:
    shipped = schemas.load_synonyms()
    assert {"人社局", "市人社局"} <= set(shipped.names_of("演示市人力资源和社会保障局"))
    assert shipped.names_of("演示市第一中学") == []


def test_a_deployment_adds_its_own_synonyms(tmp_path) -> None:
    (tmp_path / "synonyms.yaml").write_text("same:\n- [摩拜, 共享单车]\n", encoding="utf-8")
    found = schemas.load_synonyms(str(tmp_path))
    assert finding.chunks("摩拜", found)[0].same == ("共享单车",)
    assert "公交站" not in finding.chunks("公交", found)[0].same
    assert finding.chunks("巴士", found)[0].same  # the shipped ones are there too


def test_a_broken_file_of_a_deployment_is_named(tmp_path) -> None:
    (tmp_path / "synonyms.yaml").write_text("same: [公交]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"synonyms\.yaml"):
        schemas.load_synonyms(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("城区公交站点信息", "公交站点", ["公交站点"]),
        ("義務教育學校名錄", "学校", ["學校"]),
        ("空气质量ＡＱＩ", "aqi", ["ＡＱＩ"]),
        ("学校名录，含地址和电话", "学校地址电话", ["学校", "地址", "电话"]),
        ("城区公交站点信息", "gongjiao", ["公交"]),
        ("城区公交站点信息", "gjzd", ["公交站点"]),
        ("城区公交站点信息", "ongjia", []),
        ("绿道与骑行道", "lvdao", ["绿道"]),
        ("最低生活保障", "水质", []),
        ("公交公交公交", "公交", ["公交公交公交"]),
        ("open data", "ata", []),
    ],
)
def test_what_answers_is_marked(text: str, query: str, marked: list[str]) -> None:
    assert said(text, query) == marked


def test_what_means_the_same_is_marked() -> None:
    assert said("公共厕所分布", "厕所", schemas.load_synonyms()) == ["公共厕所"]


@pytest.mark.parametrize(
    ("letters", "first"),
    [
        ("gongjiao", ("gong", "jiao")),
        ("xian", ("xian",)),
        ("lvse", ("lv", "se")),
        ("jtj", None),
        ("bus", None),
        ("a" * 61, None),
    ],
)
def test_letters_are_read_as_syllables(letters: str, first: tuple[str, ...] | None) -> None:
    ways = pinyin.splits(letters)
    assert (ways[0] if ways else None) == first


def test_all_ways_to_read_are_kept() -> None:
    assert ("xi", "an") in pinyin.splits("xian")


def test_the_last_syllable_may_be_unfinished() -> None:
    assert ("gong", "jiao") in pinyin.splits("gongj", unfinished=True)
    assert pinyin.splits("gongj") == []


def test_many_ways_to_read_stay_few() -> None:
    assert len(pinyin.splits("xianxianxianxianxianxianxianxian")) == pinyin.MOST_SPLITS


def test_words_are_read_as_wholes() -> None:
    assert pinyin.spelled("重庆银行12345热线") == "chong qing yin hang 12345 re xian"
    assert pinyin.initials("12345热线") == "12345rx"


def test_titles_sort_by_their_sounds() -> None:
    titles = ["医院", "12345热线", "公交", "安全", "a级景区"]
    assert sorted(titles, key=lambda title: pinyin.sort_key(finding.fold(title))) == [
        "12345热线", "a级景区", "安全", "公交", "医院",
    ]  # fmt: skip
