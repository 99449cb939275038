"""The kind `dcat` before the engine: formats, pages, identity, and sameness of what means the same."""

from __future__ import annotations

import pytest
from dcat_documents import DATASET, HARVESTER, digests, fetched, shuffled, turtle

from ckanext.govshare.harvesters import dcat
from ckanext.govshare.harvesters.base import FetchState
from ckanext.govshare.harvesters.dcat_parse import kind_of
from ckanext.govshare.harvesters.http import FetchRefused

FORMATS = {
    "turtle": "text/turtle",
    "xml": "application/rdf+xml",
    "nt": "application/n-triples",
    "json-ld": "application/ld+json",
}


@pytest.fixture
def look(server, session, point, tmp_path):
    """Serve documents by path, and read from the first."""
    count = 0

    def run(*pages, before=None, kind="text/turtle", **settings):
        nonlocal count
        count += 1
        urls = [
            server.says(f"/page{number}", body, Content_Type=kind)
            for number, body in enumerate(pages)
        ]  # fmt: skip
        return fetched(urls[0], session(max_bytes=1 << 24), point, tmp_path / f"run{count}", before, **settings)

    return run


def slug(look, *pages, **how):
    with pytest.raises(FetchRefused) as caught:
        look(*pages, **how)
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.message_zh)
    return caught.value.slug


def test_a_data_set_is_read(look):
    _, [record] = look(turtle())
    assert record.guid == "https://c.example/d/1"
    files = record.data.pop("distribution")
    assert record.data == {
        "uri": "https://c.example/d/1", "identifier": "id-1", "title": "站点", "description": "公交站点",
        "keyword": ["公交"], "theme": ["TRAN"], "issued": "2025-01-02", "modified": "2026-01-02T03:04:05+08:00",
        "frequency": "MONTHLY", "access_rights": "PUBLIC", "license": "https://creativecommons.org/licenses/by/4.0",
        "page": "https://c.example/p/1", "publisher": "交通运输局", "contact": "张三",
    }  # fmt: skip
    assert sorted(file["url"] for file in files) == [
        "https://c.example/1.csv", "https://c.example/3.xlsx", "https://c.example/api"]  # fmt: skip
    assert {file.get("mimetype") for file in files} == {"text/csv", "application/vnd.ms-excel", None}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("to", FORMATS)
def test_order_labels_and_format_mean_nothing(look, to, seed):
    _, before = look(turtle())
    _, after = look(shuffled(turtle(), "turtle", to, seed), kind=FORMATS[to])
    assert digests(after) == digests(before)


def test_twin_blank_nodes_and_several_values_are_read_the_same_every_time(look):
    body = """<https://c.example/d/2> a dcat:Dataset ; dct:title "b", "a", "c" ; dct:description "x", "y" ;
      dct:publisher [ foaf:name "Z" ], [ foaf:name "A" ], [ foaf:name "A" ], <https://c.example/org> ;
      dct:issued "2025-01-01", "2024-01-01" ; dcat:distribution [ dct:title "t" ], [ dct:title "t" ],
      [ dcat:accessURL <https://c.example/z>, <https://c.example/a> ] ."""
    seen = {
        str(digests(look(shuffled(turtle(body), "turtle", "nt", seed), kind="application/n-triples")[1]))
        for seed in range(8)
    }
    assert len(seen) == 1


@pytest.mark.parametrize("to", FORMATS)
def test_content_decides_where_the_type_is_wrong_or_silent(look, to):
    for kind in ("application/octet-stream", "text/plain", "text/html"):
        _, [record] = look(shuffled(turtle(), "turtle", to), kind=kind)
        assert record.data["title"] == "站点"


@pytest.mark.parametrize(
    ("head", "kind", "url", "expected"),
    [
        (b"<http://a.b/c> a <http://d.e/f> .", "", "/x", "turtle"),
        (b"<http://a.b/c> <http://d.e/f> 'x' .", "text/turtle", "/x", "turtle"),
        (b"<a> a <b> .", "text/turtle", "/x", "turtle"),
        (b"<a xmlns='b'/>", "application/xml", "/x", "xml"),
        (b"<?xml version='1.0'?><rdf:RDF/>", "text/turtle", "/x", "xml"),
        (b"<rdf:RDF/>", "", "/x.ttl", "xml"),
        (b'\xef\xbb\xbf {"a": 1}', "", "/x", "json-ld"),
        (b'[ {"a": 1}]', "text/plain", "/x", "json-ld"),
        (b"[] a <b> .", "", "/x", "turtle"),
        (b"# remark\n@prefix a: <b> .", "", "/x", "turtle"),
        (b"_:a <http://b> _:c .\n", "", "/x", "nt"),
        (b"whatever", "application/n-triples", "/x", "nt"),
        (b"whatever", "", "/x.rdf?y=1", "xml"),
    ],
)
def test_the_format_is_told(tmp_path, head, kind, url, expected):
    (tmp_path / "x").write_bytes(head)
    assert kind_of(tmp_path / "x", kind, f"https://a.gov{url}") == expected


