"""Progress in the browser: wide and on a telephone, axe, no sideways scrolling, on paper, and the board in a frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ckan import model
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ckanext.govshare.kernel import clock
from tests.browser import desk_city
from tests.browser.conftest import Visitor, served

PAGES = [
    ("", "progress-city", "/progress"),
    ("", "progress-rows", "/progress?measure=rows"),
    ("", "progress-ledger", "/progress/{main}"),
    ("", "progress-english", "/en/progress"),
    ("", "progress-board", "/progress/board"),
    ("office", "progress-why", "/progress/{main}?counted=0"),
    ("office", "progress-difference", "/progress/{main}/difference?first={before}"),
    ("officer", "progress-own", "/desk/progress"),
    ("officer", "progress-desk", "/desk"),
    ("office", "progress-office", "/office/progress"),
]


@pytest.fixture(scope="module")
def tracked(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """A site whose progress has a past of some weeks, with its address."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the past is made on a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        made = _fill()
        made.address = address
        yield made


def _fill() -> SimpleNamespace:
    import ckan.plugins.toolkit as tk

    from tests.conftest import FILES, build_city, empty, publish
    from tests.publication.progress_world import DEAD, die, due, target

    empty()
    now = clock.now()
    year = f"{now.year}-12-31"
    fields = ("14", "07", "16", "12")
    with clock.frozen(now - timedelta(days=40)):
        city = build_city()
        for name, full in desk_city.NAMES.items():
            person = model.User.get(name)
            person.fullname, person.password = full, desk_city.PASSWORD
        model.Session.commit()
        main = target(title="开放数据集 30 个以上", title_en="30 open data sets", at_least=30, due=year)
        target(title="三月底 5 个", at_least=5, due=f"{now.year}-03-31")
        target(title="数据应用 10 个以上", measure="applications", at_least=10, due=year)
        target(title="开放数据 2 万行", measure="rows", at_least=20000, due=year)
        target(title="挂接率 70%", measure="hook_up", at_least=70, due=year)
        target(title="交通局 10 个以上", at_least=10, scope="department", organization=city.traffic, due=year)
        for code, number in zip(fields, (5, 3, 2, 1), strict=True):
            target(title=f"率先开放领域 {code}", at_least=number, scope="field", field=code, due=year)
        names = ("公交站点信息", "公路桥梁信息", "道路客运站信息", "港口码头信息", "校园信息", "医疗机构名录")
        for number, name in enumerate(names):
            owner = city.school if number > 3 else city.traffic
            day = (now - timedelta(days=300 - 45 * number)).date().isoformat()
            publish(city, title=name, owner_org=owner, open_domain=fields[number % 4], pub_date=day, update_cycle="8")
        lost = [{**FILES[0], "url": DEAD}, FILES[1]]
        publish(city, title="公交线路信息", pub_date=f"{now.year}-01-20", update_cycle="8", resources=lost)
        due()
    with clock.frozen(now - timedelta(days=15)):
        die(DEAD)
        publish(city, title="驾校名录", update_cycle="8", license_id="")
        plan = {"organization": city.traffic, "title": "网约车平台名单"}
        plan["planned"] = (now + timedelta(days=20)).date().isoformat()
        tk.get_action("govshare_plan_create")({"user": "officer"}, plan)
    due()
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    before = (now - timedelta(days=20)).date().isoformat()
    return SimpleNamespace(main=main, before=before)


class Person(Visitor):
    """Somebody in front of the site, with an account or without."""

    def become(self, name: str) -> None:
        self.driver.delete_all_cookies()
        if name:
            self.go("/user/login")
            self.find("#field-login").send_keys(name)
            self.find("#field-password").send_keys(desk_city.PASSWORD, Keys.ENTER)
            WebDriverWait(self.driver, 10).until(lambda driver: "/user/login" not in driver.current_url)


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def person(request: pytest.FixtureRequest, driver: Any, tracked: SimpleNamespace) -> Person:
    from ckan.common import config

    config["ckan.site_url"] = tracked.address  # pytest-ckan puts the configuration back before every test
    return Person(driver, tracked.address, request.param)


@pytest.mark.parametrize("user", ["", "officer", "office"])
def test_pages_are_accessible_and_fit(person: Person, tracked: SimpleNamespace, axe: Any, user: str) -> None:
    person.become(user)
    faults = []
    for who, name, path in PAGES:
        if who == user:
            person.go(path.format(**vars(tracked)))
            faults += [f"{name}: {fault}" for fault in axe(person.driver)]
            faults += [f"{name}: {person.sideways()} px too wide"] if person.sideways() > 0 else []
            if person.width < 760:
                faults += [f"{name}: small {one}" for one in person.small_targets()]
            person.picture(name)
    assert faults == []


def test_a_number_leads_to_its_rows_and_a_row_to_its_form(person: Person, tracked: SimpleNamespace) -> None:
    person.become("officer")
    person.go("/desk/progress")
    assert "公交线路信息" in person.find(".gs-table--rows").text
    person.find("form[action*='/desk/change/start/'] button").click()
    WebDriverWait(person.driver, 10).until(lambda driver: "/edit" in driver.current_url)


def test_the_matrix_keeps_its_head_and_first_column(driver: Any, tracked: SimpleNamespace) -> None:
    from ckan.common import config

    config["ckan.site_url"] = tracked.address
    person = Person(driver, tracked.address, 360)
    person.become("office")
    person.go("/office/progress")
    places = driver.execute_script(
        "const box = document.querySelector('.gs-matrix'), cell = box.querySelector('tbody th');"
        "box.scrollLeft = 200; return [box.scrollLeft, cell.getBoundingClientRect().left - "
        "box.getBoundingClientRect().left]"
    )
    assert places[0] > 0
    assert abs(places[1]) <= 2


def test_the_public_page_prints_with_its_chart(driver: Any, tracked: SimpleNamespace) -> None:
    from ckan.common import config

    config["ckan.site_url"] = tracked.address
    person = Person(driver, tracked.address, 1280)
    person.become("")
    person.go("/progress")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert person.find(".gs-chart svg").is_displayed()
        assert not person.find(".gs-files").is_displayed()
        person.picture("progress-print")
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
