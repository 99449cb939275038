"""Which stored resource a harvested one continues, and what it keeps of it."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.govshare.exchange.resources import as_link, carry, keep_ids

COPY = {
    "url": "http://site/dataset/x/resource/1/download/abc.csv",
    "url_type": "upload",
    "hash": "a" * 64,
    "size": 12,
    "mimetype": "text/csv",
    "original_name": "a.csv",
    "rows": 2,
    "datastore_active": True,
    "source_url": "http://host/a.csv",
}


def link(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "url": f"http://host/{name}.csv", "format": "CSV", **fields}


def ids(stored: list[dict[str, Any]], harvested: list[dict[str, Any]]) -> list[str | None]:
    return [resource.get("id") for resource in keep_ids(stored, harvested)]


def test_a_source_key_counts_first() -> None:
    stored = [link("a", id="1", source_key="k1"), link("b", id="2", source_key="k2")]
    assert ids(stored, [link("x", source_key="k2"), link("y", source_key="k1")]) == ["2", "1"]


def test_an_address_counts_where_no_key_does() -> None:
    stored = [link("a", id="1"), link("b", id="2")]
    assert ids(stored, [link("b"), link("a")]) == ["2", "1"]


def test_the_address_of_a_copy_is_that_of_its_source() -> None:
    stored = [link("z", id="0"), link("a", id="1", **COPY)]
    assert ids(stored, [link("a"), link("z")]) == ["1", "0"]


def test_a_file_that_moved_keeps_its_id_by_a_name_that_is_its_own() -> None:
    stored = [link("a", id="1", source_key="k1"), link("b", id="2", source_key="k2")]
    moved = link("b", url="http://host/new/b.csv", source_key="k3")
    assert ids(stored, [moved, link("a", source_key="k1")]) == ["2", "1"]


def test_a_name_that_two_files_have_says_nothing() -> None:
    stored = [link("a", id="1", source_key="k1"), link("a", id="2", url="http://host/2", source_key="k2")]
    assert ids(stored, [link("a", url="http://host/3", source_key="k3")]) == [None]


def test_a_place_counts_last_and_not_against_keys() -> None:
    stored = [link("a", id="1")]
    assert ids(stored, [link("x", url="http://host/x")]) == ["1"]
    assert ids([link("a", id="1", source_key="k1")], [link("x", url="http://host/x", source_key="k2")]) == [None]


def test_a_copy_is_carried_over_with_the_new_address() -> None:
    kept = carry(COPY, link("a", url="http://host/new.csv"))
    assert kept["url"] == "abc.csv"
    assert kept["source_url"] == "http://host/new.csv"
    same = ("url_type", "hash", "size", "mimetype", "original_name", "rows", "datastore_active")
    assert [kept[name] for name in same] == [COPY[name] for name in same]


@pytest.mark.parametrize(
    ("stored", "harvested"),
    [
        ({**COPY, "source_url": ""}, link("a")),  # somebody's own upload
        ({**COPY, "url_type": ""}, link("a")),
        (COPY, {**link("a"), "_file": {"path": "x"}}),  # brought with the record
        (COPY, {**link("a"), "url": "ftp://host/a.csv"}),
    ],
)
def test_nothing_else_is_carried(stored: dict[str, Any], harvested: dict[str, Any]) -> None:
    assert carry(stored, harvested) == harvested


def test_a_copy_given_up_leaves_no_trace() -> None:
    shown = as_link({**COPY, "name": "a", "id": "1"}, "http://host/a.csv")
    assert shown["url"] == "http://host/a.csv"
    assert {name: value for name, value in shown.items() if value} == {"url": shown["url"], "name": "a", "id": "1"}
