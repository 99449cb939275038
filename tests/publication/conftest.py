"""Fixtures of the publication room: targets, and entries whose facts are set as the checks would set them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

DUE = "2026-12-31"


@pytest.fixture
def make_target(city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """Set a target as the office: 80 open data sets by 31 December 2026, unless told otherwise."""
    import ckan.plugins.toolkit as tk

    def make(**fields: Any) -> dict[str, Any]:
        data = {
            "title": "开放数据集 80 个以上", "title_en": "80 open data sets", "measure": "open_datasets",
            "at_least": 80, "due": DUE, **fields,
        }  # fmt: skip
        return tk.get_action("govshare_target_create")({"user": "office"}, data)

    return make


@pytest.fixture
def publish(make_entry: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Publish an entry with a title of its own; `link_state`, `rows` and `hash` go to its open file."""
    from ckan import model

    numbers = iter(range(1, 1000))

    def make(link_state: str = "", rows: int | None = None, hash: str = "", **fields: Any) -> dict[str, Any]:
        fields.setdefault("title", f"公交站点信息第{next(numbers)}号")
        fields.setdefault("update_cycle", "8")
        entry = make_entry(**fields)
        extras = {"link_state": link_state} if link_state else {}
        extras |= {"rows": rows} if rows is not None else {}
        for resource in model.Session.query(model.Resource).filter_by(package_id=entry["id"]):
            if resource.extras.get("audience") == "open":
                resource.extras = {**resource.extras, **extras}
                resource.hash = hash
        model.Session.commit()
        return entry

    return make


@pytest.fixture
def set_extra() -> Callable[[str, dict[str, str]], None]:
    """Overwrite extras of a package in the database, as the engine does."""
    from ckan import model

    def write(package_id: str, values: dict[str, str], **columns: Any) -> None:
        package = model.Package.get(package_id)
        package.extras = {**package.extras, **values}
        for key, value in columns.items():
            setattr(package, key, value)
        model.Session.commit()

    return write
