"""A data officer's way through the form: type, paste, be saved, be stopped from losing it, hand it in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Visitor

PASSWORD = "Only-for-this-test-1"
DEPARTMENT = "jiaotong"
AXE = Path(__file__).with_name("axe.min.js")
TITLE, NOTES = (
    "道路客运班线信息",
    "记录全市道路客运班线的名称、起讫站点、途经地点和班次，2015年起，每周更新。",
)
CELLS = [
    ["信息项名称", "数据类型", "数据长度", "说明"],
    ["班线名称", "字符型", "100", "起点站到终点站"],
    ["经营企业", "C", "200", '含\n"分公司"'],
    ["日发班次", "整型", "4", ""],
    ["许可日期", "日期型", "", "许可机关作出许可的日期"],
]
HANDS_AT_MOST = (
    150  # clicks and keys beyond the text itself; at one a second they take less than three minutes
)


class Officer(Visitor):
    """A visitor who logs in and whose clicks and keys are counted; typed text counts by its characters."""

    def __init__(self, driver: Any, site: str, width: int) -> None:
        super().__init__(driver, site, width)
        self.hands = self.letters = 0

    def login(self, name: str) -> None:
        self.go("/user/login")  # cookies are deleted of the site that one is on
        self.driver.delete_all_cookies()
        self.go("/user/login")
        self.find("#field-login").send_keys(name)
        self.find("#field-password").send_keys(PASSWORD, Keys.ENTER)
        self.until(lambda: "/user/login" not in self.driver.current_url)

    def until(self, what: Any, seconds: float = 10) -> Any:
        return WebDriverWait(self.driver, seconds).until(lambda _driver: what())

    def click(self, selector: str) -> None:
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.hands += 1

    def type(self, selector: str, text: str) -> None:
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.clear()
        element.send_keys(text)
        self.hands += 1
        self.letters += len(text)

    def pick(self, name: str, value: str) -> None:
        """Choose a value of a list or of radio buttons."""
        self.until(lambda: self.all(f"[name={name}] option[value='{value}'], [name={name}][value='{value}']"))
        radios = self.all(f"input[type=radio][name={name}][value='{value}']")
        if radios:
            self.click(f"input[name={name}][value='{value}']")
        else:
            self.click(f"select[name={name}] option[value='{value}']")
            self.hands += 1

    def keys(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()
        self.hands += len(keys)

    def chord(self, *keys: str) -> None:
        """Keys that are held down together."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain.key_up(key)
        chain.perform()
        self.hands += 1

    def paste(self, selector: str, rows: list[list[str]]) -> None:
        """Paste cells as a spreadsheet puts them on the clipboard."""
        text = "\r\n".join("\t".join(_cell(cell) for cell in row) for row in rows) + "\r\n"
        self.driver.execute_script(
            "const data = new DataTransfer(); data.setData('text/plain', arguments[1]);"
            "arguments[0].focus(); arguments[0].dispatchEvent(new ClipboardEvent('paste',"
            "{clipboardData: data, bubbles: true, cancelable: true}))",
            self.find(selector),
            text,
        )
        self.hands += 2

    def items(self) -> list[dict[str, str]]:
        """What the item table holds, as the page would post it."""
        self.driver.execute_script("window.govshareForm.collect()")
        return json.loads(self.find("[data-json]").get_attribute("value"))

    def step(self) -> str:
        return self.driver.current_url.partition("step=")[2].partition("&")[0].partition("#")[0]

    def onward(self, step: str) -> None:
        """Save and continue; say so if another step follows than the one expected."""
        self.click(".gs-formbar [value=next]")
        self.until(lambda: self.step() == step)

    def saved(self) -> None:
        """Wait until what was typed is saved."""
        self.until(
            lambda: "已保存" in self.find("[data-saved]").text or "Saved at" in self.find("[data-saved]").text
        )

    def faults(self) -> list[str]:
        """What axe-core finds on the page; nothing where it is not there."""
        if not AXE.exists():
            return []
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1]; axe.run().then(found => done(found.violations))"
        )
        return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found]


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in '"\n\t') else text


