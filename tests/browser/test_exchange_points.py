"""The life of exchange points in the browser, on a wide window and on a telephone: forms, steps, papers, old links."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.datastructures import FileStorage

from ckanext.govshare.kernel import clock
from tests.browser import desk_city
from tests.browser.conftest import served
from tests.browser.test_desk import Worker
from tests.catalogue.changes.test_systems import SYSTEM
from tests.conftest import build_city, empty
from tests.exchange.conftest import put_into_force

NOW = datetime(2026, 3, 18, 10, tzinfo=clock.ZONE)
DECLARED = {
    "organization": "jiaotong",
    "kind": "data_json",
    "default_class": "307001004",
    "share_scope": "全市政务部门",
    "share_condition": "按需申请",
}


@pytest.fixture(scope="module")
def life(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Address of a site with points at every step, and the id of an old link."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("this city is on a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address, clock.frozen(NOW):
        yield address, _fill()


def _act(action: str, user: str, **data: Any) -> Any:
    return tk.get_action(f"govshare_{action}")({"user": user}, data)


def _fill() -> str:
    empty()
    build_city()
    for name, full in desk_city.NAMES.items():
        person = model.User.get(name)
        person.fullname, person.password = full, desk_city.PASSWORD
    model.Session.commit()
    systems = [_system(title) for title in ("公交智能调度系统", "道路运政管理系统")]
    for name, title, more in (
        ("gongjiao", "公交前置库目录", {"system": systems[0], "moves_to": "政务外网", "moves_by": "2026-12-31"}),
        ("yunzheng", "道路运政目录接口", {"system": systems[1]}),
        ("keyun", "客运前置机目录", {}),
    ):
        url = f"https://data.example/{name}.json"
        _act("exchange_point_create", "officer", name=name, title=title, url=url, **DECLARED, **more)
    put_into_force("gongjiao")
    _act("exchange_point_mark", "office", id="gongjiao", high_frequency=True)
    _act("exchange_point_review", "office", id="yunzheng", opinion="地址在政务外网前置区，符合要求。")
    for kind, name in (("assessment", "道路运政目录接口测评报告.pdf"), ("protection", "等保三级备案证明.pdf")):
        upload = FileStorage(io.BytesIO(b"%PDF-1.7\n" + b"x" * 90_000), filename=name)
        _act("exchange_point_attach", "officer", id="yunzheng", kind=kind, upload=upload)
    refused = {"passed": False, "opinion": "共享条件与部门申报不一致，请核对后修改。"}
    _act("exchange_point_review", "office", id="keyun", **refused)
    ends = {"from": "jiaotong", "to": "jiaoyu", "network": "部门专网"}
    planned = {"content": "校车位置、线路", "planned": "2026-06-30"}
    link = _act("old_link_create", "officer", title="校车监管数据专线", **planned, **ends)
    _act("old_link_create", "officer", title="学生公交卡资格核验", state="moved", exchange_point="gongjiao", **ends)
    return link["id"]


def _system(title: str) -> str:
    data = {**SYSTEM, "build_state": "4", "title": title}
    change = _act("change_create", "officer", package_type="information-system", data=data)
    _act("change_submit", "officer", id=change["id"])
    _act("change_approve", "reviewer", id=change["id"])
    return _act("change_approve", "office", id=change["id"])["package_id"]


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def worker(request: pytest.FixtureRequest, driver: Any, life: Any) -> Worker:
    """The person in front of a wide window, and of a telephone."""
    from ckan.common import config

    config["ckan.site_url"] = life[0]
    return Worker(driver, life[0], request.param)


PAGES = [
    ("officer", "new", "/exchange/new"),
    ("officer", "form", "/exchange/new?organization=jiaotong&kind=database"),
    ("officer", "edit", "/exchange/gongjiao/edit"),
    ("office", "accepted", "/exchange/gongjiao"),
    ("office", "assess", "/exchange/yunzheng"),
    ("officer", "returned", "/exchange/keyun"),
    ("office", "old-links", "/exchange/old-links"),
    ("officer", "old-link", "/exchange/old-links/{link}"),
    ("office", "coverage", "/exchange/coverage"),
    ("office", "form-english", "/en/exchange/new?organization=jiaotong&kind=catalogue_api"),
]


@pytest.mark.parametrize(("person", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_is_whole_accessible_and_narrow_enough(
    worker: Worker, life: Any, axe: Any, person: str, name: str, path: str
) -> None:
    worker.login(person)
    worker.go(path.format(link=life[1]))
    for details in worker.all(".gs-way details"):
        worker.driver.execute_script("arguments[0].open = true", details)
    worker.picture(f"exchange-points-{name}")
    assert len(worker.all("h1")) == 1
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []
    if worker.width < 400:
        assert worker.small_targets() == []


def test_a_form_with_faults_shows_them_at_their_fields(worker: Worker, axe: Any) -> None:
    worker.login("officer")
    worker.go("/exchange/new?organization=jiaotong&kind=data_json")
    worker.find("#title").send_keys("交通局目录")
    worker.find("#url").send_keys("https://data.example/x?token=abc")
    worker.find("form.gs-point button[type=submit]").click()
    WebDriverWait(worker.driver, 10).until(lambda _driver: worker.all("[role=alert]"))
    worker.picture("exchange-points-faults")
    assert {field.get_attribute("id") for field in worker.all("[aria-invalid]")} >= {"name", "url", "default_class"}
    assert worker.find("#title").get_attribute("value") == "交通局目录"
    assert axe(worker.driver) == []
