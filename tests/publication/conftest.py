"""Fixtures of the publication room: targets, and entries whose facts are set as the checks would set them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import FILES

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
def mark_link() -> Callable[[str, str], None]:
    """Let the link check have found an address ``ok``, ``dead`` or ``unknown``."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.govshare.kernel import clock
    from ckanext.govshare.publication.links_model import Link

    def mark(url: str, state: str) -> None:
        key, now = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest(), clock.now()
        link = Link(key=key, url=url, host="files.example", data=True, state=state, since=now, next_check=now)
        model.Session.merge(link)
        tk.get_action("govshare_ledger_touch")({"ignore_auth": True, "user": ""}, {"urls": [url]})
        model.Session.commit()

    return mark


@pytest.fixture
def publish(
    make_entry: Callable[..., dict[str, Any]], mark_link: Callable[[str, str], None]
) -> Callable[..., dict[str, Any]]:
    """Publish an entry with a title of its own; `rows` and `hash` go to its open file, `link_state` to its address."""
    from ckan import model

    numbers = iter(range(1, 1000))

    def make(link_state: str = "", rows: int | None = None, hash: str = "", **fields: Any) -> dict[str, Any]:
        number = next(numbers)
        fields.setdefault("title", f"公交站点信息（样本{number:03}）")
        fields.setdefault("update_cycle", "8")
        if link_state:
            url = f"http://files.example/{number}.csv"
            fields.setdefault("resources", [{**FILES[0], "url": url}, FILES[1]])
        entry = make_entry(**fields)
        for resource in model.Session.query(model.Resource).filter_by(package_id=entry["id"]):
            if resource.extras.get("audience") == "open":
                resource.extras = {**resource.extras, **({"rows": rows} if rows is not None else {})}
                resource.hash = hash
        model.Session.commit()
        if link_state:
            mark_link(url, link_state)
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