@pytest.fixture(scope="module")
def people(live_site: str, request: pytest.FixtureRequest) -> None:
    """An officer and a colleague of one department of the served city."""
    import os

    if os.environ.get("GOVSHARE_SITE_URL"):
        pytest.skip("the form's people are made on the site that the tests serve themselves")
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    for name, capacity in (("form_officer", "editor"), ("form_colleague", "admin")):
        factories.User(name=name, password=PASSWORD, fullname={"editor": "张三", "admin": "李四"}[capacity])
        member = {"id": DEPARTMENT, "username": name, "role": capacity}
        tk.get_action("organization_member_create")({"ignore_auth": True}, member)


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def officer(request: pytest.FixtureRequest, driver: Any, live_site: str, people: None) -> Iterator[Officer]:
    """The officer, logged in, with a wide window and with a telephone."""
    person = Officer(driver, live_site, request.param)
    person.login("form_officer")
    yield person
    driver.execute_script("window.onbeforeunload = null")
    driver.get("about:blank")
    _dismiss(driver)


def _dismiss(driver: Any) -> None:
    from selenium.common.exceptions import NoAlertPresentException

    try:
        driver.switch_to.alert.accept()
    except NoAlertPresentException:
        return


def begin(officer: Officer) -> str:
    """Begin an entry and answer the address of its form, without the step."""
    officer.go("/desk/new")
    officer.click(".gs-begin .gs-btn")
    officer.until(lambda: "/edit" in officer.driver.current_url)
    return officer.driver.current_url.partition("?")[0].removeprefix(officer.site)


def look(officer: Officer, name: str) -> None:
    """Keep a picture; nothing hangs over the edge, and axe finds nothing."""
    assert officer.sideways() <= 0, name
    officer.picture(f"form-{name}")
    assert officer.faults() == [], name


def test_an_officer_with_the_facts_at_hand_is_quick(officer: Officer) -> None:
    officer.go("/desk/new")
    look(officer, "new")
    begin(officer)
    officer.hands = officer.letters = 0
    officer.type("#f-title", TITLE)
    officer.type("#f-notes", NOTES)
    look(officer, "basic")
    officer.onward("class")
    for name, value in (
        ("class_lei", "3"),
        ("class_xiang", "307"),
        ("class_mu", "307001"),
        ("class_ximu", "307001004"),
    ):
        if officer.find(f"[name={name}]").get_attribute("value") != value:
            officer.pick(name, value)
    assert officer.find("[data-code-prefix]").text == "307001004"
    look(officer, "class")
    officer.onward("format")
    officer.pick("format_class", "2")
    officer.pick("format_type", "xlsx")
    officer.paste("[data-rows] [data-col=name]", CELLS)
    assert [row["type"] for row in officer.items()] == ["C", "C", "I", "D"]
    assert officer.items()[1]["description"] == '含 "分公司"' or "分公司" in officer.items()[1]["description"]
    officer.saved()
    look(officer, "format")
    officer.onward("share")
    assert officer.find("input[name=share_type][value='1']").is_selected()
    assert officer.find("input[name=share_mode_type][value='2']").is_selected()
    look(officer, "share")
    officer.onward("open")
    officer.pick("open_type", "3")
    officer.type("#f-no_open_reason", "含企业未公开的经营信息")
    look(officer, "open")
    officer.onward("update")
    officer.pick("update_cycle", "3")
    look(officer, "update")
    officer.onward("files")
    look(officer, "files")
    officer.onward("check")
    look(officer, "check")
    officer.click("#entry-form [value=submit]")
    officer.until(lambda: "/edit" not in officer.driver.current_url)
    print(f"\n{officer.width}: {officer.hands} clicks and keys, {officer.letters} characters typed")  # noqa: T201
    assert officer.hands <= HANDS_AT_MOST