def test_an_unchanged_document_is_not_read_again(server, look):
    first, _ = look(turtle())
    state = FetchState(digest=first.digest, cursor=first.cursor)
    again, records = look(turtle(), before=state)
    assert again.not_modified
    assert records == []


def test_the_source_is_asked_whether_a_single_page_has_changed(server, session, point, tmp_path):
    url = server.says("/c", turtle(), ETag='"1"', Content_Type="text/turtle")
    first, _ = fetched(url, session(), point, tmp_path / "a")
    server.says("/c", status="304 Not Modified", ETag='"1"')
    state = FetchState(etag=first.etag, digest=first.digest, cursor=first.cursor)
    again, _ = fetched(url, session(), point, tmp_path / "b", state)
    assert again.not_modified
    assert 'If-None-Match: "1"' in server.requests[-1]
    assert again.cursor == first.cursor


def page(number, following=None, kind="hydra:PartialCollectionView", predicate="hydra:next", count=1):
    body = "".join(
        f'<https://c.example/d/{number}-{one}> a dcat:Dataset ; dct:title "{number}-{one}" .\n' for one in range(count)
    )
    if following:
        body += f"<> a {kind} ; {predicate} {following} ."
    return turtle(body)


@pytest.mark.parametrize("kind", ["hydra:PartialCollectionView", "hydra:PagedCollection"])
@pytest.mark.parametrize("predicate", ["hydra:next", "hydra:nextPage"])
@pytest.mark.parametrize("following", ["<page{}>", '"/page{}"', "</page{}#frag>"])
def test_pages_are_followed(look, kind, predicate, following):
    pages = [page(n, following.format(n + 1) if n < 2 else None, kind, predicate) for n in range(3)]
    got, records = look(*pages)
    assert sorted(record.data["title"] for record in records) == ["0-0", "1-0", "2-0"]
    assert got.cursor == {"pages": 3}


def test_of_several_pages_the_first_says_nothing_about_the_others(server, look):
    first, _ = look(page(0, "<page1>"), page(1))
    state = FetchState(etag='"1"', digest=first.digest, cursor=first.cursor)
    look(page(0, "<page1>"), page(1, count=2), before=state)
    assert not any("If-None-Match" in request for request in server.requests)


@pytest.mark.parametrize("pages", [["<page0>"], ["<page1>", "<page0>"], ["<page1>", "<page1>"]])
def test_pages_in_a_circle_end(server, look, pages):
    _, records = look(*(page(number, following) for number, following in enumerate(pages)))
    assert len(records) == len(pages)
    assert len(server.requests) == len(pages)


def test_the_same_page_under_ever_new_addresses_ends(server, look):
    counted = iter(range(1, 1000))

    def forever(connection, request):
        body = page(0, "<next>")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/turtle\r\nContent-Length: {len(body)}\r\n\r\n"
        server.does("/next", forever)
        connection.sendall(head.encode() + body)
        next(counted)

    server.does("/next", forever)
    _, records = look(page(0, "<next>"))
    assert len(records) == 1


def test_too_many_pages_are_refused(look, monkeypatch):
    monkeypatch.setattr(dcat, "MAX_PAGES", 2)
    assert slug(look, *(page(n, f"<page{n + 1}>") for n in range(4))) == "too_many_pages"


def test_a_data_set_that_slipped_onto_the_next_page_is_there_once(look):
    twice = "<https://c.example/d/9> a dcat:Dataset ; dct:title \"9\" .\n"
    first = turtle(twice + "<> a hydra:PagedCollection ; hydra:next <page1> .")
    _, records = look(first, turtle(twice + '<https://c.example/d/10> a dcat:Dataset ; dct:title "10" .'))
    assert [record.guid for record in records] == ["https://c.example/d/9", "https://c.example/d/10"]
    _, records = look(first, turtle(twice.replace('"9"', '"other"')))
    assert [finding.slug for record in records for finding in record.findings] == ["identifier_duplicate"]


