"""Reading stored files for the scan: tables, JSON, XML, text and office documents, one value after the other.

What a file is, its bytes say first, its name second. Whatever cannot be read right (PDF, pictures, archives, encrypted
or damaged files, an unknown encoding) is not passed over in silence: the scan says so, and a person has to look at it.
Every reader streams, so that memory does not depend on the size of the file; what has to be held whole is bounded.
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import ijson

from ckanext.govshare.kernel import grid_csv, grids, scan
from ckanext.govshare.kernel.scan import WHOLE, ScanFinding, Scanner
from ckanext.govshare.kernel.scan_marks import Kind

MIB = 1024 * 1024
TABLES = grids.Limits(
    max_bytes=100 * MIB,
    max_unfolded=1024 * MIB,
    max_part=64 * MIB,
    max_rows=1_100_000,
    max_columns=scan.COLUMNS_KEPT,
    max_cells=40_000_000,
    max_seconds=1800,
)
MAX_DOCUMENT = 256 * MIB  # bytes that the text parts of an office document may unfold to
MAX_VALUE = 64 * 1024  # characters of a text that are looked at in one go
MAX_DEPTH = 200  # of JSON and XML
HEAD = 10  # rows among which the header is looked for: tables often begin with a title
DELIMITERS = ",;\t|"
DOCUMENTS = {  # the parts of a zipped office document that hold its text, and the elements that are a line of it
    ".docx": "word/",
    ".pptx": "ppt/",
    ".odt": "content.xml",
    ".ods": "content.xml",
    ".odp": "content.xml",
    ".ofd": "Doc_",
}
LINES = frozenset(("p", "h", "table-row", "TextCode"))
TABLE_NAMES = (".csv", ".tsv", ".tab")
TEXT_NAMES = (
    ".txt",
    ".md",
    ".html",
    ".htm",
    ".log",
    ".sql",
    ".jsonl",
    ".ndjson",
    ".ttl",
    ".nt",
    ".n3",
    ".rtf",
)


class UnreadError(ValueError):
    """The file is none of those that are read; the text says why, for the record."""


# What its readers raise about a foreign file, beside `UnreadError` and the refusals of `grids`.
BROKEN = (
    expat.ExpatError,
    ijson.JSONError,
    zipfile.BadZipFile,
    UnicodeError,
    csv.Error,
    EOFError,
    RecursionError,
)


@dataclass
class Scanned:
    """What a scan brought.

    :param rows: rows, records or lines that were looked at
    :param columns: names of columns, of a table or of records
    :param unread: why the file, or the rest of it, was not read; empty when it was
    """

    rows: int = 0
    columns: list[str] = field(default_factory=list)
    findings: list[ScanFinding] = field(default_factory=list)
    unread: str = ""


def scan_file(path: Path, filename: str) -> Scanned:
    """Scan a file.

    :param filename: its name; the bytes decide where they are clear
    :returns: what was found; a file that cannot be read has the finding ``unreadable``, beside what came before it
    """
    scanner, unread = Scanner(), ""
    try:
        _read(path, Path(filename).suffix.lower(), scanner)
    except UnreadError as error:
        unread = str(error)
    except grids.UnreadableError as error:
        unread = error.slug
    except BROKEN as error:
        unread = type(error).__name__
    found = scanner.findings() + ([scan.whole(Kind.UNREADABLE)] if unread else [])
    return Scanned(scanner.rows, [name for name in scanner.columns if name != WHOLE], found, unread)


def _read(path: Path, suffix: str, scanner: Scanner) -> None:
    with path.open("rb") as source:
        head = source.read(8)
    if head.startswith(b"PK"):
        return _document(path, suffix, scanner) if suffix in DOCUMENTS else _workbook(path, scanner)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(path, scanner)
    if head.startswith(b"%PDF"):
        raise UnreadError("pdf")
    readers: dict[str, Callable[[Path, Scanner], None]] = {".json": _json, ".geojson": _json, ".xml": _xml}
    readers |= {".rdf": _xml, ".kml": _xml, ".gml": _xml}
    readers |= dict.fromkeys(TABLE_NAMES, _csv) | dict.fromkeys(TEXT_NAMES, _text)
    if suffix not in readers:
        raise UnreadError(suffix.lstrip(".") or "unknown")
    return readers[suffix](path, scanner)


def _workbook(path: Path, scanner: Scanner) -> None:
    if path.stat().st_size > TABLES.max_bytes:
        raise UnreadError("too_large")
    rows = grids.read(path.read_bytes(), TABLES)
    for place, (sheet, lines) in enumerate(itertools.groupby(rows, key=lambda row: row.sheet)):
        numbered = ((row.number, [grids.text(value) for value in row.values]) for row in lines)
        _table(numbered, scanner, f"{sheet}!" if place else "")


def _text_of(path: Path) -> IO[str]:
    encoding = grid_csv.encoding_of(path)
    if encoding is None:
        raise UnreadError("encoding")
    with path.open("rb") as probe:
        if not encoding.startswith(("utf-16", "utf-32")) and b"\x00" in probe.read(MIB):
            raise UnreadError("binary")
    return path.open(encoding=encoding, newline="")


def _csv(path: Path, scanner: Scanner) -> None:
    with _text_of(path) as source:
        sample = source.read(MAX_VALUE).split("\n", 1)[0]
        delimiter = max(DELIMITERS, key=sample.count)
        source.seek(0)
        reader = csv.reader(source, delimiter=delimiter)
        try:
            _table(((number, row) for number, row in enumerate(reader, 1) if row), scanner)
        except csv.Error:  # quotes that never end, cells that are too long: its lines can still be looked at
            source.seek(0)
            _lines(source, scanner)


def _table(rows: Iterable[tuple[int, Sequence[str]]], scanner: Scanner, prefix: str = "") -> None:
    """Rows with their numbers; the header is the first that fills most of the width, and is looked at as well."""
    rows = iter(rows)
    head = list(itertools.islice(rows, HEAD))
    widths = [sum(bool(str(cell).strip()) for cell in cells) for _number, cells in head]
    header = next((place for place, width in enumerate(widths) if width * 10 >= max(widths) * 8), 0)
    scanner.header(head[header][1] if head else [], prefix)
    for place, (number, cells) in enumerate(itertools.chain(head, rows)):
        if place == header:
            for cell in cells:
                scanner.cell(WHOLE, number, str(cell)[:MAX_VALUE])
        else:
            scanner.row(number, cells)


def _text(path: Path, scanner: Scanner) -> None:
    with _text_of(path) as source:
        _lines(source, scanner)


def _lines(source: IO[str], scanner: Scanner) -> None:
    number, whole = 0, True
    while piece := source.readline(MAX_VALUE):
        number += whole
        whole = piece.endswith("\n")
        scanner.cell(WHOLE, number, piece.strip())
    scanner.rows += number


def _json(path: Path, scanner: Scanner) -> None:
    """Values by their path; the record is the element of the outermost list.

    The path is kept here: ijson's own grows with the square of the depth.
    """
    number, outermost = 0, 0
    keys: list[str] = []  # one a level: the key of a map, nothing for a list
    with path.open("rb") as source:
        if source.read(3) != b"\xef\xbb\xbf":
            source.seek(0)
        for event, value in ijson.basic_parse(source, multiple_values=True):
            if event == "map_key":
                keys[-1] = value
                continue
            if event in ("end_map", "end_array"):
                keys.pop()
                continue
            number += bool(outermost) and len(keys) == outermost
            if event in ("start_map", "start_array"):
                keys.append("")
                if event == "start_array" and not outermost:
                    outermost = len(keys)
                if len(keys) > MAX_DEPTH:
                    raise UnreadError("too_deep")
            elif event in ("string", "number"):
                name = ".".join(filter(None, keys)) or WHOLE
                scanner.cell(name, max(number, 1), str(value)[:MAX_VALUE])
    scanner.rows += max(number, 1)


class _Xml:
    """Feeds the text and attributes of XML to a scanner: by element, or whole lines of it."""

    def __init__(self, scanner: Scanner, lines: frozenset[str] = frozenset()):
        self.scanner, self.lines, self.number = scanner, lines, 0
        self.path: list[str] = []
        self.text: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.EntityDeclHandler = self.entity

    def entity(self, *_declared: Any) -> None:
        raise UnreadError("entities")  # they may unfold without end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.rpartition("}")[2])
        if len(self.path) > MAX_DEPTH:
            raise UnreadError("too_deep")
        if self.lines:
            return
        self.text.clear()
        self.number += len(self.path) == 2
        for key, value in attributes.items():
            self.scanner.cell(self.name(f"@{key.rpartition('}')[2]}"), self.number, value[:MAX_VALUE])

    def name(self, *more: str) -> str:
        return ".".join([*self.path[2:], *more]) or WHOLE

    def characters(self, text: str) -> None:
        if len(self.text) < 10_000:
            self.text.append(text)

    def end(self, name: str) -> None:
        if not self.lines or self.path[-1] in self.lines:
            self.number += bool(self.lines)
            text = "".join(self.text).strip()
            self.scanner.cell(WHOLE if self.lines else self.name(), max(self.number, 1), text[:MAX_VALUE])
            self.text.clear()
        self.path.pop()

    def parse(self, source: IO[bytes]) -> None:
        self.parser.ParseFile(source)
        self.scanner.rows += self.number


def _xml(path: Path, scanner: Scanner) -> None:
    with path.open("rb") as source:
        _Xml(scanner).parse(source)


def _document(path: Path, suffix: str, scanner: Scanner) -> None:
    """Paragraphs of a zipped office document (docx, pptx, OpenDocument, OFD)."""
    with zipfile.ZipFile(path) as archive:
        if any(part.flag_bits & 1 for part in archive.infolist()):
            raise UnreadError("encrypted")
        parts = [
            part
            for part in archive.infolist()
            if part.filename.startswith(DOCUMENTS[suffix]) and part.filename.endswith(".xml")
        ]
        if not parts:
            raise UnreadError("no_text")
        budget = MAX_DOCUMENT
        for part in parts:
            with archive.open(part) as source:
                limited = _Limited(source, budget)
                _Xml(scanner, LINES).parse(limited)
                budget = limited.left


class _Limited(io.RawIOBase):
    """A part of an archive that stops when it unfolds to more than it may, whatever its header promises."""

    def __init__(self, source: IO[bytes], left: int):
        self.source, self.left = source, left

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        :raises UnreadError: there are too many
        """
        data = self.source.read(size if size > 0 else MIB)
        self.left -= len(data)
        if self.left < 0:
            raise UnreadError("too_large")
        return data
