"""How much one address and everybody together hand in on one day."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import callers
from ckanext.govshare.kernel import clock


def one_at_a_time(key: int) -> None:
    """Let others who hand in wait until this transaction ends.

    :param key: number of the advisory lock under which they are counted
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def today(table: Any, address: str) -> tuple[str, int, int]:
    """What was handed in today.

    :param table: a model with the columns ``created`` and ``address_hash``
    :param address: of who hands in, as :func:`callers.address` knows it
    :returns: the day's mark of the address, how many came from it, how many came at all
    """
    mark, midnight = callers.mark(address, clock.today()), datetime.combine(clock.today(), time(), clock.ZONE)
    own = sa.func.count().filter(table.address_hash == mark, table.address_hash != "")
    mine, everybody = model.Session.execute(
        sa.select(own, sa.func.count()).select_from(table).where(table.created >= midnight)
    ).one()
    return mark, mine, everybody
