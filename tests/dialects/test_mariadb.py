"""What MySQL and MariaDB have of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ckanext.govshare.harvesters import connection as connections
from ckanext.govshare.harvesters.connection import reading

pytestmark = pytest.mark.parametrize("front", ["mysql"], indirect=True)


def make(front, *columns, **values):
    """A table ``odd`` with one row."""
    front.run(f"CREATE TABLE odd (id int PRIMARY KEY, {', '.join(columns)}) COMMENT '奇怪的类型'")
    names = ", ".join(("id", *values))
    front.run(f"INSERT INTO odd ({names}) VALUES (1, {', '.join(values.values())})")


def test_types_of_its_own_have_letters_and_values(front, reader):
    make(
        front, "flag tinyint(1)", "bits bit(5)", "yes bit", "huge bigint unsigned", "state enum('开','关')",
        "tags set('甲','乙')", "doc json", "y year", "long_text longtext", "spent time(3)", "single float",
        flag="3", bits="b'10110'", yes="b'1'", huge="18446744073709551615", state="'关'", tags="'甲,乙'",
        doc="""'{"a": "中"}'""", y="2026", long_text="'🚌'", spent="'-100:00:01.500'", single="1.1",
    )  # fmt: skip
    found = reader.one("odd")
    assert dict(zip(found.rows[0][1:], found.rows[1][1:], strict=True)) == {
        "flag": "3", "bits": "22", "yes": "1", "huge": "18446744073709551615", "state": "关", "tags": "甲,乙",
        "doc": '{"a": "中"}', "y": "2026", "long_text": "🚌", "spent": "-100:00:01.5", "single": "1.1",
    }  # fmt: skip
    letters = {item["name_en"]: item["type"] + item["length"] for item in found.data["items"]}
    assert [letters[name] for name in ("flag", "bits", "yes", "huge", "y")] == ["I1", "I8", "L", "I8", "I2"]
    assert found.data["format_type"] == "mysql"


def test_zero_dates_are_no_dates(front, reader):
    make(front, "day date", "seen datetime(6)", day="'0000-00-00'", seen="'0000-00-00 00:00:00'")
    front.run("INSERT INTO odd VALUES (2, '2026-01-02', '2026-01-02 03:04:05.120000')")
    found = reader.one("odd")
    assert [cells[1:] for cells in found.rows[1:]] == [["", ""], ["2026-01-02", "2026-01-02 03:04:05.12"]]
    assert "zero_date" in found.slugs


def test_moments_with_a_zone_are_written_in_beijing_time(front, reader):
    make(front, "seen timestamp", seen="FROM_UNIXTIME(0) + INTERVAL 86400 SECOND")
    assert reader.one("odd").rows[1][1] == "1970-01-02 08:00:00"


def test_binary_content_in_a_column_of_unknown_type_is_left_empty(front, reader):
    make(front, "place point", "raw varbinary(4)", place="POINT(1, 2)", raw="'x'")
    found = reader.one("odd")
    assert [item["name_en"] for item in found.data["items"]] == ["id", "place"]
    assert (found.rows[1], "binary_cell" in found.slugs) == (["1", ""], True)


def test_nul_in_text_is_removed_and_told(front, reader):
    make(front, "name varchar(9)", name="CONCAT('a', CHAR(0), 'b')")
    found = reader.one("odd")
    assert (found.rows[1][1], "nul_removed" in found.slugs) == ("ab", True)


def test_comments_of_columns_are_read_through_a_view(front, reader):
    make(front, "n int COMMENT '数量：每日'", n="1")
    front.run("CREATE VIEW v AS SELECT id, n FROM odd")
    table, view = reader.one("odd"), reader.one("v")
    assert (table.data["title"], table.data["items"][1]["name"]) == ("奇怪的类型", "数量")
    assert view.data["items"][1]["name"] == "数量"
    assert view.data["title"] == "v"  # MySQL says VIEW of every view, which is no name


def test_other_database_of_the_server_is_a_schema(front, reader):
    make(front, "n int", n="7")
    assert reader.one("front.odd").rows[1] == ["1", "7"]
    assert list(reader.fetch(view="front.*")) == ["front.odd"]


def test_session_reads_only_and_has_limits(front):
    with reading(front.url, 5) as connection:
        asked = "SELECT @@tx_read_only, @@max_statement_time, @@lock_wait_timeout, @@time_zone"
        told = connection.execute(sa.text(asked)).one()
    assert tuple(told) == (1, 5, connections.LOCK_SECONDS, "+08:00")


def test_zero_date_as_watermark_is_no_mark(front, reader):
    front.run("CREATE TABLE odd (id int PRIMARY KEY, name varchar(9), changed datetime)")
    front.run("INSERT INTO odd VALUES (1, 'a', '0000-00-00 00:00:00')")
    assert reader.one("odd", watermark="changed").file["rows"] == 1
    front.run("UPDATE odd SET name = 'b'")
    assert reader.one("odd", watermark="changed").rows[1][1] == "b"
