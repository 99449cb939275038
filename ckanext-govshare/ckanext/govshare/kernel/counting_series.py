"""The title of an entry without its words of time and area, so that parts of one series are known by what is left.

It errs on the side of different titles: an area is taken out only at the start or in brackets, and only where it has
the shape of a name (云桥区 and 清水镇, not 社区, 开发区, 禁养区); what is no date stays (10年以上, 24小时, 第七次普查).
Not known: names of provinces and cities (the data of a provider are of one city), areas in the middle or at the end of
a title, long names that end like a common word (石景山区), years of two digits without more, seasons.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200  # characters; a longer title is left as it is
_NUMERAL = "[0-9一二三四五六七八九十百〇零]"
_TO = r"\s*[-~—–至到、和]\s*"
_YEAR = r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])"
_MONTH = r"(?:1[0-2]|0?[1-9])(?![0-9])"
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])"
_QUARTER = "[一二三四1-4]"
_TIMES = (
    # digits only: 2026-03-31, 2026.3, 20260331, 202603
    rf"{_YEAR}[-./]{_MONTH}(?:[-./]{_DAY})?",
    r"(?<![0-9])(?:19|20)[0-9]{2}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])?(?![0-9])",
    # 2026年, 2023—2024学年, 2020年至2023年, 二〇二六年, 26年度, 26年3月
    rf"(?:{_YEAR}\s*(?:年度?)?{_TO})?{_YEAR}\s*(?:学年度?|财年|年度|年版|年|版)",
    r"[一二][九〇零][〇零一二三四五六七八九]{2}年度?",
    rf"(?<![0-9])[0-9]{{2}}年(?:度|(?=\s*{_MONTH}\s*月))",
    # a bare year, where a title begins or ends, and no amount (2000人以上)
    rf"^(?:{_YEAR}{_TO})?{_YEAR}(?=\W|[^\W\d_a-z])(?!\s*[年版人个元户米吨亩辆台件万千百座家套所名条项瓦伏兆克升平度号路线国级型及以])",
    rf"(?<![0-9a-z.])(?<![a-z] )(?:{_YEAR}{_TO})?{_YEAR}(?=\W*(?:$|q[1-4]|[上下]半年|{_QUARTER}季度))",
    # months and days, quarters, halves, terms, issues and batches
    rf"(?<![0-9第])(?:{_MONTH}{_TO})?{_MONTH}\s*月份?(?![龄饼子季])(?:\s*{_DAY}\s*[日号])?",
    r"(?<=年)\s*(?:十[一二]?|[一二三四五六七八九])月份?",
    rf"第?{_QUARTER}(?:{_TO}{_QUARTER})?季度|(?<![a-z])q[1-4](?![a-z0-9])",
    r"[上下]半年|[上中下]旬|第[一二12]学期|[上下]学期",
    rf"第{_NUMERAL}+\s*(?:批次?|期|周)|(?<!{_NUMERAL}){_NUMERAL}+批次",
)
_ANY_TIME = "|".join(f"(?:{pattern})" for pattern in _TIMES)
_TIME = re.compile(rf"(?:截[至止]到?\s*)?(?:\s*(?:{_ANY_TIME}))+(?:[初底末]|为止)?")

_HAN = "[\u4e00-\u9fff]"
_PLACE = re.compile(
    rf"(?:{_HAN}{{2,4}}?[省市])?"
    rf"(?P<stem>{_HAN}{{1,3}}?)"
    r"(?P<kind>区(?![域间块号位分划属内外县级直段长委])|县(?![域级道乡城区市委长处属直])|镇(?![域区级长静江街])|街道(?:办事处|办)?)"
)
_BRACKETS = re.compile(r"[（(\[【〔][^（）()\[\]【】〔〕]*[）)\]】〕]")
# What an area is for, or how it is: the words before 区, 县, 镇 and 街道 that make no name.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    社 小 园 景 校 厂 片 辖 街 地 学 全 各 本 某 该 每 分 跨 沿 郊 邻 老 旧 主 古 整 乡 市 县 镇 区 村 集
    保护 开发 高新 经开 自贸 保税 综保 示范 试验 实验 试点 功能 工业 产业 农业 林业 商业 商务 经济 贸易 金融
    科技 创新 居民 居住 住宅 生活 生产 办公 服务 休息 候车 停车 旅游 度假 游览 风景 名胜 文化 教学 行政 管辖
    管理 管制 控制 管控 规划 建设 施工 作业 安全 危险 风险 污染 水源 禁养 限养 适养 禁建 限建 适建 禁燃 禁放
    限放 禁渔 禁猎 禁飞 禁航 禁采 禁入 限行 禁行 限速 灾害 受灾 重灾 易发 高发 疫病 感染 隔离 缓冲 核心 中心
    边缘 集中 集聚 聚集 聚居 密集 稀疏 种植 养殖 灌溉 蓄滞洪 蓄洪 分洪 行洪 泄洪 淹没 采空 沉陷 塌陷 塌方
    地震 热点 重点 特色 特困 贫困 富裕 发达 落后 先进 模范 小康 百强 扶贫 脱贫 主产 产粮 生态 绿化 自然 自由
    自治 民族 边境 边疆 沿海 沿江 内陆 平原 丘陵 山 湖 林 牧 农 渔 矿 库 灌 港 湾 海 岸 城 新 大 强 名 冰 坐
    知 特 专 军 战 选 赛 考 产 灾 疫 震 时 白 盲 误 禁 限 公共 公园 棚户 别墅 宿舍 家属 闹市 主城 老城 新城
    古城 中心城 建成 小城 建制 新型城 卫星城 特别 特殊 历史 传统 主要 一般 城市 城镇 乡村 农村 商圈 文明
    美丽 智慧 平安 绿色 所有 部分 多个 其他 全部 大湾 适用 覆盖 责任 服务半径 学校 医疗 医院 物流 仓储 加工
    出口 免税 合作 协作 政务 网格 调解 投资 招商 孵化 创业 就业 展示 展览 观赏 运动 健身 娱乐 餐饮 购物
        """,
    )
)
_ONE = frozenset(word for word in _COMMON if len(word) == 1)