@pytest.mark.parametrize(
    ("node", "identifier", "expected"),
    [
        ("<https://c.example/d/1>", '"id-1"', "https://c.example/d/1"),
        ("<urn:uuid:1>", None, "urn:uuid:1"),
        ("_:x", '"id-1"', "id-1"),
        ("[]", '"id-1"', "id-1"),
        ("<>", '"id-1"', "id-1"),
        ("<https://c.example/.well-known/genid/5>", '"id-1"', "id-1"),
        ("<d/1>", '"id-1"', "d/1"),
        ("<#one>", None, "#one"),
        ("_:x", '"b", "a"', "a"),
        ("_:x", None, None),
        ("<>", '"  "', None),
        ("_:x", "[ rdfs:label <> ]", None),
    ],
)
def test_identity_is_the_address_else_the_identifier_and_never_the_title(look, node, identifier, expected):
    said = f"dct:identifier {identifier} ; " if identifier else ""
    _, [record] = look(turtle(f'{node} a dcat:Dataset ; {said} dct:title "站点" .'))
    if expected:
        assert record.guid == expected
        assert not record.findings
    else:
        assert [finding.slug for finding in record.findings] == ["identifier_missing"]
        _, [again] = look(turtle(f'{node} a dcat:Dataset ; {said} dct:title "站点" .').replace(b"_:x", b"_:y"))
        assert again.guid == record.guid
        assert HARVESTER.to_entry(record, None).entry == {"title": "站点"}


def test_relative_addresses_of_files_lead_to_where_the_document_lies(look, server):
    body = """<d/1> a dcat:Dataset ; dct:title "x" ; dcat:landingPage <about> ;
      dct:publisher <org> ; dcat:distribution [ dcat:downloadURL <files/1.csv> ; dct:format <CSV> ] .
      <org> foaf:name "Office" ."""
    _, [record] = look(turtle(body))
    assert record.data["distribution"] == [{"url": server.url("/files/1.csv"), "format": "CSV"}]
    assert record.data["page"] == server.url("/about")
    assert record.data["publisher"] == "Office"


def test_an_empty_licence_beside_a_real_one_says_nothing(look):
    body = """<d/1> a dcat:Dataset ; dct:title "x" ;
      dct:license "", [], <https://creativecommons.org/licenses/by/4.0/> ;
      dcat:theme <>, <http://publications.europa.eu/resource/authority/data-theme/ENVI> ."""
    _, [record] = look(turtle(body))
    assert record.data["license"] == "https://creativecommons.org/licenses/by/4.0"
    assert record.data["theme"] == ["ENVI"]


def test_the_licence_of_a_file_counts_where_the_data_set_has_none(look):
    body = """<d/1> a dcat:Dataset ; dct:title "x" ;
      dcat:distribution [ dct:license <http://creativecommons.org/licenses/by/4.0/deed.zh> ] ."""
    assert look(turtle(body))[1][0].data["license"] == "http://creativecommons.org/licenses/by/4.0"


def test_a_catalogue_without_data_sets_is_empty_and_anything_else_is_none(look):
    assert look(turtle("<> a dcat:Catalog ."))[1] == []
    assert slug(look, turtle("<> a foaf:Person .")) == "dataset_missing"
    assert slug(look, b"<?xml version='1.0'?><a xmlns='urn:x'><b/></a>") == "dataset_missing"


def test_what_the_configuration_of_the_site_says_reaches_no_record(look, monkeypatch):
    from ckan.common import config

    _, before = look(turtle())
    for name, value in {
        "ckan.locale_default": "de", "ckanext.dcat.clean_tags": "true", "ckan.site_url": "https://other.example",
        "ckanext.dcat.expose_subcatalogs": "true", "ckanext.dcat.normalize_ckan_format": "false",
    }.items():  # fmt: skip
        monkeypatch.setitem(config, name, value)
    assert digests(look(turtle())[1]) == digests(before)


def test_text_in_a_language_that_does_not_count_is_no_change(look):
    _, before = look(turtle())
    _, after = look(turtle(DATASET.replace('"Stops"@en', '"Bus stops"@en')))
    assert digests(after) == digests(before)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ('"x"@en, "站点"@zh-Hans', "站点"),
        ('"x"@en, "y"', "y"),
        ('"x"@en, "y"@de', "x"),
        ('"x"@fr, "y"@de', "y"),
        ('"x"@it', "x"),
    ],
)
def test_of_several_languages_one_counts(look, titles, expected):
    _, [record] = look(turtle(f"<d/1> a dcat:Dataset ; dct:title {titles} ."))
    assert record.data["title"] == expected
