"""How a data set of a DCAT catalogue becomes an entry; and what the real catalogues become."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from dcat_documents import HARVESTER, digests, fetched, shuffled, turtle
from pod_records import slugs

from ckanext.govshare import harvesters
from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.schemas import load_codelists

TABLE = read_yaml("dcat.yaml")
# Properties of dcat:Dataset and dcat:Distribution in DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/),
# and those of vcard:Kind that it names.
DATASET = [
    "dct:title", "dct:description", "dct:identifier", "dcat:keyword", "dcat:theme", "dct:issued", "dct:modified",
    "dct:accrualPeriodicity", "dct:accessRights", "dct:rights", "dct:license", "dcat:landingPage", "dct:publisher",
    "dcat:contactPoint", "dcat:distribution", "dcatap:applicableLegislation", "dct:conformsTo", "dct:creator",
    "foaf:page", "dct:spatial", "dcatap:hvdCategory", "dcat:inSeries", "dct:isReferencedBy", "dct:language",
    "adms:identifier", "dct:provenance", "prov:qualifiedAttribution", "dcat:qualifiedRelation", "dct:relation",
    "adms:sample", "dct:source", "dcat:spatialResolutionInMeters", "dct:temporal", "dcat:temporalResolution",
    "dct:type", "dcat:version", "adms:versionNotes", "dcat:hasVersion", "prov:wasGeneratedBy", "dct:hasVersion",
    "dct:isVersionOf", "odrl:hasPolicy", "vcard:hasEmail", "vcard:hasTelephone",
]  # fmt: skip
FILE = [
    "dcat:accessURL", "dcat:downloadURL", "dct:title", "dct:description", "dcat:mediaType", "dct:format",
    "dct:license", "dct:rights", "dct:issued", "dct:modified", "dct:conformsTo", "dct:language", "dcat:byteSize",
    "spdx:checksum", "dcat:accessService", "dcat:compressFormat", "dcat:packageFormat", "adms:status",
    "dcatap:availability", "foaf:page",
]  # fmt: skip
# What `dcat_record` reads of the standard, by the path that the mapping knows it under.
PATHS = {
    "dct:title": "title", "dct:description": "description", "dcat:keyword": "keyword", "dcat:theme": "theme",
    "dct:issued": "issued", "dct:modified": "modified", "dct:accrualPeriodicity": "frequency",
    "dct:accessRights": "access_rights", "dct:rights": "rights", "dct:license": "license",
    "dcat:landingPage": "page", "dct:publisher": "publisher", "dcat:contactPoint": "contact",
}  # fmt: skip
IDENTITY_AND_FILES = {"dct:identifier", "dcat:distribution"}
FILE_PATHS = {"dct:title": "title", "dct:description": "description", "dcat:mediaType": "mimetype",
    "dcat:accessURL": "url", "dcat:downloadURL": "url"}  # fmt: skip


@pytest.fixture
def entry(server, session, point, tmp_path):
    """The entry of one data set in Turtle; settings of the point as keyword arguments."""

    def make(said, **settings):
        url = server.says("/c", turtle(f"<urn:a> a dcat:Dataset ; {said} ."), Content_Type="text/turtle")
        _, [record] = fetched(url, session(), point, tmp_path)
        return HARVESTER.to_entry(record, point(kind="dcat", url=url, settings=settings))

    return make


@pytest.fixture
def real(shared_data, server, session, point, tmp_path):
    """The records of a real document, served as it is."""

    def look(name, body=None, kind="application/octet-stream", settings=None):
        content = body or (shared_data / "dcat" / name).read_bytes()
        url = server.says(f"/{name}", content, Content_Type=kind)
        shutil.rmtree(tmp_path / "real", ignore_errors=True)
        _, records = fetched(url, session(), point, tmp_path / "real")
        spec = point(kind="dcat", url=url, settings=settings or {})
        return records, [HARVESTER.to_entry(record, spec) for record in records]

    return look


def paths(rules):
    return {
        path for rule in rules.values()
        for path in ([rule["from"]] if isinstance(rule["from"], str) else rule["from"])
    }  # fmt: skip


def test_mapping_fits_its_schema():
    jsonschema = pytest.importorskip("jsonschema")
    folder = Path(harvesters.__file__).parent / "mappings"
    schema = json.loads((folder / "mapping.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(TABLE)


def test_every_property_of_the_standard_is_mapped_or_left_out_with_a_reason():
    mapped, of_files = paths(TABLE["fields"]), paths(TABLE["resources"]["fields"])
    assert mapped == set(PATHS.values())
    assert of_files == set(FILE_PATHS.values())
    known = {*PATHS, *IDENTITY_AND_FILES, *TABLE["left_out"]}
    known |= {f"distribution.{name}" for name in FILE_PATHS}
    assert not [name for name in [*DATASET, *(f"distribution.{name}" for name in FILE)] if name not in known]


@pytest.mark.parametrize(
    ("name", "codes"),
    [("access_rights", "open_type"), ("update_cycle", "update_cycle"), ("open_domain", "open_domain")],
)
def test_tables_give_values_of_the_code_lists(name, codes):
    assert all(value in load_codelists()[codes] for value in TABLE["tables"][name].values())


def test_a_data_set_becomes_an_entry(entry):
    mapped = entry(
        """dct:title "站点" ; dct:description "公交站点" ; dcat:keyword "公交", "站点" ; dct:issued "2025-01-02" ;
        dct:modified "2026-01-02" ; dct:publisher [ foaf:name "交通运输局" ] ; dcat:landingPage <https://c.example/p> ;
        dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
        dct:accrualPeriodicity <http://purl.org/cld/freq/monthly> ; dcat:contactPoint [ vcard:fn "张三" ] ;
        dcat:theme <http://publications.europa.eu/resource/authority/data-theme/TRAN> ;
        dct:license <http://publications.europa.eu/resource/authority/licence/CC_BY_4_0> ;
        dcat:distribution [ dct:title "一" ; dcat:downloadURL <https://c.example/1.csv> ; dcat:mediaType "text/csv" ]"""
    )
    assert not mapped.rejected
    [resource] = mapped.entry.pop("resources")
    assert mapped.entry == {
        "title": "站点", "notes": "公交站点", "tag_string": "公交,站点", "open_type": "1", "share_type": "1",
        "update_cycle": "4", "pub_date": "2025-01-02", "data_updated": "2026-01-02T00:00:00+08:00",
        "provider_unit": "交通运输局", "contact_name": "张三", "open_domain": "14", "license_id": "cc-by",
        "source_url": "https://c.example/p", "class_lei": "3", "class_xiang": "307", "class_mu": "307001",
        "class_ximu": "307001004", "owner_org": "finance", "profile": "federated", "source_point": "treasury",
        "source_guid": "urn:a",
    }  # fmt: skip
    assert len(resource.pop("source_key")) == 32
    assert resource == {"name": "一", "url": "https://c.example/1.csv", "format": "CSV", "mimetype": "text/csv",
        "audience": "open"}  # fmt: skip


