"""What PostgreSQL has of its own: rows by COPY, in the very form that values of Python have."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql as pg

from ckanext.govshare.harvesters import connection_kingbase, rows_postgres, rows_read
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.harvesters.rows import Budget, CsvFile, write_rows

pytestmark = pytest.mark.parametrize("front", ["postgresql"], indirect=True)

moment = datetime.fromisoformat
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12
) | st.sampled_from(["", '"', ",", "\n", "\r", "\r\n", "\\.", "\\N", "NULL", " a ", "％", "a,b", "'"])
# With 16 digits PostgreSQL writes one more than needed now and then: it avoids the bounds of a rounding interval.
DOUBLES = st.builds(
    float, st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10)
)
DOUBLES |= st.sampled_from([1e22, -0.0, 0.1, 1e-300, 1e300, float("inf"), float("-inf"), float("nan")])
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "whole": (sa.Integer(), st.integers(-(2**31), 2**31 - 1)),
    "large": (sa.BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "exact": (
        sa.Numeric(),
        st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12),
    ),
    "double": (pg.DOUBLE_PRECISION(), DOUBLES),
    "single": (sa.REAL(), st.floats(width=32, allow_nan=False)),
    "yes": (sa.Boolean(), st.booleans()),
    "text": (sa.Text(), TEXT),
    "varchar": (sa.String(40), TEXT),
    "day": (sa.Date(), st.dates()),
    "moment": (sa.DateTime(), st.datetimes()),
    "zoned": (
        sa.DateTime(timezone=True),
        st.datetimes(moment("0001-01-03"), moment("9999-12-28"), timezones=st.just(timezone.utc)),
    ),
    "clock": (sa.Time(), st.times()),
    "label": (sa.Uuid(), st.uuids()),
    "list": (pg.ARRAY(sa.Integer), st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3)),
}
ROW = st.fixed_dictionaries({name: st.none() | strategy for name, (_kind, strategy) in KINDS.items()})


def written(path: Path, read: Any) -> tuple[bytes, int]:
    facts = read(path, Budget(1 << 30, float("inf")))
    return path.read_bytes(), facts.rows


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=20))
def test_copy_gives_the_same_bytes_as_values_of_python(front, tmp_path, rows):
    columns = [sa.Column(name, kind) for name, (kind, _strategy) in KINDS.items()]
    front.table(
        "kinds", sa.Column("n", sa.Integer), *columns, rows=[{"n": n, **row} for n, row in enumerate(rows)]
    )
    kinds = {"n": sa.Integer(), **{name: kind for name, (kind, _strategy) in KINDS.items()}}
    header = list(kinds)
    with front.engine.connect() as connection:
        connection.exec_driver_sql("SET TimeZone = 'Asia/Shanghai'")
        table = sa.table("kinds")
        query = (
            sa.select(*rows_read.expressions(connection, kinds)).select_from(table).order_by(sa.column("n"))
        )
        by_copy, count = written(
            tmp_path / "copy", lambda path, budget: rows_read.read(connection, query, header, path, budget)
        )
        plain = connection.execute(
            sa.select(*map(sa.column, kinds)).select_from(table).order_by(sa.column("n"))
        ).all()

    def by_cells(path: Path, budget: Budget) -> Any:
        with CsvFile(path, header, budget) as file:
            return write_rows(file, plain)

    assert (by_copy, count) == written(tmp_path / "cells", by_cells)
    assert count == len(rows)


def test_doubles_read_back_as_they_were(front, reader):
    values = [4.949068569559634e16, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2.0**53 + 2]
    front.table("a", sa.Column("id", sa.Integer), sa.Column("x", pg.DOUBLE_PRECISION()),
        rows=[{"id": n, "x": value} for n, value in enumerate(values)])  # fmt: skip
    assert [float(cells[1]) for cells in reader.one("a", key="id").rows[1:]] == values


def one_row(front, reader, **columns):
    """Values of one row, each given as an expression of SQL."""
    listed = ", ".join(f'{value} AS "{name}"' for name, value in columns.items())
    front.run(f"CREATE VIEW odd AS SELECT 1 AS id, {listed}")
    return reader.one("odd", key="id")


def test_values_that_python_cannot_hold_stay_as_the_server_writes_them(front, reader):
    found = one_row(
        front, reader, bc="date '0044-03-15 BC'", far="date '12024-01-01'", never="timestamp 'infinity'",
        long="interval '1 month 2 days 03:00'", late="time '24:00'", nan="'NaN'::numeric", money="12.5::money",
        zoned="timestamptz '2026-01-01 00:00+00'", range="int4range(1, 5)", ip="inet '10.0.0.1'",
        json="""jsonb '{"b": 1, "a": "中"}'""", padded="'x'::char(4)", bits="b'101'",
    )  # fmt: skip
    assert dict(zip(found.rows[0][1:], found.rows[1][1:], strict=True)) == {
        "bc": "0044-03-15 BC", "far": "12024-01-01", "never": "infinity", "long": "1 mon 2 days 03:00:00",
        "late": "24:00:00", "nan": "NaN", "money": "12.50", "zoned": "2026-01-01 08:00:00+08:00", "range": "[1,5)",
        "ip": "10.0.0.1", "json": '{"a": "中", "b": 1}', "padded": "x", "bits": "101",
    }  # fmt: skip


def test_single_column_has_the_same_form(front, reader):
    front.run(
        "CREATE VIEW odd AS SELECT * FROM (VALUES (date '0044-03-15 BC'), ('2026-01-02'), (NULL)) AS v(day)"
    )
    assert sorted(cells[0] for cells in reader.one("odd").rows[1:]) == ["", "0044-03-15 BC", "2026-01-02"]


def test_comments_of_views_are_read(front, reader):
    front.run("CREATE VIEW odd AS SELECT 1 AS id, 2 AS n")
    front.run("COMMENT ON VIEW odd IS '名称：说明'")
    front.run("COMMENT ON COLUMN odd.n IS '数量'")
    found = reader.one("front.odd")
    assert (found.data["title"], found.data["notes"]) == ("名称", "说明")
    assert [item["name"] for item in found.data["items"]] == ["id", "数量"]


def test_views_tables_and_materialized_views_of_a_schema_are_chosen(front, reader):
    front.run("CREATE TABLE a (id integer, n integer)")
    front.run("CREATE VIEW b AS SELECT * FROM a")
    front.run("CREATE MATERIALIZED VIEW c AS SELECT * FROM a")
    assert list(reader.fetch(view="front.*", exclude="front.b")) == ["front.a", "front.c"]


def test_stand_in_for_comments_lies_beside_the_views(front, reader):
    front.run("CREATE TABLE a (id integer, n integer)")
    front.run("CREATE TABLE govshare_comments (table_name text, column_name text, comment text)")
    front.run("INSERT INTO govshare_comments VALUES ('a', 'n', '数量'), ('front.a', NULL, '甲表')")
    found = reader.one("front.a")
    assert (found.data["title"], found.data["items"][1]["name"]) == ("甲表", "数量")


def test_infinite_watermark_hides_nothing(front, reader, at):
    front.run("CREATE TABLE a (id integer, name text, changed timestamp)")
    front.run("INSERT INTO a VALUES (1, 'x', 'infinity'), (2, 'y', '2026-03-01')")
    wanted = {"key": "id", "watermark": "changed"}
    with at("2026-03-02 08:00"):
        assert "watermark_ahead" in reader.one("a", **wanted).slugs
    front.run("UPDATE a SET name = 'z', changed = '2026-03-02 09:00' WHERE id = 2")
    with at("2026-03-03 08:00"):
        assert [cells[1] for cells in reader.one("a", **wanted).rows[1:]] == ["x", "z"]


def test_table_that_the_account_may_not_read_does_not_stop_the_others(front, reader):
    front.run("CREATE TABLE a (id integer, n integer)")
    front.run("CREATE TABLE b (id integer, n integer)")
    read_only = sa.make_url(os.environ["CKAN_DATASTORE_READ_URL"]).username
    front.run(f'GRANT USAGE ON SCHEMA front TO "{read_only}"')
    front.run(f'GRANT SELECT ON a TO "{read_only}"')
    url = sa.make_url(os.environ["CKAN_DATASTORE_READ_URL"]).render_as_string(hide_password=False)
    reader.harvester.lookup = {"front": url}.get
    found = reader.fetch(view="front.*")
    assert (found["front.a"].slugs, found["front.b"].slugs) == (["comment_missing"], ["database_failed"])


def test_all_views_are_read_in_one_state_of_the_database(front, reader, monkeypatch):
    front.run("CREATE TABLE a (id integer, n integer)")
    front.run("CREATE TABLE b (id integer, n integer)")
    copy = rows_postgres.copy

    def and_write(*arguments: Any) -> Any:
        front.run("INSERT INTO b VALUES (1, 1)")
        return copy(*arguments)

    monkeypatch.setattr(rows_postgres, "copy", and_write)
    assert {view: len(found.rows) for view, found in reader.fetch(view=["a", "b"]).items()} == {
        "a": 1,
        "b": 1,
    }


def test_connection_that_breaks_off_is_no_whole_view(front, reader):
    front.run("CREATE TABLE a AS SELECT i, repeat('x', 1000) AS n FROM generate_series(1, 100000) AS r(i)")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <> pg_backend_pid()"
    with pytest.raises(FetchRefused) as caught:
        reader.one("a", told=lambda size: front.run(end) if size < 2_000_000 else None)
    assert caught.value.slug == "database_cut_off"


class Tells:
    """A server that tells a version."""

    def __init__(self, version: str):
        self.version = version

    def exec_driver_sql(self, _statement: str) -> Tells:
        return self

    def scalar(self) -> str:
        return self.version


def test_kingbase_is_postgresql_by_another_name(front, reader):
    front.run("CREATE TABLE a (id integer PRIMARY KEY, n float)")
    front.run("INSERT INTO a VALUES (1, 1e22)")
    reader.harvester.lookup = {"front": front.url.replace("postgresql:", "kingbase+psycopg2:", 1)}.get
    found = reader.one("a")
    assert (found.rows[1], found.data["format_type"]) == (["1", "1" + "0" * 22], "KingbaseES")


@pytest.mark.parametrize(
    ("told", "version"),
    [("KingbaseES V008R006C008B0014 on x64", (12, 1)), ("PostgreSQL 18.1 on x64", (18, 1))],
)
def test_version_of_kingbase_stops_nothing(front, told, version):
    dialect = connection_kingbase.KingbaseDialect()
    assert dialect._get_server_version_info(Tells(told)) == version
