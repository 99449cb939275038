"""A document of linked data becomes triples: RDF/XML, Turtle, N-Triples or JSON-LD, and nothing else is opened for it.

Documents are parsed by rdflib, which follows what they refer to. So what could be followed is refused before: document
type definitions (with their entities) of XML, contexts of JSON-LD that are addresses, but for those of which this site
has a copy (mappings/dcat_contexts.yaml). Relative addresses are resolved against a base that no host can have, so
that they are known as such; a record is the same wherever its document lies.
"""

from __future__ import annotations

import json
import logging
import re
import xml.sax
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from xml.sax.handler import LexicalHandler, property_lexical_handler

from rdflib import Graph
from rdflib.exceptions import ParserError
from rdflib.parser import InputSource
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.parsers.ntriples import NTGraphSink, ParseError, W3CNTriplesParser
from rdflib.plugins.parsers.rdfxml import create_parser

from ckanext.govshare.harvesters.dcat_triples import Triples
from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.harvesters.refusals import FetchRefused

BASE = "http://relative.invalid/"
MAX_WHOLE = {"turtle": 64 * 1024 * 1024, "json-ld": 32 * 1024 * 1024}
"""Bytes of a document whose parser holds all of it in memory; RDF/XML and N-Triples are read piece by piece."""
MEDIA_TYPES = {
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "text/n3": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
}
EXTENSIONS = {
    ".rdf": "xml",
    ".xml": "xml",
    ".owl": "xml",
    ".ttl": "turtle",
    ".n3": "turtle",
    ".nt": "nt",
    ".jsonld": "json-ld",
    ".json": "json-ld",
}
_PIECE = 64 * 1024  # bytes, read at a time
_MAX_LINE = 1024 * 1024  # bytes of a line of N-Triples
_PROLOG = re.compile(rb"\s+|<\?[^>]*>|<!--")
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SIGNS = {
    "json-ld": re.compile(rb"\s*(?:\{|\[\s*\{)"),
    "xml": re.compile(rb"\s*<(?:\?xml|!--|!DOCTYPE|[\w.-]+:RDF\b)"),
    "turtle": re.compile(rb"\s*@?(?:prefix|base)\s", re.IGNORECASE),
}
_GUESSES = {
    "nt": re.compile(rb"\s*(?:<[^<>\s]+>|_:\S+)[ \t]+<[^<>\s]+>[ \t]+\S[^\n]*\.[ \t]*\r?\n"),
    "turtle": re.compile(rb"\s*(?:#|<[^<>\s]*>|_:|\[)"),
    "xml": re.compile(rb"\s*<[A-Za-z_]"),
}
_BROKEN = (
    xml.sax.SAXException,
    BadSyntax,
    ParseError,
    ParserError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What rdflib's parsers were seen to raise at documents that are not well formed."""

logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # warns of every date that is none, with its traceback


def parse(path: Path, content_type: str, url: str, target: Triples) -> None:
    """Read a document.

    :param content_type: as the server called it
    :param url: from where it came; its extension counts where the type says nothing
    :raises FetchRefused: no linked data, not well formed, too large, or it wants something else to be opened
    """
    kind = kind_of(path, content_type, url)
    if path.stat().st_size > MAX_WHOLE.get(kind, path.stat().st_size):
        raise _too_large_as(kind)
    graph = Graph(store=target)
    try:
        _READERS[kind](path, graph)
    except _BROKEN as error:
        raise _not_well_formed(kind) from error
    target.finish()


def kind_of(path: Path, content_type: str, url: str) -> str:
    """``xml``, ``turtle``, ``nt`` or ``json-ld``: by type, else by extension, unless the content says otherwise.

    :raises FetchRefused: nothing, a web page, or nothing that is known
    """
    with path.open("rb") as file:
        head = file.read(_PIECE).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise FetchRefused("empty", "来源返回了空内容。", "The source answers with nothing.")
    if _HTML.match(_after_prolog(head)):
        raise FetchRefused(
            "html_not_rdf",
            "来源返回的是网页，不是DCAT数据目录；请填写RDF、Turtle或JSON-LD文件本身的地址。",
            "The source answers with a web page: give the address of the RDF, Turtle or JSON-LD document itself.",
        )
    sure = next((kind for kind, sign in _SIGNS.items() if sign.match(head)), "")
    said = MEDIA_TYPES.get(content_type.partition(";")[0].strip().lower(), "")
    said = said or EXTENSIONS.get(PurePosixPath(urlsplit(url).path).suffix.lower(), "")
    if said in ("xml", "json-ld") and _GUESSES["nt"].match(head):
        said = "nt"
    kind = sure or said or next((kind for kind, guess in _GUESSES.items() if guess.match(head)), "")
    if not kind:
        raise FetchRefused(
            "format_unknown",
            "来源的格式无法识别，应为RDF/XML、Turtle、N-Triples或JSON-LD。",
            "The format is unknown: RDF/XML, Turtle, N-Triples or JSON-LD is expected.",
        )
    return kind


def _after_prolog(head: bytes) -> bytes:
    """What follows white space, comments and processing instructions."""
    place = 0
    while match := _PROLOG.match(head, place):
        place = head.find(b"-->", match.end()) + 3 if match[0] == b"<!--" else match.end()
        if place < 3:
            return b""
    return head[place : place + 100]


class _NoDefinitions(LexicalHandler):
    """Entities, inner and outer, are declared in a document type definition, which stands before everything else."""

    def startDTD(self, name: str, public_id: str | None, system_id: str | None) -> None:  # noqa: N802 - its name
        raise FetchRefused(
            "xml_dtd",
            "来源的XML含有文档类型定义（DTD）或实体，出于安全原因不予读取；请去掉后重新发布。",
            "The XML has a document type definition or entities, which are not read: publish it without.",
        )


def _read_xml(path: Path, graph: Graph) -> None:
    source = InputSource()
    source.setPublicId(BASE)
    parser = create_parser(source, graph)
    parser.setProperty(property_lexical_handler, _NoDefinitions())
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            parser.feed(piece)
            graph.store.check()
    parser.close()


class _Labels(dict[str, Any]):
    """Labels of blank nodes stay what they are within a document, and are not remembered."""

    def get(self, key: str, default: Any = None) -> str:
        return key


def _read_lines(path: Path, graph: Graph) -> None:
    parser = W3CNTriplesParser(NTGraphSink(graph), _Labels())
    left = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            whole, end, left = (left + piece).rpartition(b"\n")
            if len(left) > _MAX_LINE:
                raise ValueError("an endless line")
            parser.parsestring((whole + end).decode("utf-8-sig"))
    parser.parsestring(left.decode("utf-8-sig"))


def _read_turtle(path: Path, graph: Graph) -> None:
    with path.open("rb") as file:
        graph.parse(file, format="turtle", publicID=BASE)


def _read_json(path: Path, graph: Graph) -> None:
    to_rdf(_document(path), graph, base=BASE, version=1.1)


_READERS = {"xml": _read_xml, "turtle": _read_turtle, "nt": _read_lines, "json-ld": _read_json}


def _document(path: Path) -> Any:
    """The JSON value, with copies in the place of contexts that are known.

    :raises FetchRefused: a context is an address that is not known
    :raises ValueError: no JSON
    """
    return _local(json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=str))