def core_title(title: str) -> str:
    """What a title is about, without time and area.

    :param title: as the provider wrote it
    :returns: the rest, which may be empty; nothing is taken out where nothing of the kind is found
    """
    text = " ".join(unicodedata.normalize("NFKC", title).casefold().split())
    if len(text) > LONGEST:
        return text
    text = _TIME.sub("", text)
    text = _BRACKETS.sub(_without_place, text)
    text = text.lstrip(" -—_·、，,:：")
    while (found := _place_at_start(text)) and text[found:].strip():
        text = text[found:].lstrip(" -—_·、，,:：")
    return text


def _without_place(found: re.Match[str]) -> str:
    inside = found.group()[1:-1].strip(" -—_·、，,;；")
    end = _place_at_start(inside)
    while end and end < len(inside):
        inside = inside[end:]
        end = _place_at_start(inside)
    return "" if end or not inside else found.group()


def _place_at_start(text: str) -> int:
    """Where the name of an area ends with which a text begins; 0 where it begins with none."""
    found = _PLACE.match(text)
    return found.end() if found and _is_name(found["stem"], found["kind"][0]) else 0


def _is_name(stem: str, kind: str) -> bool:
    """Whether what stands before 区, 县, 镇 or 街道 is a name: 望湖 and 浦东新 are, 社, 开发 and 贫困山 are not."""
    if len(stem) > 2 and kind == "区" and stem.endswith("新"):
        stem = stem[:-1]
    if len(stem) == 1:
        return kind == "县" and stem not in _ONE
    if any(char in "区县镇乡村市街" for char in stem):
        return False
    tails = {stem[start:] for start in range(len(stem))}
    return not ({tail for tail in tails if len(tail) > 1} & _COMMON) and (
        len(stem) == 2 or stem[-1] not in _ONE
    )
