"""What the tests of the dialogue begin with: something to hand in, of each kind, and people at their desks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from tests.desk.conftest import headers, see, send  # noqa: F401 - fixtures

WRITTEN: dict[str, dict[str, Any]] = {
    "request": {
        "title": "公交实时位置数据",
        "text": "希望开放公交车辆实时位置，目前只有站点信息。",
        "purpose": "制作到站提醒",
    },
    "correction": {
        "title": "站点名称有误",
        "text": "人民路站写成了人名路站。",
        "right": "人民路站",
        "about": "站点名称",
        "evidence": "https://map.example.org/renmin",
    },
    "comment": {"title": "更新再快一些", "text": "数据很好用，希望每周更新。", "rating": "4"},
    "complaint": {
        "title": "文件中有本人电话",
        "text": "第 3 行含有本人的电话号码，请求撤下。",
        "ground": "privacy",
    },
}
CONTACT = {
    "contact_name": "钱进",
    "contact_phone": "13800001111",
    "contact_mail": "qian@example.org",
}
SECRETS = tuple(CONTACT.values())


def call(action: str, user: str = "office", **data: Any) -> Any:
    """An action of the room as a person, with its auth function."""
    context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
    return tk.get_action(f"govshare_dialogue_{action}")(context, data)


@pytest.fixture
def entry(make_entry: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """An open entry of 市交通运输局 with a file for the public."""
    return make_entry()


@pytest.fixture
def write(city: Any) -> Callable[..., dict[str, Any]]:
    """Hand in a contribution of a kind as a visitor; keyword arguments replace fields."""

    def written(kind: str = "request", **fields: Any) -> dict[str, Any]:
        contact = CONTACT if kind == "complaint" else {}
        data = {"kind": kind, **WRITTEN[kind], **contact, "consent": "1", **fields}
        return call("create", "", **data)

    return written
