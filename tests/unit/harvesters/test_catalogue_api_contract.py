"""The published contract of the catalogue interface: valid, and the same as what the kind reads and the rules ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from api_pages import ENTRY, entry, page

from ckanext.govshare import schemas
from ckanext.govshare.harvesters import KINDS
from ckanext.govshare.harvesters.catalogue_api import CatalogueApiHarvester
from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.kernel.records import SourceRecord

jsonschema = pytest.importorskip("jsonschema")
CONTRACT: dict[str, Any] = yaml.safe_load(
    (schemas.loader.SHIPPED / "catalogue_api.openapi.yaml").read_text(encoding="utf-8")
)
PARTS = CONTRACT["components"]["schemas"]
TABLE = read_yaml("catalogue_api.yaml")
FORM = schemas.load_forms()["dataset"]


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator({**PARTS[name], "components": CONTRACT["components"]})


def names(fields: dict[str, Any]) -> set[str]:
    return {name for rule in fields.values() for name in
            (rule["from"] if isinstance(rule["from"], list) else [rule["from"]])}  # fmt: skip


def test_the_parts_are_json_schemas_as_openapi_3_1_wants():
    assert CONTRACT["openapi"].startswith("3.1.")
    assert {"info", "paths", "components", "servers"} <= CONTRACT.keys()
    for part in PARTS:
        jsonschema.Draft202012Validator.check_schema(PARTS[part])
    for parameter in CONTRACT["paths"]["/entries"]["get"]["parameters"]:
        jsonschema.Draft202012Validator.check_schema(parameter["schema"])
        assert parameter["in"] == "query"


def test_every_reference_leads_somewhere():
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [value["$ref"]] if "$ref" in value else [r for v in value.values() for r in references(v)]
        return [r for v in value for r in references(v)] if isinstance(value, list) else []

    for reference in references(CONTRACT):
        at: Any = CONTRACT
        for key in reference.removeprefix("#/").split("/"):
            at = at[key]


def test_its_example_is_a_good_page_whose_entry_no_rule_refuses(point):
    answer = CONTRACT["paths"]["/entries"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    validator("Page").validate(answer)
    (told,) = answer["entries"]
    found = KINDS["catalogue_api"].to_entry(SourceRecord(told["id"], told), point(kind="catalogue_api"))
    assert found.findings == []


def test_pages_of_the_tests_are_pages():
    for told in (page([entry(1), ENTRY]), page([], since="2026-11-20T01:50:00Z", deleted=["a", 1]), page([], pages=3)):
        validator("Page").validate(json.loads(told))
    assert not validator("Page").is_valid({"entries": []})
    assert not validator("Page").is_valid({"entries": [{"title": "无标识"}], "next": None})


def test_every_element_is_mapped_or_left_out_with_a_reason():
    mapped = names(TABLE["fields"]) | {"info_items", "resources"}
    told = set(PARTS["Entry"]["properties"])
    assert told <= mapped | TABLE["left_out"].keys()
    assert mapped - {"tag_string"} <= told
    assert names(TABLE["items"]["fields"]) == set(PARTS["Item"]["properties"])
    files = {f"resources.{name}" for name in PARTS["Resource"]["properties"]}
    assert files == {f"resources.{name}" for name in names(TABLE["resources"]["fields"])} | {
        name for name in TABLE["left_out"] if name.startswith("resources.")
    }


def test_the_table_fits_its_schema():
    schema = json.loads((schemas.loader.SHIPPED.parent / "harvesters").joinpath(
        "mappings", "mapping.schema.json").read_text(encoding="utf-8"))  # fmt: skip
    jsonschema.Draft202012Validator(schema).validate(TABLE)
    assert CatalogueApiHarvester().profile == "national"


def test_no_element_of_the_form_is_lost():
    told = set(PARTS["Entry"]["properties"]) | {"owner_org"}
    assert {field.name for field in FORM.fields} - told == {"tag_string"}
    assert {field.name for field in FORM.items} == set(PARTS["Item"]["properties"])


@pytest.mark.parametrize(
    ("part", "field"),
    [("Entry", field) for field in FORM.fields] + [("Item", field) for field in FORM.items],
    ids=lambda value: getattr(value, "name", value),
)
def test_lengths_and_codes_are_those_of_the_form(part, field):
    told = PARTS[part]["properties"].get(field.name)
    if told is None:
        return
    assert told.get("maxLength", 0) == field.max_length
    if field.kind == "choice":
        table = schemas.load_codelists().get(field.codelist)
        assert told["x-codelist"] == field.codelist
        if "enum" in told:
            assert told["enum"] == [code.code for code in table.codes]
