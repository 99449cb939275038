"""Triples of one document on disk: any rdflib parser writes into it, one dataset at a time is read out of it.

A graph in memory takes about 1 kB a triple, a catalogue of 20,000 data sets has half a million of them. On disk they
take no memory, and what does not lie near a data set is never looked at.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rdflib.store import Store
from rdflib.term import BNode, Identifier, Literal, URIRef

from ckanext.govshare.harvesters import refusals
from ckanext.govshare.harvesters.refusals import FetchRefused

MAX_TRIPLES = 5_000_000
MAX_READ = 20_000_000
"""Triples read out again: several times what a document may hold, for nodes that many data sets share."""
BATCH = 2000


class Term(NamedTuple):
    """A node: ``kind`` is ``u`` (address), ``b`` (blank) or ``l`` (text, with its language)."""

    kind: str
    value: str
    language: str = ""


class Triples(Store):
    """A store that is written once and read afterwards.

    :param path: of the file; a new one, or one that was written before
    :param seconds: for which a parser may write
    :param told: called now and then while it does; may raise, which ends it
    """

    def __init__(
        self,
        path: Path,
        seconds: float = 600,
        told: Callable[[], None] = lambda: None,
        limit: int = MAX_TRIPLES,
    ):
        super().__init__()
        self._base = sqlite3.connect(path)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("CREATE TABLE IF NOT EXISTS triple (s TEXT, p TEXT, o TEXT)")
        self._waiting: list[tuple[str, str, str]] = []
        self._told = told
        self._limit = limit
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._read = 0
        self.count = 0

    def add(self, triple: Any, context: Any = None, quoted: bool = False) -> None:
        """Take a triple of a parser.

        :raises FetchRefused: too many, or too slow
        """
        self.count += 1
        if self.count > self._limit:
            raise FetchRefused(
                "too_many_triples",
                f"来源文件的三元组超过 {self._limit} 个，请分页发布。",
                f"The document has more than {self._limit} triples: publish it in pages.",
            )
        self._waiting.append((_text(triple[0]), _storable(str(triple[1])), _text(triple[2])))
        if len(self._waiting) >= BATCH:
            self._flush()
            self.check()

    def check(self) -> None:
        """Parsing goes on only for so long, and as long as nobody minds.

        :raises FetchRefused: too slow
        """
        self._told()
        if time.monotonic() > self._deadline:
            raise refusals.too_slow(self._seconds)

    def bind(self, prefix: str, namespace: URIRef, override: bool = True) -> None:
        """Prefixes are of no use here."""

    def namespace(self, prefix: str) -> URIRef | None:
        """No prefix is known."""

    def prefix(self, namespace: URIRef) -> str | None:
        """No prefix is known."""

    def namespaces(self) -> Iterator[tuple[str, URIRef]]:
        """No prefix is known."""
        return iter(())

    def finish(self) -> None:
        """All triples are there: make them readable."""
        self._flush()
        self._base.execute("CREATE INDEX IF NOT EXISTS triple_s ON triple (s)")
        self._base.commit()

    def close(self, commit_pending_transaction: bool = False) -> None:
        """Close the file."""
        self._base.close()

    def of(self, subject: Term, most: int) -> list[tuple[str, Term]]:
        """What is said of a node: predicates and objects, each once.

        :param most: no more than this many
        :raises FetchRefused: the same nodes are needed again and again, beyond reason
        """
        asked = "SELECT DISTINCT p, o FROM triple WHERE s = ? LIMIT ?"
        rows = self._base.execute(asked, (_stored(subject), most)).fetchall()
        self._read += len(rows)
        if self._read > MAX_READ:
            raise FetchRefused(
                "graph_entangled",
                "来源文件中大量数据集引用同一个过大的节点，无法读取；请在来源系统检查。",
                "Many data sets of the document refer to one huge node, which cannot be read: check it at the source.",
            )
        return [(p, _term(o)) for p, o in rows]

    def subjects(self, predicate: str, value: str) -> Iterator[Term]:
        """Nodes of which a predicate says that address, each once, in a fixed order but for blank ones."""
        wanted = (predicate, _stored(Term("u", value)))
        rows = self._base.execute("SELECT DISTINCT s FROM triple WHERE p = ? AND o = ? ORDER BY s", wanted)
        return (_term(s) for (s,) in rows)

    def _flush(self) -> None:
        self._base.executemany("INSERT INTO triple VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()


def _text(node: Identifier) -> str:
    if isinstance(node, Literal):
        return _stored(Term("l", str(node), (node.language or "").lower()))
    return _stored(Term("b" if isinstance(node, BNode) else "u", str(node)))


def _stored(term: Term) -> str:
    if term.kind == "l":
        return "l" + json.dumps([term.value, term.language])
    return term.kind + _storable(term.value)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _term(text: str) -> Term:
    if text[0] == "l":
        return Term("l", *json.loads(text[1:]))
    return Term(text[0], text[1:])
