"""Interprets a mapping table (mappings/*.yaml): paths of the source, transforms, fields of the entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ckanext.govshare.harvesters.transforms import TRANSFORMS, Call
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.text import clean

FieldRule = tuple[str, list[str], list[Any], Mapping[str, str]]
FileFacts = tuple[Mapping[str, Any], dict[str, Any], list[Finding]]


class Mapper:
    """One mapping, ready to use.

    :param document: content of its YAML file, in the shape of mappings/mapping.schema.json
    :raises KeyError: it names a transform or table that is not there
    """

    def __init__(self, document: Mapping[str, Any]):
        self.name: str = document["name"]
        self.version: int = document["version"]
        self.profile: str = document["profile"]
        self._tables = {
            name: {clean(str(word)).casefold(): value for word, value in table.items()}
            for name, table in document["tables"].items()
        }
        self._fields = self._compiled(document["fields"])
        resources = document.get("resources")
        self._resources_from: str = resources["from"] if resources else ""
        self._resource_fields = self._compiled(resources["fields"]) if resources else []
        items = document.get("items")
        self._items_from: str = items["from"] if items else ""
        self._item_fields = self._compiled(items["fields"]) if items else []

    def fields(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
        """Fields of an entry that a record gives; those that it does not give stay away.

        :returns: the fields, and what was found on the way
        """
        return _apply(self._fields, data)

    def resources(self, data: Mapping[str, Any]) -> Iterator[FileFacts]:
        """What the record says of each of its files: as it stands, its fields, and what was found."""
        for item in _objects(at(data, self._resources_from)):
            yield item, *_apply(self._resource_fields, item)

    def items(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The information items of the record, as far as it has any."""
        found = (_apply(self._item_fields, item)[0] for item in _objects(at(data, self._items_from)))
        return [item for item in found if item]

    def _compiled(self, fields: Mapping[str, Any]) -> list[FieldRule]:
        return [
            (
                name,
                [rule["from"]] if isinstance(rule["from"], str) else list(rule["from"]),
                [self._step(step) for step in rule["as"]],
                rule.get("when", {}),
            )
            for name, rule in fields.items()
        ]

    def _step(self, step: str | Mapping[str, str]) -> tuple[Any, dict[str, str], str]:
        if isinstance(step, str):
            return TRANSFORMS[step], {}, ""
        return TRANSFORMS["lookup"], self._tables[step["lookup"]], step.get("unknown", "ignore")


def _objects(listed: Any) -> Iterator[Mapping[str, Any]]:
    for item in listed if isinstance(listed, list) else [listed] if listed else []:
        if isinstance(item, Mapping):
            yield item


def _apply(fields: list[FieldRule], data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    entry: dict[str, Any] = {}
    findings: list[Finding] = []
    for name, paths, steps, when in fields:
        if any(entry.get(other) != value for other, value in when.items()):
            continue
        for path in paths:
            value = at(data, path)
            call = Call(name, findings)
            for transform, call.table, call.unknown in steps:
                # a missing value is nothing to most transforms, but an unknown one to a strict look-up
                value = transform(value, call) if value is not None or call.unknown == "refuse" else None
            if value not in (None, "", []):
                entry[name] = value
                break
    return entry, findings


def at(data: Any, path: str) -> Any:
    """The value at a path such as ``publisher.name``, or None."""
    for key in path.split("."):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def read_yaml(name: str) -> dict[str, Any]:
    """A document of the folder ``mappings``."""
    return yaml.safe_load((files(__package__) / "mappings" / name).read_text(encoding="utf-8"))


@cache
def load_mapper(name: str) -> Mapper:
    """The mapping of that name, read once."""
    return Mapper(read_yaml(f"{name}.yaml"))


class ByTable:
    """A kind of exchange point whose records are mapped by the table of its name (part of `base.Harvester`)."""

    kind: str

    @property
    def mapper(self) -> Mapper:
        """The mapping table, read once."""
        return load_mapper(self.kind)

    @property
    def profile(self) -> str:
        """Which weights the rules have for its entries."""
        return self.mapper.profile

    @property
    def version(self) -> int:
        """Version of the mapping table."""
        return self.mapper.version
