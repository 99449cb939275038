"""What the kind ``database`` promises of increments and of the count of rows (对账), the same for every dialect."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from .contract import (
    INCREMENTS,
    LATER,
    MOMENT,
    every_dialect,
    everything,
    names,
    row,
    stops,
)

pytestmark = every_dialect


def test_only_rows_with_a_later_watermark_are_read(front, reader):
    table = stops(front)
    reader.one("stop", **INCREMENTS)
    front.run("UPDATE stop SET name = 'unseen' WHERE id = 1")  # no watermark: not read
    front.run("UPDATE stop SET name = 'seen', changed = :changed WHERE id = 2", LATER)
    front.fill(table, [{"id": 6, "name": "站6", **LATER}])
    found = reader.one("stop", **INCREMENTS)
    assert names(found) == ["站1", "seen", "站3", "站4", "站5", "站6"]
    assert (found.file["rows"], found.file["source_rows"]) == (6, 6)


def test_row_with_the_same_watermark_as_the_last_is_read(front, reader):
    table = stops(front)
    reader.one("stop", **INCREMENTS)
    front.fill(table, [{"id": 6, "name": "同时", "changed": MOMENT + timedelta(hours=5)}])
    assert names(reader.one("stop", **INCREMENTS))[-1] == "同时"


def test_unchanged_view_keeps_its_file(front, reader):
    stops(front)
    first = reader.one("stop", **INCREMENTS)
    again = reader.one("stop", **INCREMENTS)
    assert again.data == first.data


def test_increments_and_reading_whole_give_the_same_file(front, reader):
    table = stops(front, 12)
    reader.one("stop", **INCREMENTS)
    front.run("UPDATE stop SET name = :name, changed = :changed WHERE id = 2", {"name": '引"号,\n', **LATER})
    front.fill(table, [{"id": 100, "name": None, **LATER}])
    merged = reader.one("stop", **INCREMENTS)
    reader.state = type(reader.state)(keep=reader.keep)
    assert reader.one("stop", **INCREMENTS).data == merged.data


def test_deleted_rows_are_noticed_and_everything_is_read_again(front, reader):
    stops(front)
    reader.one("stop", **INCREMENTS)
    front.run("DELETE FROM stop WHERE id = 3")
    found = reader.one("stop", **INCREMENTS)
    assert names(found) == ["站1", "站2", "站4", "站5"]
    assert "rows_read_again" in found.slugs
    assert "rows_read_again" not in reader.one("stop", **INCREMENTS).slugs


def test_everything_is_read_again_after_some_days(front, reader, at):
    stops(front)
    with at("2026-04-01 08:00"):
        reader.one("stop", **INCREMENTS)
    front.run("UPDATE stop SET name = '改' WHERE id = 1")
    with at("2026-04-03 07:59"):
        assert names(reader.one("stop", full_days=2, **INCREMENTS))[0] == "站1"
    with at("2026-04-03 08:00"):
        assert names(reader.one("stop", full_days=2, **INCREMENTS))[0] == "改"


def test_run_that_was_never_applied_loses_nothing(front, reader):
    table = stops(front)
    reader.one("stop", **INCREMENTS)
    front.fill(table, [{"id": 6, "name": "站6", **LATER}])
    reader.one("stop", applied=False, **INCREMENTS)
    assert names(reader.one("stop", **INCREMENTS))[-1] == "站6"


def test_first_run_that_was_never_applied_is_read_whole_again(front, reader):
    stops(front)
    reader.one("stop", applied=False, **INCREMENTS)
    front.run("UPDATE stop SET name = '改' WHERE id = 1")
    assert names(reader.one("stop", **INCREMENTS))[0] == "改"


def test_mere_test_keeps_nothing(front, reader):
    stops(front)
    assert len(reader.one("stop", keep=False, **INCREMENTS).rows) == 6
    assert list(reader.keep.iterdir()) == []


@pytest.mark.parametrize(
    "change", ["ALTER TABLE stop ADD COLUMN extra integer", "ALTER TABLE stop DROP COLUMN name"]
)
def test_changed_columns_are_read_anew(front, reader, change):
    stops(front)
    reader.one("stop", **INCREMENTS)
    front.run(change)
    found = reader.one("stop", **INCREMENTS)
    assert {len(cells) for cells in found.rows} == {4 if "ADD" in change else 2}
    assert len(found.rows) == 6


def test_retyped_column_is_read_anew(front, reader):
    stops(front)
    reader.one("stop", **INCREMENTS)
    columns = [sa.Column("id", sa.Integer), sa.Column("name", sa.Integer), sa.Column("changed", sa.DateTime)]
    front.table(
        "stop",
        *columns,
        rows=[{"id": n, "name": n, "changed": MOMENT + timedelta(hours=n)} for n in range(1, 6)],
    )
    assert names(reader.one("stop", **INCREMENTS)) == ["1", "2", "3", "4", "5"]


def test_view_that_was_dropped_and_came_back_is_read(front, reader):
    stops(front)
    stops(front, 1, "other")
    reader.fetch(view=["stop", "other"], **INCREMENTS)
    front.run("DROP TABLE stop")
    assert reader.fetch(view=["stop", "other"], **INCREMENTS)["stop"].slugs == ["view_missing"]
    stops(front, 3)
    assert len(reader.fetch(view=["stop", "other"], **INCREMENTS)["stop"].rows) == 4


def test_rows_without_watermark_are_read_every_time(front, reader):
    table = stops(front)
    front.fill(table, [{"id": 6, "name": "无", "changed": None}])
    assert "watermark_empty" in reader.one("stop", **INCREMENTS).slugs
    front.run("UPDATE stop SET name = '仍无' WHERE id = 6")
    assert names(reader.one("stop", **INCREMENTS))[-1] == "仍无"


def test_watermark_that_goes_back_is_noticed(front, reader):
    stops(front)
    reader.one("stop", **INCREMENTS)
    front.run("UPDATE stop SET name = '旧', changed = :changed", {"changed": MOMENT - timedelta(days=9)})
    found = reader.one("stop", **INCREMENTS)
    assert set(names(found)) == {"旧"}
    assert "watermark_back" in found.slugs


def test_emptied_view_is_empty(front, reader):
    stops(front)
    reader.one("stop", **INCREMENTS)
    front.run("DELETE FROM stop")
    assert reader.one("stop", **INCREMENTS).file["rows"] == 0
    assert reader.one("stop", **INCREMENTS).file["rows"] == 0


def test_rows_with_the_same_key_are_all_read(front, reader):
    table = stops(front)
    front.fill(table, [{"id": 5, "name": "又一个", **LATER}])
    found = reader.one("stop", **INCREMENTS)
    assert (found.file["rows"], found.file["source_rows"]) == (6, 6)
    assert "increments_off" in found.slugs


def test_key_that_is_no_longer_one_is_noticed(front, reader):
    table = stops(front)
    reader.one("stop", **INCREMENTS)
    front.fill(table, [{"id": 5, "name": "又一个", **LATER}])
    found = reader.one("stop", **INCREMENTS)
    assert (found.file["rows"], "increments_off" in found.slugs) == (6, True)


@pytest.mark.parametrize(
    "settings",
    [
        {"watermark": "changed"},
        {"watermark": "nothing", "key": "id"},
        {"watermark": "changed", "key": ["id", "no"]},
    ],
)
def test_watermark_that_cannot_be_used_reads_everything(front, reader, settings):
    stops(front)
    found = reader.one("stop", **settings)
    assert (len(found.rows), "increments_off" in found.slugs) == (6, True)


def test_primary_key_is_the_key(front, reader):
    everything(front, [row(n, seen=MOMENT + timedelta(hours=n)) for n in range(1, 12)])
    reader.one("everything", watermark="seen")
    front.run("UPDATE everything SET name = 'unseen' WHERE id = 1")
    front.run("UPDATE everything SET name = 'seen', seen = :changed WHERE id = 10", LATER)
    found = reader.one("everything", watermark="seen")
    assert [cells[3] for cells in found.rows[1:]][:1] + [cells[3] for cells in found.rows[1:]][9:] == [
        "站1",
        "seen",
        "站11",
    ]


def test_number_as_watermark(front, reader):
    columns = [sa.Column("id", sa.Integer), sa.Column("version", sa.BigInteger)]
    table = front.table("counted", *columns, rows=[{"id": n, "version": n} for n in range(1, 4)])
    reader.one("counted", key="id", watermark="version")
    front.fill(table, [{"id": 4, "version": 2**40}])
    assert [cells[0] for cells in reader.one("counted", key="id", watermark="version").rows[1:]] == [
        "1",
        "2",
        "3",
        "4",
    ]
