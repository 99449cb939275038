"""Exchange points and their runs in the browser, on a wide window and on a telephone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from selenium.webdriver.support.ui import WebDriverWait

from ckanext.govshare.exchange.model import HarvestRun
from ckanext.govshare.kernel import clock
from tests.browser import desk_city
from tests.browser.conftest import served
from tests.browser.test_desk import Worker
from tests.conftest import build_city, empty
from tests.exchange.conftest import put_into_force
from tests.exchange.server import Source, record, records

START = datetime(2026, 3, 2, 2, tzinfo=clock.ZONE)
DECLARED = {
    "kind": "data_json",
    "default_class": "307001004",
    "share_scope": "全市政务部门",
    "share_condition": "按需申请",
}


@pytest.fixture(scope="module")
def exchange_work(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a site with points of every health, and the ids of their runs."""
    from ckan.common import config

    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the sources are played on a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        config["ckanext.govshare.exchange.allow_loopback"] = True
        source = Source()
        with clock.frozen(START + timedelta(days=20)):
            ids = _fill(source)
            yield address, ids
        source.close()
        config["ckanext.govshare.exchange.allow_loopback"] = False


def _fill(source: Source) -> dict[str, str]:
    empty()
    city = build_city()
    for name, full in desk_city.NAMES.items():
        person = model.User.get(name)
        person.fullname, person.password = full, desk_city.PASSWORD
    model.Session.commit()
    point = _point(source, city.traffic, "jiaotong", "交通运输局目录", schedule="daily")
    source.put([*records(12), *_bad(3)])
    first = _run(point, 0)
    changed = [
        record(1, title="第1号数据（2026年版）", description="说明有较大改动：新增统计口径和联系方式。"),
        record(2, keyword=["数据", "公交"], distribution=[]),
        *records(8, 3),
    ]
    for day in range(1, 5):
        source.put([*records(12), *_bad(day % 3)])
        _run(point, day)
    package = _act("govshare_harvest_record_list", exchange_point=point)["results"][0]["package_id"]
    tk.get_action("package_patch")(
        {"ignore_auth": True, "user": "operator"}, {"id": package, "notes": "人工改写的说明"}
    )
    secret = record(21, description="本资源为国家秘密，绝密级，不得公开。")
    source.put([*changed, record(20, title="新增的客运班次数据"), secret, *_bad(2)])
    plan = _run(point, 6, "govshare_harvest_plan")
    held = _point(source, city.traffic, "keyun", "客运前置机目录", schedule="weekly")
    source.put([record(100 + number) for number in range(4)])
    _run(held, 2)
    source.put([])
    waits = _run(held, 5)
    failing = _point(source, city.school, "jiaoyu", "教育局目录接口", person="neighbour", schedule="hourly")
    source.body = b"<html>503</html>"
    failed = _run(failing, 6)
    ready = _point(source, city.school, "xueji", "学籍前置库目录", person="neighbour")
    about = {"name": "gongjiao", "title": "公交前置机", "url": source.url, "organization": city.traffic, **DECLARED}
    _act("govshare_exchange_point_create", "officer", **about)
    source.put([*records(3), *_bad(1)])
    working = _act("govshare_harvest_run", exchange_point=ready)["run_id"]
    _set(working, state="applying", progress={"stage": "apply", "done": 3200, "total": 10000})
    return {
        "run": first,
        "plan": plan,
        "held": waits,
        "failed": failed,
        "working": working,
        "point": "jiaotong",
    }


def _act(action: str, user: str = "", **data: Any) -> Any:
    context = {"user": user} if user else {"user": "operator", "ignore_auth": True}
    return tk.get_action(action)(context, data)


def _point(source: Source, department: str, name: str, title: str, person: str = "officer", **more: str) -> str:
    data = {"name": name, "title": title, "organization": department, "url": source.url, **DECLARED, **more}
    point = _act("govshare_exchange_point_create", person, **data)["id"]
    put_into_force(point)
    return point


def _run(point: str, day: int, action: str = "govshare_harvest_run") -> str:
    with clock.frozen(START + timedelta(days=day)):
        return _act(action, exchange_point=point, wait=True)["run_id"]


