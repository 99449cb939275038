"""Pinyin as people type it to find Chinese words: whole (gongjiao), and by first letters (gjzd). Pure.

Standards: 《汉语拼音方案》; without tones, ü as v, as keyboards have it (GB/T 34947).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from pypinyin import lazy_pinyin, pinyin_dict
from pypinyin.contrib.tone_convert import to_normal

MOST_SPLITS = 6  # readings of one run of letters that are looked for
MOST_ENDINGS = 30  # syllables that an unfinished last one may become
LONGEST = 6  # letters of a syllable: zhuang
LEAST_INITIALS, MOST_INITIALS = 3, 10
# No syllable begins with i, u or v: a run of letters that has one of them is nobody's first letters.
INITIALS = re.compile(f"[a-hj-tw-z]{{{LEAST_INITIALS},{MOST_INITIALS}}}")
_RUN = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|(?P<other>[a-z0-9]+)")


class Sound(NamedTuple):
    """How a piece of a text is read: a character and its syllable, or a run of letters and digits and itself."""

    start: int
    end: int
    syllable: str


@cache
def syllables() -> frozenset[str]:
    """Every syllable that a Chinese character of the dictionary has, without tone."""
    readings = {reading for text in pinyin_dict.pinyin_dict.values() for reading in text.split(",")}
    found = {to_normal(reading).replace("ü", "v") for reading in readings}
    return frozenset(one for one in found if re.fullmatch("[a-z]{2,6}|[aeo]", one))


def sounds(text: str) -> list[Sound]:
    """How a text is read, piece by piece; what is neither Chinese, letter nor digit is left out.

    :param text: simplified, in small letters (`finding.fold`)
    """
    found: list[Sound] = []
    for run in _RUN.finditer(text):
        if run["other"]:
            found.append(Sound(run.start(), run.end(), run["other"]))
            continue
        read = _read(run["han"])
        if len(read) == len(run["han"]):
            places = range(run.start(), run.end())
            found += [Sound(place, place + 1, one) for place, one in zip(places, read, strict=True)]
    return found


@lru_cache(maxsize=20_000)  # words of departments and items repeat from entry to entry
def _read(characters: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(characters, errors=lambda unknown: list(unknown)))


def spelled(text: str) -> str:
    """The syllables of a text, separated by blanks: ``cheng qu gong jiao zhan dian``."""
    return " ".join(sound.syllable for sound in sounds(text))


def initials(text: str) -> str:
    """The first letters of its characters, digits whole: ``cqgjzd``, ``12345rx``."""
    return "".join(
        sound.syllable if sound.syllable.isdecimal() else sound.syllable[:1] for sound in sounds(text)
    )


def sort_key(text: str) -> str:
    """A key that sorts titles as a Chinese dictionary does: digits and letters first, then by syllables."""
    return f"{spelled(text)} {text}".strip()


def splits(letters: str, unfinished: bool = False) -> list[tuple[str, ...]]:
    """The ways to read a run of letters as syllables, fewest syllables first; none where it is no pinyin.

    :param letters: small letters, as typed
    :param unfinished: the last syllable may be the beginning of one, as while somebody types
    """
    found = sorted(_split(letters), key=len)
    if not found and unfinished:
        found = sorted(_split_unfinished(letters), key=len)
    return found[: MOST_ENDINGS if unfinished else MOST_SPLITS]


def _split(letters: str) -> Iterator[tuple[str, ...]]:
    """Every way; a run longer than a title in syllables is none."""
    if not letters.isascii() or not letters.isalpha() or len(letters) > 60:
        return
    known = syllables()
    ways: list[list[tuple[str, ...]]] = [[()]] + [[] for _ in letters]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - LONGEST), end):
            if letters[start:end] in known:
                ways[end] += [(*way, letters[start:end]) for way in ways[start]]
        ways[end] = sorted(ways[end], key=len)[: MOST_SPLITS * 2]
    yield from ways[-1]


def _split_unfinished(letters: str) -> Iterator[tuple[str, ...]]:
    for cut in range(len(letters) - 1, max(-1, len(letters) - LONGEST), -1):
        begun = letters[cut:]
        endings = sorted(one for one in syllables() if one.startswith(begun))
        for way in [()] if cut == 0 else sorted(_split(letters[:cut]), key=len)[:1]:
            yield from ((*way, ending) for ending in endings)
        if endings:
            return
