"""What the tests of the contract share: tables, rows, and what is said of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ckanext.govshare.harvesters.http import FetchRefused

from . import fronts

every_dialect = pytest.mark.parametrize(
    "front", ["sqlite", "postgresql", "mysql", *fronts.others()], indirect=True
)
EVERYTHING = {
    "id": (sa.Integer, "编号"),
    "big": (sa.BigInteger, "大数"),
    "small": (sa.SmallInteger, "小数"),
    "name": (sa.String(60), "名称：站点的名称"),
    "note": (sa.Text().with_variant(mysql.LONGTEXT(), "mysql"), "备注"),
    "price": (sa.Numeric(18, 4), "价格"),
    "ratio": (sa.Double, "比例"),
    "opened": (sa.Date, "开通日期"),
    "seen": (sa.DateTime, "更新时间"),
    "photo": (sa.LargeBinary, "照片"),
}
moment = datetime.fromisoformat
MOMENT = moment("2026-03-01 08:00")


def everything(front, rows=()):
    columns = [
        sa.Column(name, kind, primary_key=name == "id", autoincrement=False, comment=comment)
        for name, (kind, comment) in EVERYTHING.items()
    ]
    return front.table("everything", *columns, rows=list(rows), comment="公交站点：全市公交站点的位置。")


def row(number, **values):
    return {
        "id": number, "big": 2**62 + number, "small": 1, "name": f"站{number}", "note": None, "price": Decimal("0.1"),
        "ratio": 0.1, "opened": date(2024, 1, 2), "seen": moment("2024-01-02 03:04:05"), "photo": b"\x00\xff",
    } | values  # fmt: skip


def stops(front, count=5, name="stop"):
    """A table with a key that the database does not know of, and a watermark; rows an hour apart."""
    columns = [
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String(60)),
        sa.Column("changed", sa.DateTime),
    ]
    rows = [{"id": n, "name": f"站{n}", "changed": MOMENT + timedelta(hours=n)} for n in range(1, count + 1)]
    return front.table(name, *columns, rows=rows)


INCREMENTS = {"key": "id", "watermark": "changed"}
LATER = {"changed": MOMENT + timedelta(days=1)}


def names(found):
    return [cells[1] for cells in found.rows[1:]]


def plain(number):
    """Without the zeros that a column of four places adds, and SQLite does not."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def refused(call):
    with pytest.raises(FetchRefused) as caught:
        call()
    return caught.value
