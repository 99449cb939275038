"""What kernel tests share: few examples a property, because unit tests are to be quick, and a still clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings

from ckanext.govshare.kernel import clock

settings.register_profile(
    "unit", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("unit")


@pytest.fixture
def march_2026() -> Iterator[None]:
    """31 March 2026, noon in Beijing."""
    with clock.frozen(datetime(2026, 3, 31, 12, tzinfo=clock.ZONE)):
        yield
