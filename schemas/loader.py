"""Reads the YAML of this folder once and hands it to whoever works with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from ckanext.govshare.kernel.codelists import Code, CodeTable
from ckanext.govshare.kernel.forms import Form, parse


@cache
def load_codelists() -> Mapping[str, CodeTable]:
    """Every code list of ``schemas/codes`` by its name, read at the first call.

    :returns: a read-only mapping, in the order of the names
    :raises ValueError: a list holds a value twice, or its file has another name
    """
    folder = files(__package__) / "codes"
    documents = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
    )
    tables = [_table(item.name, yaml.safe_load(item.read_text(encoding="utf-8"))) for item in documents]
    return MappingProxyType({table.name: table for table in tables})


@cache
def load_forms() -> Mapping[str, Form]:
    """Every package type of this folder that is filled in as a form with steps, by its name.

    :returns: a read-only mapping, in the order of the file names
    :raises ValueError: a form names a step, a field or a kind that is not there
    """
    documents = (
        yaml.safe_load(item.read_text(encoding="utf-8"))
        for item in sorted(files(__package__).iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    )
    forms = [parse(document) for document in documents if "form_steps" in document]
    return MappingProxyType({form.type: form for form in forms})


def _table(file_name: str, document: dict[str, Any]) -> CodeTable:
    if file_name != f"{document['name']}.yaml":
        raise ValueError(f"{file_name} holds the code list {document['name']}")
    return CodeTable(
        name=document["name"],
        version=document["version"],
        source=document["source"],
        zh=document["title"]["zh"],
        en=document["title"]["en"],
        codes=tuple(Code(**code) for code in document["codes"]),
    )