def _bad(number: int) -> list[dict[str, Any]]:
    return [record(90 + one, accessLevel="non-public", rights="") for one in range(number)]


def _set(run_id: str, **values: Any) -> None:
    run = model.Session.get(HarvestRun, run_id)
    for name, value in values.items():
        setattr(run, name, value)
    model.Session.commit()


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def worker(request: pytest.FixtureRequest, driver: Any, exchange_work: Any) -> Worker:
    """The person in front of a wide window, and of a telephone."""
    from ckan.common import config

    config["ckan.site_url"] = exchange_work[0]
    config["ckanext.govshare.exchange.allow_loopback"] = True
    return Worker(driver, exchange_work[0], request.param)


PAGES = [
    ("office", "points", "/exchange"),
    ("office", "points-filtered", "/exchange?health=bad"),
    ("office", "point", "/exchange/{point}"),
    ("office", "point-records", "/exchange/{point}?records=rejected"),
    ("office", "point-failed", "/exchange/jiaoyu"),
    ("officer", "run", "/exchange/run/{run}"),
    ("officer", "run-created", "/exchange/run/{run}?records=create"),
    ("officer", "plan", "/exchange/run/{plan}"),
    ("officer", "record", "/exchange/run/{plan}/record?guid=rec-1"),
    ("officer", "record-new", "/exchange/run/{plan}/record?guid=rec-20"),
    ("officer", "record-missing", "/exchange/run/{plan}/record?guid=rec-12"),
    ("office", "run-held", "/exchange/run/{held}"),
    ("office", "run-failed", "/exchange/run/{failed}"),
    ("office", "run-working", "/exchange/run/{working}"),
    ("office", "points-english", "/en/exchange"),
    ("office", "run-english", "/en/exchange/run/{held}"),
]


@pytest.mark.parametrize(("person", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_is_whole_accessible_and_narrow_enough(
    worker: Worker, exchange_work: Any, axe: Any, person: str, name: str, path: str
) -> None:
    worker.login(person)
    worker.go(path.format(**exchange_work[1]))
    worker.check(f"exchange-{name}", axe)


def test_a_connection_test_tells_what_was_found(worker: Worker, axe: Any) -> None:
    worker.login("office")
    worker.go("/exchange/xueji")
    worker.find("form[action$='/exchange/xueji/test'] button").click()
    WebDriverWait(worker.driver, 20).until(lambda _driver: worker.all("#sample"))
    worker.picture("exchange-test")
    assert len(worker.all("h1")) == 1
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []


def test_a_difference_opens_in_the_list(worker: Worker, exchange_work: Any, axe: Any) -> None:
    worker.login("officer")
    worker.go(f"/exchange/run/{exchange_work[1]['plan']}?records=update")
    worker.find(".gs-exchange__records details > summary").click()
    WebDriverWait(worker.driver, 10).until(lambda _driver: worker.all(".gs-exchange__difference ins"))
    worker.picture("exchange-difference")
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []


def test_progress_follows_and_ends_by_itself(worker: Worker, exchange_work: Any) -> None:
    working = exchange_work[1]["working"]
    worker.login("office")
    worker.go(f"/exchange/run/{working}")
    assert "3200 / 10000" in worker.read()
    _set(working, progress={"stage": "apply", "done": 4100, "total": 10000})
    WebDriverWait(worker.driver, 10).until(lambda _driver: "4100 / 10000" in worker.read())
    _set(working, state="done")
    WebDriverWait(worker.driver, 10).until(lambda _driver: not worker.all("#progress"))
    _set(working, state="applying", progress={"stage": "apply", "done": 3200, "total": 10000})


def test_progress_follows_without_javascript(worker: Worker, exchange_work: Any) -> None:
    worker.login("office")
    worker.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        worker.go(f"/exchange/run/{exchange_work[1]['working']}")
        assert worker.find("noscript meta[http-equiv=refresh]").get_attribute("content") == "5"
        worker.go(f"/exchange/run/{exchange_work[1]['plan']}?records=update")
        worker.find(".gs-exchange__record a").click()
        assert worker.find(".gs-exchange__difference ins").is_displayed()
    finally:
        worker.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
