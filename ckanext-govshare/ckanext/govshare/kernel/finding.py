"""What somebody looks for: a query taken apart into chunks, and where a text says it. Pure.

A chunk is a run of letters, Chinese characters and digits without a blank. Query and text are folded alike: width (NFKC
of a character), case, traditional to simplified characters by the file that Solr reads too. Folding keeps the number of
characters, so that places in a folded text are places in the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from ckanext.govshare.kernel import pinyin

TRADITIONAL = Path(__file__).parents[1] / "solr" / "conf" / "traditional.txt"
MOST_CHUNKS, MOST_CHARACTERS = 12, 60  # of a query, and of each of its chunks
MOST_SAME = 6  # readings of a chunk by synonyms
MOST_SAME_OF_ALL = 24
_PAIR = re.compile('"(.)" => "(.)"')
_CHUNK = re.compile(r"\d{6,}[/-]\d+|\w+(?:\.\w+)*")
_CODE = re.compile(r"\d{6,}[/-]\d+")
_LETTER = re.compile("[a-z0-9]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, eq=False)  # one in a process: what was worked out with it is kept by it (`_chunk`)
class Synonyms:
    """Words that mean the same, folded.

    :param same: groups of words
    :param departments: groups of names of departments, the full name first
    :param optional: words at the ends of a query that say nothing, longest first
    """

    same: tuple[tuple[str, ...], ...] = ()
    departments: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()

    @classmethod
    def of(cls, *documents: dict[str, list[list[str]]]) -> Synonyms:
        """Read documents of ``synonyms.yaml``, one after the other.

        :raises ValueError: a group is no list of at least two texts, or an optional word is no text
        """

        def groups(name: str) -> tuple[tuple[str, ...], ...]:
            found = []
            for group in (group for document in documents for group in document.get(name) or ()):
                if (
                    not isinstance(group, list)
                    or len(group) < 2
                    or not all(isinstance(w, str) for w in group)
                ):
                    raise ValueError(f"{name}: {group!r} is no list of words (numbers in quotes)")
                found.append(tuple(dict.fromkeys(fold(word).strip() for word in group)))
            return tuple(found)

        words = [word for document in documents for word in document.get("optional") or ()]
        if not all(isinstance(word, str) for word in words):
            raise ValueError("optional: a word is no text (numbers in quotes)")
        folded = sorted({fold(word).strip() for word in words}, key=lambda word: (-len(word), word))
        return cls(groups("same"), groups("departments"), tuple(folded))

    def names_of(self, department: str) -> list[str]:
        """Short names of one whose name ends in a full one, though it did not say so: 人社局, 市人社局."""
        plain = fold(department)
        found: list[str] = []
        for full, *others in self.departments:
            if plain.endswith(full):
                before = plain.removesuffix(full)
                found += [word for name in others for word in dict.fromkeys((name, before[-1:] + name))]
        return found


@dataclass(frozen=True)
class Chunk:
    """One thing that an entry must say.

    :param text: folded, as it was typed
    :param same: what means the same, the nearest first
    :param core: the text without words that say nothing; empty where it has none
    :param readings: the syllables that it may stand for, where it is pinyin
    :param initials: whether it may be first letters of pinyin
    """

    text: str
    same: tuple[str, ...] = ()
    core: str = ""
    readings: tuple[tuple[str, ...], ...] = ()
    initials: bool = False

    @property
    def is_code(self) -> bool:
        """Whether it has the shape of the code or the address of an entry."""
        return _CODE.fullmatch(self.text) is not None

    @property
    def is_chinese(self) -> bool:
        """Whether it has a Chinese character."""
        return _HAN.search(self.text) is not None

    def texts(self) -> tuple[str, ...]:
        """All words that answer it, its own first."""
        return (self.text, *self.same, *([self.core] if self.core else []))


@cache
def _simplified() -> dict[str, str]:
    pairs = _PAIR.findall(TRADITIONAL.read_text(encoding="utf-8"))
    return dict(pairs)


@cache
def _folded(char: str) -> str:
    wide = unicodedata.normalize("NFKC", char)
    one = wide.lower() if len(wide) == 1 else char
    one = one if len(one) == 1 else char
    return _simplified().get(one, one)


def fold(text: str) -> str:
    """Width, case and script made one; as many characters as the text has."""
    return "".join(map(_folded, text))


def chunks(query: str, synonyms: Synonyms, unfinished: bool = False) -> list[Chunk]:
    """What a query asks for: every chunk is to be found.

    :param query: plain words, as somebody typed them
    :param unfinished: it is still being typed
    """
    texts = [found.group() for found in _CHUNK.finditer(fold(query))]
    texts = list(dict.fromkeys(text[:MOST_CHARACTERS] for text in texts))[:MOST_CHUNKS]
    if len(texts) > 1:  # words that say nothing are for those who typed nothing else
        texts = [text for text in texts if text not in synonyms.optional] or texts
    each = max(1, min(MOST_SAME, MOST_SAME_OF_ALL // max(1, len(texts))))
    return [_chunk(text, synonyms, each, unfinished) for text in texts]


@lru_cache(maxsize=4096)  # people ask for the same things
def _chunk(text: str, synonyms: Synonyms, most: int, unfinished: bool) -> Chunk:
    core = _core(text, synonyms.optional)
    same = _same(text, synonyms.same)
    if core:
        same += [word for word in _same(core, synonyms.same) if word not in same]
    letters = text.replace("'", "")
    readings = tuple(pinyin.splits(letters, unfinished)) if letters.isascii() and letters.isalpha() else ()
    return Chunk(text, tuple(same[:most]), core, readings, pinyin.INITIALS.fullmatch(text) is not None)


def _core(text: str, optional: Sequence[str]) -> str:
    """The text without optional words at its ends; empty where nothing falls away, or hardly anything is left."""
    left = text
    for word in (*optional, *optional):
        if len(left) - len(word) >= 2 and left.endswith(word):
            left = left.removesuffix(word)
        elif len(left) - len(word) >= 2 and left.startswith(word):
            left = left.removeprefix(word)
    return left if left != text else ""


def _same(text: str, groups: Iterable[tuple[str, ...]]) -> list[str]:
    """The text with one of its words replaced by each that means the same; the longest word that it has counts."""
    known = [(word, group) for group in groups for word in group if _says(text, word)]
    longest = [
        pair for pair in known if not any(pair[0] != other and pair[0] in other for other, _group in known)
    ]
    found = [
        text.replace(word, other, 1)
        for word, group in sorted(longest, key=lambda pair: -len(pair[0]))
        for other in group
        if other != word
    ]
    return [one for one in dict.fromkeys(found) if one != text]


def _says(text: str, word: str) -> bool:
    """Whether a text has a word; one of letters only as a word of its own."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