def _local(value: Any) -> Any:
    if isinstance(value, list):
        return [_local(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        raise _context_refused(value["@import"])
    return {name: _context(one) if name == "@context" else _local(one) for name, one in value.items()}


def _context(value: Any) -> Any:
    if isinstance(value, list):
        return [_context(one) for one in value]
    if isinstance(value, str):
        known = _contexts().get(value.partition("//")[2])
        if known is None:
            raise _context_refused(value)
        return known
    return _local(value)


@cache
def _contexts() -> dict[str, Any]:
    return read_yaml("dcat_contexts.yaml")


def _context_refused(address: Any) -> FetchRefused:
    shown = str(address)[:100] if isinstance(address, str) else "?"
    return FetchRefused(
        "context_remote",
        f"来源的JSON-LD引用了外部上下文（@context：{shown}），出于安全原因不予读取；请把上下文写入文件本身。",
        f"The JSON-LD refers to a context elsewhere ({shown}), which is not fetched: write it into the document.",
    )


def _not_well_formed(kind: str) -> FetchRefused:
    name = {"xml": "RDF/XML", "turtle": "Turtle", "nt": "N-Triples", "json-ld": "JSON-LD"}[kind]
    return FetchRefused(
        "rdf_invalid",
        f"来源文件不是有效的{name}，请在来源系统检查后重新发布；本次不作任何更新。",
        f"The document is no valid {name}: check it at the source; nothing is updated.",
    )


def _too_large_as(kind: str) -> FetchRefused:
    name, limit = {"turtle": "Turtle", "json-ld": "JSON-LD"}[kind], MAX_WHOLE[kind] >> 20
    return FetchRefused(
        "graph_too_large",
        f"来源的{name}文件超过 {limit} MB；请分页发布，或改用RDF/XML或N-Triples。",
        f"The {name} document is larger than {limit} MB: publish it in pages, or as RDF/XML or N-Triples.",
    )
