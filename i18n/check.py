"""Are the words complete? ``python -m ckanext.govshare.i18n.check`` names what is not and ends with 1.

Fails on: a string that the source shows and a catalogue lacks · one without translation, or a fuzzy one ·
placeholders that differ · text in a template that is not marked for translation.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

from ckanext.govshare.i18n import catalogue as c

PLACEHOLDER = re.compile(r"\{\w*(?:![rsa])?(?::[^}]*)?\}|%\(\w+\)[sd]|%[sdr]")
SHOWN = ("aria-label", "title", "alt", "placeholder", "content")
# Names of formats and tools, the same in every language.
NAMES = {"BibTeX", "curl", "DOI", "CSV", "XLSX", "JSON", "JSON-LD", "CKAN", "DCAT", "RIS"}
# What a macro writes into the tag of its caller.
ATTRIBUTES = re.compile(r'\b[a-z-]+="[^"]*"|\b(?:checked|disabled|readonly|required|selected)\b')
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")


def problems() -> list[str]:
    """Everything that is wrong, a line each; empty when all is well."""
    found = []
    wanted = c.messages(c.extracted())
    for locale in c.LOCALES:
        path = c.po_path(locale)
        have = c.messages(c.read(path, locale))
        found += [f"{locale}: not in the catalogue: {name!r}" for name in wanted if name not in have]
        found += [
            f"{locale}: not translated: {name!r}"
            for name, message in have.items()
            if not c.translated(message)
        ]
        found += [
            f"{locale}: placeholders differ: {name!r}"
            for name, message in have.items()
            if c.translated(message) and not _same_placeholders(message.id, message.string)
        ]
    for template in sorted(c.PACKAGE.glob("**/templates/**/*.html")):
        place = template.relative_to(c.PACKAGE)
        found += [f"{place}: not marked for translation: {text!r}" for text in unmarked(template)]
    return found


def _same_placeholders(ids: str | tuple[str, ...], strings: str | tuple[str, ...]) -> bool:
    """Whether each translation has the placeholders of its msgid (of a plural: of one of its forms)."""
    ids, strings = (part if isinstance(part, tuple) else (part,) for part in (ids, strings))
    allowed = [Counter(PLACEHOLDER.findall(text)) for text in ids]
    return all(Counter(PLACEHOLDER.findall(text)) in allowed for text in strings)


class _Texts(HTMLParser):
    """Collects what a reader would see or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "code")
        self.texts += [value for name, value in attrs if name in SHOWN and value and tag != "meta"]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


def unmarked(template: Path) -> Iterator[str]:
    """Words that a template shows without passing them to the translation."""
    source, inside = [], False
    for _line, kind, value in Environment(autoescape=True).lex(template.read_text(encoding="utf-8")):
        if kind == "data" and not inside:
            source.append(value)
        elif kind == "name" and value in ("trans", "endtrans"):
            inside = value == "trans"
        elif kind in ("variable_begin", "block_begin"):
            source.append(" ")
    parser = _Texts()
    parser.feed("".join(source))
    for text in parser.texts:
        plain = re.sub(r"\s+", " ", ATTRIBUTES.sub("", text)).strip()
        if plain not in NAMES and WORD.search(plain):
            yield plain


def main() -> int:
    """Print what is wrong.

    :returns: exit code, 0 when nothing is
    """
    found = problems()
    for line in found:
        sys.stderr.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