ACCESS = "http://publications.europa.eu/resource/authority/access-right/"


@pytest.mark.parametrize(
    ("said", "settings", "expected"),
    [
        (f"<{ACCESS}PUBLIC>", {"open_type": "3"}, {"open_type": "1"}),
        (f"<{ACCESS}RESTRICTED> ; dct:rights '实名申请'", {}, {"open_type": "2", "open_condition": "实名申请"}),
        (f"<{ACCESS}RESTRICTED>", {"open_type": "2", "open_condition": "申请"}, {"open_condition": "申请"}),
        (f"<{ACCESS}NON_PUBLIC> ; dct:rights '含个人信息'", {}, {"no_open_reason": "含个人信息"}),
        ("[ a dct:RightsStatement ; rdfs:label 'public' ]", {}, {"open_type": "1"}),
        ("'members of the club'", {"open_type": "1"}, {"open_type": "3"}),
        (None, {}, {"open_type": "3", "no_open_reason": "来源未说明是否开放，待提供方确认"}),
        (None, {"open_type": "1"}, {"open_type": "1", "share_type": "1"}),
    ],
)
def test_access_rights_are_about_opening_and_silence_opens_nothing(entry, said, settings, expected):
    mapped = entry("dct:title 'x'" + (f" ; dct:accessRights {said}" if said else ""), **settings)
    assert not mapped.rejected
    assert {name: mapped.entry[name] for name in expected} == expected


def test_words_on_access_that_nobody_knows_are_named(entry):
    mapped = entry("dct:title 'x' ; dct:accessRights 'members of the club'")
    assert ("access_unknown", "open_type") in slugs(mapped, Severity.WARN)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("dcat:landingPage <https://c.example/p>", "https://c.example/p"), ("dct:description 'x'", None)],
)
def test_the_source_page_is_an_address_that_readers_can_open(entry, said, expected):
    mapped = entry(f"dct:title 'x' ; {said}")
    assert mapped.entry.get("source_url") == expected
    assert ("url_dropped", "source_url") not in slugs(mapped, Severity.WARN)


