"""What the kind ``database`` promises, the same for every dialect: SQLite, PostgreSQL, MariaDB, and whatever address
the environment gives (``GOVSHARE_TEST_DATABASE_<NAME>``)."""

from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from ckanext.govshare.harvesters import connection as connections
from ckanext.govshare.harvesters import rows as pieces
from ckanext.govshare.harvesters.base import FetchState
from ckanext.govshare.harvesters.connection import reading
from ckanext.govshare.harvesters.database import DatabaseHarvester
from ckanext.govshare.harvesters.http import FetchRefused, GuardedSession

from .contract import (
    MOMENT,
    every_dialect,
    everything,
    moment,
    plain,
    refused,
    row,
    stops,
)

pytestmark = every_dialect


def test_columns_become_items_with_names_types_and_lengths(front, reader):
    everything(front)
    found = reader.one("everything")
    assert [(item["name"], item["name_en"], item["type"], item["length"]) for item in found.data["items"]] == [
        ("编号", "id", "I", "4"), ("大数", "big", "I", "8"), ("小数", "small", "I", "2"), ("名称", "name", "C", "60"),
        ("备注", "note", "M", ""), ("价格", "price", "N", "18,4"), ("比例", "ratio", "B", "8"),
        ("开通日期", "opened", "D", ""), ("更新时间", "seen", "T", ""),
    ]  # fmt: skip
    assert found.data["items"][3]["description"] == "站点的名称"
    assert (found.data["title"], found.data["notes"]) == ("公交站点", "全市公交站点的位置。")
    assert found.slugs == ["binary_column"]


def test_view_is_read_like_a_table(front, reader):
    everything(front, [row(1)])
    front.run("CREATE VIEW v_everything AS SELECT id, name FROM everything")
    found = reader.one("v_everything", title="站点")
    assert (found.data["title"], [cells[0] for cells in found.rows[1:]]) == ("站点", ["1"])
    assert not found.entry.rejected


def test_values_have_one_form(front, reader):
    everything(front, [
        row(1),
        row(2, big=-(2**63), small=-7, name="", note="", price=Decimal("-123456789.5"), ratio=1e22,
            opened=date(1, 1, 1) if front.dialect != "mysql" else date(1000, 1, 1),
            seen=moment("9999-12-31 23:59:59"), photo=None),
        row(3, **dict.fromkeys(("big", "small", "name", "note", "price", "ratio", "opened", "seen", "photo"))),
        row(4, ratio=1.0, price=Decimal("100000")),
        row(5, ratio=1e-7, price=Decimal("0")),
    ])  # fmt: skip
    lines = [cells[1:] for cells in reader.one("everything").rows[1:]]
    seen = [[*cells[:4], plain(cells[4]), *cells[5:7], cells[7].removesuffix(".000000")] for cells in lines]
    assert seen == [
        [str(2**62 + 1), "1", "站1", "", "0.1", "0.1", "2024-01-02", "2024-01-02 03:04:05"],
        [str(-(2**63)), "-7", "", "", "-123456789.5", "1" + "0" * 22,
         "0001-01-01" if front.dialect != "mysql" else "1000-01-01", "9999-12-31 23:59:59"],
        ["", "", "", "", "", "", "", ""],
        [str(2**62 + 4), "1", "站4", "", "100000", "1", "2024-01-02", "2024-01-02 03:04:05"],
        [str(2**62 + 5), "1", "站5", "", "0", "0.0000001", "2024-01-02", "2024-01-02 03:04:05"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "𠮷野家🚌",
        "=cmd()",
        'a"b,c',
        "两行\n文本",
        "回车\r在中间",
        "\\.",
        " 前后 ",
        "\u202e倒",
        "a\tb",
        "%s %(x)s",
        "'; --",
    ],
)
def test_text_stays_as_it_is(front, reader, text):
    everything(front, [row(1, name=text, note=text)])
    [_header, cells] = reader.one("everything").rows
    assert (cells[3], cells[4]) == (text, text)


def test_single_column_loses_no_row(front, reader):
    front.table(
        "lonely", sa.Column("note", sa.Text), rows=[{"note": text} for text in ("a", "", None, "\\.", "b")]
    )
    found = reader.one("lonely")
    assert sorted(cells[0] for cells in found.rows[1:]) == ["", "", "\\.", "a", "b"]
    assert found.file["rows"] == found.file["source_rows"] == 5


@pytest.mark.parametrize("name", ["站点 表", 'x"; drop table y; --', "a%b", "Order"])
def test_names_are_only_names(front, reader, name):
    front.table(
        name, sa.Column("id", sa.Integer), sa.Column(name, sa.String(9)), rows=[{"id": 1, name: "甲"}]
    )
    assert reader.one(name).rows[1] == ["1", "甲"]


def test_order_of_insertion_does_not_matter(front, reader):
    table = front.table("loose", sa.Column("a", sa.Integer), sa.Column("b", sa.String(9)))
    rows = [{"a": 1, "b": "x"}, {"a": 10, "b": "y"}, {"a": 2, "b": "w"}, {"a": 1, "b": None}]
    front.fill(table, rows)
    first = reader.one("loose").file["sha256"]
    front.run("DELETE FROM loose")
    front.fill(table, rows[::-1])
    assert reader.one("loose").file["sha256"] == first


