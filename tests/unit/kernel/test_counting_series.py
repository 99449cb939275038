"""Titles without their words of time and area: what is one series, and what only looks like one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.govshare.kernel.counting import DatasetFacts, keys
from ckanext.govshare.kernel.counting_series import core_title

PARTS = re.findall(
    r"\S+",
    """
2024年公交客流 公交客流2024 公交客流（2025年） 2024年度公交客流 2024年1月公交客流 公交客流2024年第一季度
公交客流2024年上半年 公交客流202403 公交客流20240301 公交客流(2024-03) 公交客流2024.03.01 公交客流第3期
公交客流第二批 公交客流（第三批次） 公交客流3月份 2023-2024学年公交客流 2020年至2023年公交客流
公交客流2020—2023年 截至2024年12月底公交客流 公交客流（截至2024年12月31日） 二〇二四年公交客流
24年3月公交客流 26年度公交客流 公交客流1-6月 公交客流2024年十二月 公交客流2024年3月上旬 公交客流（2024版）
公交客流2024Q1 公交客流２０２４年 云桥区公交客流 公交客流（云桥区） 公交客流【清禾县】
演示市望湖区公交客流 望湖区清水镇公交客流 城关街道公交客流 城关街道办事处公交客流 2024年云桥区公交客流
云桥区2024年公交客流 公交客流（云桥区2024年3月） 公交客流（云桥区，第2期） 浦东新区公交客流 沛县公交客流
东城区公交客流 云桥区：公交客流
""",
)
# Whole titles: what looks like time or area in them is neither.
WHOLE = re.findall(
    r"\S+",
    """
社区卫生服务站 开发区企业 经济技术开发区企业 高新区企业 功能区企业 工业区企业 大湾区企业 居民小区停车场
禁养区名录 限养区名录 景区公厕 城区学校 老城区学校 山区学校 贫困山区学校 校区街道 中心城区停车 主城区停车
市区道路 县城道路 自然保护区名录 风景名胜区 水源保护区 蓄滞洪区 高风险区 棚户区改造 乡镇卫生院
城镇居民收入 城乡居民 新型城镇化项目 特色小镇名录 建制镇污水处理 村镇银行 镇街名单 各区公厕 各县区公厕
全县企业 某县 县域经济 区县排名 区域规划 重点区域 行政区划代码 城市街道绿化 街道办事处名录 小区信息
学区划分 农贸市场 家乡美食 公共停车场（小区） 学校（城区） 社区（小区）名单 10年以上工龄职工
24小时自助图书馆 第七次全国人口普查 3个月婴儿 6月龄儿童接种 120急救站点 12345热线 2000人以上企业 5A级景区
四季酒店 70年代老建筑 国道204客流 108国道 A2024型设备 GB2024标准 三月三活动
""",
)


def plain(text):
    return "".join(char for char in text.casefold() if char.isalnum())


@pytest.mark.parametrize("title", PARTS)
def test_time_and_area_are_taken_out(title):
    assert plain(core_title(title)) == "公交客流"


@pytest.mark.parametrize("title", WHOLE)
def test_what_is_neither_time_nor_area_stays(title):
    assert plain(core_title(title)) == plain(title)


@pytest.mark.parametrize(
    "title", ["2024年", "2024年第一季度", "（2024年）", "第3期", "", " ", "2024年 表", "…"]
)
def test_a_title_of_nothing_but_time_makes_no_series(title):
    fact = DatasetFacts(id="e", title=title, organization="jt", columns=("名称",))
    assert not [key for key in keys("open_datasets", fact, 2) if key.startswith("series")]


def test_two_kinds_of_area_are_two_data_sets():
    titles = ("禁养区养殖场", "限养区养殖场", "景区公厕", "社区公厕", "小区停车场", "云桥区停车场")
    assert len({core_title(title) for title in titles}) == len(titles)


@pytest.mark.parametrize("piece", [" ", "2024-", "1", "第一", "云桥区", "（", "截至2024年", "1 1月"])
def test_a_hostile_title_takes_no_time(piece):
    began = time.monotonic()
    for length in (200, 20_000):
        core_title((piece * length)[:length])
    assert time.monotonic() - began < 1


@settings(deadline=None)
@given(st.text(alphabet="2024年月日第期批区县镇街道市（）()-至到、季度上半截止一二十 公交站a", max_size=40))
def test_any_title_ends_and_is_no_longer(title):
    assert len(core_title(title)) <= len(title) * 2
