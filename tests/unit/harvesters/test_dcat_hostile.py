"""Documents of linked data that mean harm, or are merely broken: each ends in a named reason and opens nothing else."""

from __future__ import annotations

import json
import socket

import pytest
from dcat_documents import fetched, turtle

from ckanext.govshare.harvesters import dcat_parse, dcat_record, dcat_triples
from ckanext.govshare.harvesters.http import FetchRefused

RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#" '
    'xmlns:dct="http://purl.org/dc/terms/">{}</rdf:RDF>'
)
DATASET = '<dcat:Dataset rdf:about="https://c.example/1"><dct:title>{}</dct:title></dcat:Dataset>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.fixture
def connections(monkeypatch):
    """Where this process connected to."""
    seen = []
    connect = socket.socket.connect

    def noted(self, address):
        seen.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return seen


@pytest.fixture
def look(server, session, point, tmp_path):
    def run(body, kind, path="/c", **settings):
        url = server.says(path, body if isinstance(body, bytes) else body.encode(), Content_Type=kind)
        return fetched(url, session(max_bytes=1 << 26), point, tmp_path, **settings)[1]

    return run


def slug(look, body, kind, **how):
    with pytest.raises(FetchRefused) as caught:
        look(body, kind, **how)
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.message_zh)
    return caught.value.slug


XML = {
    "billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}]>' + RDF.format(DATASET.format("&l9;")),
    "quadratic blowup": f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]>' + RDF.format(DATASET.format("&a;" * 999)),
    "external entity": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + RDF.format(DATASET.format("&a;")),
    "external entity by http": '<!DOCTYPE r [<!ENTITY a SYSTEM "{url}">]>' + RDF.replace("{}", "&a;"),
    "external definition": '<!DOCTYPE r SYSTEM "{url}">' + RDF.replace("{}", ""),
    "public definition": '<!DOCTYPE r PUBLIC "-//X//Y" "{url}">' + RDF.replace("{}", ""),
    "parameter entity": '<!DOCTYPE r [<!ENTITY % a SYSTEM "{url}"> %a;]>' + RDF.replace("{}", ""),
    "harmless entity": '<!DOCTYPE r [<!ENTITY a "b">]>' + RDF.format(DATASET.format("&a;")),
    "after a comment": "<!-- x -->\n" + '<!DOCTYPE r [<!ENTITY a "b">]>' + RDF.format(""),
}


@pytest.mark.parametrize("name", XML)
def test_definitions_and_entities_of_xml_are_refused_and_never_opened(look, server, connections, name):
    trap = server.says("/trap", b"<!ENTITY b 'c'>")
    document = '<?xml version="1.0"?>\n' + XML[name].replace("{url}", trap)
    assert slug(look, document, "application/rdf+xml") == "xml_dtd"
    assert slug(look, document.encode("utf-16"), "application/rdf+xml") == "xml_dtd"
    assert slug(look, document, "text/turtle") == "xml_dtd"
    assert {address[1] for address in connections} == {server.port}
    assert not any("/trap" in request for request in server.requests)


