"""High contrast, dark, larger text: chosen by links, kept in a cookie, made of the same tokens as everything else."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.govshare.portal import colours, display

pytestmark = pytest.mark.usefixtures("with_plugins")


def values(text: str) -> dict[str, str]:
    """Tokens of a style text that holds no condition any more, the last of each."""
    return dict(re.findall(r"--gs-([a-z0-9-]+):\s*([^;]+);", re.sub(r"@supports[^{]*\{.*?\}\s*\}", "", text)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_scheme_answers_every_condition(scheme: str) -> None:
    text = display.tokens("high", scheme)
    assert "@media" not in text
    assert text.count("{") == text.count("}")


def test_nothing_chosen_costs_nothing() -> None:
    assert display.tokens("auto", "auto") == ""


def test_high_contrast_alone_leaves_the_scheme_to_the_machine() -> None:
    text = display.tokens("high", "auto")
    assert "prefers-contrast" not in text
    assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize(
    ("scheme", "paper", "ink"), [("light", "#ffffff", "#000000"), ("dark", "#000000", "#ffffff")]
)
def test_high_contrast_is_black_and_white(scheme: str, paper: str, ink: str) -> None:
    found = values(display.tokens("high", scheme))
    assert (found["paper"], found["ink"]) == (paper, ink)
    assert colours.contrast(found["ink-3"], found["paper"]) >= 7


def test_light_on_a_dark_machine_holds_every_token_of_the_dark_scheme() -> None:
    dark, light = values(display.tokens("auto", "dark")), values(display.tokens("auto", "light"))
    assert set(dark) == set(light)
    assert dark["paper"] != light["paper"]


@pytest.mark.parametrize(
    ("cookie", "chosen"),
    [
        ("", ("auto", "auto", "normal")),
        ("high", ("high", "auto", "normal")),
        ("large.dark", ("auto", "dark", "large")),
        ("high.light.large", ("high", "light", "large")),
        ('"><script>', ("auto", "auto", "normal")),
        ("auto.auto.normal." * 1000, ("auto", "auto", "normal")),
    ],
)
def test_a_cookie_says_what_was_chosen_and_nothing_else(cookie: str, chosen: tuple[str, ...]) -> None:
    assert tuple(display.parsed(cookie).values()) == chosen


def test_a_reader_chooses_by_a_link_and_comes_back(app: Any, city: SimpleNamespace) -> None:
    answer = app.get("/display?scheme=dark&text=large&back=/dataset?q=公交", follow_redirects=False)
    assert answer.status_code == 302
    assert "/dataset?q=" in answer.headers["Location"]
    cookie = answer.headers["Set-Cookie"]
    assert "govshare_display=dark.large" in cookie
    assert "HttpOnly" in cookie
    body = app.get("/", headers={"Cookie": "govshare_display=dark.large"}).body
    assert 'data-text="large"' in body
    assert "color-scheme:dark" in body
    app.get("/display?scheme=auto&text=normal", follow_redirects=False)


def test_taking_everything_back_takes_the_cookie_away(app: Any, city: SimpleNamespace) -> None:
    headers = {"Cookie": "govshare_display=dark"}
    answer = app.get("/display?scheme=auto&back=/", headers=headers, follow_redirects=False)
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example",
                                  "javascript:alert(1)", "/x%0d%0aSet-Cookie:%20a=b"])  # fmt: skip
def test_the_way_back_stays_on_this_site(app: Any, city: SimpleNamespace, back: str) -> None:
    answer = app.get(f"/display?contrast=high&back={back}", follow_redirects=False)
    assert "elsewhere" not in answer.headers["Location"]
    assert "javascript" not in answer.headers["Location"]
    assert len(answer.headers.getlist("Set-Cookie")) <= 1
    app.get("/display?contrast=auto", follow_redirects=False)


@pytest.mark.parametrize("path", ["/", "/dataset/", "/page/guide", "/user/login", "/page/none"])
def test_the_choice_is_in_the_head_of_every_page_in_both_languages(
    app: Any, city: SimpleNamespace, path: str
) -> None:
    assert "/display?contrast=high" in app.get(path).body.replace("&amp;", "&").replace(
        "back=", ""
    ) or re.search(r"/display\?[^\"]*contrast=high", app.get(path).body)
    assert "/en/display" in app.get("/en" + path).body


def test_colours_mix_as_the_style_sheet_mixes_them() -> None:
    text = display.TOKENS.read_text(encoding="utf-8")
    for mixed in ("26%, #cfe6fb", "38%, #141d26", "8%, #f4faff", "80%, #58b0ff"):
        assert f"var(--gs-brand) {mixed}" in text
    assert colours.mix("#000000", 0.5, "#ffffff") == "#808080"
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", ["#0b4f8a", "#8a1c0b", "#1b5e20", "#4a148c"])
def test_usual_colours_of_governments_may_be_chosen(colour: str) -> None:
    assert colours.worst(colour, deep=False) >= 4.5
    assert colours.nearest(colour, deep=False) == colour
