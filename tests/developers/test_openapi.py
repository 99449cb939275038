"""The OpenAPI document: valid, complete in two languages, and true of every answer."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ckanext.govshare.developers import docstrings, openapi, openapi_rows, rows_asked


@pytest.fixture(scope="module")
def document(app: Any, entries: dict[str, Any]) -> dict[str, Any]:
    return json.loads(app.get("/developers/openapi.json", status=200).body)


def test_the_document_is_valid(document):
    OpenAPIV31SpecValidator(document).validate()


def test_yaml_says_the_same_as_json(app, document):
    assert yaml.safe_load(app.get("/developers/openapi.yaml", status=200).body) == document


def test_english_is_a_language_of_the_document(app, document):
    english = json.loads(app.get("/en/developers/openapi.json", status=200).body)
    OpenAPIV31SpecValidator(english).validate()
    assert list(english["paths"]) == list(document["paths"])
    summary = english["paths"]["/api/3/action/package_show"]["get"]["summary"]
    assert summary == "Return the metadata of a dataset (package) and its resources."


def test_what_is_promised_exists_and_can_be_read_by_everybody(loaded):
    for name in openapi.plan()["actions"]:
        action = tk.get_action(name)
        assert action.side_effect_free, name


def test_every_documented_parameter_is_one_of_the_action(loaded):
    for name, planned, described in openapi.actions():
        unknown = set(planned["parameters"]) - set(described.parameters)
        assert unknown == set(), name
        assert set(planned.get("required", ())) <= set(planned["parameters"])
        assert set(planned["example"]) <= set(planned["parameters"])


def test_our_actions_hide_no_parameter_of_the_public(loaded):
    inside = {"govshare_dialogue_list": {"inside", "overdue"}}
    for name, planned, described in openapi.actions():
        if name.startswith("govshare_"):
            assert set(described.parameters) - inside.get(name, set()) == set(planned["parameters"]), name


def test_every_result_has_a_shape(loaded):
    for name, planned, described in openapi.actions():
        assert openapi._result(planned, described), name


def test_the_parameters_of_rows_are_those_that_are_checked(document):
    listed = document["paths"][openapi_rows.PATH]["get"]["parameters"]
    names = {one["name"] for one in listed if one["in"] == "query"} - {"filters"}
    assert names | {rows_asked.KEY} == set(rows_asked.PARAMETERS)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_word_is_of_the_language(app, entries, prefix):
    document = json.loads(app.get(f"{prefix}/developers/openapi.json").body)
    for path, item in document["paths"].items():
        if path == openapi_rows.PATH:
            continue  # its words are in the catalogue of translations
        for words in (item["get"]["summary"], *(one["description"] for one in item["get"]["parameters"])):
            assert words, path
            has_chinese = any("\u4e00" <= char <= "\u9fff" for char in words)
            assert has_chinese or prefix, (path, words)


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, item["get"]) for path, item in document["paths"].items()]


def check(document: dict[str, Any], operation: dict[str, Any], status: str, answer: Any) -> None:
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer)


def test_every_operation_answers_what_is_documented(app, call, document, entries):
    for path, operation in operations(document):
        values = {one["name"]: one.get("example") for one in operation["parameters"]}
        if "TARGET" in values.values():
            continue
        address = path.format(**values)
        asked = {
            one["name"]: one["example"]
            for one in operation["parameters"]
            if one["in"] == "query" and "example" in one
        }
        response = call(address, **asked)
        assert response.status_code == 200, (path, response.body)
        check(document, operation, "200", response.json)


def test_operations_without_what_they_need_are_refused_as_documented(call, document):
    for path, operation in operations(document):
        if "rows" in operation["tags"] or not any(one["required"] for one in operation["parameters"]):
            continue
        response = call(path)
        assert 400 <= response.status_code < 500, path
        check(document, operation, "4XX", response.json)


def test_refusals_of_rows_are_as_documented(call, document, entries):
    operation = document["paths"][openapi_rows.PATH]["get"]
    address = f"/api/rows/{entries['open']['resource_code']}/1"
    for status, response in (
        ("400", call(address, rows="0")),
        ("403", call(address, appKey="x")),
        ("404", call("/api/rows/307001004/9999/1")),
    ):
        assert response.status_code == int(status)
        check(document, operation, status, response.json)


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("{a, b?}", {"a": 1}, {"b": 1}),
        ("[{a}]", [{"a": 1}], [{"b": 1}]),
        ("{a: [text]}", {"a": ["x"]}, {"a": [1]}),
        ("{slug: n}", {"x": 1, "y": 2}, {"x": "1"}),
        ("{a: {b} | null}", {"a": None}, {"a": {"c": 1}}),
        ('{basis: "ledger", a}', {"basis": "ledger", "a": 1}, {"basis": "x"}),
        ("{a: {b, …}}", {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
    ],
)
def test_a_shape_of_a_docstring_is_a_schema(shape, good, bad):
    def action() -> None:
        pass

    action.__doc__ = f"Read.\n\n:returns: ``{shape}``: words"
    schema = docstrings.describe(action).returns
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(good)
    assert not Draft202012Validator(schema).is_valid(bad)


@pytest.mark.parametrize("path", ["/developers", "/developers/api", "/en/developers", "/en/developers/api"])
def test_pages_are_public_and_carry_no_form(app, entries, path):
    response = app.get(path, status=200)
    assert "csrf" not in response.body
    assert "<script" not in response.body.replace('<script type="application/ld+json"', "")
    assert 'method="post"' not in response.body


def test_the_reference_names_every_operation(app, document):
    page = app.get("/developers/api").body
    for _path, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page


def test_what_is_not_open_stands_in_no_example(app, entries):
    for path in ("/developers", "/developers/api", "/developers/openapi.json"):
        body = app.get(path).body
        for kind in ("open_on_condition", "shared_only", "shared_on_condition", "not_shared"):
            assert entries[kind]["name"] not in body
            assert entries[kind]["resource_code"] not in body
