"""People at their desks: pages as they see them, and changes of 市交通运输局 on their way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from tests.conftest import ENTRY
from tests.publication import reporting

CONTENT = {key: value for key, value in ENTRY.items() if key != "type"}
SYSTEM = "公交调度系统"


def call(action: str, user: str, **data: Any) -> Any:
    """An action as a person, with its auth function."""
    return tk.get_action(f"govshare_{action}")({"user": user}, data)


@pytest.fixture
def headers(city: Any) -> Callable[[str], dict[str, str]]:
    """Request headers of a signed-in person; none for a visitor."""
    from ckan.tests import factories

    tokens: dict[str, str] = {}

    def of(user: str) -> dict[str, str]:
        if not user:
            return {}
        if user not in tokens:
            tokens[user] = factories.APIToken(user=user)["token"]
        return {"Authorization": tokens[user]}

    return of


@pytest.fixture
def see(app: Any, headers: Callable[[str], dict[str, str]]) -> Callable[..., Any]:
    """A page as a person gets it, without following redirects."""
    return lambda path, user="": app.get(path, headers=headers(user), follow_redirects=False)


@pytest.fixture
def send(app: Any, headers: Callable[[str], dict[str, str]]) -> Callable[..., Any]:
    """A form that a person sends, without following redirects."""
    return lambda path, user, **data: app.post(path, headers=headers(user), data=data, follow_redirects=False)


@pytest.fixture
def draft(city: Any) -> Callable[..., dict[str, Any]]:
    """A complete draft of the officer; keyword arguments replace fields."""
    return lambda **fields: call("change_create", "officer", data={**CONTENT, **fields})


@pytest.fixture
def submitted(draft: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A change that waits for the department's reviewer."""
    return lambda **fields: call("change_submit", "officer", id=draft(**fields)["id"])


@pytest.fixture
def signed(submitted: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A change that waits for the office."""
    return lambda **fields: call("change_approve", "reviewer", id=submitted(**fields)["id"])


@pytest.fixture
def month(city: Any, frozen: Callable[..., Any]) -> Iterator[Any]:
    """25 March 2026: the monthly reports of 市交通运输局 and 市教育局 are open and counted."""
    with frozen(reporting.OPENS):
        reporting.timer()
    with frozen(reporting.IN_TIME):
        reporting.timer()
        yield city


def words(body: str) -> str:
    """The text of a page, in one line, without scripts and tags."""
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
