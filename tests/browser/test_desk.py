"""A department and the office at work in the browser: what they see, decide and hand in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import desk_city
from tests.browser.conftest import Visitor, served


@pytest.fixture(scope="module")
def work(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a site at work, and the ids of what is on its desks."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the desks are filled on a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        yield address, desk_city.fill()


class Worker(Visitor):
    """Somebody with an account."""

    def login(self, name: str) -> None:
        self.driver.delete_all_cookies()
        self.go("/user/login")
        self.find("#field-login").send_keys(name)
        self.find("#field-password").send_keys(desk_city.PASSWORD, Keys.ENTER)
        WebDriverWait(self.driver, 10).until(lambda driver: "/user/login" not in driver.current_url)


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def worker(request: pytest.FixtureRequest, driver: Any, work: Any) -> Worker:
    """The person in front of a wide window, and of a telephone."""
    from ckan.common import config

    config["ckan.site_url"] = work[0]  # pytest-ckan puts the configuration back before every test
    return Worker(driver, work[0], request.param)


PAGES = [
    ("reviewer", "desk", "/desk"),
    ("office", "office", "/office"),
    ("office", "change", "/desk/change/{changed}"),
    ("officer", "returned", "/desk/change/{returned}"),
    ("officer", "merge", "/desk/change/{conflict}/merge"),
    ("office", "changes", "/desk/changes?waiting=1"),
    ("officer", "catalogue", "/desk/catalogue"),
    ("officer", "systems", "/desk/systems"),
    ("officer", "import", "/desk/import"),
    ("officer", "imported", "/desk/import/{bad}"),
    ("reviewer", "opening", "/desk/opening/{waiting}"),
    ("reviewer", "sign", "/desk/opening/{clean}"),
    ("office", "openings", "/office/opening"),
    ("officer", "export", "/desk/export"),
    ("officer", "versions", "/desk/entry/{entry}/history"),
    ("officer", "withdraw", "/desk/entry/{entry}/withdraw"),
    ("officer", "bar", "/dataset/{waiting}"),
    ("office", "people", "/office/people"),
    ("office", "targets", "/office/targets"),
    ("office", "target-new", "/office/targets/new?measure=hook_up&scope=department"),
    ("office", "target", "/office/targets/{target}"),
    ("office", "target-delete", "/office/targets/{target}/delete"),
    ("office", "target-fields", "/office/targets/fields"),
    ("office", "calendar", "/office/calendar"),
    ("reviewer", "department", "/desk/people/jiaotong"),
    ("officer", "codelists", "/codelist"),
]


@pytest.mark.parametrize(("person", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_of_work_is_whole_accessible_and_narrow_enough(
    worker: Worker, work: Any, axe: Any, person: str, name: str, path: str
) -> None:
    worker.login(person)
    worker.go(path.format(**work[1]))
    worker.picture(f"work-{name}")
    assert len(worker.all("h1")) == 1
    assert len(worker.all("[role=main]")) == 1
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []
    if worker.width < 760:
        assert worker.small_targets() == []


def test_the_office_approves_what_it_marked_and_reads_the_result_of_each(worker: Worker, work: Any) -> None:
    if worker.width < 760:
        pytest.skip("the site is filled once: the wide window approves")
    worker.login("office")
    worker.go("/office")
    worker.find("[data-govshare-mark]").click()
    worker.find("#bulk-words").send_keys("符合规范", Keys.ENTER)
    WebDriverWait(worker.driver, 20).until(lambda driver: "/approve" in driver.current_url)
    worker.picture("work-approved")
    assert "货运企业信用评价结果" in worker.read()
    assert worker.all(".gs-tag--open")


def test_a_reviewer_returns_an_entry_by_keyboard_alone(worker: Worker, work: Any) -> None:
    worker.login("reviewer")
    worker.go("/desk/changes?waiting=1&state=dept_review")
    worker.find(".gs-table--rows a").send_keys(Keys.ENTER)
    WebDriverWait(worker.driver, 10).until(lambda driver: "/desk/change/" in driver.current_url)
    address = worker.driver.current_url
    worker.find("button[value=return]").send_keys(Keys.ENTER)
    assert worker.driver.current_url == address  # the reason is missing: the browser says so
    assert worker.driver.switch_to.active_element.get_attribute("name") == "words"
    worker.find("#words").send_keys("请补充数据长度")
    worker.find("button[value=return]").send_keys(Keys.ENTER)
    WebDriverWait(worker.driver, 10).until(
        lambda driver: driver.find_elements("css selector", ".gs-note--bad")
    )
    assert "请补充数据长度" in worker.read()
