"""How one reader wants to see the site: contrast, light or dark, size of the text (无障碍).

Who chooses nothing gets what the machine asks for (`prefers-contrast`, `prefers-color-scheme`) from one style sheet.
Who chooses, at ``/display``, gets a cookie that says so and nothing else, and with it each page carries the tokens
again, with the conditions of assets/tokens.css answered as chosen. It works without JavaScript, costs others nothing,
and pages with a cookie are never kept for others (portal/cache.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from flask import request

COOKIE = "govshare_display"
YEAR = 365 * 24 * 3600
#: what can be chosen; the first value of each is what nobody needs a cookie for
CHOICES: dict[str, tuple[str, ...]] = {
    "contrast": ("auto", "high"),
    "scheme": ("auto", "light", "dark"),
    "text": ("normal", "large"),
}
TOKENS = Path(__file__).parent / "assets" / "tokens.css"
CONDITIONS = {
    "(prefers-contrast: more)": ("contrast", "high"),
    "(prefers-color-scheme: dark)": ("scheme", "dark"),
}
NOT_DARK = "not all and (prefers-color-scheme: dark)"


def chosen() -> dict[str, str]:
    """The reader's choices, by name; what the cookie does not say is the first value."""
    return parsed(request.cookies.get(COOKIE, ""))


def parsed(cookie: str) -> dict[str, str]:
    """Choices of a cookie: ``high.dark.large`` in any order; anything else in it says nothing."""
    said = set(cookie.split("."))
    return {
        name: next((value for value in values[1:] if value in said), values[0])
        for name, values in CHOICES.items()
    }


def written(choices: Mapping[str, str]) -> str:
    """The cookie of choices; empty when none is needed."""
    return ".".join(choices[name] for name, values in CHOICES.items() if choices[name] != values[0])


@cache
def tokens(contrast: str, scheme: str) -> str:
    """The tokens with their conditions answered as chosen; empty when nothing was chosen."""
    choices = {"contrast": contrast, "scheme": scheme}
    if all(value == "auto" for value in choices.values()):
        return ""
    text = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(encoding="utf-8"), flags=re.DOTALL)
    parts = [_answered(head, body, choices) for head, body in blocks(text)]
    forced = f":root{{color-scheme:{scheme}}}" if scheme != "auto" else ""
    return re.sub(r"\s+", " ", "".join(parts)) + forced


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The rules of a style sheet as (head, body), without what lies deeper."""
    depth = start = 0
    head = ""
    for place, sign in enumerate(text):
        if sign == "{":
            if depth == 0:
                head, start = text[start:place].strip(), place + 1
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield head, text[start:place]
                start = place + 1


def _answered(head: str, body: str, choices: Mapping[str, str]) -> str:
    if head.startswith("@supports"):
        inner = "".join(_answered(deeper, rules, choices) for deeper, rules in blocks(body))
        return f"{head}{{{inner}}}" if inner else ""
    if not head.startswith("@media"):
        return f"{head}{{{body}}}"
    query = head.removeprefix("@media").strip()
    if query == NOT_DARK:
        open_ = choices["scheme"] == "auto"
        return f"{head}{{{body}}}" if open_ else body if choices["scheme"] == "light" else ""
    left = []
    for condition in query.split(" and "):
        name, value = CONDITIONS[condition]
        if choices[name] == "auto":
            left.append(condition)
        elif choices[name] != value:
            return ""
    return f"@media {' and '.join(left)}{{{body}}}" if left else body
