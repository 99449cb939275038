"""JSON and XML: what `measure` knows of them."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import ijson
from ijson.common import ObjectBuilder

from ckanext.govshare.catalogue.measure_base import MIB, Measured, UnknownError, measured
from ckanext.govshare.kernel import grids
from ckanext.govshare.kernel.quality import COLUMNS, Sample

MAX_JSON = 50 * MIB  # bytes; a larger JSON file is not measured
MAX_DEPTH = 200  # of lists and objects within each other


def read_json(path: Path) -> Measured:
    """Rows are the items of the outermost list, or of the first list in the outermost object.

    :raises UnknownError: it is larger than `MAX_JSON`
    """
    if path.stat().st_size > MAX_JSON:
        raise UnknownError
    try:
        return _records(path, ijson)
    except UnicodeDecodeError:  # half of a surrogate pair, which only the slow reader takes
        return _records(path, ijson.get_backend("python"))


def _records(path: Path, reader: Any) -> Measured:
    sample, keys, columns = Sample(), [], 0
    with _json_text(path) as source:
        for item in _items(reader.basic_parse(source)):
            record = _record(item)
            if sample.rows == 0:
                columns = len(item) if isinstance(item, dict | list) else 1
                keys = list(record)[:COLUMNS]
                sample.add(keys)
            if sample.wants():
                sample.add([_cell(record.get(key)) for key in keys])
            else:
                sample.skip()
    return measured(sample, sample.rows - 1, columns)


def _items(events: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """The items of the first list that is the text itself or a value of its object; reads to the end in any case.

    :raises UnknownError: it is nested deeper than `MAX_DEPTH`, or neither list nor object
    """
    depth, at, builder = 0, 0, None
    for event, value in events:
        if depth == 0 and not event.startswith("start_"):
            raise UnknownError
        opens, closes = event.startswith("start_"), event.startswith("end_")
        depth += opens - closes
        if depth > MAX_DEPTH:
            raise UnknownError
        if at == 0:
            at = depth if event == "start_array" and depth <= 2 else 0
        elif at > 0:
            if depth < at:  # the list is over; what follows is only read
                at = -1
                continue
            builder = builder or ObjectBuilder()
            builder.event(event, value)
            if depth == at:
                yield builder.value
                builder = None


def _json_text(path: Path) -> IO[bytes]:
    source = path.open("rb")
    if source.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        source.seek(0)
    return source


def _record(item: Any) -> dict[str, Any]:
    """The cells of an item by name; those of a map's feature are its properties."""
    if isinstance(item, dict):
        properties = item.get("properties")
        return properties if item.get("type") == "Feature" and isinstance(properties, dict) else item
    return {str(place): value for place, value in enumerate(item if isinstance(item, list) else [item])}


def _cell(value: Any) -> str:
    return ("…" if value else "") if isinstance(value, dict | list) else grids.text(value)


def read_xml(path: Path) -> Measured:
    """Whether it is well-formed.

    :raises UnknownError: it defines entities, which could unfold
    """

    def entity(*_: Any) -> None:
        raise UnknownError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = entity
    with path.open("rb") as source:
        parser.ParseFile(source)
    return Measured(parses=True)
