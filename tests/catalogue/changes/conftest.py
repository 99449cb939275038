"""People at work on a change of 市交通运输局."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from tests.conftest import ENTRY

CONTENT = {key: value for key, value in ENTRY.items() if key != "type"}


def call(action: str, user: str, **data: Any) -> Any:
    """An action as a person, with its auth function."""
    return tk.get_action(f"govshare_{action}")({"user": user}, data)


@pytest.fixture
def draft(city: Any) -> Callable[..., dict[str, Any]]:
    """A complete draft of the officer; keyword arguments replace fields."""
    return lambda **fields: call("change_create", "officer", data={**CONTENT, **fields})


@pytest.fixture
def submitted(draft: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A draft that was handed in: it waits for the reviewer."""
    return lambda **fields: call("change_submit", "officer", id=draft(**fields)["id"])


@pytest.fixture
def signed(submitted: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A change that the department signed off: it waits for the office."""
    return lambda **fields: call("change_approve", "reviewer", id=submitted(**fields)["id"])
