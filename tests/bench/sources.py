"""The same records in the two formats that both sides read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Record = dict[str, Any]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
 xmlns:dct="http://purl.org/dc/terms/" xmlns:foaf="http://xmlns.com/foaf/0.1/"
 xmlns:vcard="http://www.w3.org/2006/vcard/ns#">
<dcat:Catalog rdf:about="http://data.example.com/"><dct:title>目录</dct:title>
"""


@dataclass(frozen=True)
class Format:
    """A format of a catalogue.

    :param kind: kind of exchange point that reads it
    :param rival: type of harvest source that reads it
    :param media_type: what the source calls it
    :param text: records as a document
    :param settings: settings of the exchange point: DCAT of these records says nothing about access
    """

    kind: str
    rival: str
    media_type: str
    text: Callable[[list[Record]], str]
    settings: dict[str, str] = field(default_factory=dict)


def data_json(records: list[Record]) -> str:
    """Project Open Data 1.1."""
    return json.dumps({"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": records})


def rdf_xml(records: list[Record]) -> str:
    """DCAT as RDF/XML."""
    datasets = [f"<dcat:dataset>{_dataset(record)}</dcat:dataset>\n" for record in records]
    return f"{HEAD}{''.join(datasets)}</dcat:Catalog>\n</rdf:RDF>\n"


def _dataset(record: Record) -> str:
    about = f"http://data.example.com/{record['identifier']}"
    contact = record["contactPoint"]
    return "".join(
        [
            f"<dcat:Dataset rdf:about={quoteattr(about)}>",
            _text("dct:identifier", record["identifier"]),
            _text("dct:title", record["title"]),
            _text("dct:description", record["description"]),
            *(_text("dcat:keyword", word) for word in record["keyword"]),
            _text("dct:modified", record["modified"]),
            f"<dct:publisher><foaf:Organization>{_text('foaf:name', record['publisher']['name'])}"
            "</foaf:Organization></dct:publisher>",
            f"<dcat:contactPoint><vcard:Organization>{_text('vcard:fn', contact['fn'])}"
            f"<vcard:hasEmail rdf:resource={quoteattr(contact['hasEmail'])}/></vcard:Organization></dcat:contactPoint>",
            *(_distribution(about, found) for found in record["distribution"]),
            "</dcat:Dataset>",
        ]
    )


def _distribution(about: str, found: Record) -> str:
    return (
        f"<dcat:distribution><dcat:Distribution rdf:about={quoteattr(about + '/file')}>"
        f"{_text('dct:title', found['title'])}{_text('dct:format', found['format'])}"
        f"<dcat:downloadURL rdf:resource={quoteattr(found['downloadURL'])}/>"
        f"<dcat:accessURL rdf:resource={quoteattr(found['downloadURL'])}/>"
        "</dcat:Distribution></dcat:distribution>"
    )


def _text(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


FORMATS = {
    "data_json": Format("data_json", "dcat_json", "application/json", data_json),
    "dcat": Format("dcat", "dcat_rdf", "application/rdf+xml", rdf_xml, {"open_type": "1"}),
}
"""Formats by the name of their table in docs/performance.md."""
