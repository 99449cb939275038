"""Every page kind of the public portal in a browser: whole, accessible, readable at 320 px and at 200 %."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Visitor

PAGES = {
    "home": "/",
    "search": "/dataset/?q=公交",
    "search-filtered": "/dataset/?open_type=1&res_format=CSV",
    "search-none": "/dataset/?q=没有这样的数据",
    "entry": "{entry}",
    "entry-filtered": "{entry}?f=1",
    "entry-condition": "{condition}",
    "apply": "{condition}/apply",
    "resource": "{resource}",
    "organization": "/organization/",
    "department": "/organization/jiaotong",
    "progress": "/progress",
    "applications": "/application",
    "dialogue": "/dialogue",
    "dialogue-new": "/dialogue/new?kind=request",
    "dialogue-correction": "/dialogue/new?kind=correction",
    "dialogue-complaint": "/dialogue/new?kind=complaint",
    "dialogue-mine": "/dialogue/mine",
    "developers": "/developers",
    "developers-api": "/developers/api",
    "stats": "/stats",
    "guide": "/page/guide",
    "licence": "/page/licence",
    "announcements": "/announcement",
    "login": "/user/login",
    "nowhere": "/nowhere",
    "home-english": "/en/",
    "search-english": "/en/dataset/?q=bus",
    "entry-english": "/en{entry}",
}
ZOOMED = ("home", "search", "entry", "resource", "progress", "dialogue-new", "developers", "stats")


@pytest.fixture(scope="module")
def addresses(live_site: str) -> dict[str, str]:
    """Addresses of an open entry with rows, of one that is open on condition, and of a resource."""
    import requests

    def found(query: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{live_site}/api/3/action/package_search", params={"fq": query, "rows": 100}, timeout=60)
        return answer.json()["result"]["results"]

    entry = max(found("open_type:1 res_format:CSV"), key=lambda one: len(one["resources"]))
    condition = found("open_type:2")[0]
    return {
        "entry": f"/dataset/{entry['name']}",
        "condition": f"/dataset/{condition['name']}",
        "resource": f"/dataset/{entry['name']}/resource/{entry['resources'][0]['id']}",
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_accessible_and_narrow_enough(
    visitor: Visitor, addresses: dict[str, str], axe: Any, name: str
) -> None:
    visitor.go(PAGES[name].format(**addresses))
    visitor.check(f"portal-{name}", axe)


@pytest.fixture(scope="module")
def narrow(driver: Any, live_site: str) -> Visitor:
    """The narrowest telephone that counts (WCAG 1.4.10)."""
    driver.delete_all_cookies()
    return Visitor(driver, live_site, 320)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_together_at_320_pixels(narrow: Visitor, addresses: dict[str, str], name: str) -> None:
    narrow.go(PAGES[name].format(**addresses))
    narrow.picture(f"portal-{name}")
    assert narrow.sideways() <= 0
    assert narrow.small_targets() == []


@pytest.mark.parametrize("name", ZOOMED)
def test_a_page_holds_together_at_200_percent(
    driver: Any, live_site: str, addresses: dict[str, str], name: str
) -> None:
    driver.delete_all_cookies()
    zoomed = Visitor(driver, live_site, 640)  # 1280 pixels of glass, every CSS pixel two of them
    zoomed.go(PAGES[name].format(**addresses))
    zoomed.picture(f"portal-zoomed-{name}")
    assert zoomed.sideways() <= 0
    hidden = driver.execute_script(
        "return [...document.querySelectorAll('h1, h2, .gs-btn, .gs-tag')]"
        ".filter(e => e.getClientRects().length && !e.closest('.gs-hidden') && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX === 'hidden').map(e => e.textContent.trim())"
    )
    assert hidden == []


def _tab_to(visitor: Visitor, matches: str, most: int = 120) -> Any:
    """Press Tab until the focus is on what a CSS selector matches; it can be seen there."""
    for _ in range(most):
        visitor.driver.switch_to.active_element.send_keys(Keys.TAB)
        active = visitor.driver.switch_to.active_element
        if visitor.driver.execute_script("return arguments[0].matches(arguments[1])", active, matches):
            shown = visitor.driver.execute_script(
                "const s = getComputedStyle(arguments[0]);"
                "return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || arguments[0].matches('input')",
                active,
            )
            assert shown, f"the focus on {matches} cannot be seen"
            return active
    raise AssertionError(f"the keyboard never reached {matches}")


def test_a_visitor_goes_from_the_home_page_to_the_rows_by_keyboard_alone(
    driver: Any, live_site: str, addresses: dict[str, str]
) -> None:
    driver.delete_all_cookies()
    visitor = Visitor(driver, live_site, 1280)
    visitor.go("/")
    _tab_to(visitor, "input[name=q]").send_keys("公交", Keys.ESCAPE, Keys.ENTER)
    visitor.find(".gs-rows")
    _tab_to(visitor, ".gs-facet a[href*=open_type]").send_keys(Keys.ENTER)
    visitor.find(".gs-chosen a")
    _tab_to(visitor, ".gs-row h2 a, .gs-row h3 a").send_keys(Keys.ENTER)
    visitor.find(".gs-entry__tags")
    assert _tab_to(visitor, ".gs-actions a.gs-btn").get_attribute("href")
    _tab_to(visitor, "#preview a, #preview input, #preview [tabindex]")


def test_the_reading_pages_work_without_scripts(driver: Any, live_site: str, addresses: dict[str, str]) -> None:
    visitor = Visitor(driver, live_site, 1280)
    driver.delete_all_cookies()
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visitor.go("/dataset/?q=公交")
        visitor.find(".gs-facet a[href*=open_type]").click()
        visitor.find(".gs-chosen a")
        visitor.go(addresses["entry"])
        assert visitor.all("#preview tbody tr")
        assert visitor.all(".gs-actions a.gs-btn")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
