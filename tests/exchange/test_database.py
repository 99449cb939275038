"""Front-end databases of departments: rows arrive as a file and as a table, and their counts agree."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

pytestmark = pytest.mark.usefixtures("site")

NAMES = ["人民路站", "中山路,西站", '带"引号"的站', "两行\n站名", "府前站"]
SETTINGS = {
    "view": "v_bus_stops",
    "title": "公交站点",
    "notes": "全市公交站点的位置和开通日期。",
    "open_type": "1",
    "update_cycle": "2",
    "open_domain": "14",
    "pub_date": "2026-03-01",
}


def fill(engine: sa.Engine, rows: int) -> None:
    """A table of bus stops with a view of it."""
    with engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW IF EXISTS v_bus_stops"))
        connection.execute(sa.text("DROP TABLE IF EXISTS bus_stop"))
        connection.execute(
            sa.text(
                "CREATE TABLE bus_stop (id integer PRIMARY KEY, stop_code varchar(20),"
                " stop_name varchar(200), longitude numeric(10, 6), opened date)"
            )
        )
        values = [
            {
                "i": n,
                "c": f"00{n:06d}",
                "s": f"{NAMES[n % len(NAMES)]}{n}",
                "x": 117 + n / 1e6,
                "d": "2020-01-01",
            }
            for n in range(1, rows + 1)
        ]
        insert = "INSERT INTO bus_stop VALUES (:i, :c, :s, :x, :d)"
        if values:
            connection.execute(sa.text(insert), values)
        connection.execute(
            sa.text(
                "CREATE VIEW v_bus_stops AS SELECT id, stop_code, stop_name, longitude, opened FROM bus_stop"
            )
        )
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("COMMENT ON COLUMN v_bus_stops.stop_name IS '站点名称'"))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'front.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgres(ckan_config: Any) -> Iterator[sa.Engine]:
    """A schema of its own in the tests' DataStore database plays the department's server."""
    url = sa.make_url(ckan_config["ckan.datastore.write_url"])
    admin = sa.create_engine(url)
    with admin.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS front_end CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA front_end"))
    engine = sa.create_engine(url.update_query_dict({"options": "-csearch_path=front_end"}))
    yield engine
    engine.dispose()
    with admin.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA front_end CASCADE"))
    admin.dispose()


@pytest.fixture
def front_end(request: Any) -> sa.Engine:
    return request.getfixturevalue(request.param)


@pytest.fixture
def connect(
    make_point: Callable[..., str], ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """An accepted point on a front-end database."""

    def make(engine: sa.Engine, **settings: Any) -> str:
        address = engine.url.render_as_string(hide_password=False)
        monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.database.bus", address)
        return make_point("bus", name="bus-stops", kind="database", settings=SETTINGS | settings)

    return make


def found_fields(ask: Callable[..., Any], resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Columns of a resource in the DataStore, with their titles."""
    fields = ask("datastore_info", {"id": resource["id"]})["fields"]
    return [{"info": {"label": ""}, **field} for field in fields]


def row_problems(run: dict[str, Any]) -> list[str]:
    """Slugs of the findings about rows; SQLite knows no comments, which is another finding."""
    slugs = [finding["slug"] for problem in run["problems"] for finding in problem["findings"]]
    return [slug for slug in slugs if slug.startswith("row")]


def stored(entry: dict[str, Any]) -> Path:
    from ckan.lib import uploader

    resource_id = entry["resources"][0]["id"]
    return Path(uploader.get_resource_uploader({"id": resource_id}).get_path(resource_id))


@pytest.mark.parametrize("front_end", ["sqlite", "postgres"], indirect=True)
def test_rows_arrive_as_file_and_table_with_equal_counts(front_end, connect, harvest, entries, ask):
    fill(front_end, 2000)
    view = "front_end.v_bus_stops" if front_end.dialect.name == "postgresql" else "v_bus_stops"

    run = harvest(connect(front_end, view=view))

    assert (run["state"], run["counts"]["create"], row_problems(run)) == ("done", 1, [])
    (entry,) = entries("bus-stops").values()
    assert (entry["title"], entry["profile"], entry["open_type"]) == ("公交站点", "national", "1")
    assert [item["name_en"] for item in entry["info_items"]][:3] == ["id", "stop_code", "stop_name"]
    named = front_end.dialect.name == "postgresql"
    assert entry["info_items"][2]["name"] == ("站点名称" if named else "stop_name")
    resource = entry["resources"][0]
    assert (resource["rows"], resource["columns"], resource["datastore_active"]) == (2000, 5, True)
    labels = {field["id"]: field["info"]["label"] for field in found_fields(ask, resource)}
    assert labels["stop_name"] == entry["info_items"][2]["name"]
    with stored(entry).open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == 2001
    found = ask("datastore_search", {"resource_id": resource["id"], "limit": 5, "sort": "_id"})
    assert found["total"] == 2000
    assert found["records"][0]["stop_code"] == "00000001"
    assert found["records"][2]["stop_name"] == "两行\n站名3"
    assert float(found["records"][0]["longitude"]) == pytest.approx(117.000001)


def test_an_unchanged_database_writes_nothing(sqlite, connect, harvest):
    fill(sqlite, 50)
    point = connect(sqlite)
    harvest(point)

    run = harvest(point)

    assert (run["counts"]["unchanged"], run["writes"]) == (1, 0)


def test_new_rows_replace_file_and_table_under_the_same_ids(sqlite, connect, harvest, entries, ask):
    fill(sqlite, 50)
    point = connect(sqlite)
    harvest(point)
    (before,) = entries(point).values()
    fill(sqlite, 60)

    run = harvest(point)

    (after,) = entries(point).values()
    assert run["counts"]["update"] == 1
    assert (after["id"], after["resources"][0]["id"]) == (before["id"], before["resources"][0]["id"])
    assert after["resources"][0]["hash"] != before["resources"][0]["hash"]
    assert ask("datastore_search", {"resource_id": after["resources"][0]["id"]})["total"] == 60