def test_another_parent_brings_other_children(officer: Officer) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=class")
    officer.pick("class_lei", "1")
    officer.pick("class_xiang", "101")
    officer.pick("class_mu", "101001")
    assert officer.find("[data-code-prefix]").text == "101001"
    assert officer.find("#f-lead_org").is_displayed()
    officer.saved()
    officer.pick("class_lei", "2")
    officer.pick("class_xiang", "201")
    typed = officer.until(lambda: officer.find("input[type=text][name=class_mu]"))
    typed.send_keys("201001")
    officer.until(lambda: officer.find("[data-code-prefix]").text in ("201", "—", "201001"))
    officer.saved()
    officer.go(f"{place}?step=class")
    assert officer.find("[name=class_mu]").get_attribute("value") == "201001"


def test_fields_come_and_go_with_the_answers(officer: Officer) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=share")
    assert not officer.find("#f-share_scope").is_displayed()
    officer.pick("share_type", "2")
    assert officer.find("#f-share_scope").is_displayed()
    assert officer.find("#f-share_reason").is_displayed()
    officer.type("#f-share_scope", "市公安局")
    officer.saved()
    look(officer, "share-conditional")
    officer.pick("share_type", "3")
    assert not officer.find("#f-share_scope").is_displayed()
    assert officer.find("#f-no_share_basis").is_displayed()
    assert not officer.find("[name=share_mode]").is_displayed()
    officer.until(lambda: "共享范围" in officer.find("[data-saved]").text)


def test_what_is_typed_is_saved_and_wrong_values_are_named(officer: Officer) -> None:
    place = begin(officer)
    officer.type("#f-title", "长" * 51)
    assert "1" in officer.find("#f-title-count").text
    officer.until(lambda: officer.find("#f-title-errors").is_displayed())
    assert officer.find("#f-title").get_attribute("aria-invalid") == "true"
    officer.click(".gs-formbar [value=next]")
    officer.until(lambda: officer.all("#summary"))
    assert officer.driver.switch_to.active_element.get_attribute("id") == "summary"
    look(officer, "wrong")
    officer.find("#summary a").click()
    assert officer.driver.switch_to.active_element.get_attribute("id") == "f-title"
    officer.type("#f-title", TITLE)
    officer.until(lambda: not officer.find("#f-title-errors").is_displayed())
    officer.go(f"{place}?step=basic")
    assert officer.find("#f-title").get_attribute("value") == TITLE


def asks(officer: Officer) -> bool:
    """Whether the page would ask before one leaves it. (A driver answers the question itself.)"""
    return officer.driver.execute_script(
        "const leave = new Event('beforeunload', {cancelable: true});"
        "window.dispatchEvent(leave); return leave.defaultPrevented"
    )


def test_leaving_before_it_is_saved_asks_first(officer: Officer) -> None:
    begin(officer)
    officer.type("#f-title", "还没保存")
    assert asks(officer)
    assert officer.find("#f-title").get_attribute("value") == "还没保存"
    officer.saved()
    assert not asks(officer)


def test_without_a_connection_nothing_is_lost(officer: Officer) -> None:
    begin(officer)
    network = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    officer.driver.execute_cdp_cmd("Network.enable", {})
    officer.driver.execute_cdp_cmd("Network.emulateNetworkConditions", network)
    try:
        officer.type("#f-title", "离线时写的")
        officer.until(lambda: officer.find("[data-saved]").get_attribute("data-look") == "bad")
    finally:
        officer.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**network, "offline": False})
    officer.saved()
    officer.driver.refresh()
    assert officer.find("#f-title").get_attribute("value") == "离线时写的"