CONTEXTS = {
    "an address": {"@context": "{url}"},
    "in a list": {"@context": [{"a": "urn:a"}, "{url}"]},
    "in a list of lists": {"@context": [[["{url}"]]]},
    "in a node": {"@context": {}, "@graph": [{"@context": "{url}"}]},
    "in a term": {"@context": {"a": {"@id": "urn:a", "@context": "{url}"}}},
    "in a context": {"@context": {"@context": "{url}"}},
    "imported": {"@context": {"@version": 1.1, "@import": "{url}"}},
    "imported in a list": {"@context": [{"@import": "{url}"}]},
    "relative": {"@context": "context.jsonld"},
    "a file": {"@context": "file:///etc/passwd"},
    "like a known one": {"@context": "http://evil.example/project-open-data.cio.gov/v1.1/schema/catalog.jsonld"},
    "in a reverse property": {"@reverse": {"urn:a": [{"@context": "{url}"}]}},
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_contexts_elsewhere_are_refused_and_never_fetched(look, server, connections, name):
    trap = server.says("/trap", b'{"@context": {}}', Content_Type="application/ld+json")
    document = json.dumps(CONTEXTS[name]).replace("{url}", trap)
    assert slug(look, document, "application/ld+json") == "context_remote"
    assert {address[1] for address in connections} == {server.port}
    assert not any("/trap" in request for request in server.requests)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_context_of_which_there_is_a_copy_is_answered_from_it(look, server, scheme):
    document = {
        "@context": f"{scheme}://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dataset": [
            {
                "@type": "dcat:Dataset", "title": "Stops", "identifier": "T-1", "accessLevel": "non-public",
                "keyword": ["bus"], "publisher": {"@type": "org:Organization", "name": "Transport"},
                "distribution": [{"@type": "dcat:Distribution", "downloadURL": "https://a.gov/1.csv",
                    "mediaType": "text/csv"}],
            },
        ],
    }  # fmt: skip
    [record] = look(json.dumps(document), "application/ld+json")
    assert record.guid == "T-1"
    assert record.data["access_rights"] == "non-public"
    assert (record.data["publisher"], record.data["keyword"]) == ("Transport", ["bus"])
    assert record.data["distribution"] == [{"url": "https://a.gov/1.csv", "mimetype": "text/csv", "format": "text/csv"}]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        ("<http://169.254.169.254/latest/meta-data>", "address_refused"),
        ("<http://localhost/c>", "next_page_elsewhere"),
        ("<http://127.0.0.1:1/c>", "next_page_elsewhere"),
        ("<//other.example/c>", "next_page_elsewhere"),
        ("<https://127.0.0.1:8443/c>", "next_page_elsewhere"),
        ('"file:///etc/passwd"', "scheme_refused"),
        ('"ftp://127.0.0.1/c"', "scheme_refused"),
        ('"http://user:secret@127.0.0.1/c"', "userinfo_refused"),
        ('"http://2130706433/c"', "url_invalid"),
        ('"http://127.0.0.1/\\u0000"', "url_invalid"),
    ],
)
def test_next_pages_elsewhere_are_refused(look, server, following, expected):
    body = f"<https://c.example/1> a dcat:Dataset . <> a hydra:PagedCollection ; hydra:next {following} ."
    assert slug(look, turtle(body), "text/turtle") == expected
    assert len(server.requests) == 1


def test_a_next_page_that_redirects_to_a_forbidden_address_is_refused(look, server):
    server.says("/next", status="302 Found", Location="http://169.254.169.254/latest")
    body = "<https://c.example/1> a dcat:Dataset . <> a hydra:PagedCollection ; hydra:next <next> ."
    assert slug(look, turtle(body), "text/turtle") == "address_refused"


