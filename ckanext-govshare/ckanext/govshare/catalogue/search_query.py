"""What somebody typed as a query of the index: bigrams find, words rank, synonyms and pinyin help.

Only plain words are worked out; a query that speaks Solr's language (fields, quotes, operators, wildcards) and a caller
who chose ``defType``, ``qf`` or ``mm`` get what they asked for.
"""

from __future__ import annotations

import re
from typing import Any

from ckanext.govshare.catalogue import codelists
from ckanext.govshare.kernel import finding
from ckanext.govshare.kernel.finding import Chunk

# Where a word is looked for, and what it weighs there; measured by tests/portal/test_search_relevance.py.
FIELDS = "title^8 title_words^8 tags_text^5 org_text^3 items_text^3 notes^2 about_text^0.5"
SAME = {
    "title": 5,
    "tags_text": 3,
    "items_text": 2,
    "notes": 1,
}  # of words that mean the same: few fields, for speed
ONLY_NAMES = "title^8 tags_text^5 org_text^3 items_text^2"  # for suggestions while somebody types
CHOSEN = ("defType", "qf", "mm")
SLOP = 1  # characters that may stand between those of a short chunk
WORDS_FROM = 4  # characters from which a chunk may be several words, which may stand apart
TIE = "0.2"
NOTHING = "+*:* -*:*"  # what answers a query of signs only
_FIELDED = re.compile(r"(?:^|[\s(+\-!])[A-Za-z_][\w.]*:")
_SYNTAX = re.compile(r'["()\[\]{}^~*?\\]|(?:^|\s)[+\-!]\S|&&|\|\||\b(?:AND|OR|NOT)\b')


def prepared(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of ``package_search`` with the query worked out; others stay as they are.

    :param params: ``q`` and what else the caller gave
    """
    query = str(params.get("q") or "").strip()
    if not query or query == "*:*" or any(params.get(name) for name in CHOSEN) or _FIELDED.search(query):
        return params
    said = {**params, "defType": "edismax", "qf": FIELDS, "mm": "100%", "tie": params.get("tie") or TIE}
    if _SYNTAX.search(query):
        # A colon that names no field is a colon, and no field of that name is looked for.
        return {**said, "q": query.replace(":", r"\:")}
    wanted = finding.chunks(query, codelists.synonyms())
    return {**said, "q": solr(wanted) if wanted else NOTHING}


def typed(wanted: list[Chunk]) -> dict[str, str]:
    """Parameters of ``package_search`` for what somebody is typing: the last word may be the beginning of one.

    :param wanted: the chunks so far
    """
    *before, last = wanted
    clause = _clause(last)
    if last.text.isascii() and last.text.isalnum():
        clause += f" OR {last.text}*"
    query = " ".join(filter(None, (solr(before), f"+({clause})")))
    return {"q": query, "defType": "edismax", "qf": ONLY_NAMES, "mm": "100%", "tie": TIE}


def solr(wanted: list[Chunk]) -> str:
    """A query that every chunk has to answer."""
    return " ".join(f"+({_clause(chunk)})" for chunk in wanted)


def _clause(chunk: Chunk) -> str:
    """A chunk: its own words weigh most, then what means the same, then what sounds like it."""
    if chunk.is_code:
        return f'name:"{chunk.text.replace("/", "-")}"^10 OR text:"{chunk.text}"'
    ways = [f'"{chunk.text}"~{SLOP}^2']
    if chunk.is_chinese and len(chunk.text) >= WORDS_FROM:
        ways.append(f"all_words:{chunk.text}")
    ways += [f'{field}:"{word}"^{weight}' for word in chunk.same for field, weight in SAME.items()]
    if chunk.core:
        ways.append(f'"{chunk.core}"~{SLOP}^0.5')
        if chunk.is_chinese and len(chunk.core) >= WORDS_FROM:
            ways.append(f"all_words:{chunk.core}^0.3")
    ways += [f'pinyin:"{" ".join(reading)}"^3' for reading in chunk.readings]
    if chunk.initials:
        ways.append(f'initials:"{chunk.text}"^3')
    return " OR ".join(ways)