def test_a_closed_data_set_without_reason_is_refused(entry):
    mapped = entry(f"dct:title 'x' ; dct:accessRights <{ACCESS}NON_PUBLIC>")
    assert slugs(mapped) == {("open_reason", "no_open_reason")}


def test_mail_addresses_and_telephones_are_not_published(entry):
    mapped = entry(
        """dct:title "x" ; dct:publisher [ foaf:name "Office" ; foaf:mbox <mailto:a@b.gov> ] ;
        dcat:contactPoint [ vcard:fn "c@d.gov" ; vcard:hasEmail <mailto:e@f.gov> ; vcard:hasTelephone <tel:+5555> ]"""
    )
    assert "@" not in json.dumps(mapped.entry, ensure_ascii=False)
    assert "5555" not in json.dumps(mapped.entry)


@pytest.mark.parametrize(
    ("name", "total", "rejected", "opening", "licences", "files"),
    [
        ("foggia.rdf", 7, 0, {"1"}, {"cc-by"}, 7),
        ("civitavecchia.rdf", 10, 0, {"1"}, {"cc-by"}, 10),
        ("catalog_datasets_list.rdf", 2, 0, {"3"}, {"https://data.some.org/link/to/license", None}, 5),
        ("catalog_pod.jsonld", 1, 0, {"3"}, {None}, 4),
        ("dataset_gob_es.ttl", 1, 0, {"3"}, {"https://datos.madrid.es/egob/catalogo/aviso-legal"}, 1),
        ("dataset_gov_de.rdf", 1, 0, {"1"}, {"cc-zero"}, 9),
        ("dataset_sweden.rdf", 1, 0, {"3"}, {"http://creativecommons.org/licenses/by-nc/3.0"}, 1),
    ],
)  # fmt: skip
def test_real_catalogues_are_mapped(real, name, total, rejected, opening, licences, files):
    _, mapped = real(name)
    assert (len(mapped), sum(one.rejected for one in mapped)) == (total, rejected)
    assert {one.entry["open_type"] for one in mapped} == opening
    assert {one.entry.get("license_id") for one in mapped} == licences
    assert sum(len(one.entry["resources"]) for one in mapped) == files
    assert all(one.entry["title"] and one.entry["source_guid"] for one in mapped)
    assert "relative.invalid" not in json.dumps([one.entry for one in mapped])
    assert "govshare-blank" not in json.dumps([one.entry for one in mapped])


def test_the_real_health_data_set_is_closed_and_wants_a_reason(real):
    _, [mapped] = real("dataset_health.ttl")
    assert slugs(mapped) == {("open_reason", "no_open_reason")}
    _, [mapped] = real("dataset_health.ttl", settings={"no_open_reason": "含个人健康信息"})
    assert not mapped.rejected
    assert (mapped.entry["open_type"], mapped.entry["open_domain"]) == ("3", "17")


@pytest.mark.parametrize("name", ["foggia.rdf", "civitavecchia.rdf", "dataset_gov_de.rdf", "dataset_health.ttl"])
@pytest.mark.parametrize("to", ["xml", "turtle", "nt", "json-ld"])
def test_order_labels_and_format_of_real_catalogues_mean_nothing(real, shared_data, name, to):
    before, _ = real(name)
    document = (shared_data / "dcat" / name).read_bytes()
    kind = "turtle" if name.endswith("ttl") else "xml"
    for seed in range(2):
        after, _ = real(name, shuffled(document, kind, to, seed))
        assert digests(after) == digests(before)


def test_identity_of_a_real_data_set_survives_a_changed_title(real, shared_data):
    before, _ = real("foggia.rdf")
    document = (shared_data / "dcat" / "foggia.rdf").read_text(encoding="utf-8")
    after, _ = real("foggia.rdf", document.replace("Elenco Matrimoni Residenti Foggia", "Matrimoni").encode())
    assert [record.guid for record in after] == [record.guid for record in before]
    changed = {guid for guid, digest in digests(after).items() if digests(before)[guid] != digest}
    assert [guid.rpartition("/")[2] for guid in changed] == ["elenco-matrimoni-residenti-foggia"]
