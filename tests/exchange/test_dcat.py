"""DCAT catalogues on loopback through the whole engine, among them those that municipalities published."""

from __future__ import annotations

import random

import pytest
from rdflib import BNode, Graph

pytestmark = pytest.mark.usefixtures("site")

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


def data_set(number: int, title: str = "") -> str:
    return f"""<https://c.example/d/{number}> a dcat:Dataset ; dct:title "{title or f"第{number}号数据"}" ;
      dct:description "第{number}号数据的说明" ; dcat:keyword "数据", "第{number}号" ;
      dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
      dct:publisher [ foaf:name "交通运输局" ] ;
      dcat:distribution [ dct:title "文件" ; dcat:downloadURL <https://files.example.com/{number}.csv> ] .\n"""


def shuffled(document: bytes, kind: str) -> bytes:
    """The same graph with other labels of blank nodes and its triples in another order."""
    graph = Graph().parse(data=document, format=kind, publicID="http://relative.invalid/")
    labels: dict[BNode, BNode] = {}
    lines = [
        " ".join(
            (labels.setdefault(node, BNode()) if isinstance(node, BNode) else node).n3() for node in triple
        )
        for triple in graph
    ]
    random.Random(7).shuffle(lines)  # noqa: S311 - an order, no secret
    return ("".join(f"{line} .\n" for line in lines)).encode()


@pytest.fixture
def serve(source):
    def put(body: str | bytes, kind: str = "text/turtle") -> None:
        source.type = kind
        source.body = body if isinstance(body, bytes) else (PREFIXES + body).encode()

    return put


@pytest.fixture
def point(source, make_point) -> str:
    return make_point(source.url, kind="dcat")


def all_of(*numbers: int) -> str:
    return "".join(data_set(number) for number in numbers)


def test_data_sets_become_entries_and_a_second_run_writes_nothing(serve, point, harvest, entries):
    serve(all_of(1, 2, 3))
    run = harvest(point)
    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 3, 0)
    entry = entries(point)["https://c.example/d/1"]
    assert (entry["title"], entry["open_type"], entry["provider_unit"]) == ("第1号数据", "1", "交通运输局")

    again = harvest(point)
    serve(shuffled((PREFIXES + all_of(1, 2, 3)).encode(), "turtle"), "application/n-triples")
    other = harvest(point)

    assert (again["counts"]["unchanged"], again["writes"]) == (3, 0)
    assert (other["counts"]["unchanged"], other["writes"]) == (3, 0)


def test_a_changed_title_is_an_update_of_the_same_entry(serve, point, harvest, entries):
    serve(all_of(1, 2, 3, 4))
    harvest(point)
    before = entries(point)
    serve(all_of(2, 3, 4) + data_set(1, "改了名的数据"))

    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["unchanged"], run["counts"]["create"]) == (1, 3, 0)
    after = entries(point)
    assert after["https://c.example/d/1"]["title"] == "改了名的数据"
    assert {guid: entry["id"] for guid, entry in after.items()} == {
        guid: entry["id"] for guid, entry in before.items()
    }
    kept = [[file["id"] for file in found["https://c.example/d/1"]["resources"]] for found in (before, after)]
    assert kept[0] == kept[1]


def test_pages_are_one_catalogue(source, make_point, harvest, entries):
    pages = {"/data.json": all_of(1, 2) + "<> a hydra:PagedCollection ; hydra:next </two> .", "/two": all_of(3)}

    def answer(handler):
        body = (PREFIXES + pages[handler.path]).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/turtle")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    source.answer = answer
    point = make_point(source.url, kind="dcat")
    harvest(point)
    pages["/two"] = all_of(3, 4)

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["unchanged"]) == (1, 3)
    assert len(entries(point)) == 4


def test_a_data_set_without_identity_is_rejected_with_a_reason(serve, point, harvest):
    serve(all_of(1) + '[] a dcat:Dataset ; dct:title "无名" .')

    run = harvest(point)
    again = harvest(point)

    assert (run["counts"]["create"], run["counts"]["reject"]) == (1, 1)
    [problem] = [one for one in run["problems"] if one["verdict"] == "rejected"]
    assert problem["findings"][0]["slug"] == "identifier_missing"
    assert again["writes"] == 0


def test_an_empty_catalogue_is_held(serve, point, harvest, entries):
    serve(all_of(1, 2))
    harvest(point)
    serve("<https://c.example/> a dcat:Catalog .")

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("held", "empty_source")
    assert len(entries(point)) == 2


@pytest.mark.parametrize(
    ("body", "kind", "slug"),
    [
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>', "application/rdf+xml", "xml_dtd"),
        (b'{"@context": "https://elsewhere.example/c.jsonld"}', "application/ld+json", "context_remote"),
        (b"<html><body>maintenance</body></html>", "text/html", "html_not_rdf"),
        (b"<rdf:RDF", "application/rdf+xml", "rdf_invalid"),
    ],
)
def test_a_document_that_means_harm_fails_the_run_and_changes_nothing(
    serve, point, harvest, entries, body, kind, slug
):
    serve(all_of(1, 2))
    harvest(point)
    serve(body, kind)

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["writes"]) == ("failed", slug, 0)
    assert len(entries(point)) == 2


@pytest.mark.parametrize(("name", "count"), [("foggia.rdf", 7), ("civitavecchia.rdf", 10)])
def test_real_catalogues_again_and_shuffled_write_nothing(
    serve, point, harvest, entries, shared_data, name, count
):
    document = (shared_data / "dcat" / name).read_bytes()
    serve(document, "application/rdf+xml")
    first = harvest(point)
    again = harvest(point)
    serve(shuffled(document, "xml"), "application/n-triples")
    other = harvest(point)

    assert (first["state"], first["counts"]["create"], first["counts"]["reject"]) == ("done", count, 0)
    assert (again["writes"], other["writes"], other["counts"]["unchanged"]) == (0, 0, count)
    assert {entry["license_id"] for entry in entries(point).values()} == {"cc-by"}


def test_identity_of_a_real_data_set_survives_a_changed_title(serve, point, harvest, entries, shared_data):
    document = (shared_data / "dcat" / "foggia.rdf").read_text(encoding="utf-8")
    serve(document.encode(), "application/rdf+xml")
    harvest(point)
    before = entries(point)
    serve(document.replace("Elenco Matrimoni Residenti Foggia", "Matrimoni").encode(), "application/rdf+xml")

    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["create"], run["counts"]["missing"]) == (1, 0, 0)
    after = entries(point)
    assert {guid: (entry["id"], entry["name"]) for guid, entry in after.items()} == {
        guid: (entry["id"], entry["name"]) for guid, entry in before.items()
    }
