"""A JSON Schema as the short notation in which people read it: ``{count, results: [{id, name}]}``."""

from __future__ import annotations

from typing import Any

MOST_NAMES = 12  # names of one object that are told


def shape(schema: dict[str, Any]) -> str:
    """The notation of a schema; references stand by their name."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(shape(one) for one in schema["anyOf"] if one != {"type": "null"})
    kinds = schema.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "items" in schema:
        return f"[{shape(schema['items'])}]"
    if "properties" in schema:
        names = [name + _behind(value) for name, value in schema["properties"].items()]
        return "{" + ", ".join([*names[:MOST_NAMES], *(["…"] if len(names) > MOST_NAMES else [])]) + "}"
    return next((kind for kind in kinds if kind and kind != "null"), "…")


def _behind(schema: dict[str, Any]) -> str:
    told = shape(schema)
    return f": {told}" if told[0] in "[{" or "$ref" in schema else ""
