"""A visitor's way through the site: home, search, entry, download, progress."""

from __future__ import annotations

import time
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

NARROW = [
    "/",
    "/dataset/",
    "/organization/",
    "/developers",
    "/progress",
    "/application",
    "/user/login",
    "/nowhere",
]


def _downloaded(folder: Any, seconds: float = 15) -> list[Any]:
    """Files that have arrived whole."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        files = list(folder.iterdir())
        if files and not any(path.name.startswith(".") or path.suffix == ".crdownload" for path in files):
            return files
        time.sleep(0.2)
    return []


def test_visitor_finds_reads_and_downloads_open_data(visitor: Any) -> None:
    visitor.go("/")
    assert visitor.all(".gs-figures li")
    assert visitor.all(".gs-fields a")
    assert visitor.sideways() <= 0
    visitor.picture("home")

    visitor.find(".gs-hero input[name=q]").send_keys("公交", Keys.ENTER)
    assert "公交" in visitor.find(".gs-rows").text
    assert visitor.all("mark")
    assert visitor.sideways() <= 0
    visitor.picture("search")

    if visitor.width < 760:
        assert not visitor.find(".gs-facet").is_displayed()
        visitor.find("label[for=filters]").click()
    assert visitor.find(".gs-facet").is_displayed()
    visitor.find(".gs-facet a[href*=open_type]").click()
    assert visitor.all(".gs-chosen a")

    visitor.find(".gs-row h2 a").click()
    assert "无条件开放" in visitor.find(".gs-entry__tags").text
    assert visitor.all("#preview tbody tr")
    assert visitor.all("#items tbody tr")
    assert visitor.sideways() <= 0
    visitor.picture("entry")

    for left in visitor.driver.downloads.iterdir():
        left.unlink()
    visitor.find(".gs-actions .gs-btn").click()
    files = _downloaded(visitor.driver.downloads)
    assert len(files) == 1
    assert files[0].stat().st_size > 100

    visitor.go("/progress")
    assert "80" in visitor.find(".gs-number").text
    assert visitor.sideways() <= 0
    visitor.picture("progress")


def test_pages_hold_together_on_the_narrowest_telephone(driver: Any, live_site: str) -> None:
    from tests.browser.conftest import Visitor

    narrow = Visitor(driver, live_site, 320)
    for path in NARROW:
        narrow.go(path)
        assert narrow.sideways() <= 0, path
        assert narrow.small_targets() == [], path


def test_everything_can_be_reached_by_keyboard(visitor: Any) -> None:
    visitor.go("/")
    body = visitor.find("body")
    body.send_keys(Keys.TAB)
    first = visitor.driver.switch_to.active_element
    assert first.get_attribute("href").endswith("#content")
    assert first.rect["y"] >= 0
    first.send_keys(Keys.ENTER)
    seen = set()
    for _ in range(60):
        visitor.driver.switch_to.active_element.send_keys(Keys.TAB)
        active = visitor.driver.switch_to.active_element
        if active.tag_name == "body":
            break
        outline = active.value_of_css_property("outline-style"), active.value_of_css_property("box-shadow")
        seen.add(active.get_attribute("name") or active.get_attribute("href"))
        assert outline != ("none", "none") or active.get_attribute("name") == "q"
    assert "q" in seen
    assert any(str(name).endswith("/organization/") for name in seen)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_page_follows_the_scheme_of_the_reader(visitor: Any, scheme: str) -> None:
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    visitor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    try:
        visitor.go("/dataset/")
        ground = visitor.find("body").value_of_css_property("background-color")
        red = int(ground.split("(")[1].split(",")[0])
        assert (red < 60) is (scheme == "dark")
    finally:
        visitor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
