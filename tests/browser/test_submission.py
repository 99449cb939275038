"""An application on its way in the browser: the public form, the receipt, the office's pages, the public page."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import desk_city
from tests.browser.conftest import Visitor, served
from tests.browser.test_desk import Worker


def png() -> bytes:
    """A picture of 8 × 8 pixels, all of one blue."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\x00" + b"\x0b\x4f\x8a" * 8) * 8)
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def fill() -> dict[str, str]:
    """A site with an entry, an application that waits, one that came back and one that is shown."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from tests.conftest import build_city, empty
    from tests.publication.submitting import WEB, entry, picture, program

    empty()
    city = build_city()
    person = model.User.get("office")
    person.password = desk_city.PASSWORD
    person.fullname = desk_city.NAMES["office"]
    model.Session.commit()
    used = entry(city)

    def hand_in(title: str, **fields: Any) -> dict[str, Any]:
        data = {**WEB, "title": title, "datasets": used["name"], **fields}
        return tk.get_action("govshare_submission_create")({"user": ""}, data)

    def decide(act: str, id: str, **data: Any) -> dict[str, Any]:
        return tk.get_action(f"govshare_submission_{act}")({"user": "office"}, {"id": id, **data})

    back = hand_in("换乘助手", url="https://b.example.org/")
    decide("return", back["id"], reason="请说明使用了哪些信息项。")
    shown = hand_in("公交到站小程序", **program(qr_code=picture(png()), picture=picture(png())))
    name = decide("approve", shown["id"], looked=True, note="可正常查询")["package"]["name"]
    waiting = hand_in("公交客流分析", **program(qr_code=picture(png()), app_id="wx-waiting"))
    return {
        "entry": used["name"],
        "waiting": waiting["id"],
        "receipt": waiting["token"],
        "returned": back["token"],
        "name": name,
    }


@pytest.fixture(scope="module")
def apps(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a site, and where its applications are."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the applications are those of a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        yield address, fill()


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def person(request: pytest.FixtureRequest, driver: Any, apps: Any) -> Worker:
    """Somebody in front of a wide window, and of a telephone."""
    from ckan.common import config

    config["ckan.site_url"] = apps[0]  # pytest-ckan puts the configuration back before every test
    driver.delete_all_cookies()
    return Worker(driver, apps[0], request.param)


PAGES = [
    ("", "form", "/application/submit?dataset={entry}"),
    ("", "receipt", "/application/receipt/{receipt}"),
    ("", "returned", "/application/receipt/{returned}"),
    ("", "list", "/application"),
    ("", "page", "/application/{name}"),
    ("", "entry", "/dataset/{entry}"),
    ("office", "waiting", "/office/submission"),
    ("office", "review", "/office/submission/{waiting}"),
    ("office", "registered", "/office/application"),
    ("office", "look", "/office/application/{name}"),
]


def check(visitor: Visitor, axe: Any, name: str) -> None:
    visitor.picture(f"application-{name}")
    assert len(visitor.all("h1")) == 1
    assert len(visitor.all("[role=main]")) == 1
    assert visitor.sideways() <= 0
    assert axe(visitor.driver) == []
    if visitor.width < 760:
        assert visitor.small_targets() == []


@pytest.mark.parametrize(("who", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_is_whole_accessible_and_narrow_enough(
    person: Worker, apps: Any, axe: Any, who: str, name: str, path: str
) -> None:
    if who:
        person.login(who)
    person.go(path.format(**apps[1]))
    check(person, axe, name)


def test_the_form_is_filled_by_keyboard_and_faults_keep_what_was_typed(
    person: Worker, apps: Any, axe: Any, tmp_path: Path
) -> None:
    code = tmp_path / "code.png"
    code.write_bytes(b"<html>")
    person.go(f"/application/submit?dataset={apps[1]['entry']}")
    assert person.find("#ask-url").is_displayed()  # no form is chosen yet: every proof is offered
    person.find("#ask-title").send_keys("到站提醒")
    person.find("#ask-notes").send_keys("车辆到站前提醒。")
    person.find("[value=miniprogram]").send_keys(Keys.SPACE)
    assert not person.find("#ask-url").is_displayed()
    person.find("#ask-app_id").send_keys(f"wx{person.width}")
    person.find("#ask-qr_code").send_keys(str(code))
    person.find("#ask-developer").send_keys("张三")
    person.find("[value=individual]").send_keys(Keys.SPACE)
    person.find("#ask-contact_name").send_keys("张三")
    person.find("#ask-contact_phone").send_keys("13800002222")
    person.find("#ask-consent").send_keys(Keys.SPACE)
    person.find(".gs-asking [type=submit]").send_keys(Keys.ENTER)
    WebDriverWait(person.driver, 20).until(lambda driver: driver.find_elements("css selector", "#faults"))
    check(person, axe, "faults")
    assert person.find("#faults a").get_attribute("href").endswith("#ask-qr_code")
    assert person.find("#ask-title").get_attribute("value") == "到站提醒"
    assert person.find("[value=miniprogram]").is_selected()
    code.write_bytes(png())
    person.find("#ask-qr_code").send_keys(str(code))
    person.find(".gs-asking [type=submit]").send_keys(Keys.ENTER)
    WebDriverWait(person.driver, 20).until(lambda driver: "/application/receipt/" in driver.current_url)
    assert "到站提醒" in person.read()
