"""Text can be read: contrast of every pair of tokens that meet on a page, in every scheme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ckanext.govshare.portal

ASSETS = Path(ckanext.govshare.portal.__path__[0]) / "assets"
TEXTS = ("ink", "ink-2", "ink-3", "link", "strong")
TEXT_ON_GROUND = [
    *((text, ground) for text in TEXTS for ground in ("paper", "wash", "sunk")),
    ("link", "brand-wash"), ("strong", "brand-wash"), ("on-brand", "brand"), ("on-brand", "brand-deep"),
    ("good", "good-wash"), ("warn", "warn-wash"), ("bad", "bad-wash"), ("accent-ink", "accent-wash"),
    ("good", "paper"), ("warn", "paper"), ("bad", "paper"), ("ink", "mark"), ("link", "mark"),
    ("ink", "accent-wash"), ("ink-2", "warn-wash"),
    ("foot-ink", "foot"), ("foot-link", "foot"),
]  # fmt: skip
BOUNDARIES = [("line-strong", "paper"), ("focus", "paper"), ("focus", "wash"), ("fill", "rail")]


def _tokens(scheme: str) -> dict[str, str]:
    """Values of the tokens in a scheme; what needs `color-mix` has its fallback here."""
    text = re.sub(r"/\*.*?\*/", "", (ASSETS / "tokens.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    blocks = {"light": text.split("@media", 1)[0]}
    dark = text.split("(prefers-color-scheme: dark) {", 1)[1].split("@supports", 1)[0]
    more = text.split("(prefers-contrast: more) {", 1)[1].split("@media", 1)[0]
    more_dark = text.split("(prefers-contrast: more) and (prefers-color-scheme: dark) {", 1)[1]
    parts = {
        "light": [blocks["light"]],
        "dark": [blocks["light"], dark],
        "more": [blocks["light"], more],
        "more_dark": [blocks["light"], dark, more, more_dark],
    }[scheme]
    values: dict[str, str] = {}
    for part in parts:
        values.update(re.findall(r"--gs-([a-z0-9-]+):\s*([^;]+);", part))
    return values


def _colour(values: dict[str, str], name: str) -> str:
    value = values[name]
    while value.startswith("var("):
        inner = re.fullmatch(r"var\(--gs-([a-z-]+)(?:,\s*(#\w+))?\)", value)
        assert inner, value
        value = values.get(inner[1]) or inner[2]
    return value


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast of two colours (WCAG 2.2): 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "more", "more_dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_has_a_contrast_of_four_and_a_half(scheme: str, text: str, ground: str) -> None:
    values = _tokens(scheme)
    assert contrast(_colour(values, text), _colour(values, ground)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), BOUNDARIES)
def test_boundaries_of_controls_have_a_contrast_of_three(scheme: str, line: str, ground: str) -> None:
    values = _tokens(scheme)
    assert contrast(_colour(values, line), _colour(values, ground)) >= 3


def test_no_style_sheet_loads_anything_from_elsewhere() -> None:
    for sheet in ASSETS.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "url(http" not in text
        assert "url(//" not in text
        assert "@import" not in text


def test_colours_stand_in_the_tokens_alone() -> None:
    """A site that changes its main colour changes it everywhere: other sheets name no blue of their own."""
    for sheet in ASSETS.glob("*.css"):
        if sheet.name not in ("tokens.css", "print.css"):
            assert "#0b4f8a" not in sheet.read_text(encoding="utf-8")
