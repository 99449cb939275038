"""Standard items and the profile of the law: what is shipped, and what an item takes from its standard item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from kernel_entries import CODES

from ckanext.govshare import schemas
from ckanext.govshare.kernel import legal, standards
from ckanext.govshare.kernel.standards import apply

jsonschema = pytest.importorskip("jsonschema")
FOLDER = Path(schemas.__file__).parent
REGISTER = schemas.load_standard_items()


def fits(schema, path):
    rules = json.loads((FOLDER / schema).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(rules).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_register_fits_its_schema():
    fits("standard_items.schema.json", FOLDER / "standard_items.yaml")


@pytest.mark.parametrize("path", sorted((FOLDER / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_profile_fits_its_schema(path):
    fits("profile.schema.json", path)
    assert all(level in CODES["basis_level"] for level in schemas.load_profiles()[path.stem].basis_levels)


def test_law_in_force_waits_for_the_offices_word():
    assert legal.installed().name == "tiaoli_2025"
    assert legal.installed().confirmed is False


def test_earlier_profile_accepts_levels_that_the_law_in_force_does_not():
    profiles = schemas.load_profiles()
    assert "city_policy" in profiles["guofa51"].basis_levels
    assert "city_policy" not in profiles["tiaoli_2025"].basis_levels


def test_register_has_the_common_items_once():
    names = [item.zh for item in REGISTER.values()]
    assert len(names) == len(set(names)) >= 40
    assert {"姓名", "公民身份号码", "统一社会信用代码", "行政区划代码", "经度", "联系电话"} <= set(names)


def test_item_takes_what_it_leaves_blank():
    [item] = apply([{"name": "性别", "standard": "DE003", "length": ""}], REGISTER)
    assert item == {
        "name": "性别",
        "standard": "DE003",
        "type": "C",
        "length": "1",
        "code_table": "GB/T 2261.1",
    }


def test_item_keeps_what_it_says():
    given = {"name": "性别", "standard": "DE003", "type": "I", "code_table": "本地代码"}
    assert apply([given], REGISTER) == [given]


@pytest.mark.parametrize("item", [{"name": "甲"}, {"name": "甲", "standard": ""}, {"standard": "DE999"}])
def test_item_that_is_bound_to_nothing_stays_as_it_is(item):
    assert apply([item], REGISTER) == [item]


@pytest.mark.parametrize(
    ("item", "letter", "expected"),
    [
        ({"type": "C", "length": "1"}, "C", []),
        ({"type": "1"}, "C", []),
        ({"type": "I", "length": "4"}, "I", ["type"]),
        ({"type": "C", "length": "10"}, "C", ["length"]),
        ({"code_table": "GB/T 2261.2"}, None, ["code_table"]),
    ],
)
def test_conflict_is_named(item, letter, expected):
    assert list(standards.conflicts(item, REGISTER["DE003"], letter)) == expected
