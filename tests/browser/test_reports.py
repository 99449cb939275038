"""Planned publications and the monthly report in the browser, on a wide window and on a telephone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ckanext.govshare.kernel import clock
from tests.browser import desk_city
from tests.browser.conftest import served
from tests.browser.test_desk import Worker
from tests.conftest import build_city, empty, publish
from tests.publication import reporting
from tests.publication.reporting import IN_TIME, MARCH, OPENS

PLANS = (("公交线路信息", "2026-03-20"), ("客运站信息", "2026-04-02"), ("公路桥梁信息", "2026-09-30"))
REPORT = f"/desk/report/{MARCH}"


@pytest.fixture(scope="module")
def office_work(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a site on 25 March 2026, and the ids of a plan of each kind."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the month is played on a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        ids = _fill()
        with clock.frozen(IN_TIME):
            yield address, ids


def _fill() -> dict[str, str]:
    empty()
    city = build_city()
    for name, full in desk_city.NAMES.items():
        person = model.User.get(name)
        person.fullname, person.password = full, desk_city.PASSWORD
    model.Session.commit()
    with clock.frozen(datetime(2026, 3, 2, 9, tzinfo=clock.ZONE)):
        publish(city, title="城区公交站点信息", pub_date="2026-03-02")
        made = [
            desk_city.call(
                "plan_create", "officer", organization="jiaotong", title=title, planned=day, field="14"
            )["id"]
            for title, day in PLANS
        ]
        desk_city.call("plan_update", "officer", id=made[0], planned="2026-03-24", reason="等待数据审查")
    with clock.frozen(OPENS):
        reporting.timer()
    with clock.frozen(IN_TIME):
        reporting.timer()
        reporting.hand_in("neighbour", "jiaoyu", requests_total=7, answered_total=3)
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return {"late": made[0], "soon": made[1]}


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def worker(request: pytest.FixtureRequest, driver: Any, office_work: Any) -> Worker:
    """The person in front of a wide window, and of a telephone."""
    from ckan.common import config

    config["ckan.site_url"] = office_work[0]
    return Worker(driver, office_work[0], request.param)


def wait(worker: Worker, found: Any) -> None:
    """Until the page shows what it should."""
    WebDriverWait(worker.driver, 10).until(lambda _driver: found())


PAGES = [
    ("officer", "plans", "/desk/plans"),
    ("officer", "plan", "/desk/plans/{late}"),
    ("office", "office-plans", "/office/plans"),
    ("officer", "reports", "/desk/report"),
    ("officer", "report", REPORT),
    ("neighbour", "report-read", REPORT),
    ("office", "report-decide", f"{REPORT}?organization=jiaoyu"),
    ("office", "office-reports", "/office/reports"),
    ("office", "report-summary", f"/office/reports/{MARCH}"),
]


@pytest.mark.parametrize(("person", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_is_whole_accessible_and_narrow_enough(
    worker: Worker, office_work: Any, axe: Any, person: str, name: str, path: str
) -> None:
    worker.login(person)
    worker.go(path.format(**office_work[1]))
    worker.check(f"month-{name}", axe)


def test_a_report_with_faults_is_accessible_and_says_them_at_their_fields(worker: Worker, axe: Any) -> None:
    worker.login("officer")
    worker.go(REPORT)
    number = worker.find("#value-requests_total")
    number.clear()
    number.send_keys("十二")
    worker.find("button[value=submit]").click()
    worker.picture("month-report-faults")
    assert worker.find("#value-requests_total").get_attribute("value") == "十二"
    assert worker.find("#wrong-requests_total").is_displayed()
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []


def test_enter_in_a_field_saves_and_adds_no_rows(worker: Worker) -> None:
    worker.login("officer")
    worker.go(REPORT)
    number = worker.find("#value-requests_new")
    number.clear()
    number.send_keys("4", Keys.ENTER)
    wait(worker, lambda: worker.all(".alert-success"))
    assert worker.find("#value-requests_new").get_attribute("value") == "4"


def test_rows_are_added_without_javascript(worker: Worker) -> None:
    worker.login("officer")
    worker.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        worker.go(REPORT)
        before = len(worker.all("input[name^='cell-used_listed-'][name$='-title']"))
        worker.find("input[name='cell-used_listed-0-title']").send_keys("人口基础信息")
        worker.find("button[value='row:used_listed']").send_keys(Keys.ENTER)
        wait(worker, lambda: len(worker.all("input[name^='cell-used_listed-'][name$='-title']")) > before)
        assert worker.find("input[name='cell-used_listed-0-title']").get_attribute("value") == "人口基础信息"
    finally:
        worker.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_plan_is_moved_by_keyboard(worker: Worker, office_work: Any) -> None:
    worker.login("officer")
    worker.go(f"/desk/plans/{office_work[1]['soon']}")
    worker.find("#move-reason").send_keys(f"等待审查 {worker.width}")
    worker.driver.execute_script(
        "document.getElementById('move-day').value = arguments[0]", f"2026-05-0{worker.width % 7 + 1}"
    )
    worker.find("button[value=move]").send_keys(Keys.ENTER)
    wait(worker, lambda: worker.all(".alert-success"))
    assert f"等待审查 {worker.width}" in worker.read()