def marks(text: str, wanted: Sequence[Chunk]) -> list[tuple[int, int]]:
    """Places of a text that answer a query, in order, none over another.

    The words themselves, what means the same, pinyin and first letters; where a long chunk is not there as a whole,
    its parts of two characters and more.

    :returns: pairs of first place and place behind
    """
    if not wanted:
        return []
    plain = fold(text)
    found: list[tuple[int, int]] = []
    for chunk in wanted:
        whole = [place for word in chunk.texts() for place in _places(plain, word)]
        found += whole or list(_parts(plain, chunk.core or chunk.text)) or list(_by_sound(plain, chunk))
    return _merged(found)


def _places(plain: str, word: str) -> Iterator[tuple[int, int]]:
    at = plain.find(word) if word else -1
    while at >= 0:
        if not word.isascii() or not _LETTER.match(plain, at - 1 if at else len(plain)):
            yield at, at + len(word)
            at += len(word) - 1
        at = plain.find(word, at + 1)


def _parts(plain: str, text: str) -> Iterator[tuple[int, int]]:
    """Longest pieces of a Chinese chunk that a text has."""
    start = 0
    while start < len(text) - 1:
        for end in range(len(text), start + 1, -1):
            piece = text[start:end]
            if _HAN.search(piece) and piece in plain:
                yield from _places(plain, piece)
                start = end - 1
                break
        start += 1


def _by_sound(plain: str, chunk: Chunk) -> Iterator[tuple[int, int]]:
    if not chunk.readings and not chunk.initials:
        return
    said = pinyin.sounds(plain)
    for start in range(len(said)):
        for reading in chunk.readings:
            here = said[start : start + len(reading)]
            if tuple(sound.syllable for sound in here) == reading:
                yield here[0].start, here[-1].end
        if chunk.initials:
            here = said[start : start + len(chunk.text)]
            if "".join(sound.syllable[:1] for sound in here) == chunk.text:
                yield here[0].start, here[-1].end


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
