"""A city of any size: entries as departments would register them, made from those of the demo city. Knows no CKAN.

The open entries of the demo city are its kinds of resources; a place and a year make each of them as many as wanted.
Every entry is a function of its number, so that a process can make any part of the city.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codes import code_name
from ckanext.govshare.runtime.demo import city

Entry = dict[str, Any]
DEPARTMENTS = 46
AREAS = (
    "云桥区", "望湖区", "清禾县", "城东街道", "城西街道", "城南街道", "城北街道", "新华街道",
    "解放路街道", "人民路街道", "望湖街道", "云桥街道", "东风街道", "建设路街道", "和平街道", "光明街道",
    "石桥镇", "柳河镇", "青山镇", "双塔镇", "龙泉镇", "白沙镇", "河口镇", "大堰镇",
    "三合镇", "永安镇", "太平镇", "古渡镇", "松林乡", "桃源乡", "高新技术产业园区", "经济开发区",
    "临港物流园区", "科技新城", "古城保护区", "滨江新区", "北站商务区", "大学城", "空港新城", "生态示范区",
)  # fmt: skip
YEARS = range(1980, 2027)
FORMATS = (("CSV",), ("XLSX", "CSV"), ("CSV", "XLSX", "JSON"), ("JSON", "CSV"))
MORE_ITEMS = (
    ("行政区划代码", "area_code", "C", "12"),
    ("数据年度", "data_year", "C", "4"),
    ("更新时间", "updated_at", "T", "20"),
    ("备注", "remark", "C", "200"),
    ("数据来源单位", "source_unit", "C", "100"),
)
BEGAN = datetime(2023, 1, 1, 1, tzinfo=clock.ZONE)
HOURS = 24 * 365 * 3


@cache
def kinds() -> list[Entry]:
    """What every entry is one of: fields of the open entries of the demo city that describe a table."""
    found = [entry.fields for entry in city.entries() if entry.fields["open_type"] != "3"]
    return [fields for fields in found if len(fields["info_items"]) >= 5 and fields["license_id"]]


@cache
def departments() -> list[dict[str, Any]]:
    """Departments as ``organization_create`` takes them; the first is the office."""
    found = [row for row in city.departments() if row["government"] == "1" and row["region"] == "990100"]
    found.sort(key=lambda row: row["org_type"] != "office")
    made = [{**row, "parent": ""} for row in found]
    for number, area in enumerate(AREAS[: DEPARTMENTS - len(made)]):
        made.append({
            **made[-1], "name": f"area-{number}", "title": f"{area}管理委员会", "short_names": f"{area}管委会",
            "name_en": f"Area {number}", "org_type": "agency", "uscc": "",
        })  # fmt: skip
    return made


def entry(number: int) -> Entry:
    """The entry of a number, as the engine hands it to the catalogue; ``owner_org`` is the name of its department."""
    kind = kinds()[number % len(kinds())]
    place = number // len(kinds())
    area, year = AREAS[place % len(AREAS)], YEARS[-1 - place // len(AREAS) % len(YEARS)]
    title = f"{area}{kind['title']}（{year}年）"
    code = f"{kind['class_ximu'] or kind['class_mu']}/{number + 1:06}"
    updated = BEGAN + timedelta(hours=number * 7919 % HOURS)
    formats = FORMATS[number * 31 % len(FORMATS)]
    more = [
        {
            "name": name,
            "name_en": name_en,
            "type": kind_of,
            "length": length,
            "share_type": kind["share_type"],
        }
        for name, name_en, kind_of, length in MORE_ITEMS[: number * 17 % (len(MORE_ITEMS) + 1)]
    ]
    named = code_name(code)
    return {
        **{key: value for key, value in kind.items() if value and key != "is_demo"},
        "name": named,
        "resource_code": code,
        "title": title,
        "notes": f"{area}范围内{year}年度数据。{kind['notes']}",
        "owner_org": departments()[(number * 13 + place) % DEPARTMENTS]["name"],
        "info_items": [
            *({key: text for key, text in item.items() if text} for item in kind["info_items"]),
            *more,
        ][:15],
        "tags": [*kind["tags"], {"name": area}, {"name": f"{year}年"}],
        "pub_date": updated.date().isoformat(),
        "data_updated": updated.isoformat(),
        "resources": [
            {
                "name": f"{title}.{form.lower()}",
                "description": f"{year}年度全量数据",
                "format": form,
                "url": f"https://files.yanshi.example/{year}/{named}.{form.lower()}",
                "audience": "open",
            }
            for form in formats
        ],
    }


def stock_entry(made: Entry) -> Entry:
    """The same for ``package_create`` of CKAN alone: what it has no field for is an extra."""
    plain = ("name", "title", "notes", "license_id", "owner_org", "tags")
    extras = {
        **{
            key: value
            for key, value in made.items()
            if key not in (*plain, "id", "type", "resources", "info_items")
        },
        "items": "、".join(item["name"] for item in made["info_items"]),
    }
    return {
        **{key: made[key] for key in plain},
        "resources": [
            {key: resource[key] for key in ("name", "description", "format", "url")}
            for resource in made["resources"]
        ],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
    }
