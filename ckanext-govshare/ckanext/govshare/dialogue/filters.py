"""Words that stand out in what the public writes: for the reviewer's eye, never changed.

The list of words is the operator's: one a line, ``#`` begins a remark. Blanks and marks between the letters of a word
do not hide it.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.govshare import config
from ckanext.govshare.dialogue.interfaces import IWordFilter
from ckanext.govshare.kernel import clock, scan_marks

log = logging.getLogger(__name__)

MOST = 20  # marks of one case
LONGEST = 40
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")
PERSONAL = {
    scan_marks.Kind.ID_CARD, scan_marks.Kind.ID_CARD_15, scan_marks.Kind.RESIDENCE_PERMIT,
    scan_marks.Kind.PASSPORT, scan_marks.Kind.BANK_CARD, scan_marks.Kind.MOBILE, scan_marks.Kind.EMAIL,
}  # fmt: skip


def links(text: str) -> int:
    """How many links a text holds."""
    return len(LINK.findall(text))


def find(text: str) -> list[str]:
    """Everything that any filter finds, each once."""
    found = [*listed(text), *(f"{mark.kind.value}: {mark.text}" for mark in personal(text))]
    for plugin in p.PluginImplementations(IWordFilter):
        found += [str(word) for word in plugin.find_words(text)]
    return list(dict.fromkeys(word[:LONGEST] for word in found))[:MOST]


def personal(text: str) -> list[scan_marks.Mark]:
    """Numbers and addresses of people in a text."""
    found = scan_marks.marks(scan_marks.normal(text), frozenset(), clock.today())
    return [mark for mark in found if mark.kind in PERSONAL]


def listed(text: str) -> list[str]:
    """The words of the operator's list that are in a text."""
    path = config.get("dialogue.words_path")
    if not path:
        return []
    try:
        changed = Path(path).stat().st_mtime_ns
        words = _words(str(path), changed)
    except (OSError, UnicodeDecodeError):
        log.exception("The list of words cannot be read: %s", path)
        return []
    plain = _plain(text)
    return [word for word, bare in words if bare in plain]


@lru_cache(maxsize=2)
def _words(path: str, changed: int) -> list[tuple[str, str]]:
    """The words of a file as they are written, and as they are compared; read again when the file changed."""
    lines = (line.partition("#")[0].strip() for line in Path(path).read_text("utf-8-sig").splitlines())
    return [(line, bare) for line in lines if (bare := _plain(line))]


def _plain(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def check(text: str, errors: dict[str, list[str]]) -> list[str]:
    """The marks of a text for the reviewer; where the site says so, words of the list refuse it.

    :param errors: a fault is added under ``text``
    """
    most = config.get("dialogue.links")
    if links(text) > most:
        errors.setdefault("text", [tk._("At most {number} links").format(number=most)])
    if config.get("dialogue.words_refuse") and (words := listed(text)):
        message = tk._("It holds words that are not shown here: {words}")
        errors.setdefault("text", [message.format(words="、".join(words[:3]))])
    return find(text)
