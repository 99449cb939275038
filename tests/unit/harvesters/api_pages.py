"""A catalogue interface for tests: entries, and the pages in which they are told."""

from __future__ import annotations

import json
from typing import Any

ENTRY: dict[str, Any] = {
    "id": "bus-stops",
    "title": "公交站点信息",
    "notes": "全市公交站点的名称、位置和开通日期，自2015年起，覆盖主城区。",
    "provider_unit": "公共交通处",
    "class_lei": "3",
    "class_xiang": "307",
    "class_mu": "307001",
    "class_ximu": "307001004",
    "format_class": "3",
    "format_type": "mysql",
    "info_items": [
        {"name": "站点名称", "name_en": "stop_name", "type": "C", "length": "100"},
        {"name": "开通日期", "name_en": "opened", "type": "D"},
    ],
    "share_type": "1",
    "share_mode": "1",
    "share_mode_type": "1",
    "open_type": "1",
    "open_domain": "14",
    "license_id": "cc-by",
    "update_cycle": "2",
    "pub_date": "2026-03-01",
    "tags": ["公交", "站点"],
    "resources": [{"id": "f1", "name": "站点", "url": "https://files.example.gov.cn/stops.csv", "format": "CSV"}],
}


def entry(number: int, **fields: Any) -> dict[str, Any]:
    """A good entry of its own title."""
    return ENTRY | {"id": f"e-{number}", "title": f"第{number}号公交线路信息"} | fields


def page(entries: list[Any], **members: Any) -> bytes:
    """A page by cursor; without ``next`` it is the last."""
    return json.dumps(
        {"as_of": "2026-11-20T10:00:00+08:00", "entries": entries, "next": None} | members, ensure_ascii=False
    ).encode()
