"""Versions of a published entry."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.changes.conftest import call


def test_each_version_says_who_changed_what(make_entry):
    entry = make_entry()
    tk.get_action("package_patch")({"user": "office"}, {"id": entry["id"], "update_cycle": "3"})
    newest, *_rest, first = call("entry_history", "officer", id=entry["id"])
    assert (first["version"], first["kind"], first["actor"]) == (1, "created", "office")
    assert newest["diff"] == [
        {"field": "update_cycle", "label": "更新周期", "before": "每日", "after": "每周"}
    ]


def test_a_changed_item_is_one_row_of_a_version(make_entry):
    entry = make_entry()
    items = [{**entry["info_items"][0], "length": "60"}, entry["info_items"][1]]
    tk.get_action("package_patch")({"user": "office"}, {"id": entry["id"], "info_items": items})
    rows = call("entry_history", "officer", id=entry["id"])[0]["diff"][0]["rows"]
    assert [(row["kind"], row["key"], row["after"]["数据长度"]) for row in rows] == [
        ("changed", "站点名称", "60")
    ]


@pytest.mark.parametrize("person", ["", "citizen", "neighbour", "county_office", "operator"])
def test_former_versions_are_for_the_department_and_the_office(make_entry, person):
    with pytest.raises(tk.NotAuthorized):
        call("entry_history", person, id=make_entry()["id"])
