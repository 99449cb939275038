"""Words of the demo city: districts, streets and the parts that names are put together from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class District:
    """A district of the demo city.

    Attributes:
        name: as written in addresses.
        code: six digits of the unassigned region 9901.
        centre: longitude and latitude in degrees (CGCS2000).
        streets: names of its streets.
    """

    name: str
    code: str
    centre: tuple[float, float]
    streets: tuple[str, ...]


BOX = (83.0, 38.8, 83.6, 39.2)
"""West, south, east, north of the city in degrees: desert, where no point marks a real address."""

CITY = "演示市"


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


DISTRICTS = (
    District(
        "云桥区",
        "990101",
        (83.22, 39.02),
        _words(
            "云桥大道 文昌路 学府街 和平路 建设路 人民路 解放路 青年街 凤鸣路 金桂街",
            "银杏路 长兴街 石桥巷 站前路",
        ),
    ),
    District(
        "望湖区",
        "990102",
        (83.34, 38.96),
        _words(
            "望湖大道 湖滨路 柳岸街 白鹭路 芦汀路 滨河路 东苑街 创新路 科技一路 科技二路",
            "兴业路 荷塘街",
        ),
    ),
    District(
        "清禾县",
        "990103",
        (83.46, 39.10),
        _words("清禾大街 迎宾路 振兴路 梅岭路 竹溪路 桃源路 槐荫街 南塘路 丰收路 富民街"),
    ),
)
PLACES = _words(
    "文昌 学府 凤台 星湖 禾丰 新城 东苑 西苑 南塘 北岭 凤鸣 松涛 翠竹 金桂 银杏 兰亭 柳岸",
    "桃源 石桥 平安 和睦 长乐 永兴 福源 瑞景 景明 春晖 朝阳 向阳 明德 崇文 启明 育才 荷塘",
    "芦汀 青石 白鹭 红枫 槐荫 梅岭 竹溪 杏林 枫林 迎宾 站前 滨河 湖滨 古井 双桥 花园",
)
WORDS = _words(
    "和顺 康宁 惠民 安泰 百盛 佳和 鼎盛 宏远 嘉禾 金穗 聚源 丰禾 久安 广源 隆昌 德兴 同济",
    "仁和 益寿 万家 乐享 鲜达 诚信 恒达 华茂 瑞丰 天成 顺达 宏泰 永康 启航 博远 晨光 远景",
    "正和 众信 盛世 飞跃 新锐 海纳 汇通 联创 卓越 云帆 绿源 蓝天 春晓 秋实 百草 信诚",
)
VILLAGES = _words(
    "上塘村 下塘村 石桥村 梅岭村 竹溪村 桃源村 柳湾村 河口村 东岭村 西岭村 龙泉村 杏花村",
    "大槐村 小槐村 新民村 团结村 前进村 黄土村 青山村 白沙村 南庄村 北庄村 泉水村 枣园村",
)
