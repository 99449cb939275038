"""Columns as information items, values as cells."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.dialects import postgresql as pg

from ckanext.govshare.harvesters.rows import cell
from ckanext.govshare.harvesters.tables import columns_of, name_of, safe_header, type_of


@pytest.mark.parametrize(
    ("kind", "letter", "length"),
    [(sa.String(50), "C", "50"), (sa.String(), "M", ""), (sa.Text(), "M", ""), (pg.VARCHAR(9), "C", "9"),
        (sa.SmallInteger(), "I", "2"),
     (sa.Integer(), "I", "4"), (sa.BigInteger(), "I", "8"), (sa.Numeric(18, 2), "N", "18,2"),
     (sa.Numeric(9), "N", "9"),
     (sa.Numeric(), "N", "38"), (sa.REAL(), "F", "4"), (sa.Float(24), "F", "4"), (sa.Float(), "B", "8"),
     (sa.Double(), "B", "8"),
     (pg.DOUBLE_PRECISION(), "B", "8"), (sa.Date(), "D", ""), (sa.DateTime(), "T", ""),
     (pg.TIMESTAMP(timezone=True), "T", ""),
     (sa.Time(), "C", "15"), (sa.Boolean(), "L", ""), (pg.UUID(), "C", "36"), (pg.JSONB(), "G", ""),
     (pg.ARRAY(sa.Text), "G", ""),
     (sa.Enum("甲", "乙丙"), "C", "6"), (pg.MONEY(), "Y", ""), (pg.INTERVAL(), "C", "40"),
     (pg.INET(), "C", "43"),
     (mysql.TINYINT(1), "I", "1"), (mysql.BIT(1), "L", ""), (mysql.BIT(9), "I", "8"), (mysql.YEAR(), "I", "2"),
     (pg.BIT(3), "C", "3"), (mysql.ENUM("甲"), "C", "3"), (mysql.LONGTEXT(), "M", ""), (mssql.BIT(), "L", ""),
     (mssql.UNIQUEIDENTIFIER(), "C", "36"),
     (sa.types.NullType(), "M", "")],
)  # fmt: skip
def test_type_has_a_letter_and_a_length(kind, letter, length):
    assert type_of(kind) == (letter, length)


@pytest.mark.parametrize(
    ("comment", "name", "description"),
    [("站点名称", "站点名称", ""), ("经度（度）：WGS84", "经度（度）", "WGS84"),
        ("状态;1有效 0无效", "状态", "1有效 0无效"),
     ("名称\n第二行", "名称", "第二行"), ("长" * 50, "长" * 40, "长" * 50),
     ("：没有名称", "：没有名称", "：没有名称"), ("  a\tb ", "a b", "")],
)  # fmt: skip
def test_comment_is_a_name_and_a_description(comment, name, description):
    assert name_of(comment) == (name, description)


@pytest.mark.parametrize(("text", "safe"),
    [("=1+1", "1+1"), ("@x", "x"), ("+-=@", ""), ("-5", "5"), ("ID", "id"), ("id", "id"), ("编号", "编号")])
def test_header_is_no_formula(text, safe):
    assert safe_header(text) == safe


BINARY = [sa.LargeBinary(), sa.VARBINARY(4), sa.BINARY(4), mysql.LONGBLOB(), mssql.ROWVERSION()]


@pytest.mark.parametrize("kind", BINARY)
def test_binary_columns_are_left_out(kind):
    assert columns_of([{"name": "a", "type": kind}], {})[1] == ["a"]


def test_titles_are_unique_whatever_the_comments():
    reflected = [{"name": name, "type": sa.Text(), "comment": comment} for name, comment in
                 [("a", "名称"), ("b", "名称"), ("c", "名 称"), ("d", "="), ("e", None), ("=", None),
                     ("@", None)]]  # fmt: skip
    columns, binary, silent = columns_of(reflected, {})
    assert [column.title for column in columns] == ["名称", "名称（b）", "名 称（c）", "d", "e", "列",
        "列（@）"]
    assert (binary, silent) == ([], ["e", "=", "@"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("", ""), ("=1+1", "=1+1"), (" 原样 ", " 原样 "), (True, "true"), (False, "false"),
        (7, "7"), (10**20, "1" + "0" * 20),
     (Decimal("1E+5"), "100000"), (Decimal("0.10"), "0.10"), (Decimal("NaN"), "NaN"), (1e-7, "0.0000001"),
     (1e22, "1" + "0" * 22), (0.1, "0.1"),
     (float("inf"), "Infinity"), (date(2024, 1, 2), "2024-01-02"),
     (datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "2024-01-02 03:04:05+00:00"),
     (time(1, 2), "01:02:00"), ({"b": 1, "a": "中"}, '{"a":"中","b":1}'), (["x", None], '["x",null]'),
     (b"x", None), (memoryview(b"x"), None), (1.0, "1"), (-0.0, "0"), (time(1, 2, 3, 500000), "01:02:03.5"),
     (datetime(2024, 1, 2, 3, 4, 5, 120000, timezone.utc), "2024-01-02 03:04:05.12+00:00"),
     (timedelta(days=4, hours=4, seconds=1.5), "100:00:01.5"), (timedelta(minutes=-1), "-00:01:00")],
)  # fmt: skip
def test_value_as_a_cell(value, text):
    assert cell(value) == text
