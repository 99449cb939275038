"""The rows of open tables in the OpenAPI document, from the constants by which a request for rows is checked."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.developers import rows_asked
from ckanext.govshare.developers.rows_views import KEY_HEADER

PATH = "/api/rows/{prefix}/{sequence}/{number}"
SECURITY = {
    "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    "keyInAddress": {"type": "apiKey", "in": "query", "name": rows_asked.KEY},
}
TEXT = {"type": ["string", "null"]}
COUNT = {"type": ["integer", "null"]}


def operation(sample: dict[str, str]) -> dict[str, Any]:
    """The path item of :func:`rows_views.rows`.

    :param sample: ``code`` of the entry that the examples read
    """
    prefix, _, sequence = sample["code"].partition("/")
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refused = {
        "400": tk._("A parameter is wrong: error.parameter names it"),
        "403": tk._("The key is unknown, or the data are open on condition"),
        "404": tk._("There is no such entry or file, or it has no rows"),
    }
    waiting = {"description": tk._("Seconds after which to try again"), "schema": {"type": "integer"}}
    places = (
        ("prefix", tk._("The code before the slash"), {"type": "string"}, prefix),
        ("sequence", tk._("The code behind the slash"), {"type": "string"}, sequence),
        ("number", tk._("Number of the file, as its page says"), {"type": "integer", "minimum": 1}, 1),
    )
    return {
        "get": {
            "operationId": "rows",
            "tags": ["rows"],
            "summary": tk._("Rows of a file for the public, by the code of its entry"),
            "security": [{}, {"key": []}, {"keyInAddress": []}],
            "parameters": [
                *(
                    {
                        "name": name, "in": "path", "required": True, "description": words, "schema": schema,
                        "example": value,
                    }
                    for name, words, schema, value in places
                ),
                *_query(),
            ],
            "responses": {
                "200": {
                    "description": tk._("The answer"),
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Rows"}},
                        "text/csv": {"schema": {"type": "string"}},
                    },
                },
                "301": {"description": tk._("The entry has another code now: the same request at its new address")},
                **{status: {"description": words, "content": error} for status, words in refused.items()},
                "429": {
                    "description": tk._("The quota is used up"),
                    "headers": {"Retry-After": waiting},
                    "content": error,
                },
            },
        }
    }  # fmt: skip


def _query() -> list[dict[str, Any]]:
    whole, text = {"type": "integer"}, {"type": "string"}
    known: dict[str, tuple[str, dict[str, Any]]] = {
        "page": (tk._("Page, from 1"), {**whole, "minimum": 1, "default": 1}),
        "rows": (
            tk._("Rows of a page"),
            {**whole, "minimum": 1, "maximum": rows_asked.MOST_ROWS, "default": rows_asked.USUAL_ROWS},
        ),
        "after": (
            tk._(
                "Read on after this row instead of by page, as fast at the end as at the beginning: begin with 0, "
                "then follow next"
            ),
            {**whole, "minimum": 0},
        ),
        "columns": (tk._("Only these columns, by label or technical name, with commas"), text),
        "sort": (tk._("Columns to sort by, with commas; a minus before a name: falling"), text),
        "format": (tk._("Format of the answer"), {**text, "enum": list(rows_asked.FORMATS)}),
        "names": (
            tk._("Columns are called by label or by technical name"),
            {**text, "enum": list(rows_asked.NAMES)},
        ),
        "total": (
            tk._("Whether all rows are counted; leave it out to be faster"),
            {**text, "enum": ["true", "false"]},
        ),
    }
    filters = {
        "name": "filters",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": tk._(
            "Conditions, each as a parameter of its own: eq.COLUMN=value (empty: no value), ge.COLUMN= from, "
            "le.COLUMN= up to, contains.COLUMN= part of the text, upper and lower case alike"
        ),
        "schema": {
            "type": "object",
            "patternProperties": {rf"^({'|'.join(rows_asked.OPERATORS)})\..+$": {"type": "string"}},
            "additionalProperties": False,
        },
    }
    return [
        {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
        for name, (words, schema) in known.items()
    ] + [filters]


def answer() -> dict[str, Any]:
    """The schema of an answer with rows."""
    column = {name: {"type": "string"} for name in ("id", "label", "type")}
    result: dict[str, Any] = {
        "code": {"type": "string"},
        "title": {"type": "string"},
        "page_url": {"type": "string"},
        "license": TEXT,
        "updated": TEXT,
        "file": {
            "type": "object",
            "required": ["number", "id", "name"],
            "properties": {"number": {"type": "integer"}, "id": {"type": "string"}, "name": TEXT},
        },
        "columns": {
            "type": "array",
            "items": {"type": "object", "required": list(column), "properties": column},
        },
        "page": COUNT,
        "rows": {"type": "integer"},
        "total": COUNT,
        "next": TEXT,
        "records": {"type": "array", "items": {"type": "object"}},
    }
    return {
        "type": "object",
        "required": ["success", "result"],
        "properties": {
            "success": {"const": True},
            "result": {
                "type": "object",
                "required": list(result),
                "properties": result,
                "additionalProperties": False,
            },
        },
    }
