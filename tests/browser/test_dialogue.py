"""The dialogue in the browser: board, forms, receipt and case of the public, and the pages of office and department."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import desk_city
from tests.browser.conftest import served
from tests.browser.test_desk import Worker


def fill() -> dict[str, str]:
    """A site with cases of every kind in every state."""
    from ckan import model

    from tests.conftest import build_city, empty, publish
    from tests.dialogue.conftest import CONTACT, WRITTEN, call

    empty()
    city = build_city()
    for name in ("office", "officer"):
        person = model.User.get(name)
        person.password = desk_city.PASSWORD
        person.fullname = desk_city.NAMES[name]
    model.Session.commit()
    entry = publish(city)

    def write(kind: str, **fields: Any) -> dict[str, Any]:
        about = {} if kind == "request" else {"entry": entry["name"]}
        contact = CONTACT if kind == "complaint" else {}
        return call("create", "", kind=kind, **{**WRITTEN[kind], **about, **contact, **fields}, consent="1")

    answered = write("correction")
    call("accept", id=answered["id"], blacked="人名路站")
    call("answer", "officer", id=answered["id"], answer="已更正，感谢指出。\n数据文件已重新发布。")
    call("close", id=answered["id"])
    comment = write("comment")
    call("accept", id=comment["id"])
    given = write("request", provider="jiaotong", title="很长的标题" * 20)
    call("accept", id=given["id"])
    confirm = write("request", provider="jiaotong")
    call("accept", id=confirm["id"])
    call("answer", "officer", id=confirm["id"], answer="列入计划。")
    returned = write("comment", title="请补充的意见")
    call("return", id=returned["id"], reason="请说明是哪条线路。")
    complaint = write("complaint", text="含有 13812345678 等号码，请撤下。")
    return {
        "entry": entry["name"],
        "answered": answered["id"],
        "comment": comment["id"],
        "given": given["id"],
        "confirm": confirm["id"],
        "complaint": complaint["id"],
        "code": answered["code"],
        "returned": returned["code"],
    }


@pytest.fixture(scope="module")
def written(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a site, and where its cases are."""
    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the cases are those of a site that the tests serve themselves")
    with served(request.getfixturevalue("app")) as address:
        yield address, fill()


@pytest.fixture(params=[1280, 320], ids=["desk", "phone"])
def person(request: pytest.FixtureRequest, driver: Any, written: Any) -> Worker:
    """Somebody in front of a wide window, and of a small telephone."""
    from ckan.common import config

    config["ckan.site_url"] = written[0]  # pytest-ckan puts the configuration back before every test
    driver.delete_all_cookies()
    return Worker(driver, written[0], request.param)


PAGES = [
    ("", "board", "/dialogue"),
    ("", "case", "/dialogue/{answered}"),
    ("", "open-case", "/dialogue/{given}"),
    ("", "choose", "/dialogue/new"),
    ("", "new-request", "/dialogue/new?kind=request"),
    ("", "new-correction", "/dialogue/new?kind=correction&entry={entry}&field=站点名称"),
    ("", "new-comment", "/dialogue/new?kind=comment&entry={entry}"),
    ("", "new-complaint", "/dialogue/new?kind=complaint&entry={entry}"),
    ("", "mine", "/dialogue/mine"),
    ("", "receipt", "/dialogue/mine/{code}"),
    ("", "returned", "/dialogue/mine/{returned}"),
    ("office", "office", "/office/dialogue"),
    ("office", "triage", "/desk/dialogue/{complaint}"),
    ("office", "confirm", "/desk/dialogue/{confirm}"),
    ("officer", "answer", "/desk/dialogue/{given}"),
    ("officer", "department", "/desk/dialogue?state=all"),
]


@pytest.mark.parametrize(("who", "name", "path"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_is_whole_accessible_and_narrow_enough(
    person: Worker, written: Any, axe: Any, who: str, name: str, path: str
) -> None:
    if who:
        person.login(who)
    person.go(path.format(**written[1]))
    person.check(f"dialogue-{name}", axe)


def test_an_error_is_reported_by_keyboard_and_faults_keep_what_was_typed(
    person: Worker, written: Any, axe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.min_seconds", 0)
    person.go(f"/dialogue/new?kind=correction&entry={written[1]['entry']}")
    person.find("#ask-title").send_keys(f"站点缺失{person.width}")
    person.find("#ask-text").send_keys("少了东站。")
    person.find("#ask-contact_phone").send_keys("abc")
    person.find("#ask-consent").send_keys(Keys.SPACE)
    person.find(".gs-asking [type=submit]").send_keys(Keys.ENTER)
    WebDriverWait(person.driver, 20).until(lambda driver: driver.find_elements("css selector", "#faults"))
    person.check("dialogue-faults", axe)
    assert person.find("#faults a").get_attribute("href").endswith("#ask-contact_phone")
    assert person.find("#ask-text").get_attribute("value") == "少了东站。"
    person.find("#ask-contact_phone").clear()
    person.find(".gs-asking [type=submit]").send_keys(Keys.ENTER)
    WebDriverWait(person.driver, 20).until(lambda driver: "/dialogue/mine/" in driver.current_url)
    assert f"站点缺失{person.width}" in person.read()