BROKEN = {
    "no xml": ("<rdf:RDF", "application/rdf+xml"),
    "cut off xml": (RDF.format(DATASET.format("x"))[:-20], "application/rdf+xml"),
    "undeclared prefix": ("<rdf:RDF xmlns:rdf='urn:a'><x:y/></rdf:RDF>", "application/rdf+xml"),
    "undefined entity": (RDF.format(DATASET.format("&a;")), "application/rdf+xml"),
    "unknown encoding": ("<?xml version='1.0' encoding='x-none'?>" + RDF.format(""), "application/rdf+xml"),
    "broken attributes": (RDF.format('<dcat:Dataset rdf:about="a" rdf:ID="b"/>'), "application/rdf+xml"),
    "no turtle": ("@prefix a: <b> . a:b c:d a:e .", "text/turtle"),
    "cut off turtle": ("@prefix a: <b> . a:b a:c \"", "text/turtle"),
    "deep turtle": ("@prefix a: <b> . a:b a:c " + "[ a:c " * 5000 + "]" * 5000 + " .", "text/turtle"),
    "formula": ("{ <a> <b> <c> } <d> <e> .", "text/turtle"),
    "no n-triples": ("<a> <b> .\n", "application/n-triples"),
    "endless line": ("<http://a/b> <http://c/d> \"" + "x" * 3_000_000, "application/n-triples"),
    "not utf-8": ("<http://a/b> <http://c/d> \"\xe9\" .\n".encode("latin-1"), "application/n-triples"),
    "no json": ("{", "application/ld+json"),
    "deep json": ('{"a":' * 5000 + "1" + "}" * 5000, "application/ld+json"),
    "deep list": ("[" * 50_000, "application/ld+json"),
    "long number": ('{"a": ' + "9" * 5000 + "}", "application/ld+json"),
    "latin json": ('{"a": "\xe9"}'.encode("latin-1"), "application/ld+json"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_document_that_is_not_well_formed_is_refused(look, name):
    body, kind = BROKEN[name]
    assert slug(look, body, kind) == "rdf_invalid"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"", "text/turtle", "empty"),
        (b" \n ", "text/turtle", "empty"),
        (b"<!DOCTYPE html><html></html>", "text/turtle", "html_not_rdf"),
        (b"<!-- a --><!-- b -->\n<HTML>", "application/rdf+xml", "html_not_rdf"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html/>', "application/rdf+xml", "html_not_rdf"),
        (b"<!---->" * 9000, "text/html", "rdf_invalid"),
        (b"%PDF-1.7", "application/pdf", "format_unknown"),
        (b"a,b\n1,2\n", "text/csv", "format_unknown"),
    ],
)
def test_what_is_no_linked_data_is_named(look, body, kind, expected):
    assert slug(look, body, kind) == expected


def test_too_many_triples_are_refused(look, monkeypatch):
    monkeypatch.setattr(dcat_triples.Triples.__init__, "__defaults__", (600, lambda: None, 100))
    body = "".join(f"<urn:{number}> a dcat:Dataset .\n" for number in range(101))
    assert slug(look, turtle(body), "text/turtle") == "too_many_triples"


@pytest.mark.parametrize("kind", ["application/rdf+xml", "text/turtle", "application/n-triples"])
def test_parsing_has_an_end(look, session, monkeypatch, kind):
    monkeypatch.setattr(dcat_triples, "BATCH", 10)
    later = dcat_triples.Triples.__init__

    def late(self, *given, **named):
        later(self, *given, **named)
        self._deadline = 0.0

    monkeypatch.setattr(dcat_triples.Triples, "__init__", late)
    lines = "".join(f"<urn:{number}> <urn:p> <urn:o> .\n" for number in range(50))
    assert slug(look, RDF.format("") if "xml" in kind else lines, kind) == "too_slow"


def test_a_cancel_is_heard_while_a_document_is_parsed(server, session, point, tmp_path, monkeypatch):
    class Cancelled(Exception):  # noqa: N818 - as the engine names it
        pass

    monkeypatch.setattr(dcat_triples, "BATCH", 10)
    lines = "".join(f"<urn:{number}> <urn:p> <urn:o> .\n" for number in range(50)).encode()
    asking, told = session(), []

    def hear(size):
        told.append(size)
        if len(told) > 2:
            raise Cancelled

    asking.told = hear
    with pytest.raises(Cancelled):
        fetched(server.says("/c", lines, Content_Type="text/turtle"), asking, point, tmp_path)
    assert set(told) == {len(lines)}


@pytest.mark.parametrize("kind", ["turtle", "json-ld"])
def test_a_document_that_must_be_held_in_memory_has_a_limit(look, monkeypatch, kind):
    monkeypatch.setitem(dcat_parse.MAX_WHOLE, kind, 100)
    body = turtle() if kind == "turtle" else b'{"a": "' + b"x" * 100 + b'"}'
    assert slug(look, body, "text/turtle") == "graph_too_large"