def test_a_changed_table_gets_new_columns(sqlite, connect, harvest, entries, ask):
    fill(sqlite, 5)
    point = connect(sqlite)
    harvest(point)
    with sqlite.begin() as connection:
        connection.execute(sa.text("DROP VIEW v_bus_stops"))
        connection.execute(sa.text("CREATE VIEW v_bus_stops AS SELECT id, stop_name FROM bus_stop"))

    harvest(point)

    (entry,) = entries(point).values()
    found = ask("datastore_search", {"resource_id": entry["resources"][0]["id"]})
    assert ([field["id"] for field in found["fields"]], found["total"]) == (["_id", "id", "stop_name"], 5)


def test_an_unknown_database_is_refused_when_it_is_registered(make_point):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        make_point("postgresql://ckan:secret@localhost/ckan", kind="database", settings=SETTINGS)
    assert "secret" not in str(error.value.error_dict)
    with pytest.raises(tk.ValidationError):
        make_point("database:nowhere", kind="database", settings=SETTINGS)


def test_a_missing_view_fails_the_run_with_a_reason(sqlite, connect, harvest):
    fill(sqlite, 5)
    point = connect(sqlite, view="v_nothing")

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("failed", "view_missing")


WATERMARK = {"key": "id", "watermark": "opened"}


@pytest.mark.parametrize("front_end", ["sqlite", "postgres"], indirect=True)
def test_increments_reach_file_and_table(front_end, connect, harvest, entries, ask):
    fill(front_end, 30)
    view = "front_end.v_bus_stops" if front_end.dialect.name == "postgresql" else "v_bus_stops"
    point = connect(front_end, view=view, **WATERMARK)
    harvest(point)
    (before,) = entries(point).values()
    with front_end.begin() as connection:
        connection.execute(sa.text("INSERT INTO bus_stop VALUES (31, '31', '新站', 117, '2026-01-01')"))
        connection.execute(
            sa.text("UPDATE bus_stop SET stop_name = '改', opened = '2026-01-02' WHERE id = 1")
        )

    run = harvest(point)

    (after,) = entries(point).values()
    assert (run["counts"]["update"], row_problems(run)) == (1, [])
    assert after["resources"][0]["id"] == before["resources"][0]["id"]
    found = ask("datastore_search", {"resource_id": after["resources"][0]["id"], "limit": 1, "sort": "id"})
    assert (found["total"], found["records"][0]["stop_name"]) == (31, "改")


def test_an_increment_without_changes_writes_nothing(sqlite, connect, harvest):
    fill(sqlite, 30)
    point = connect(sqlite, **WATERMARK)
    harvest(point)

    run = harvest(point)

    assert (run["counts"]["unchanged"], run["writes"]) == (1, 0)


def test_deleted_rows_are_reconciled_in_the_same_run(sqlite, connect, harvest, entries, ask):
    fill(sqlite, 30)
    point = connect(sqlite, **WATERMARK)
    harvest(point)
    with sqlite.begin() as connection:
        connection.execute(sa.text("DELETE FROM bus_stop WHERE id > 10"))

    run = harvest(point)

    (entry,) = entries(point).values()
    assert row_problems(run) == ["rows_read_again"]
    assert (entry["resources"][0]["rows"], run["counts"]["update"]) == (10, 1)
    assert ask("datastore_search", {"resource_id": entry["resources"][0]["id"], "limit": 0})["total"] == 10


def test_a_plan_that_is_not_applied_loses_no_rows(sqlite, connect, harvest, entries):
    fill(sqlite, 30)
    point = connect(sqlite, **WATERMARK)
    harvest(point)
    with sqlite.begin() as connection:
        connection.execute(sa.text("INSERT INTO bus_stop VALUES (31, '31', '新站', 117, '2026-01-01')"))

    assert harvest(point, "govshare_harvest_plan")["counts"]["update"] == 1
    assert harvest(point)["counts"]["update"] == 1

    (entry,) = entries(point).values()
    assert entry["resources"][0]["rows"] == 31


def test_views_and_tables_of_a_pattern_become_entries(sqlite, connect, harvest, entries):
    fill(sqlite, 3)
    point = connect(sqlite, view=["*bus_stop*"], exclude=["bus_stop"])
    assert list(entries_after(harvest, entries, point)) == ["bus:v_bus_stops"]


def entries_after(harvest, entries, point):
    """Entries by guid once the point was harvested."""
    assert harvest(point)["state"] == "done"
    return entries(point)


@pytest.mark.skipif(not os.environ.get("GOVSHARE_LARGE"), reason="long: set GOVSHARE_LARGE=1")
@pytest.mark.parametrize("front_end", ["sqlite", "postgres"], indirect=True)
def test_a_hundred_thousand_rows_arrive(front_end, connect, harvest, entries, ask):
    fill(front_end, 100_000)
    view = "front_end.v_bus_stops" if front_end.dialect.name == "postgresql" else "v_bus_stops"

    run = harvest(connect(front_end, view=view))

    (entry,) = entries("bus-stops").values()
    resource = entry["resources"][0]
    total = ask("datastore_search", {"resource_id": resource["id"], "limit": 0})["total"]
    assert (run["state"], row_problems(run), resource["rows"], total) == ("done", [], 100_000, 100_000)
    print(f"{front_end.dialect.name}: 100,000 rows in {run['seconds']:.1f} s")  # noqa: T201 - a measurement
