"""Catalogues that real departments publish, read in place; skipped where they are not here."""

from __future__ import annotations

from collections import Counter

import pytest
from pod_records import slugs

from ckanext.govshare.harvesters import KINDS, Fetched
from ckanext.govshare.kernel.digest import canonical_digest

HARVESTER = KINDS["data_json"]


@pytest.mark.parametrize(
    ("name", "total", "rejected", "opening"),
    [("usaid", 316, 0, {"1": 187, "2": 68, "3": 61}), ("opm", 134, 105, {"1": 29}),
        ("consumerfinance", 11, 0, {"1": 11}),
     ("treasury-2025-02-01", 233, 0, {"1": 233}), ("treasury-2025-07-24", 232, 0, {"1": 232})],
)  # fmt: skip
def test_real_catalogue_is_mapped(source, point, name, total, rejected, opening):
    records = list(HARVESTER.records(Fetched(source(name)), point()))
    mapped = [HARVESTER.to_entry(record, point()) for record in records]
    assert len(mapped) == total
    assert sum(one.rejected for one in mapped) == rejected
    assert Counter(one.entry["open_type"] for one in mapped if not one.rejected) == opening
    assert all(slugs(one) <= {("open_reason", "open_condition"),
        ("open_reason", "no_open_reason")} for one in mapped)


def test_changes_between_real_states_are_counted(source, point):
    names = ("treasury-2025-02-01", "treasury-2025-02-11", "treasury-2025-07-24")
    first, second, third = (
        {
            record.guid: canonical_digest(record.data)
            for record in HARVESTER.records(Fetched(source(name)), point())
        }
        for name in names
    )
    assert (changes(first, second), changes(second, third)) == ((54, 0, 0), (3, 1, 0))


def changes(before, after):
    both = before.keys() & after.keys()
    changed = sum(before[guid] != after[guid] for guid in both)
    return changed, len(before.keys() - both), len(after.keys() - both)
