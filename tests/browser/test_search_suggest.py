"""Suggestions while typing, by keyboard and mouse, as a combobox that screen readers understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import SECONDS, Visitor


def typed(visitor: Visitor, words: str) -> Any:
    """The search box with suggestions for some words."""
    visitor.go("/dataset/")
    box = visitor.driver.find_element(By.ID, "q")
    box.send_keys(words)
    WebDriverWait(visitor.driver, SECONDS).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, ".gs-suggest [role=option]")
    )
    return box


def test_suggestions_open_below_the_box_and_are_accessible(
    visitor: Visitor, axe: Callable[[Any], list[str]]
) -> None:
    box = typed(visitor, "公交")
    assert box.get_attribute("aria-expanded") == "true"
    assert axe(visitor.driver) == []


def test_arrows_and_enter_choose(visitor: Visitor) -> None:
    box = typed(visitor, "gongj")
    box.send_keys(Keys.ARROW_DOWN)
    chosen = visitor.driver.find_element(By.ID, box.get_attribute("aria-activedescendant"))
    assert chosen.get_attribute("aria-selected") == "true"
    word = chosen.text
    box.send_keys(Keys.ENTER)
    WebDriverWait(visitor.driver, SECONDS).until(
        lambda driver: "q=" in driver.current_url or "/dataset/3" in driver.current_url
    )
    assert word in unquote(visitor.driver.current_url) or word in visitor.driver.page_source


def test_escape_closes_and_keeps_the_words(visitor: Visitor) -> None:
    box = typed(visitor, "公交")
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("aria-expanded") == "false"
    assert box.get_attribute("value") == "公交"