def test_key_orders_the_rows(front, reader):
    front.table(
        "loose",
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer),
        rows=[{"a": n, "b": -n} for n in (1, 2, 3)],
    )
    assert [cells[0] for cells in reader.one("loose", key="b").rows] == ["a", "3", "2", "1"]


def test_patterns_choose_views_and_tables(front, reader):
    for name in ("v_one", "v_two", "v_tmp", "other"):
        stops(front, 1, name)
    front.run("CREATE VIEW v_view AS SELECT id, name FROM other")
    assert list(reader.fetch(view=["v_*"], exclude=["*_tmp"])) == ["v_one", "v_two", "v_view"]
    assert list(reader.fetch(view=["other", "v_t*"])) == ["other", "v_tmp", "v_two"]
    assert "govshare_comments" not in reader.fetch(view="*")


def test_memory_does_not_grow_with_the_rows(front, reader, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 1 << 16)  # a piece is held back, and a hundred rows at most
    table = stops(front, 0)

    def peak(first, count):
        front.fill(
            table, [{"id": n, "name": "站" * 60, "changed": MOMENT} for n in range(first, first + count)]
        )
        spec = reader.spec(view="stop", key="id")
        workdir = reader.workdir()
        tracemalloc.start()
        try:
            reader.harvester.fetch(spec, GuardedSession(), workdir, FetchState())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1, 500)
    little = peak(501, 1500)
    assert peak(2001, 8000) < little + 300_000


def test_cell_of_many_megabytes_passes(front, reader):
    everything(front, [row(1, note="长" * 1_700_000), row(2)])
    assert len(reader.one("everything").rows[1][4]) == 1_700_000


def test_view_larger_than_its_budget_is_refused(front, reader):
    stops(front, 3000)
    assert refused(lambda: reader.one("stop", budgets={"max_bytes": 20_000})).slug == "too_large"


def test_cancel_is_heard_in_the_middle_of_a_view(front, reader, caplog):
    table = stops(front, 0)
    front.fill(table, [{"id": n, "name": "站" * 60, "changed": MOMENT} for n in range(12_000)])
    sizes = []

    def told(size):
        sizes.append(size)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        reader.one("stop", told=told)
    assert len(sizes) == 1
    assert 1 << 20 < sizes[0] < 2_000_000
    assert caplog.records == []  # nothing is told of the connection that was left in the middle


def test_database_is_only_read(front):
    stops(front, 2)
    with pytest.raises(FetchRefused) as caught, reading(front.url, 5) as connection:
        connection.exec_driver_sql("DELETE FROM stop")
    assert caught.value.slug == "database_failed"
    with front.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM stop")).scalar_one() == 2


def test_statement_that_never_ends_is_stopped(front, reader):
    if not front.forever:
        pytest.skip("nobody said what never ends in this dialect")
    front.run(f"CREATE VIEW forever AS {front.forever}")
    assert refused(lambda: reader.one("forever", budgets={"max_seconds": 1})).slug == "too_slow"


def test_lock_of_others_is_not_waited_for(front, reader, monkeypatch):
    if not front.lock:
        pytest.skip("nobody said how to lock in this dialect")
    monkeypatch.setattr(connections, "LOCK_SECONDS", 1)
    stops(front, 2)
    with front.locked("stop"):
        assert refused(lambda: reader.one("stop")).slug == "database_locked"


@pytest.mark.parametrize("wrong", ["password", "place"])
def test_messages_tell_no_credentials(front, reader, wrong):
    url = sa.make_url(front.url)
    if wrong == "password":
        url = url.set(password="top-secret", username="nobody-we-know")
    else:
        url = url.set(host="127.0.0.1", port=9, query={}, password="top-secret", username="u")
    if front.dialect == "sqlite":
        url = sa.make_url("sqlite:////nowhere/top-secret.db")
    reader.harvester = DatabaseHarvester({"front": url.render_as_string(hide_password=False)}.get)
    error = refused(lambda: reader.one("stop"))
    assert error.slug == "database_unreachable"
    assert not {"top-secret", "nobody-we-know", "127.0.0.1"} & set(f"{error} {error.message_zh}".split())
    assert "secret" not in f"{error}{error.message_zh}{error.message_en}"


def test_missing_view_is_named(front, reader):
    stops(front, 1)
    assert refused(lambda: reader.one("nowhere")).slug == "view_missing"
    found = reader.fetch(view=["stop", "nowhere"])
    assert (found["stop"].entry.rejected, found["nowhere"].entry.rejected) == (False, True)


def test_view_that_fails_does_not_stop_the_others(front, reader):
    stops(front, 2, "good")
    stops(front, 2, "base")
    front.run("CREATE VIEW bad AS SELECT id, changed FROM base")
    front.run("DROP TABLE base" if front.dialect != "postgresql" else "DROP VIEW bad")
    if front.dialect == "postgresql":
        front.run("CREATE VIEW bad AS SELECT 1 / (id - id) AS x, name FROM base")
    found = reader.fetch(view=["bad", "good"])
    assert (found["bad"].slugs, len(found["good"].rows)) == (["database_failed"], 3)
