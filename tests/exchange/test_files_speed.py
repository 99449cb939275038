"""Large files in the DataStore: their full text comes later, and is what core would have made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import call
from .files_help import Keeper

ROWS = 300


@pytest.fixture
def large(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """A loaded file that counts as large."""
    from ckanext.govshare.exchange import load

    monkeypatch.setattr(load, "AT_ONCE", 100)
    monkeypatch.setattr(load, "CHUNK", 70)
    lines = (f"{number:03d},人民广场{number} station,{number},2026-03-01\n" for number in range(ROWS))
    keeper.host.put("/a.csv", "站点编号,名称,客流,日期\n" + "".join(lines))
    keeper.mode("load")
    keeper.work()
    return keeper


def found(keeper: Keeper, **query: Any) -> int:
    return call("datastore_search", {"resource_id": keeper.resources()[0]["id"], **query})["total"]


def table(keeper: Keeper, query: str) -> list[Any]:
    import sqlalchemy as sa
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().begin() as connection:
        return connection.execute(sa.text(query.format(keeper.resources()[0]["id"]))).all()


def test_rows_are_there_before_their_full_text(large: Keeper) -> None:
    from ckanext.govshare.exchange import load

    resource_id = large.resources()[0]["id"]
    assert found(large) == ROWS
    assert found(large, q="station") == 0
    assert resource_id in load.unfilled()
    assert load.fill_full_text(resource_id) == ROWS
    assert found(large, q="station") == ROWS
    assert resource_id not in load.unfilled()
    assert load.fill_full_text(resource_id) == 0  # doing it again changes nothing


def test_the_full_text_is_what_the_trigger_of_core_makes(large: Keeper) -> None:
    from ckanext.govshare.exchange import load

    load.fill_full_text(large.resources()[0]["id"])
    ours = table(large, 'SELECT _id, _full_text::text FROM "{}" ORDER BY _id')
    table(large, 'UPDATE "{}" SET _full_text = NULL RETURNING 1')
    assert table(large, 'SELECT _id, _full_text::text FROM "{}" ORDER BY _id') == ours


def test_a_large_table_is_as_core_makes_it(large: Keeper) -> None:
    """Rows that are written later get their number and their full text."""
    from ckanext.govshare.exchange import load

    resource_id = large.resources()[0]["id"]
    load.fill_full_text(resource_id)
    row = {"column_1": "999", "column_2": "新站 stop", "column_3": 5, "column_4": "2026-03-02"}
    call("datastore_upsert", {"resource_id": resource_id, "records": [row], "method": "insert", "force": True})
    assert found(large, q="stop") == 1
    assert table(large, 'SELECT max(_id) FROM "{}"')[0][0] == ROWS + 1
    keys = "SELECT 1 FROM pg_constraint WHERE contype = 'p' AND conrelid = to_regclass('\"{}\"')"
    assert len(table(large, keys)) == 1


def test_the_timer_finds_tables_without_full_text(large: Keeper, ask: Callable[..., Any]) -> None:
    assert large.resources()[0]["id"] in ask("govshare_exchange_due", {})["full_text"]
