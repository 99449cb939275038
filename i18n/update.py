"""Bring the catalogues up to date: ``python -m ckanext.govshare.i18n.update`` after a change of words.

Takes in what the source shows now, keeps the translations there are, adds those that rooms hand in, and
drops what is gone. English needs no translator: its catalogue repeats the msgids.
"""

from __future__ import annotations

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from ckanext.govshare.i18n import catalogue as c


class Tidy(Catalog):
    """A catalogue whose header says what programs need and nothing that changes by the hour."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Language, plural rule and encoding."""
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def merged(locale: str) -> Catalog:
    """The catalogue of a language as it should be."""
    old, wanted = c.messages(c.read(c.po_path(locale), locale)), c.messages(c.extracted())
    given = {}
    if locale == c.CHINESE:
        for path in c.parts():
            given.update(c.messages(c.read(path, locale)))
    core = {
        name: message
        for name, message in old.items()
        if c.CORE in message.auto_comments and name not in wanted
    }
    fresh = Tidy(
        locale=locale, domain=c.DOMAIN, fuzzy=False, header_comment="# Words of ckanext-govshare on screen."
    )
    for name, message in sorted(wanted.items()):
        files = sorted({location for location, _line in message.locations})
        fresh.add(
            message.id,
            _string(message, locale, old.get(name), given.get(name)),
            [(file, None) for file in files],
        )
    for _name, message in sorted(core.items()):
        fresh.add(message.id, message.string, auto_comments=[c.CORE])
        fresh[message.id].auto_comments = [c.CORE]
    return fresh


def _string(message: Message, locale: str, *candidates: Message | None) -> str | tuple[str, ...] | None:
    if locale == c.ENGLISH:
        return message.id
    for candidate in candidates:
        if candidate is not None and c.translated(candidate):
            form = candidate.string[0] if isinstance(candidate.string, tuple) else candidate.string
            return (form,) if message.pluralizable else form
    return None


def main() -> None:
    """Write the catalogue of every language."""
    for locale in c.LOCALES:
        path = c.po_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = merged(locale)
        with path.open("wb") as target:
            write_po(target, text, width=0, omit_header=False, include_lineno=False, sort_output=False)


if __name__ == "__main__":
    main()
