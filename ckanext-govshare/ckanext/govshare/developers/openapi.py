"""The description of the public API as an OpenAPI 3.1 document, made from the code that answers.

Parameters and results of actions come from their docstrings (docstrings.py), fields of entries, files and departments
from the scheming schemas, the parameters of rows from the constants by which they are checked (openapi_rows.py).
``data/api.yaml`` adds which of them are promised, in which order, and their Chinese words; tests hold it against the
code, and every answer against the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.govshare.developers import docstrings, openapi_rows

VERSION = "1.0"
STRING = {"type": "string"}
TEXT = {"type": ["string", "null"]}
PRESETS: dict[str, dict[str, Any]] = {
    "multiple_text": {"type": ["array", "string", "null"], "items": {"type": "string"}}
}
VALIDATORS = {
    "int_validator": ["integer", "string", "null"],
    "boolean_validator": ["boolean", "string", "null"],
}
#: What core adds to each.
CORE: dict[str, dict[str, Any]] = {
    "Entry": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "type": {"type": "string"},
        "metadata_created": TEXT,
        "metadata_modified": TEXT,
        "num_resources": {"type": "integer"},
        "organization": {"type": ["object", "null"], "properties": {"id": STRING, "name": STRING, "title": TEXT}},
        "tags": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": STRING}}},
        "resources": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
    },
    "File": {
        "id": {"type": "string"},
        "package_id": {"type": "string"},
        "size": {"type": ["integer", "null"]},
        "mimetype": TEXT,
        "datastore_active": {"type": ["boolean", "string", "null"]},
        "last_modified": TEXT,
        "not_available": {"type": "string"},
    },
    "Organization": {
        "id": {"type": "string"},
        "package_count": {"type": "integer"},
        "image_display_url": TEXT,
    },
}  # fmt: skip
REQUIRED = {
    "Entry": ["id", "name", "title", "type", "resource_code", "open_type", "resources"],
    "File": ["id", "package_id", "audience"],
    "Organization": ["id", "name", "title"],
}
FORM_ERROR = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["__type"],
            "properties": {"__type": {"type": "string"}, "message": TEXT, "parameter": TEXT},
        },
    },
}


@cache
def plan() -> dict[str, Any]:
    """What ``data/api.yaml`` says."""
    text = (files("ckanext.govshare.developers") / "data" / "api.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def chinese() -> bool:
    """Whether the reader reads Chinese."""
    return not str(tk.h.lang() or "").startswith("en")


def actions() -> Iterator[tuple[str, dict[str, Any], docstrings.Described]]:
    """The documented actions that this site has: name, plan, and what their docstring says."""
    for name, planned in plan()["actions"].items():
        try:
            action = tk.get_action(name)
        except KeyError:
            continue
        yield name, planned, docstrings.describe(action)


def document(sample: dict[str, str]) -> dict[str, Any]:
    """The whole document, in the language of the reader.

    :param sample: what stands for ``{entry} {code} {file} {organization} {target}`` in the examples
    """
    language = "zh" if chinese() else "en"
    paths: dict[str, Any] = {openapi_rows.PATH: openapi_rows.operation(sample)}
    used = {"rows"}
    for name, planned, described in actions():
        paths[f"/api/3/action/{name}"] = {"get": _operation(name, planned, described, sample)}
        used.add(planned["tag"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": tk._("Open data interface of {site}").format(
                site=tk.config.get("ckan.site_title") or "CKAN"
            ),
            "version": VERSION,
            "description": tk._(
                "Everything is read by GET, needs no account, and answers JSON. What is documented here stays: "
                "parameters and fields are added; none is taken away or given another meaning without half a year's "
                "notice on this site."
            ),
        },
        "servers": [{"url": str(tk.config["ckan.site_url"]).rstrip("/")}],
        "tags": [
            {"name": tag["name"], "description": tag[language]}
            for tag in plan()["tags"]
            if tag["name"] in used
        ],
        "paths": paths,
        "components": {
            "schemas": {**_schemas(language), "Rows": openapi_rows.answer(), "Error": FORM_ERROR},
            "securitySchemes": openapi_rows.SECURITY,
        },
    }


def _operation(
    name: str, planned: dict[str, Any], described: docstrings.Described, sample: dict[str, str]
) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": [planned["tag"]],
        "summary": planned["zh"] if chinese() else described.summary,
        "parameters": [_parameter(key, planned, described, sample) for key in planned["parameters"]],
        "responses": {
            "200": _json(tk._("The answer"), _envelope(_result(planned, described))),
            "4XX": _json(tk._("Refused, with the reason"), {"$ref": "#/components/schemas/Error"}),
        },
    }


def _parameter(
    name: str, planned: dict[str, Any], described: docstrings.Described, sample: dict[str, str]
) -> dict[str, Any]:
    known = described.parameters.get(name, docstrings.Parameter(name, ""))
    found: dict[str, Any] = {
        "name": name,
        "in": "query",
        "required": name in planned.get("required", ()),
        "description": planned["parameters"][name] if chinese() else known.text,
        "schema": {"type": known.type},
    }
    if name in planned["example"]:
        value = planned["example"][name]
        found["example"] = (
            value.format(**sample) if isinstance(value, str) and value.startswith("{") else value
        )
    return found


def _result(planned: dict[str, Any], described: docstrings.Described) -> dict[str, Any]:
    if "result" in planned:
        return planned["result"]
    if described.like:
        return plan()["actions"][described.like]["result"]
    return described.returns or {}


def _envelope(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", "result"],
        "properties": {"help": {"type": "string"}, "success": {"const": True}, "result": result},
    }


def _json(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _schemas(language: str) -> dict[str, Any]:
    entry = tk.h.scheming_get_dataset_schema("dataset") or {}
    organization = tk.h.scheming_get_organization_schema("organization") or {}
    fields = {
        "Entry": entry.get("dataset_fields", []),
        "File": entry.get("resource_fields", []),
        "Organization": organization.get("fields", []),
    }
    return {
        name: {
            "type": "object",
            "required": REQUIRED[name],
            "properties": {
                **{field["field_name"]: _field(field, language) for field in listed},
                **CORE[name],
            },
        }
        for name, listed in fields.items()
    }


def _field(field: dict[str, Any], language: str) -> dict[str, Any]:
    if "repeating_subfields" in field:
        below = {sub["field_name"]: _field(sub, language) for sub in field["repeating_subfields"]}
        found: dict[str, Any] = {"type": ["array", "null"], "items": {"type": "object", "properties": below}}
    elif field.get("preset") in PRESETS:
        found = dict(PRESETS[field["preset"]])
    else:
        checks = str(field.get("validators") or "").split()
        found = {"type": next((VALIDATORS[check] for check in checks if check in VALIDATORS), TEXT["type"])}
    label = field.get("label") or {}
    words = label.get("zh_Hans_CN" if language == "zh" else "en") if isinstance(label, dict) else label
    return {**({"description": words} if words else {}), **found}
