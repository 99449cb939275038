"""The list of links that do not work, in the browser, on a wide window and on a telephone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import links
from ckanext.govshare.publication.links_rules import Outcome, Seen
from tests.browser import desk_city
from tests.browser.conftest import served
from tests.browser.test_desk import Worker
from tests.conftest import FILES, build_city, empty, publish

LONG = "https://data.yanshi.example/download/" + "very-long-folder/" * 8 + "bus.csv?token=1"
LINKS = (
    ("公交线路信息", LONG, (5, 3, 1), "not_found"),
    ("客运站信息", "https://old.yanshi.example/stations.csv", (1,), "page_instead"),
    ("公路桥梁信息", "https://gone.yanshi.example/bridges.csv", (), ""),
)


@pytest.fixture(scope="module")
def linked(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a site with a dead link, one that fails, and one whose host does not answer."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the links are those of a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        empty()
        city = build_city()
        for name, full in desk_city.NAMES.items():
            person = model.User.get(name)
            person.fullname, person.password = full, desk_city.PASSWORD
        model.Session.commit()
        for title, url, failures, detail in LINKS:
            publish(city, title=title, resources=[{**FILES[0], "url": url}])
            for days in failures:
                links.observe(url, Seen(Outcome.FAILED, detail, 404), clock.now() - timedelta(days=days))
            if not failures:
                links.observe(url, Seen(Outcome.SILENT, "unreachable"), clock.now())
        tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
        yield address


@pytest.mark.parametrize("width", [1280, 360], ids=["desk", "phone"])
def test_the_page_is_whole_accessible_and_narrow_enough(
    driver: Any, linked: str, axe: Any, width: int
) -> None:
    worker = Worker(driver, linked, width)
    worker.login("officer")
    worker.go("/desk/links")
    worker.picture("links")
    assert len(worker.all("h1")) == 1
    assert len(worker.all("tbody tr")) == len(LINKS)
    assert worker.sideways() <= 0
    assert axe(worker.driver) == []
    if width < 400:
        assert worker.small_targets() == []
