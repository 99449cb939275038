"""The shipped code lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ckanext.govshare import schemas
from ckanext.govshare.kernel.codelists import Code, CodeTable
from ckanext.govshare.kernel.rules_items import ITEM_TYPES

jsonschema = pytest.importorskip("jsonschema")
FOLDER = Path(schemas.__file__).parent
FILES = sorted((FOLDER / "codes").glob("*.yaml"))
PARENTS = {"format_type": "format_class", "class_xiang": "class_lei", "region": "region"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_list_fits_its_schema(path):
    schema = json.loads((FOLDER / "codes.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_lists_load_by_name():
    lists = schemas.load_codelists()
    assert {path.stem for path in FILES} == set(lists)
    assert lists["share_type"].get("2").zh == "有条件共享"
    assert lists["share_type"].get(["2"]) is None
    assert [code.code for code in lists["open_domain"].codes] == [f"{number:02}" for number in range(1, 28)]


def test_written_out_list_equals_its_file():
    for path in FILES:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert schemas.load_codelists()[path.stem].as_dict() == written


def test_parents_are_there():
    lists = schemas.load_codelists()
    for name, above in PARENTS.items():
        assert all(code.parent in lists[above] for code in lists[name].codes if code.parent)
    assert {code.code for code in lists["format_type"].children("2")} == {"et", "xls", "xlsx", "csv"}


def test_item_types_are_in_the_order_of_their_numbers():
    assert "".join(code.code for code in schemas.load_codelists()["item_type"].codes) == ITEM_TYPES


def test_value_that_is_there_twice_raises():
    with pytest.raises(ValueError, match="twice"):
        CodeTable("x", "2026", "s", "中", "en", (Code("1", "a", "a"), Code("1", "b", "b")))
