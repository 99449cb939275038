"""How a CKAN package becomes an entry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pod_records import slugs

from ckanext.govshare import harvesters
from ckanext.govshare.harvesters.ckan import CkanHarvester
from ckanext.govshare.harvesters.ckan_package import facts
from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.kernel.records import SourceRecord
from ckanext.govshare.schemas import load_codelists
from tests.exchange.ckan_site import package

HARVESTER = CkanHarvester()
TABLE = read_yaml("ckan.yaml")
# What package_show of CKAN 2.12 answers, without extensions.
STANDARD = [
    "author", "author_email", "creator_user_id", "id", "isopen", "license_id", "license_title", "license_url",
    "maintainer", "maintainer_email", "metadata_created", "metadata_modified", "name", "notes", "num_resources",
    "num_tags", "organization.title", "owner_org", "private", "state", "title", "type", "url", "version",
    "plugin_data", "tags", "groups", "relationships_as_subject", "relationships_as_object",
]  # fmt: skip
RESOURCE = [
    "cache_last_updated", "cache_url", "created", "datastore_active",
    "datastore_contains_all_records_of_source_file", "description", "format", "hash", "id", "last_modified",
    "metadata_modified", "mimetype", "mimetype_inner", "name", "package_id", "position", "resource_type", "size",
    "state", "url", "url_type",
]  # fmt: skip
OWN = {
    "open_type": "2", "open_condition": "实名申请", "share_type": "2", "share_scope": "全市政务部门",
    "share_condition": "按需申请", "update_cycle": "4", "pub_date": "2025-05-01", "open_domain": "14",
    "format_class": "2", "format_type": "xlsx", "share_mode": "1", "share_mode_type": "2",
    "provider_unit": "数据科", "resource_code": "307001004/0012",
    "info_items": [{"name": "站点名称", "type": "C", "length": "50", "id": "x"}, "no object"],
}  # fmt: skip


@pytest.fixture
def entry(point):
    def make(settings=None, **changes):
        spec = point(kind="ckan", url="https://a.gov/api/3/action", settings=settings or {})
        given = {name: value for name, value in (package(7) | changes).items() if value is not ...}
        return HARVESTER.to_entry(SourceRecord(given["id"], facts(given)), spec)

    return make


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


def test_every_field_of_a_package_is_mapped_or_left_out_with_a_reason():
    mapped = paths(TABLE["fields"]) | {f"resources.{name}" for name in paths(TABLE["resources"]["fields"])}
    named = [*STANDARD, *(f"resources.{name}" for name in RESOURCE)]
    assert not [name for name in named if name not in mapped and name not in TABLE["left_out"]]


@pytest.mark.parametrize("name", ["open_type", "update_cycle", "open_domain"])
def test_tables_give_values_of_the_code_lists(name):
    assert all(value in load_codelists()[name] for value in TABLE["tables"][name].values())


def test_a_package_becomes_an_entry(entry):
    mapped = entry(maintainer="张三", groups=[{"name": "transport", "title": "Transport"}])
    assert not mapped.rejected
    [resource] = mapped.entry.pop("resources")
    assert mapped.entry == {
        "title": "第7号数据", "notes": "第7号数据的说明", "open_type": "1", "share_type": "1", "update_cycle": "4",
        "pub_date": "2026-02-01", "provider_unit": "交通运输局", "contact_name": "张三", "open_domain": "14",
        "license_id": "cc-by", "tag_string": "数据,第7号", "source_url": "https://a.gov/dataset/set-7",
        "class_lei": "3", "class_xiang": "307", "class_mu": "307001", "class_ximu": "307001004",
        "owner_org": "finance", "profile": "federated", "source_point": "treasury",
        "source_guid": "00000000-0000-4000-8000-000000000007",
    }  # fmt: skip
    assert len(resource.pop("source_key")) == 32
    assert resource == {"name": "文件7", "url": "https://files.example.com/7.csv", "format": "CSV",
        "mimetype": "text/csv", "audience": "open"}  # fmt: skip


def test_an_entry_of_a_site_of_our_kind_keeps_its_elements(entry):
    mapped = entry(**OWN)
    assert not slugs(mapped)
    own = {name: value for name, value in OWN.items() if name != "info_items"}
    assert {name: mapped.entry[name] for name in own} == own
    assert mapped.entry["info_items"] == [{"name": "站点名称", "type": "C", "length": "50"}]
    assert mapped.entry["class_ximu"] == "307001004"


def test_a_code_of_another_class_is_not_taken_over(entry):
    mapped = entry(**OWN | {"resource_code": "307001005/0001"})
    assert "resource_code" not in mapped.entry
    assert mapped.entry["class_ximu"] == "307001004"


@pytest.mark.parametrize(
    ("field", "value"),
    [("share_mode", "9"), ("format_type", "parchment"), ("share_type", "7"), ("format_class", "x")],
)
def test_a_value_that_is_in_no_list_here_stays_out(entry, field, value):
    mapped = entry(**OWN | {field: value})
    assert mapped.entry.get(field) != value
    assert ("value_unknown", field) in slugs(mapped, Severity.WARN)


def test_what_is_said_to_be_secret_is_refused(entry):
    assert entry(secret="1").rejected  # noqa: S106 - whether the entry is a state secret
    assert entry(secret="perhaps").rejected  # noqa: S106 - as above


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"access_rights": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"}, "1"),
        ({"access_rights": "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"}, "3"),
        ({"access_level": "restricted public"}, "2"),
        ({"accessLevel": "non-public"}, "3"),
        ({}, "1"),
        ({"access_rights": "members of the club"}, "3"),
    ],
)
def test_what_the_source_says_of_access_is_about_opening(entry, said, expected):
    extras = [{"key": name, "value": value} for name, value in said.items()]
    assert entry(extras=extras).entry["open_type"] == expected
    assert entry(extras=[], **said).entry["open_type"] == expected


def test_words_on_access_that_nobody_knows_open_nothing_and_are_named(entry):
    mapped = entry({"open_type": "1"}, extras=[{"key": "access_rights", "value": "members of the club"}])
    assert mapped.entry["open_type"] == "3"
    assert ("access_unknown", "open_type") in slugs(mapped, Severity.WARN)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"open_type": "1"}),
        ({"open_type": "2", "open_condition": "实名"}, {"open_type": "2", "open_condition": "实名"}),
        ({"open_type": "3", "no_open_reason": "含商业秘密"}, {"open_type": "3", "no_open_reason": "含商业秘密"}),
        ({"account": "theirs"}, {"open_type": "3"}),
    ],
)
def test_a_silent_record_is_as_the_point_says_and_not_open_behind_an_account(entry, settings, expected):
    mapped = entry(settings)
    assert not mapped.rejected
    assert {name: mapped.entry[name] for name in expected} == expected
    assert mapped.entry["resources"][0]["audience"] == ("share" if expected["open_type"] == "3" else "open")


def test_counts_and_views_are_no_change(entry):
    before = facts(package(7))
    after = facts(package(7, num_tags=9, tracking_summary={"total": 900}, isopen=True, metadata_modified="x"))
    assert canonical_digest(before) == canonical_digest(after)


def test_a_field_that_moved_out_of_the_extras_is_no_change():
    assert facts(package(7, extras=[], frequency="monthly")) == facts(package(7))


@pytest.mark.parametrize("value", [None, 5, "x", [5], [None], [{"name": 5}], [{"name": None}], {"a": 1}])
@pytest.mark.parametrize("field", ["tags", "groups", "extras", "resources", "organization", "info_items", "notes"])
def test_fields_of_another_shape_break_nothing(entry, field, value):
    assert entry(**{field: value}).entry["title"] == "第7号数据"


def test_a_deep_value_is_left_out():
    deep = [[]]
    for _ in range(5000):
        deep = [deep]
    found = facts(package(7, extras=[{"key": "theme", "value": deep}], notes=deep))
    assert canonical_digest(found)
    assert "notes" not in found
    assert facts(package(7, extras=[{"key": "theme", "value": "[" * 50_000}]))["extras"]["theme"]


def test_forty_thousand_tags_and_eight_thousand_files_are_survived(entry):
    tags = [{"name": f"word {number}"} for number in range(40_000)]
    files = [{"id": str(n), "url": f"https://a.gov/{n}.csv"} for n in range(8_000)]
    mapped = entry(tags=tags, resources=files)
    assert ("tags_too_many", "tag_string") in slugs(mapped, Severity.WARN)
    assert len(mapped.entry["resources"]) == 8_000


def test_a_file_keeps_its_key_when_its_address_changes(entry):
    files = [{"id": "r1", "url": "https://a.gov/1.csv"}, {"id": "r2", "url": "https://a.gov/2.csv"}]
    keys = [one["source_key"] for one in entry(resources=files).entry["resources"]]
    moved = [files[1], files[0] | {"url": "https://b.gov/new.csv"}]
    assert [one["source_key"] for one in entry(resources=moved).entry["resources"]] == keys[::-1]
    twice = [files[0], files[0]]
    assert len({one["source_key"] for one in entry(resources=twice).entry["resources"]}) == 2


def test_addresses_of_files_that_lead_nowhere_are_left_out(entry):
    files = [{"url": "file:///etc/passwd"}, {"url": "javascript:alert(1)"}, {"url": ""}, {"url": "/relative"}]
    mapped = entry(resources=files)
    assert mapped.entry["resources"] == []
    assert not mapped.rejected


def test_mail_addresses_are_not_published(entry):
    mapped = entry(maintainer="a@b.gov", author="李四", author_email="c@d.gov")
    assert "@" not in json.dumps(mapped.entry, ensure_ascii=False)
    assert mapped.entry["contact_name"] == "李四"