def test_to_go_on_while_it_is_being_saved_is_no_conflict_with_oneself(officer: Officer) -> None:
    place = begin(officer)
    slow_answers = {"offline": False, "latency": 900, "downloadThroughput": -1, "uploadThroughput": -1}
    officer.driver.execute_cdp_cmd("Network.enable", {})
    officer.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow_answers)
    try:
        officer.type("#f-title", "先写一半")
        officer.until(
            lambda: (
                "正在保存" in officer.find("[data-saved]").text
                or "Saving" in officer.find("[data-saved]").text
            )
        )
        officer.find("#f-title").send_keys("再写一半")
        officer.click(".gs-formbar [value=next]")
        officer.until(lambda: officer.step() == "class", 15)
    finally:
        officer.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow_answers, "latency": 0})
    officer.go(f"{place}?step=basic")
    assert officer.find("#f-title").get_attribute("value") == "先写一半再写一半"


def test_somebody_else_saved_meanwhile(officer: Officer) -> None:
    import ckan.plugins.toolkit as tk

    place = begin(officer)
    officer.type("#f-notes", "甲的说明")
    officer.saved()
    change = place.split("/")[3]
    tk.get_action("govshare_change_update")(
        {"user": "form_colleague"}, {"id": change, "data": {"title": "李四写的名称"}}
    )
    officer.type("#f-title", "张三写的名称")
    officer.until(lambda: officer.find("[data-conflict]").is_displayed())
    assert "李四写的名称" in officer.find("[data-conflict]").text
    look(officer, "conflict")
    officer.click("[data-conflict] [value=overwrite]")
    officer.until(lambda: officer.step() == "class")
    officer.go(f"{place}?step=basic")
    assert officer.find("#f-title").get_attribute("value") == "张三写的名称"


def test_the_item_table_is_a_spreadsheet_for_the_keyboard(officer: Officer) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=format")
    officer.click("[data-rows] [data-col=name]")
    officer.keys("甲", Keys.ENTER, "乙", Keys.ENTER, "丙", Keys.ARROW_UP, Keys.HOME)
    active = officer.driver.switch_to.active_element
    assert active.get_attribute("value") == "乙"
    officer.chord(Keys.ALT, Keys.SHIFT, Keys.ARROW_UP)
    assert [row["name"] for row in officer.items()] == ["乙", "甲", "丙"]
    officer.keys(Keys.TAB, "YI", Keys.TAB, Keys.TAB, "C", Keys.TAB, "50")
    assert officer.items()[0] == {"name": "乙", "name_en": "YI", "type": "C", "length": "50"}
    officer.chord(Keys.ALT, Keys.DELETE)
    assert [row["name"] for row in officer.items()] == ["甲", "丙"]
    officer.chord(Keys.CONTROL, "z")
    assert [row["name"] for row in officer.items()] == ["乙", "甲", "丙"]


def test_an_entry_is_begun_and_gone_through_by_keyboard_alone(officer: Officer) -> None:
    officer.go("/desk/new")
    active = lambda: officer.driver.switch_to.active_element  # noqa: E731
    tab_to(
        officer,
        lambda: (
            active().get_attribute("type") == "submit"
            and active().is_displayed()
            and "gs-begin" in _around(active())
        ),
    )
    officer.keys(Keys.ENTER)
    officer.until(lambda: officer.step() == "basic")
    tab_to(officer, lambda: active().get_attribute("id") == "f-title")
    officer.keys(*TITLE, Keys.ENTER)
    officer.until(lambda: officer.step() == "class")
    officer.go(officer.driver.current_url.removeprefix(officer.site).replace("step=class", "step=share"))
    tab_to(officer, lambda: active().get_attribute("name") == "share_type")
    officer.keys(Keys.ARROW_RIGHT)
    tab_to(officer, lambda: active().get_attribute("id") == "f-share_scope")
    officer.keys(*"市公安局")
    tab_to(
        officer,
        lambda: active().get_attribute("value") == "next" and active().get_attribute("tabindex") != "-1",
    )
    officer.keys(Keys.ENTER)
    officer.until(lambda: officer.all("[data-when]"))


