"""Fixtures of the exchange room: a source on loopback, an accepted point, runs worked through in this
process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from .files_help import file_host, file_settings, keeper  # noqa: F401 - fixtures
from .server import Source


@pytest.fixture
def source() -> Iterator[Source]:
    served = Source()
    yield served
    served.close()


@pytest.fixture
def loopback(ckan_config: Any) -> Iterator[None]:
    """This machine may be a source."""
    former = ckan_config.get("ckanext.govshare.exchange.allow_loopback")
    ckan_config["ckanext.govshare.exchange.allow_loopback"] = True
    yield
    ckan_config["ckanext.govshare.exchange.allow_loopback"] = former


def call(action: str, data: dict[str, Any], user: str | None = None) -> Any:
    """An action as a user, or as the engine."""
    import ckan.plugins.toolkit as tk

    context = {"user": user} if user else {"user": "operator", "ignore_auth": True}
    return tk.get_action(action)(context, data)


def put_into_force(point: str) -> None:
    """Take a registered point through review, assessment and acceptance; nothing is fetched."""
    for step in ("review", "assess", "accept"):
        call(f"govshare_exchange_point_{step}", {"id": point}, "office")


@pytest.fixture
def ask() -> Callable[..., Any]:
    return call


@pytest.fixture
def make_point(city: SimpleNamespace, loopback: None) -> Callable[..., str]:
    """An accepted exchange point of 市交通运输局; keyword arguments replace its fields. Answers its id."""

    def make(url: str, name: str = "jiaotong-catalogue", **fields: Any) -> str:
        data = {
            "name": name,
            "title": "交通局目录",
            "organization": city.traffic,
            "kind": "data_json",
            "url": url,
            "default_class": "307001004",
            "share_scope": "全市政务部门",
            "share_condition": "按需申请",
            **fields,
        }
        point = call("govshare_exchange_point_create", data, "officer")
        put_into_force(point["id"])
        return point["id"]

    return make


@pytest.fixture
def harvest() -> Callable[..., dict[str, Any]]:
    """Run a point to its end in this process; answers the run as the API shows it."""

    def run(point: str, action: str = "govshare_harvest_run") -> dict[str, Any]:
        started = call(action, {"exchange_point": point, "wait": True})
        return call("govshare_harvest_run_show", {"id": started["run_id"]})

    return run


@pytest.fixture
def entries() -> Callable[[str], dict[str, Any]]:
    """Entries of a point by guid, as stored."""

    def read(point: str) -> dict[str, Any]:
        found = call("govshare_harvest_record_list", {"exchange_point": point, "limit": 1000})["results"]
        return {
            row["guid"]: call("package_show", {"id": row["package_id"]}) for row in found if row["package_id"]
        }

    return read
