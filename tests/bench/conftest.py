"""Fixtures of the measurements: the rival, the line about the machine, an accepted exchange point."""

from __future__ import annotations

import pytest

from tests.exchange.conftest import loopback, make_point  # noqa: F401 - fixtures are found by name

from . import table
from .environment import Rival


@pytest.fixture(scope="session")
def rival() -> Rival:
    """ckanext-harvest and ckanext-dcat, installed."""
    made = Rival()
    made.install()
    return made


@pytest.fixture(scope="session")
def facts(loaded: None, rival: Rival) -> str:
    """The line about machine and versions over every table."""
    import sqlalchemy as sa
    from ckan import model

    postgres = model.Session.scalar(sa.text("SHOW server_version")).split()[0]
    model.Session.rollback()
    return table.machine(postgres, rival.solr_version(), **rival.versions("ckanext-harvest", "ckanext-dcat"))
