"""The office's plain form: core's pages over the scheming schema."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from tests.conftest import ENTRY

FIELDS = {key: value for key, value in ENTRY.items() if isinstance(value, str)}
ITEMS = {"info_items-0-name": "站点名称", "info_items-0-type": "C", "info_items-0-length": "50"}


@pytest.fixture
def headers(city):
    """A member of the office, signed in."""
    return {"Authorization": factories.APIToken(user="office")["token"]}


def test_an_empty_form_names_every_missing_field_in_chinese(app, headers):
    page = app.post("/dataset/new", data={"save": ""}, headers=headers).body
    for words in ("信息资源名称", "共享类型", "请选择类、项、目"):
        assert words in page
    assert "Missing value" not in page
    assert "请填写“发布日期”" not in page  # today by default


def test_the_office_publishes_an_entry_with_a_file_in_two_steps(app, headers, city):
    first = app.post(
        "/dataset/new",
        data={**FIELDS, **ITEMS, "owner_org": city.traffic, "_ckan_phase": "1", "save": "", "pkg_name": ""},
        headers=headers,
        follow_redirects=False,
    )
    assert first.status_code == 302, first.body
    package = model.Session.query(model.Package).one()
    second = app.post(
        f"/dataset/{package.name}/resource/new",
        data={
            "id": "",
            "name": "站点",
            "audience": "open",
            "format": "CSV",
            "url": "",
            "save": "go-metadata",
            "upload": (io.BytesIO("站点名称\n市政府\n".encode()), "站点 表.csv"),
        },
        headers=headers,
        follow_redirects=False,
    )
    assert second.status_code == 302, second.body
    shown = tk.get_action("package_show")({"user": "office"}, {"id": package.id})
    assert [(file["original_name"], file["rows"], file["audience"]) for file in shown["resources"]] == [
        ("站点 表.csv", 1, "open")
    ]
    assert shown["state"] == "active"
    assert [file["opening"] for file in shown["resources"]] == ["waiting"]