def tab_to(officer: Officer, there: Any) -> None:
    """Press the tabulator until the focus is where it should be; it is seen all the way."""
    for _press in range(60):
        officer.keys(Keys.TAB)
        if there():
            return
    raise AssertionError("the keyboard does not lead there")


def _around(element: Any) -> str:
    return element.find_element("xpath", "ancestor::form").get_attribute("class")


def test_a_standard_item_fills_in_its_type_and_length(officer: Officer) -> None:
    import ckan.plugins.toolkit as tk

    standard = next(
        item for item in tk.get_action("govshare_standard_item_list")({}, {}) if item.get("length")
    )
    place = begin(officer)
    officer.go(f"{place}?step=format")
    officer.click("[data-rows] [data-col=standard]")
    officer.keys(*standard["zh"], Keys.TAB)
    officer.until(lambda: officer.items() and officer.items()[0].get("type"))
    row = officer.items()[0]
    assert (row["standard"], row["name"]) == (standard["id"], standard["zh"])
    assert (row["type"], row["length"]) == (standard["type"], standard["length"])


def test_a_paste_is_taken_back(officer: Officer) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=format")
    officer.find("[data-rows] [data-col=name]").send_keys("原有")
    officer.paste("[data-rows] [data-col=name]", CELLS)
    assert len(officer.items()) == 4
    officer.chord(Keys.CONTROL, "z")
    assert [row["name"] for row in officer.items()] == ["原有"]
    officer.click(".gs-grid-paste summary")
    officer.driver.execute_script(
        "arguments[0].value = arguments[1]", officer.find("[data-paste]"), "信息项名称\t数据类型\n丁\t货币型"
    )
    officer.click("[data-do=paste]")
    assert officer.items()[-1] == {"name": "丁", "type": "Y"}


def test_four_hundred_rows_stay_quick(officer: Officer) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=format")
    rows = [["信息项名称", "数据类型", "数据长度"]] + [[f"第{n}项", "字符型", "50"] for n in range(400)]
    started = time.monotonic()
    officer.paste("[data-rows] [data-col=name]", rows)
    pasted = time.monotonic() - started
    officer.saved()
    started = time.monotonic()
    officer.find("[data-rows] tr:nth-child(200) [data-col=name]").send_keys("改")
    typed = time.monotonic() - started
    officer.saved()
    started = time.monotonic()
    officer.go(f"{place}?step=format")
    loaded = time.monotonic() - started
    print(f"\n400 rows: pasted in {pasted:.2f} s, one key {typed:.2f} s, page again {loaded:.2f} s")  # noqa: T201
    assert len(officer.items()) == 400
    assert pasted < 3
    assert typed < 1.5


def test_a_file_is_sent_with_its_progress(officer: Officer, tmp_path: Path) -> None:
    place = begin(officer)
    officer.go(f"{place}?step=files")
    file = tmp_path / "客运班线.csv"
    file.write_text("班线,班次\n甲,1\n乙,2\n", encoding="utf-8")
    officer.find("#r-new-upload").send_keys(str(file))
    officer.click("input[name=new-audience][value=open]")
    officer.click("[data-upload]")
    officer.until(lambda: officer.all(".gs-fileform header b"))
    assert "客运班线" in officer.find(".gs-fileform header").text
    assert officer.find("input[name='0-audience'][value=open]").is_selected()
    look(officer, "file")


@pytest.mark.parametrize("scheme", ["dark"])
def test_the_form_follows_the_scheme_of_the_reader(officer: Officer, scheme: str) -> None:
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    officer.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    try:
        begin(officer)
        look(officer, scheme)
        ground = officer.find(".gs-formcard").value_of_css_property("background-color")
        assert int(ground.split("(")[1].split(",")[0]) < 60
    finally:
        officer.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
