"""Catalogues that real departments published, with the numbers counted by hand (issue 3)."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def serve(source, shared_data):
    def put(name: str) -> None:
        source.body = (shared_data / "exchange-points" / f"{name}.json").read_bytes()

    return put


def test_usaid_gives_307_entries_and_9_that_wait_and_the_public_sees_255(
    source, serve, make_point, harvest, ask
):
    serve("usaid")
    point = make_point(source.url)

    run = harvest(point)

    counts = run["counts"]
    assert (run["state"], counts["create"], counts["review"], counts["reject"]) == ("done", 307, 9, 0)
    public = ask("package_search", {"rows": 1000}, user="citizen")
    kinds = [entry["open_type"] for entry in public["results"]]
    assert (public["count"], kinds.count("1"), kinds.count("2")) == (255, 187, 68)
    again = harvest(point)
    assert (again["counts"]["unchanged"], again["writes"]) == (316, 0)


def test_opm_gives_29_entries_and_105_rejected_each_naming_the_missing_reason(
    source, serve, make_point, harvest
):
    serve("opm")

    run = harvest(make_point(source.url))

    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 29, 105)
    rejected = [problem for problem in run["problems"] if problem["verdict"] == "rejected"]
    assert len(rejected) == 105
    fields = [
        {finding["field"] for finding in problem["findings"] if finding["severity"] == "refuse"}
        for problem in rejected
    ]
    assert all(found & {"no_open_reason", "open_condition"} for found in fields)
    assert all(problem["title"] for problem in rejected)


def test_treasury_in_three_states_updates_54_then_3_and_misses_1(source, serve, make_point, harvest):
    serve("treasury-2025-02-01")
    point = make_point(source.url)
    first = harvest(point)
    assert (first["counts"]["create"], first["counts"]["reject"]) == (233, 0)

    serve("treasury-2025-02-11")
    second = harvest(point)
    serve("treasury-2025-07-24")
    third = harvest(point)

    assert (second["counts"]["update"], second["counts"]["missing"]) == (54, 0)
    assert (third["counts"]["update"], third["counts"]["missing"], third["counts"]["create"]) == (3, 1, 0)


@pytest.mark.parametrize("name", ["treasury-2025-02-01", "usaid", "opm"])
def test_a_real_catalogue_is_known_again_in_any_order_and_under_another_title(
    source, serve, make_point, harvest, entries, name
):
    serve(name)
    point = make_point(source.url)
    first = harvest(point)
    counts = {key: value for key, value in first["counts"].items() if key != "create"}
    ids = {guid: (entry["id"], entry["name"]) for guid, entry in entries(point).items()}
    document = json.loads(source.body)

    source.body = source.body + b"\n"  # the same, and other bytes
    again = harvest(point)
    shuffle(document["dataset"])
    source.body = json.dumps(document).encode()
    shuffled = harvest(point)
    renamed = next(data for data in document["dataset"] if str(data["identifier"]) in ids)
    renamed["title"] += " (renamed)"
    source.body = json.dumps(document).encode()
    after = harvest(point)

    for run in (again, shuffled):
        assert (run["state"], run["writes"], run["totals"]["not_modified"]) == ("done", 0, False)
        assert run["counts"]["unchanged"] == first["counts"]["create"] + first["counts"]["review"]
        assert run["counts"]["reject"] == counts["reject"]
    assert (after["counts"]["update"] + after["counts"]["review"], after["counts"]["create"]) == (1, 0)
    assert {guid: (entry["id"], entry["name"]) for guid, entry in entries(point).items()} == ids
    assert entries(point)[str(renamed["identifier"])]["title"].endswith("(renamed)")


def shuffle(value: Any) -> None:
    """Another order of everything in which order means nothing: records, keywords, files, keys."""
    order = random.Random(20250711)  # noqa: S311 - the same every time
    if isinstance(value, list):
        order.shuffle(value)
        for item in value:
            shuffle(item)
    elif isinstance(value, dict):
        items = list(value.items())
        order.shuffle(items)
        value.clear()
        value.update(items)
        for item in value.values():
            shuffle(item)
