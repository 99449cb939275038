"""An application to hand in, for the tests of submissions."""

from __future__ import annotations

import io
import zlib
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import FileStorage

from tests.conftest import ENTRY

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n%test\n"
WEB = {
    "title": "公交到站查询",
    "notes": "按站点查询到站时间。",
    "app_form": "web",
    "url": "https://bus.example.org/",
    "developer": "演示科技公司",
    "developer_kind": "enterprise",
    "contact_name": "钱进",
    "contact_phone": "13800001111",
    "contact_mail": "qian@example.org",
    "consent": "1",
}
SECRETS = ("钱进", "13800001111", "qian@example.org")


def entry(city: SimpleNamespace, **fields: Any) -> dict[str, Any]:
    """An open entry that applications can use, as the office publishes one; it needs no file for that."""
    data = {**ENTRY, "owner_org": city.traffic, **fields}
    return tk.get_action("package_create")({"user": "office"}, data)


def picture(content: bytes = PNG, name: str = "二维码.png") -> FileStorage:
    """A picture as a browser sends it."""
    return FileStorage(io.BytesIO(content), filename=name)


def program(**fields: Any) -> dict[str, Any]:
    """The fields of a mini-program instead of a web page."""
    number = zlib.crc32(str(fields).encode())
    return {
        "app_form": "miniprogram",
        "url": "",
        "app_id": f"wx{number}",
        "qr_code": picture(),
        **fields,
    }
