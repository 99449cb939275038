"""What the runs under test find: a source that does everything at once, and a front-end database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.exchange.server import record, records

# Batches and chunks that a small source fills several times; what is gone is suspended by its first run.
SETTINGS = {
    "ckanext.govshare.exchange.allow_loopback": True,
    "ckanext.govshare.exchange.batch": 10,
    "ckanext.govshare.exchange.missing_runs": 1,
    "ckanext.govshare.exchange.missing_days": 0,
}
CHUNK = 10
BASE = 40
LONG = "很长的说明。" * 400  # so that a download is no single piece


def states() -> list[list[dict[str, Any]]]:
    """Three states of a source. From the second to the third there is something of everything.

    40 records → rec-40 is gone → rec-40 is back, 10 changed, 2 of them speak of secrecy, rec-11 breaks a rule, 12 are
    new, one of them without a reason not to be opened, one with an identifier that is there already, and 5 are gone.
    """
    first = [record(number, description=LONG) for number in range(1, BASE + 1)]
    third = [dict(one) for one in first]
    for number in range(1, 11):
        third[number - 1] |= {"title": f"改名后的第{number}号数据", "keyword": ["改", f"第{number}号"]}
    third[2]["description"] = "本数据属于国家秘密。"
    third[3]["description"] = "绝密资料。"
    third[10] |= {"accessLevel": "non-public", "rights": ""}
    third = third[:34] + [third[39]]
    third += [record(number, description=LONG) for number in range(101, 111)]
    third += [record(111, accessLevel="non-public", rights=""), record(101, title="又一个第101号")]
    return [first, first[:-1], third]


def bus_stops(engine: sa.Engine, rows: int) -> None:
    """Tables of a department's server with what it gives to others."""
    with engine.begin() as connection:
        for table in ("stops", "lines"):
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
            connection.execute(
                sa.text(f"CREATE TABLE {table} (id integer PRIMARY KEY, name varchar(50), opened date)")
            )
            connection.execute(
                sa.text(f"INSERT INTO {table} VALUES (:id, :name, '2020-01-01')"),
                [{"id": number, "name": f"{table}{number}"} for number in range(1, rows + 1)],
            )


BUS = {
    "view": ["stops", "lines"],
    "open_type": "1",
    "update_cycle": "2",
    "open_domain": "14",
    "pub_date": "2026-03-01",
}

__all__ = ["BASE", "BUS", "CHUNK", "SETTINGS", "bus_stops", "record", "records", "states"]
