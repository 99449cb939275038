"""A city with open tables, and programs that read them from addresses of their own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import KINDS, build_city, empty, publish

ITEMS = [
    {"name": "站点名称", "name_en": "stop", "type": "C", "length": "50"},
    {"name": "乘客数", "name_en": "riders", "type": "N", "length": "10"},
    {"name": "开通日期", "name_en": "opened", "type": "D"},
]
FIELDS = [
    {"id": "stop", "type": "text"},
    {"id": "riders", "type": "numeric"},
    {"id": "opened", "type": "timestamp"},
    {"id": "we'ir%d", "type": "text", "info": {"label": "备注"}},
]
ROWS = [
    {"stop": "城东公交站", "riders": 120, "opened": "2020-01-01", "we'ir%d": "50%_折"},
    {"stop": "城西公交站", "riders": 80, "opened": "2021-06-30", "we'ir%d": "a/b"},
    {"stop": "City Hall", "riders": 300.5, "opened": "2022-03-18T08:30:00", "we'ir%d": ""},
    {"stop": "火车站", "riders": 900, "opened": None, "we'ir%d": None},
    {"stop": "机场", "riders": 80, "opened": "2019-12-31", "we'ir%d": "x'; DROP TABLE user; --"},
]
_addresses = itertools.count(1)


def make_table(resource_id: str, fields: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Rows of a resource in the DataStore."""
    import ckan.plugins.toolkit as tk

    table = {"resource_id": resource_id, "force": True, "fields": fields, "records": rows}
    tk.get_action("datastore_create")({"ignore_auth": True, "user": "office"}, table)


def file_of(entry: dict[str, Any], audience: str = "open") -> dict[str, Any]:
    """The file of an entry for an audience."""
    return next(file for file in entry["resources"] if file["audience"] == audience)


@pytest.fixture(scope="module")
def entries(loaded: None) -> dict[str, dict[str, Any]]:
    """One entry of each kind of opening, every file with rows. Nothing here is changed by tests that only read."""
    empty()
    city = build_city()
    made = {
        kind: publish(city, title=f"公交站点{number}", info_items=ITEMS, **fields)
        for number, (kind, fields) in enumerate(KINDS.items())
    }
    for entry in made.values():
        for resource in entry["resources"]:
            make_table(resource["id"], FIELDS, ROWS)
    return made


@pytest.fixture
def call(app: Any) -> Callable[..., Any]:
    """Ask for rows from an address that nobody else has: ``call(path, **query)`` answers the response."""
    number = next(_addresses)
    usual = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"

    def ask(path: str, address: str = usual, key: str = "", **query: Any) -> Any:
        path, _, given = path.partition("?")
        headers = {"X-Forwarded-For": address, **({"X-Api-Key": key} if key else {})}
        return app.get(path, query_string=given or query, headers=headers, follow_redirects=False)

    return ask


@pytest.fixture(autouse=True)
def _no_counts(loaded: None) -> None:
    """No call was counted before a test."""
    from ckan.lib.redis import connect_to_redis

    store = connect_to_redis()
    for place in store.scan_iter("govshare:*:rows:*"):
        store.delete(place)
