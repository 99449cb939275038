"""Files of harvested entries: mirrored, unchanged, changed, given up."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import call
from .files_help import CSV, Keeper, host, keeper, settings  # noqa: F401 - fixtures


def test_a_mirrored_file_is_stored_under_the_id_of_its_link(keeper: Keeper) -> None:
    assert keeper.harvest(keeper.point)["state"] == "done"
    before = keeper.resources()[0]
    counts = keeper.work()
    after = keeper.resources()[0]
    assert counts["kept"] == 1
    assert after["id"] == before["id"]
    assert (after["url_type"], after["source_url"]) == ("upload", keeper.host.url("/a.csv"))
    assert after["original_name"] == "a.csv"
    assert after["size"] == len(CSV.encode())
