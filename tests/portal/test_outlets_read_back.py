"""Programs of others read the catalogue: valid documents, complete, and what they say is what the catalogue holds."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import jsonschema
import pytest
import rdflib
import sqlalchemy as sa
from ckan import model
from ckanapi import RemoteCKAN
from rdflib.compare import isomorphic
from werkzeug.serving import make_server

from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.data_json import DataJsonHarvester
from ckanext.govshare.harvesters.dcat import DcatHarvester
from ckanext.govshare.portal.logic import outlets as dcat_actions
from tests.portal import outlet_city
from tests.portal.outlet_city import SEEN, TAKEN
from tests.sql import statements

DCAT, HYDRA = (
    rdflib.Namespace("http://www.w3.org/ns/dcat#"),
    rdflib.Namespace("http://www.w3.org/ns/hydra/core#"),
)
FORMATS = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld", "n3": "n3"}
TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?$"}
ADDRESS = {"type": "string", "pattern": r"^https?://[^\s<>\"]+$"}
#: What the tables of Project Open Data 1.1 ask of a data set, written from its text
#: (https://resources.data.gov/resources/dcat-us/); codes of authorities of the United States are left out.
POD = {
    "type": "object",
    "required": ["conformsTo", "dataset"],
    "properties": {
        "@type": {"const": "dcat:Catalog"},
        "@context": {"const": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld"},
        "conformsTo": {"const": "https://project-open-data.cio.gov/v1.1/schema"},
        "dataset": {"type": "array", "items": {"$ref": "#/$defs/dataset"}},
    },
    "$defs": {
        "dataset": {
            "type": "object",
            "required": [
                "title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier", "accessLevel",
            ],
            "properties": {
                "@type": {"const": "dcat:Dataset"},
                "title": TEXT, "description": TEXT, "identifier": TEXT, "spatial": TEXT,
                "modified": MOMENT, "issued": MOMENT, "landingPage": ADDRESS, "license": ADDRESS,
                "keyword": {"type": "array", "minItems": 1, "items": TEXT},
                "theme": {"type": "array", "minItems": 1, "items": TEXT, "uniqueItems": True},
                "language": {"type": "array", "items": {"pattern": "^[a-z]{2}(-[A-Z]{2})?$"}},
                "accessLevel": {"enum": ["public", "restricted public"]},
                "rights": {"type": "string", "minLength": 1, "maxLength": 255},
                "accrualPeriodicity": {"pattern": r"^(irregular|R/P(\d+[YMWD])?(T\d+[HMS])?)$"},
                "publisher": {"required": ["name"], "properties": {"name": TEXT}},
                "contactPoint": {
                    "required": ["fn", "hasEmail"],
                    "properties": {"fn": TEXT, "hasEmail": {"pattern": r"^mailto:[\w.+-]+@[\w.-]+\.[\w.-]+$"}},
                },
                "distribution": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/distribution"}},
            },
            "additionalProperties": False,
        },
        "distribution": {
            "type": "object",
            "properties": {
                "@type": {"const": "dcat:Distribution"},
                "title": TEXT, "description": TEXT, "format": TEXT, "downloadURL": ADDRESS, "accessURL": ADDRESS,
                "mediaType": {"pattern": r"^[-\w]+/[-\w]+(\.[-\w]+)*([+][-\w]+)?$"},
            },
            "dependentRequired": {"downloadURL": ["mediaType"]},
            "oneOf": [{"required": ["downloadURL"]}, {"required": ["accessURL"]}],
            "additionalProperties": False,
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made(loaded: None) -> SimpleNamespace:
    """The catalogue of outlet_city; nothing here writes, so it is made once."""
    return outlet_city.build()


@pytest.fixture(scope="module")
def counted(made: SimpleNamespace) -> int:
    """Number of public entries, by SQL."""
    extras = model.Package.extras
    wanted = (
        model.Package.type == "dataset",
        model.Package.state == "active",
        model.Package.private.is_(False),
        extras["catalogue_state"].astext == "published",
        extras["open_type"].astext.in_(("1", "2")),
    )
    number = model.Session.scalar(sa.select(sa.func.count()).select_from(model.Package).where(*wanted))
    model.Session.remove()
    return number


@pytest.fixture
def site(app: Any, made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site on a port of this machine, two entries a page."""
    server = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    monkeypatch.setattr(dcat_actions, "PAGE", 2)
    monkeypatch.setitem(tk.config, "ckan.site_url", f"http://127.0.0.1:{server.port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def point(kind: str) -> PointSpec:
    return PointSpec(
        id="1",
        name="us",
        title="本站",
        organization="o",
        kind=kind,
        url="http://test.ckan.net",
        share_type="2",
    )


def test_data_json_is_what_the_standard_asks_for(app, made):
    document = json.loads(app.get("/data.json").body)
    jsonschema.Draft202012Validator(POD).validate(document)
    assert len(document["dataset"]) == len(SEEN)


@pytest.fixture
def read_back(app: Any, made: SimpleNamespace, tmp_path: Path):
    """The entries that our own harvester of a kind makes of what we write, by the id that they have here."""

    def data_json() -> list[Any]:
        path = tmp_path / "data.json"
        path.write_bytes(app.get("/data.json").data)
        harvester = DataJsonHarvester()
        records = harvester.records(Fetched(path), point("data_json"))
        return [(record, harvester.to_entry(record, point("data_json"))) for record in records]

    def dcat() -> list[Any]:
        class Session:
            max_seconds = 60

            def download(self, url: str, place: Path, **_options: Any) -> Any:
                answer = app.get(url.removeprefix("http://test.ckan.net"))
                place.write_bytes(answer.data)
                digest = hashlib.sha256(answer.data).hexdigest()
                return SimpleNamespace(
                    not_modified=False, sha256=digest, bytes=len(answer.data), etag=None, last_modified=None,
                    content_type=answer.headers["Content-Type"],
                )  # fmt: skip

            def told(self, *_facts: Any) -> None:
                pass

        harvester = DcatHarvester()
        where = point("dcat")
        where = PointSpec(**{**vars(where), "url": "http://test.ckan.net/catalog.ttl"})
        fetched = harvester.fetch(where, Session(), tmp_path, FetchState())
        return [(record, harvester.to_entry(record, where)) for record in harvester.records(fetched, where)]

    def run(kind: str) -> dict[str, tuple[dict[str, Any], list[Any]]]:
        rows = {"data_json": data_json, "dcat": dcat}[kind]()
        return {record.guid.rpartition("/")[2]: (mapped.entry, mapped.findings) for record, mapped in rows}

    return run


@pytest.mark.parametrize("kind", ["data_json", "dcat"])
def test_our_own_harvester_reads_back_what_we_write(read_back, made, kind, monkeypatch):
    monkeypatch.setattr(dcat_actions, "PAGE", 2)
    entries = read_back(kind)
    assert set(entries) == {made.entries[name]["id"] for name in SEEN}
    for name in SEEN:
        ours = made.entries[name]
        entry, _findings = entries[ours["id"]]
        same = ("title", "open_type", "open_condition", "pub_date", "open_domain")
        assert {key: entry.get(key) or "" for key in same} == {key: ours.get(key) or "" for key in same}
        assert entry["update_cycle"] == ours["update_cycle"]
        assert entry.get("license_id", "") == (ours.get("license_id") or "")
        assert entry["source_url"] == f"http://test.ckan.net/dataset/{ours['name']}"
        assert len(entry.get("resources", [])) == TAKEN.get(name, 0)
        assert entry["provider_unit"] == "市交通运输局"


def test_an_independent_client_reads_every_page_of_the_catalogue(site, made, counted):
    seen, url, pages = [], f"{site}/catalog.ttl", 0
    while url:
        graph = rdflib.Graph().parse(url, format="turtle")
        seen += [str(ref) for ref in graph.subjects(rdflib.RDF.type, DCAT.Dataset)]
        url = next((str(one) for one in graph.objects(None, HYDRA.next)), "")
        pages += 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == counted
    assert set(seen) == {f"{site}/dataset/{made.entries[kind]['id']}" for kind in SEEN}


@pytest.mark.parametrize("ending", ["xml", "jsonld", "n3"])
def test_every_format_says_the_same(site, made, ending):
    turtle = rdflib.Graph().parse(f"{site}/catalog.ttl?q=*:*", format="turtle")
    other = rdflib.Graph().parse(f"{site}/catalog.{ending}?q=*:*", format=FORMATS[ending])
    strip = [HYDRA.first, HYDRA.last, HYDRA.next, HYDRA.firstPage, HYDRA.lastPage, HYDRA.nextPage]
    for graph in (turtle, other):
        for subject in list(graph.subjects(rdflib.RDF.type, HYDRA.PagedCollection)):
            graph.remove((subject, None, None))
        assert not [one for one in strip if (None, one, None) in graph]
    assert isomorphic(turtle, other)


def test_ckanapi_reads_the_whole_catalogue(site, made, counted):
    with RemoteCKAN(site, user_agent="ckanapi-test/1.0") as remote:
        found, start = [], 0
        while rows := remote.action.package_search(rows=2, start=start, sort="name asc")["results"]:
            found += rows
            start += len(rows)
        shown = [remote.action.package_show(id=row["id"]) for row in found]
    assert len(found) == counted
    assert {row["id"] for row in shown} == {made.entries[kind]["id"] for kind in SEEN}
    given = {row["id"]: sum("url" in resource for resource in row["resources"]) for row in shown}
    assert given == {made.entries[kind]["id"]: TAKEN.get(kind, 0) for kind in SEEN}


@pytest.mark.parametrize("version", ["2.1.1", "3"])
def test_the_catalogue_meets_the_shapes_of_dcat_ap(app, made, shared_data, version):
    from pyshacl import validate

    shapes = shared_data / "shacl" / f"dcat-ap_{version}_shacl_shapes.ttl"
    data = rdflib.Graph().parse(data=app.get("/catalog.ttl").body, format="turtle")
    conforms, _graph, report = validate(data, shacl_graph=rdflib.Graph().parse(shapes), allow_warnings=False)
    assert conforms, report[:4000]


@pytest.mark.parametrize("version", ["2.1.1", "3"])
def test_one_entry_meets_the_shapes_of_dcat_ap(app, made, shared_data, version):
    from pyshacl import validate

    shapes = rdflib.Graph().parse(shared_data / "shacl" / f"dcat-ap_{version}_shacl_shapes.ttl")
    for kind in ("hostile", "open_on_condition"):
        text = app.get(f"/dataset/{made.entries[kind]['id']}.ttl").body
        conforms, _graph, report = validate(
            rdflib.Graph().parse(data=text, format="turtle"), shacl_graph=shapes
        )
        assert conforms, report[:4000]


def test_a_page_of_the_catalogue_costs_no_statement_an_entry(app, made):
    counts = []
    for query in (f"fq=name:{made.entries['open']['name']}", ""):
        with statements() as sent:
            app.get(f"/catalog.ttl?{query}")
        counts.append(len(sent))
    assert counts[0] == counts[1]
