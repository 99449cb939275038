"""A real browser against a real site.

The site is the one that ``GOVSHARE_SITE_URL`` names; without it, the application of the tests is served on
loopback with a part of the demo city. Without Chromium and its driver the tests say so and are skipped.
"""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.ui import WebDriverWait

OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]
AXE = Path(__file__).with_name("axe.min.js")  # axe-core 4.14.1, MPL 2.0
SCREENSHOTS = Path(__file__).parent / "screenshots"
TALLEST = 4000  # pixels of a picture


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the browser."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium, with a profile and a folder for downloads of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not (chromium and chromedriver):
        if os.environ.get("CI"):
            pytest.fail("Chromium and chromedriver are needed on CI (Debian: chromium chromium-driver)")
        pytest.skip("no Chromium or no chromedriver here (Debian: chromium chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    downloads = tmp_path_factory.mktemp("downloads")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    browser = webdriver.Chrome(options=options, service=Service(chromedriver))
    browser.set_page_load_timeout(60)
    browser.downloads = downloads
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def live_site(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a site with data, without a slash at its end."""
    given = os.environ.get("GOVSHARE_SITE_URL")
    if given:
        yield given.rstrip("/")
        return
    with served(request.getfixturevalue("app")) as address:
        _city()
        yield address


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The application of the tests on loopback, at a port of its own.

    :returns: its address, which is the site's meanwhile
    """
    from ckan.common import config
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    before = config["ckan.site_url"]
    config["ckan.site_url"] = address
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join(10)
        config["ckan.site_url"] = before


def _city(count: int = 24) -> None:
    """The departments of the demo city, some of its entries with their files, and its targets."""
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories
    from werkzeug.datastructures import FileStorage

    from ckanext.govshare.runtime.demo import city
    from tests.conftest import empty, review

    empty()
    factories.Sysadmin(name="operator")
    factories.User(name="office")

    def act(action: str, values: dict[str, Any]) -> Any:
        return tk.get_action(action)({"ignore_auth": True, "user": "operator"}, values)

    for department in city.departments():
        act("organization_create", department)
        if department["org_type"] == "office":
            member = {"id": department["name"], "username": "office", "role": "editor"}
            act("organization_member_create", member)
    for entry in city.entries()[-count:]:
        files = [
            {
                "name": file.title,
                "format": file.format.upper(),
                "audience": file.audience,
                **(
                    {"url": file.url}
                    if file.url
                    else {"upload": FileStorage(io.BytesIO(file.content), filename=file.filename)}
                ),
            }
            for file in entry.files
        ]
        review(act("package_create", {**entry.fields, "resources": files})["id"])
    for target in city.targets():
        act("govshare_target_create", target)
    act("govshare_index_drain", {})


SECONDS = 15  # that a page may take on a busy machine


class Visitor:
    """A person in front of the browser: goes, reads, clicks, and keeps pictures of what is seen."""

    def __init__(self, driver: Any, site: str, width: int) -> None:
        self.driver, self.site, self.width = driver, site, width
        self._size(900)

    def _size(self, height: int) -> None:
        metrics = {"width": self.width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.driver.get(self.site + path)

    def find(self, selector: str) -> Any:
        """The first element of a CSS selector, as soon as the page has it."""
        waiting = WebDriverWait(self.driver, SECONDS)
        return waiting.until(lambda driver: driver.find_element("css selector", selector))

    def all(self, selector: str) -> list[Any]:
        """Every element of a CSS selector."""
        return self.driver.find_elements("css selector", selector)

    def read(self) -> str:
        """The text of the page."""
        return self.find("body").text

    def sideways(self) -> int:
        """Pixels by which the page is wider than the window: people would have to scroll sideways."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return self.driver.execute_script(script)

    def small_targets(self) -> list[str]:
        """Buttons, fields and links of navigation that a finger would miss: lower than 44 pixels."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll('.gs-btn, .gs-nav a, .gs-tabs a, .gs-pager a, .gs-facet a, "
            ".gs-find input, .gs-figures a, .gs-field, .gs-who > a, .gs-foot__links a')]"
            ".filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 43.5)"
            ".map(e => [e.className, e.textContent.trim(), e.getBoundingClientRect().height].join(' '))"
        )

    def check(self, name: str, axe: Callable[[Any], list[str]]) -> None:
        """The page that is shown is whole, accessible and not too wide; a picture of it is kept."""
        self.picture(name)
        assert len(self.all("h1")) == 1
        assert len(self.all("[role=main]")) == 1
        assert self.sideways() <= 0
        assert axe(self.driver) == []
        if self.width < 400:
            assert self.small_targets() == []

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        self._size(min(max(height, 600), TALLEST))
        path = SCREENSHOTS / f"{name}-{self.width}.png"
        self.driver.save_screenshot(str(path))
        self._size(900)
        return path


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def visitor(request: pytest.FixtureRequest, driver: Any, live_site: str) -> Visitor:
    """A visitor with a wide window, and one with a telephone."""
    driver.delete_all_cookies()
    return Visitor(driver, live_site, request.param)


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """What axe-core finds on the page that the browser shows: ``axe(driver)``, a line a fault."""

    def run(driver: Any) -> list[str]:
        driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations))"
        )
        return [
            f"{fault['id']}: {node['html'][:200]} ({node['failureSummary'][:200]})"
            for fault in found
            for node in fault["nodes"]
        ]

    return run
