"""A catalogue for the tests of outlets: every kind of entry, every state, every sort of file, and hostile texts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.conftest import KINDS, build_city, empty, publish

HOSTILE = "</script><b>&\"'条目]]>=1+1"
ODD = 'http://files.example/路 线<1>.csv?q="a b"&x=%zz'
PERSON = "某联系人"
NARROW = "内部信息项"


def link(name: str, url: str, audience: str = "open", **more: Any) -> dict[str, Any]:
    return {"name": name, "url": url, "audience": audience, "format": "CSV", **more}


#: kind → fields; the public sees those of SEEN
ENTRIES: dict[str, dict[str, Any]] = {
    **KINDS,
    "suspended": {},
    "withdrawn": {},
    "private": {},
    "ungated": {"resources": [link("未审文件", "http://files.example/ungated.csv")]},
    "share_only": {"resources": [link("内部文件", "http://files.example/internal.csv", "share")]},
    "hostile": {
        "title": HOSTILE,
        "notes": "一\u2028二 <img src=x onerror=alert(1)> & ]]> \u202e三",
        "tags": [{"name": "公交"}, {"name": "站点 A-1"}],
        "contact_name": PERSON,
        "update_cycle": "8",
        "open_domain": "",
        "resources": [
            link("一 <1>", ODD),
            link("二", "http://files.example/2.xlsx", format="XLSX", mimetype="x/y; charset=<z>"),
            link("三", "http://files.example/3", format="不知"),
            link("部门", "http://files.example/dept.csv", "share"),
        ],
        "info_items": [
            {"name": "站点名称", "type": "C", "length": "50"},
            {"name": NARROW, "type": "C", "length": "50", "share_type": "3"},
        ],
    },
}
SEEN = {"open", "open_on_condition", "ungated", "share_only", "hostile"}
#: files that everybody may take now, by kind
TAKEN = {"open": 1, "hostile": 3}
SECRET = (
    "share.csv",
    "部门文件",
    "未审文件",
    "ungated.csv",
    "内部文件",
    "internal.csv",
    "dept.csv",
    PERSON,
    NARROW,
)


def build() -> SimpleNamespace:
    """Write the catalogue; the index is up to date.

    :returns: ``entries`` by kind, ``city`` as ``build_city``
    """
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.govshare.catalogue import index
    from ckanext.govshare.kernel.states import CatalogueState

    empty()
    city = build_city()
    made = {}
    for number, (kind, fields) in enumerate(ENTRIES.items()):
        given = {"title": f"条目{kind}{number}", **fields}
        if kind == "ungated":
            made[kind] = _unreviewed(city, given)
        else:
            made[kind] = publish(city, **given)
    for kind in (CatalogueState.SUSPENDED, CatalogueState.WITHDRAWN):
        state = {"id": made[kind.value]["id"], "state": kind.value, "reason": "测试"}
        tk.get_action("govshare_entry_state")({"ignore_auth": True, "user": "office"}, state)
    model.Session.commit()
    model.Package.get(made["private"]["id"]).private = True
    model.Session.commit()
    application = tk.get_action("package_create")(
        {"user": "office"},
        {
            "type": "application", "title": "泄漏应用", "notes": "应用说明", "owner_org": city.bureau,
            "app_form": "web", "url": "http://app.example/", "developer": "某公司",
            "dataset_codes": [made["open"]["resource_code"]], "approved": "1",
        },
    )  # fmt: skip
    while index.drain()["left"]:
        pass
    return SimpleNamespace(entries=made, city=city, application=application)


def _unreviewed(city: SimpleNamespace, fields: dict[str, Any]) -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    from tests.conftest import ENTRY

    return tk.get_action("package_create")({"user": "office"}, {"owner_org": city.traffic, **ENTRY, **fields})
