"""A difference as people read it: a word for each changed row of a table, changed parts of a text marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup, escape

WORDS = re.compile(r"[A-Za-z0-9_]+|.", re.DOTALL)  # a Latin word, or one sign: Chinese has no blanks between words
MOST = 2_000  # words of a text that is compared word by word; a longer one by its clauses
CLAUSES = re.compile(r"[^，。；！？,.;!?\n]*[，。；！？,.;!?\n]*")
ALIKE = 0.4  # below this share of common words two texts are shown as a whole


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Two texts with what differs between them marked as deleted and inserted.

    :returns: the text before and after, as HTML
    """
    whole = Markup("<del>{}</del>").format(before), Markup("<ins>{}</ins>").format(after)
    parts = _parts(before, after)
    if not before or not after or parts is None:
        return (whole[0] if before else Markup(""), whole[1] if after else Markup(""))
    matcher = SequenceMatcher(None, *parts, autojunk=False)
    if matcher.ratio() < ALIKE:
        return whole
    old, new = Markup(""), Markup("")
    for kind, start, end, from_, to in matcher.get_opcodes():
        gone, come = "".join(parts[0][start:end]), "".join(parts[1][from_:to])
        old += escape(gone) if kind == "equal" else Markup("<del>{}</del>").format(gone) if gone else ""
        new += escape(come) if kind == "equal" else Markup("<ins>{}</ins>").format(come) if come else ""
    return old, new


def _parts(before: str, after: str) -> tuple[list[str], list[str]] | None:
    """Two texts cut into what is compared: words, or clauses where there are many; None where there are too many."""
    for cut in (WORDS, CLAUSES):
        found = cut.findall(before), cut.findall(after)
        if max(map(len, found)) <= MOST:
            return found
    return None


def columns(rows: list[Mapping[str, Any]]) -> list[str]:
    """The columns that a table of changed rows needs, in the order of the form as far as rows show it."""
    found: list[str] = []
    for row in rows:
        place = 0
        for name in [*row["after"], *(name for name in row["before"] if name not in row["after"])]:
            if name in found:
                place = found.index(name) + 1
            else:
                found.insert(place, name)
                place += 1
    return found


def row_word(kind: str) -> dict[str, str]:
    """What became of a row: ``{label, look}``."""
    labels = {
        "added": (tk._("Added"), "open"),
        "removed": (tk._("Removed"), "bad"),
        "changed": (tk._("Altered"), "late"),
        "moved": (tk._("Moved"), ""),
    }
    label, look = labels.get(kind, (kind, ""))
    return {"label": label, "look": look}
