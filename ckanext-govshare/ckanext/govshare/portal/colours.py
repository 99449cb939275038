"""Colours that a site may choose: every pair of text and ground that follows from them must be readable.

The mixes are those of assets/tokens.css (`color-mix`); tests/portal/test_theme.py holds both together.
Source: WCAG 2.2, 1.4.3 (4.5:1 for text), relative luminance.
"""

from __future__ import annotations

import re

LEAST = 4.5
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WHITE = "#ffffff"
STEPS = 60  # how often a colour is darkened by 2 % before giving up: black is reached before


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21.

    :param first: ``#rrggbb``
    :param second: ``#rrggbb``
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(first: str, share: float, second: str) -> str:
    """Two colours as `color-mix(in srgb, first share, second)` mixes them."""
    channels = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in channels)


def worst(colour: str, *, deep: bool) -> float:
    """The lowest contrast among the texts that meet a colour on the pages, in the light and the dark scheme.

    :param deep: whether it is the deep variant (heads of lists, ends of the band of the home page)
    """
    pairs = [(WHITE, colour), (colour, WHITE), (colour, "#f4f7f9"), (colour, "#edf1f4")]
    if deep:
        pairs += [(colour, mix(WHITE, 0.08, "#f4faff"))]
    else:
        dark_link, dark_wash = mix(colour, 0.26, "#cfe6fb"), mix(colour, 0.38, "#141d26")
        pairs += [(colour, mix(colour, 0.08, "#f4faff")), (WHITE, mix(colour, 0.8, "#58b0ff"))]
        pairs += [(dark_link, ground) for ground in ("#17222d", "#0f1820", "#22303d", dark_wash)]
        pairs += [("#cfe5f8", dark_wash)]
    return min(contrast(text, ground) for text, ground in pairs)


def nearest(colour: str, *, deep: bool) -> str:
    """The same hue, darkened until every text on it can be read; the colour itself if it is so already."""
    for _step in range(STEPS):
        if worst(colour, deep=deep) >= LEAST:
            return colour
        colour = mix(colour, 0.94, "#000000")
    return "#083a67"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
