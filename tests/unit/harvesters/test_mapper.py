"""The mapping table: its schema, its completeness, its interpreter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ckanext.govshare import harvesters
from ckanext.govshare.harvesters.mapper import Mapper, at, load_mapper, read_yaml
from ckanext.govshare.harvesters.transforms import TRANSFORMS
from ckanext.govshare.schemas import load_codelists

FOLDER = Path(harvesters.__file__).parent / "mappings"
TABLE = read_yaml("data_json.yaml")
# Every field of a data set in Project Open Data 1.1 (https://resources.data.gov/resources/dcat-us/), with the
# sub-fields of objects that are not taken as a whole.
STANDARD = [
    "@type", "title", "description", "keyword", "modified", "publisher.name",
    "publisher.subOrganizationOf", "contactPoint.fn", "contactPoint.hasEmail", "identifier",
    "accessLevel", "bureauCode", "programCode", "license", "rights", "spatial", "temporal",
    "distribution", "accrualPeriodicity", "conformsTo", "dataQuality", "describedBy", "describedByType",
    "isPartOf", "issued", "language", "landingPage", "primaryITInvestmentUII", "references",
    "systemOfRecords", "theme",
]  # fmt: skip
KNOWN_SOURCES = {"identifier", "distribution"}  # identity and files are the harvester's


def paths(fields):
    return {path for rule in fields.values() for path in ([rule["from"]] if isinstance(rule["from"],
        str) else rule["from"])}


def test_mapping_fits_its_schema():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((FOLDER / "mapping.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(TABLE)
    named = schema["$defs"]["transform"]["oneOf"][0]["enum"]
    assert {*named, "lookup"} == set(TRANSFORMS)


def test_every_field_of_the_standard_is_mapped_or_left_out_with_a_reason():
    mapped = paths(TABLE["fields"]) | KNOWN_SOURCES
    assert not [name for name in STANDARD if name not in mapped and name not in TABLE["left_out"]]
    assert not mapped & TABLE["left_out"].keys()


@pytest.mark.parametrize(
    ("table", "codes"),
    [("access_level", "open_type"), ("update_cycle", "update_cycle"), ("open_domain", "open_domain")],
)
def test_tables_give_values_of_the_code_lists(table, codes):
    assert all(value in load_codelists()[codes] for value in TABLE["tables"][table].values())


def test_formats_are_consistent():
    tables = read_yaml("formats.yaml")
    for name in ("words", "unclear", "extensions", "media_types"):
        assert all(key == key.casefold() and value == value.upper() for key, value in tables[name].items())
    assert not tables["words"].keys() & tables["unclear"].keys()


@pytest.mark.parametrize("step", ["no_such_transform", {"lookup": "no_such_table"}])
def test_wrong_name_in_a_mapping_raises_when_it_is_loaded(step):
    document = {"name": "x", "version": 1, "profile": "federated", "tables": {},
        "fields": {"a": {"from": "a", "as": [step]}}}
    with pytest.raises(KeyError):
        Mapper(document)


def test_first_path_that_gives_something_counts():
    document = {
        "name": "x", "version": 1, "profile": "federated", "tables": {},
        "fields": {"a": {"from": ["one.two", "three"], "as": ["line"]}},
    }  # fmt: skip
    mapper = Mapper(document)
    assert mapper.fields({"one": {"two": " 1 "}, "three": "3"}) == ({"a": "1"}, [])
    assert mapper.fields({"one": {"two": ""}, "three": "3"}) == ({"a": "3"}, [])
    assert mapper.fields({"one": "x"}) == ({}, [])
    assert list(mapper.resources({})) == []


def test_path_through_anything_but_objects_leads_nowhere():
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": [{"b": 1}]}, "a.b") is None
    assert at(None, "a") is None


def test_mapping_is_read_once():
    assert load_mapper("data_json") is load_mapper("data_json")
