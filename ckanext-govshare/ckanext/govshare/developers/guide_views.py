"""How programs read the catalogue and the data: the guide, the reference, and the same as an OpenAPI document."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import simplejson
import yaml
from flask import Response

from ckanext.govshare.developers import examples, openapi, quota, rows_asked
from ckanext.govshare.developers.shape import shape

__all__ = ["ROUTES"]

SECONDS = 300  # for which programs may keep the document


def developers() -> str:
    """From nothing to rows in a program: examples that run as they stand, keys, limits, errors, promises."""
    found = examples.sample()
    extra = {
        "sample": found,
        "examples": examples.filled(found),
        "answer": _answer(found),
        "groups": _groups(openapi.document(_values(found))),
        "open_quota": quota.anonymous(),
        "key_quota": quota.by_key(),
        "most_rows": rows_asked.MOST_ROWS,
    }
    return tk.render("govshare/developers/developers.html", extra)


def reference() -> str:
    """Every operation of the OpenAPI document, for people."""
    document = openapi.document(_values(examples.sample()))
    extra = {"document": document, "groups": _groups(document), "shape": shape}
    return tk.render("govshare/developers/reference.html", extra)


def openapi_json() -> Response:
    """The OpenAPI document."""
    text = simplejson.dumps(openapi.document(_values(examples.sample())), ensure_ascii=False, indent=1)
    return _keep(Response(text, content_type="application/json; charset=utf-8"))


def openapi_yaml() -> Response:
    """The OpenAPI document as YAML."""
    document = openapi.document(_values(examples.sample()))
    text = yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110)
    return _keep(Response(text, content_type="application/yaml; charset=utf-8"))


class _Plain(yaml.SafeDumper):
    """Written out in full: what two places share stands at both."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _keep(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    return response


def _values(found: examples.Sample | None) -> dict[str, str]:
    """What stands for places of the examples in the document."""
    values = {
        "entry": "307001004-0007", "code": "307001004/0007", "file": "RESOURCE_ID", "organization": "ORGANIZATION",
        "target": "TARGET",
    }  # fmt: skip
    if found is not None:
        values |= {"entry": found.entry["name"], "code": found.code, "file": found.file["id"]}
        values["organization"] = (found.entry.get("organization") or {}).get("name") or values["organization"]
    try:
        targets = tk.get_action("govshare_publication_progress")({"user": ""}, {})
    except (KeyError, tk.NotAuthorized):
        targets = []
    if targets:
        values["target"] = targets[0]["target"]["id"]
    return values


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations by tag: ``[{name, title, operations: [{path, …}]}]``."""
    operations = [{"path": path, **item["get"]} for path, item in document["paths"].items()]
    return [
        {
            "name": tag["name"],
            "title": tag["description"],
            "operations": [one for one in operations if tag["name"] in one["tags"]],
        }
        for tag in document["tags"]
    ]


def _answer(found: examples.Sample | None) -> str:
    if found is None:
        return ""
    read = examples.first(found)
    records = ",\n    ".join(_told(record) for record in read["records"])
    title, total = _told(found.entry["title"]), _told(read["total"])
    return f'{{"title": {title}, "total": {total},\n  "records": [\n    {records}]}}'


def _told(value: Any) -> str:
    return simplejson.dumps(value, ensure_ascii=False, use_decimal=True, ignore_nan=True, default=str)


ROUTES = [
    ("/developers", developers),
    ("/developers/api", reference),
    ("/developers/openapi.json", openapi_json),
    ("/developers/openapi.yaml", openapi_yaml),
]
