"""Documents of DCAT catalogues, and what a fetch makes of them."""

from __future__ import annotations

import random

from rdflib import BNode, Graph

from ckanext.govshare.harvesters.base import FetchState
from ckanext.govshare.harvesters.dcat import DcatHarvester
from ckanext.govshare.kernel.digest import canonical_digest

HARVESTER = DcatHarvester()
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATASET = """
<https://c.example/d/1> a dcat:Dataset ; dct:title "站点"@zh, "Stops"@en, "Haltestellen"@de ;
  dct:description "公交站点" ; dct:identifier "id-1" ; dcat:keyword "公交"@zh, "bus"@en, "stop"@en ;
  dct:issued "2025-01-02"^^xsd:date ; dct:modified "2026-01-02T03:04:05+08:00"^^xsd:dateTime ;
  dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/MONTHLY> ;
  dcat:theme <http://publications.europa.eu/resource/authority/data-theme/TRAN> ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> ; dcat:landingPage <https://c.example/p/1> ;
  dct:publisher [ a foaf:Agent ; foaf:name "交通运输局" ] ;
  dcat:contactPoint [ vcard:fn "张三" ; vcard:hasEmail <mailto:zhangsan@c.example> ] ;
  dcat:distribution [ dct:title "一" ; dcat:downloadURL <https://c.example/1.csv> ; dcat:mediaType "text/csv" ],
    [ dct:title "二" ; dcat:accessURL <https://c.example/api> ; dct:format "JSON" ],
    <https://c.example/d/1/3> .
<https://c.example/d/1/3> a dcat:Distribution ; dcat:downloadURL <https://c.example/3.xlsx> ;
  dcat:mediaType <https://www.iana.org/assignments/media-types/application/vnd.ms-excel> .
"""


def turtle(body=DATASET):
    return (PREFIXES + body).encode()


def shuffled(document, kind, to, seed=0):
    """The same graph, its triples in another order, its blank nodes under other labels, in another format."""
    graph = Graph().parse(data=document, format=kind, publicID="http://relative.invalid/")
    triples = sorted(graph)
    random.Random(seed).shuffle(triples)  # noqa: S311 - an order, no secret
    labels = {}

    def renamed(node):
        return labels.setdefault(node, BNode(f"x{seed}y{len(labels)}")) if isinstance(node, BNode) else node

    other = Graph()
    for s, p, o in triples:
        other.add((renamed(s), p, renamed(o)))
    if to == "nt":
        lines = other.serialize(format="nt").splitlines()
        random.Random(seed).shuffle(lines)  # noqa: S311 - as above
        return "\n".join(lines).encode() + b"\n"
    return other.serialize(format=to).encode()


def fetched(url, session, point, workdir, before=None, **settings):
    """What a fetch brings, and the records in it."""
    workdir.mkdir(exist_ok=True)
    spec = point(kind="dcat", url=url, settings=settings)
    got = HARVESTER.fetch(spec, session, workdir, before or FetchState())
    return got, list(HARVESTER.records(got, spec))


def digests(records):
    return {record.guid: canonical_digest(record.data) for record in records}
