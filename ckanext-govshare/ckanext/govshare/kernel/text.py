"""Text from outside made fit to store and compare: control characters, blanks, titles, empty words."""

from __future__ import annotations

import re
import unicodedata

# What people and systems write when they have nothing to say. 编制指南 templates demand 无 in empty cells.
_NOTHING = frozenset(
    ["无", "没有", "不详", "暂无", "空", "none", "null", "nil", "n/a", "na", "tbd", "undefined"]
)
_MARKS = re.compile(r"[\s\-—–_/\\.。·?？*]+")
_BLANKS = re.compile(r"\s+")
_LINE_BLANKS = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")
# Invisible: zero-width and direction marks, byte order mark. They make false duplicates and reversed names.
_INVISIBLE = frozenset(
    map(chr, [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)])
)
# Full-width punctuation is right in Chinese text, where NFKC would turn it into ASCII.
_KEPT_WIDE = frozenset("！（），：；？～＂＇－／％＋＝＜＞［］｛｝＃＆＊＠｜＼＿＾｀＄")


def blank(value: object) -> bool:
    """Whether a field says nothing: None, empty, only marks, or a word such as 无 or ``None``."""
    if value is None:
        return True
    if not isinstance(value, str):
        return not value and value != 0
    text = value.strip()
    return not text or _MARKS.fullmatch(text) is not None or text.casefold() in _NOTHING


def clean(value: str) -> str:
    """One line of text: control, invisible and broken characters gone, blanks collapsed, NFC."""
    return _BLANKS.sub(" ", _visible(value, keep="\t\n\r")).strip()


def clean_block(value: str) -> str:
    """Text of several lines: as `clean`, but lines and paragraphs stay."""
    text = _visible(value.replace("\r\n", "\n").replace("\r", "\n"), keep="\t\n")
    lines = (_LINE_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def normal_title(value: str) -> str:
    """A title as it is stored: NFKC but for full-width punctuation, one line, no stray blanks (V19)."""
    return "".join(
        char if char in _KEPT_WIDE else unicodedata.normalize("NFKC", char) for char in clean(value)
    ).strip()


def title_key(value: str) -> str:
    """What two titles have in common that a reader takes for the same: NFKC, no blanks, no case (V19)."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", clean(value))).casefold()


def damaged(value: str) -> bool:
    """Whether the text carries NUL, a broken surrogate or the mark of a replaced one."""
    return any(char == "\x00" or char == "\ufffd" or "\ud800" <= char <= "\udfff" for char in value)


def _visible(value: str, keep: str) -> str:
    kept = (
        char
        for char in value
        if char in keep or (char not in _INVISIBLE and unicodedata.category(char) not in ("Cc", "Cs"))
    )
    return unicodedata.normalize("NFC", "".join(kept))
