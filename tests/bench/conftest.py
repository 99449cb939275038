"""Fixtures of the measurements: an accepted exchange point as the exchange room's tests have it."""

from tests.exchange.conftest import loopback, make_point  # noqa: F401 - fixtures are found by name
