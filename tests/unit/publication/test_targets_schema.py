"""The JSON Schema of a file of targets takes what is right and refuses what is wrong."""

from __future__ import annotations

import json
from importlib import resources

import pytest

jsonschema = pytest.importorskip("jsonschema")

TARGET = {"title": "开放数据集 80 个以上", "measure": "open_datasets", "at_least": 80, "due": "2026-12-31"}


def is_valid(target: dict[str, object]) -> bool:
    schema = json.loads((resources.files("ckanext.govshare.schemas") / "targets.schema.json").read_text())
    return jsonschema.Draft202012Validator(schema).is_valid({"targets": [target]})


def test_target_file_takes_a_target():
    assert is_valid(TARGET)
    assert is_valid({**TARGET, "scope": "department", "organization": "jiaotong"})
    assert is_valid({**TARGET, "scope": "field", "field": "14", "rule_version": 1, "publish_departments": True})
    assert is_valid({**TARGET, "measure": "rows", "at_least": 1_000_000})
    assert is_valid({**TARGET, "measure": "hook_up", "at_least": 62.5})


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "pages"}, {"at_least": 0}, {"at_least": 1.5}, {"at_least": "80"}, {"at_least": True},
        {"measure": "hook_up", "at_least": 101}, {"measure": "cloud", "at_least": 0}, {"scope": "field"},
        {"measure": "cloud", "at_least": 5, "publish_departments": True}, {"field": "14"},
        {"measure": "applications", "scope": "field", "field": "14"}, {"scope": "field", "field": 14},
        {"measure": "hook_up", "at_least": 5, "scope": "field", "field": "14"}, {"rule_version": 0},
        {"due": "31.12.2026"}, {"scope": "department"},
        {"organization": "jiaotong"}, {"title": ""}, {"unknown": 1},
    ],
)  # fmt: skip
def test_target_file_refuses_what_is_wrong(change):
    assert not is_valid({**TARGET, **change})