def test_a_record_of_too_many_triples_is_rejected_alone(look, monkeypatch):
    monkeypatch.setattr(dcat_record, "MOST", 50)
    words = ", ".join(f'"word {number}"' for number in range(60))
    body = f"<urn:a> a dcat:Dataset ; dcat:keyword {words} . <urn:b> a dcat:Dataset ; dct:title 'b' ."
    found = {record.guid: record for record in look(turtle(body), "text/turtle")}
    assert not found["urn:b"].findings
    assert [f.slug for record in found.values() for f in record.findings] == ["too_large"]


def test_one_huge_node_that_all_data_sets_share_is_refused(look, monkeypatch):
    monkeypatch.setattr(dcat_triples, "MAX_READ", 5000)
    names = ", ".join(f'"name {number}"' for number in range(500))
    body = f"<urn:hub> foaf:name {names} .\n"
    body += "".join(f"<urn:{number}> a dcat:Dataset ; dct:publisher <urn:hub> .\n" for number in range(50))
    assert slug(look, turtle(body), "text/turtle") == "graph_entangled"


def test_circles_and_self_references_end(look):
    body = """<urn:a> a dcat:Dataset ; dct:publisher <urn:a>, _:x ; dcat:distribution <urn:a>, _:x ; dct:title "a" .
      _:x <http://www.w3.org/ns/prov#actedOnBehalfOf> _:x ; dct:publisher _:x ; foaf:name "X" ."""
    [record] = look(turtle(body), "text/turtle")
    assert record.data["publisher"] == "X"


@pytest.mark.parametrize(
    "said",
    [
        'dcat:distribution [ dcat:byteSize "inf"^^xsd:double ]',
        'dcat:distribution "no node"',
        "dct:publisher 5",
        'dct:issued "0000-00-00"^^xsd:date',
        'dct:modified "9999999-99-99"^^xsd:dateTime',
        'dct:title "\\u0000\\uFFFF"',
        'dct:title "x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral>',
        'dct:title "<b>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML>',
        "dct:spatial [ a dct:Location ; <http://www.w3.org/ns/locn#geometry> 'POLYGON((' ]",
        "dcat:landingPage <javascript:alert(1)>",
        "dcat:contactPoint [ vcard:hasFN [ vcard:hasValue [] ] ]",
        'dct:temporal [ dcat:startDate "x" ]',
        "dcat:distribution ( 1 2 3 )",
        f'dct:description "{"x" * 500_000}"',
    ],
)
def test_odd_values_spoil_no_record(look, point, said):
    [record] = look(turtle(f'<urn:a> a dcat:Dataset ; dct:title "a" ; {said} .'), "text/turtle")
    assert record.guid == "urn:a"
    assert not record.findings
    entry = dcat_harvester().to_entry(record, point(kind="dcat")).entry
    assert "javascript" not in str(entry)


def dcat_harvester():
    from ckanext.govshare.harvesters.dcat import DcatHarvester

    return DcatHarvester()


def test_lone_surrogates_in_json_are_survived(look):
    title = '"http://purl.org/dc/terms/title": "\\ud800x"'
    document = f'{{"@id": "urn:a", "@type": "http://www.w3.org/ns/dcat#Dataset", {title}}}'
    [record] = look(document, "application/ld+json")
    assert record.guid == "urn:a"


def test_many_files_and_keywords_are_read_and_too_many_rejected_alone(look):
    def files(count):
        return ", ".join(f"[ dcat:downloadURL <https://a.gov/{n}.csv> ]" for n in range(count))

    words = ", ".join(f'"word {number}"' for number in range(40_000))
    body = f"""<urn:a> a dcat:Dataset ; dcat:distribution {files(2000)} .
      <urn:b> a dcat:Dataset ; dcat:keyword {words} . <urn:c> a dcat:Dataset ; dcat:distribution {files(8000)} ."""
    found = {record.guid: record for record in look(turtle(body), "text/turtle")}
    assert len(found.pop("urn:a").data["distribution"]) == 2000
    assert len(found.pop("urn:b").data["keyword"]) == 40_000
    assert [finding.slug for record in found.values() for finding in record.findings] == ["too_large"]
