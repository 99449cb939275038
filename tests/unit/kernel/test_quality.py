"""The detectors of tables that are none, or hold hardly anything, on examples of both kinds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.govshare.kernel import quality
from ckanext.govshare.kernel.quality import MOST, Found, Merged, Sample

NOTICE = [
    ["关于加强公共停车场管理的通知"],
    ["各有关单位："],
    ["一、总体要求"],
    ["以提升公共停车服务水平为目标，统筹规划建设和管理工作，切实解决停车难问题。"],
    ["二、主要任务"],
    ["（一）摸清底数。各单位应于每年三月底前完成本辖区公共停车场普查工作，并将结果报送主管部门。"],
    ["（二）规范经营。公共停车场应当公示收费标准、服务时间和监督电话；不得擅自改变用途。"],
    ["三、保障措施"],
    ["各单位要加强组织领导，明确责任分工，确保各项任务落到实处。"],
    ["演示市交通运输局", "2026年3月1日"],
]
REGULATION = [
    ["条款", "内容"],
    ["第一条", "为了规范公共数据管理，制定本办法。"],
    ["第二条", "本市行政区域内的公共数据管理活动适用本办法。"],
    ["第三条", "公共数据管理应当遵循统筹协调的原则。"],
    ["第四条", "市数据主管部门负责本办法的组织实施。"],
    ["第五条", "本办法自发布之日起施行。"],
]
FORM = [
    ["机动车停车场备案表", "", "", "", "", ""],
    ["单位名称", "", "", "", "", ""],
    ["法定代表人", "", "联系电话", "", "", ""],
    ["地址", "", "", "", "邮编", ""],
    ["停车场名称", "", "泊位数", "", "", "个"],
    ["开放时间", "", "", "收费标准", "", ""],
    ["单位意见", "", "", "", "", "（盖章）"],
    ["主管部门意见", "", "", "", "", "（盖章）"],
    ["备注", "", "", "", "", ""],
    ["填表人", "", "填表日期", "", "年", "月"],
    ["说明", "", "", "一式两份", "", ""],
]
STOPS = [["站点编号", "站点名称", "途经线路"], *([f"S{n}", f"第{n}站", f"{n}路"] for n in range(30))]
# Tables that look a little like documents.
TABLES = {
    "a plain table": STOPS,
    "one column of names": [["企业名称"], *([f"演示企业{n}有限公司"] for n in range(20))],
    "a numbered list of names": [["企业名称"], *([f"{n}、演示企业{n}有限公司"] for n in range(1, 20))],
    "one column of opinions": [
        ["意见内容"],
        *([f"希望增加{n}路公交车的班次，早高峰时候车时间太长，乘坐很不方便。"] for n in range(20)),
    ],
    "questions and answers": [
        ["问题", "答复"],
        *(
            [f"{n}、如何办理第{n}项业务？", "请携带本人身份证件到政务服务大厅窗口办理，工作日均可受理。"]
            for n in range(1, 20)
        ),
    ],
    "provisions of many laws": [
        ["法规名称", "条款", "内容"],
        *(
            [
                "演示市停车场条例",
                f"第{n}条",
                "停车场经营者应当公示收费标准、服务时间和监督电话；不得擅自改变用途。",
            ]
            for n in range(1, 20)
        ),
    ],
    "a title above the header": [["演示市公交站点一览表", "", ""], ["", "单位：个", ""], *STOPS],
    "few rows": [["一、总则"], ["为了规范公共数据管理，制定本办法，请各单位遵照执行。"]],
    "nothing": [],
}


def found(rows, merged=Merged()) -> Found:  # noqa: B008 - immutable
    sample = Sample()
    for row in rows:
        sample.add(row)
    return sample.found(merged)


@pytest.mark.parametrize("rows", [NOTICE, REGULATION], ids=["a notice", "a regulation"])
def test_a_document_pressed_into_a_table_is_found(rows):
    assert found(rows).forced


def test_a_form_of_merged_cells_is_found_by_them():
    assert found(FORM, Merged(across=14, covered=40)).forced
    assert not found(FORM).forced


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES.keys())
def test_a_table_is_no_document(rows):
    assert not found(rows, Merged(across=2, covered=8)).forced


def test_rows_that_are_all_merged_alike_are_a_table():
    assert not found(STOPS, Merged(across=31, covered=31)).forced


@pytest.mark.parametrize(
    ("rows", "percent"),
    [
        ([["甲", "乙"], ["1", "2"]], 0),
        ([["甲", "乙"], ["1", ""], ["2", "  "]], 50),
        ([["甲", "乙", "丙"], ["1", "NULL", "N/A"], ["—", "/", "-"]], 84),
        ([["甲", "乙"], ["无", "0"]], 0),
        ([["甲", "乙", ""], ["1", "2", ""]], 0),  # a column without name and values is none
        ([["一览表", "", ""], ["甲", "乙", "丙"], ["1", "", "3"]], 34),
        ([["甲", "乙"]], None),
        ([], None),
    ],
)
def test_blank_cells_are_counted_below_the_header(rows, percent):
    assert found(rows).blank_percent == percent


def test_sixty_percent_and_a_little_is_more_than_sixty():
    rows = [["甲", "乙", "丙", "丁", "戊"], *([["1", "2", "", "", ""]] * 199), ["1", "", "", "", ""]]
    assert found(rows).blank_percent == 61
    assert found([rows[0], *([["1", "2", "", "", ""]] * 200)]).blank_percent == 60


def test_what_a_merged_range_covers_is_not_blank():
    rows = [["区", "街道", "站点"], *([["云桥区" if n == 0 else "", "", f"站{n}"] for n in range(10)])]
    assert found(rows).blank_percent == 64
    assert found(rows, Merged(0, 9)).blank_percent == 34


def test_a_long_table_is_sampled_evenly():
    sample = Sample()
    for number in range(50_000):
        blank = number >= 25_000
        if sample.wants():
            sample.add(["1", "" if blank else "2"])
        else:
            sample.skip()
    assert sample.rows == 50_000
    assert abs(sample.found(Merged()).blank_percent - 25) <= 1
    assert len(sample._body) < MOST


CELLS = st.text(alphabet="甲乙 一、。；第条NULL-/1", max_size=40)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=30), st.integers(0, 40), st.integers(0, 400))
def test_any_rows_have_an_answer(rows, across, covered):
    answer = found(rows, Merged(across, covered))
    assert answer.blank_percent is None or 0 <= answer.blank_percent <= 100
    assert isinstance(answer.forced, bool)
    assert quality.header_of([quality.line(row) for row in rows]) < max(1, min(len(rows), quality.HEAD))
