"""What counts of a CKAN package: the fields that the mapping reads, flat, without what changes by itself.

Numbers of views, cached counts, tracking and the like are left out, so that they are no change of the record. Fields
of ckanext-scheming and of extras are one: sites move them from one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ckanext.govshare.harvesters.federated import word
from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.kernel import codelists, forms
from ckanext.govshare.kernel.codes import code_class, code_valid
from ckanext.govshare.kernel.findings import Finding, Severity

VOCABULARY = ("access_rights", "frequency", "theme")
ACCESS = ("access_rights", "access_level", "accessLevel")


def facts(package: Mapping[str, Any]) -> dict[str, Any]:
    """The package as a source record.

    :param package: as the API gives it, with an ``id``
    :returns: ``{id, …fields, extras: {…}, organization: {title}, tags: [word], groups: [title], resources: [{…}],
        info_items: [{…}]}``; what says nothing stays away
    """
    fields, extras = _read("fields"), _read("fields", "extras.")
    found: dict[str, Any] = {"id": package["id"]}
    found |= _scalars(package, fields)
    said = {one.get("key"): one.get("value") for one in _objects(package.get("extras"))}
    said |= {name: package[name] for name in extras if name in package}
    found["extras"] = {
        name: _values(said[name], name in VOCABULARY) for name in sorted(extras) if said.get(name)
    }
    organization = package.get("organization")
    found["organization"] = _scalars(organization, ("title",)) if isinstance(organization, dict) else {}
    found["tags"] = [one["name"] for one in _objects(package.get("tags")) if isinstance(one.get("name"), str)]
    found["groups"] = [
        one[name]
        for one in _objects(package.get("groups"))
        for name in ("title", "name")
        if isinstance(one.get(name), str)
    ]
    names = {*_read("resources"), "id", "format", "mimetype"}
    found["resources"] = [_scalars(one, names) for one in _objects(package.get("resources"))]
    found["info_items"] = [_scalars(one, _read("items")) for one in _objects(package.get("info_items"))]
    if isinstance(package.get("tag_string"), str) and not found["tags"]:
        found["tags"] = package["tag_string"].split(",")
    return {name: value for name, value in found.items() if value not in ({}, [], "", None)}


def own_elements(
    fields: Mapping[str, Any], items: list[dict[str, Any]], default_class: str, findings: list[Finding]
) -> dict[str, Any]:
    """What a site with the catalogue's own elements says, as far as it is valid here.

    A code counts when it lies below the class of the point: then it is the same information resource.

    :param items: rows of its table of items
    :param findings: gets what was left out
    """
    form, tables = forms.installed()["dataset"], codelists.installed()
    kept = dict(fields)
    for item in form.of_kind("choice"):
        table, value = tables.get(item.codelist), kept.get(item.name)
        if value and table is not None and value not in table:
            findings.append(_unknown(item.name, str(kept.pop(item.name))))
    code = kept.pop("resource_code", "")
    if code_valid(code) and code_class(code).prefix.startswith(default_class):
        kept |= {"resource_code": code, **code_class(code).fields()}
    if items:
        kept["info_items"] = items
    return kept


def about_access(data: Mapping[str, Any]) -> str:
    """What a record says about opening, in whatever words; empty where it says nothing."""
    extras = data.get("extras", {})
    named = [data.get("open_type"), *(extras.get(name) for name in ACCESS)]
    return next((str(said) for said in named if said), "")


def _unknown(name: str, value: str) -> Finding:
    return Finding(
        "value_unknown",
        name,
        f"来源的值“{value[:60]}”不在本平台代码表中，未采用。",
        f'The value "{value[:60]}" of the source is not in the code list here and was left out.',
        # whatever is said of secrecy must not pass for "not secret"
        Severity.REFUSE if name == "secret" else Severity.WARN,
    )


@cache
def _read(part: str, prefix: str = "") -> frozenset[str]:
    """Names that the mapping reads of a part: with a prefix those below it, else those of no object."""
    rules = read_yaml("ckan.yaml")[part]
    rules = rules["fields"] if part != "fields" else rules
    paths = {
        path
        for rule in rules.values()
        for path in ([rule["from"]] if isinstance(rule["from"], str) else rule["from"])
    }
    if prefix:
        return frozenset(path.removeprefix(prefix) for path in paths if path.startswith(prefix))
    return frozenset(path for path in paths if "." not in path) - {"tags", "groups"}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _scalars(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: given[name] for name in sorted(names) if _plain(given.get(name))}


def _plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and value != ""


def _values(value: Any, vocabulary: bool) -> Any:
    """A text, or texts: extras hold lists as JSON; of addresses of a vocabulary what they say."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, list):
        value = [one for one in value if _plain(one)]
    elif not _plain(value):
        return None
    return word(value) if vocabulary else value
