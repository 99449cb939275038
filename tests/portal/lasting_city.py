"""Fixtures for modules whose tests share one city; a module takes them by their names."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import build_city, empty, publish


@pytest.fixture(scope="module")
def city(loaded: None) -> SimpleNamespace:
    """Departments and people, made once; every test publishes entries of its own."""
    empty()
    return build_city()


@pytest.fixture
def make_entry(city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """Publish an entry with a title of its own."""
    return lambda **fields: publish(city, **{"title": f"城区公交站点信息{uuid4().hex[:8]}", **fields})
