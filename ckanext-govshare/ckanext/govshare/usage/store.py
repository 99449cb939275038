"""Moves the counters from Valkey into the table, exactly once whatever dies in between; and reads the table.

The counters are renamed to a bundle that bears an id. One transaction writes the id and the numbers; only after it the
bundle is deleted. A mover that died before its commit left the bundle for the next one; one that died after it left a
bundle whose id is in the table, so that the next one only deletes it.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.kernel import clock
from ckanext.govshare.usage.counter import SEPARATOR, key
from ckanext.govshare.usage.model import KINDS, Batch, Usage

log = logging.getLogger(__name__)

ID = "id"  # field of a bundle; a counter's name has separators
ROWS = 1000  # a statement
KEEP_DAYS = 30  # for which the ids of moved bundles are kept
Row = tuple[date, str, str, str, str]

# KEYS: counters, bundle. ARGV: id of a new bundle. Answers the bundle that waits, or makes one of the counters.
TAKE = """
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
  redis.call('RENAME', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[2], 'id', ARGV[1])
end
return redis.call('HGETALL', KEYS[2])
"""
DROP = "if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


def move() -> int:
    """Move what was counted since the last time.

    :returns: number of counters that were moved; 0 where Valkey is away
    """
    moved = 0
    try:
        for _bundle in range(2):  # one that was left behind, and the present one
            bundle_id, counters = take()
            if not bundle_id:
                break
            moved += write(bundle_id, counters)
            drop(bundle_id)
    except RedisError as error:
        log.warning("usage not moved: %s", type(error).__name__)
    return moved


def take() -> tuple[str, dict[str, int]]:
    """The bundle that waits, or a new one: its id ("" where there is nothing) and numbers by counter."""
    made = connect_to_redis().register_script(TAKE)([key("counters"), key("bundle")], [str(uuid.uuid4())])
    texts = [part.decode("utf-8", "replace") for part in made]
    found = dict(zip(texts[::2], texts[1::2], strict=True))
    bundle_id = found.pop(ID, "")
    return bundle_id, {name: int(number) for name, number in found.items()}


def write(bundle_id: str, counters: dict[str, int]) -> int:
    """Write a bundle in one transaction, unless it is in already.

    :returns: number of counters written
    """
    session, now = model.Session, clock.now()
    first = session.execute(
        insert(Batch.__table__).values(id=bundle_id, moved=now).on_conflict_do_nothing().returning(Batch.id)
    ).first()
    rows = rows_of(counters) if first else {}
    values = [
        dict(zip(Usage.__table__.c.keys(), (*row, number), strict=True)) for row, number in rows.items()
    ]
    for start in range(0, len(values), ROWS):
        statement = insert(Usage.__table__).values(values[start : start + ROWS])
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "kind", "package_id", "resource_id", "format"],
                set_={"number": Usage.number + statement.excluded.number},
            )
        )
    session.execute(sa.delete(Batch).where(Batch.moved < now - timedelta(days=KEEP_DAYS)))
    session.commit()
    return len(rows)


def drop(bundle_id: str) -> None:
    """Delete a bundle that is in the table; another one stays."""
    connect_to_redis().register_script(DROP)([key("bundle")], [bundle_id])


def rows_of(counters: dict[str, int]) -> dict[Row, int]:
    """Numbers by the columns of the table, in a stable order against deadlocks; what is no counter is left out."""
    found: Counter[Row] = Counter()
    for name, number in counters.items():
        day, kind, *rest = [*name.split(SEPARATOR), ""]
        try:
            row = (date.fromisoformat(day), kind, rest[0], rest[1], rest[2])
        except (ValueError, IndexError):
            log.warning("unknown counter left out")
            continue
        if kind in KINDS and number > 0 and len(rest) == 4:
            found[row] += number
    return dict(sorted(found.items()))


def since() -> date | None:
    """The first day on which anything was counted on this site."""
    return model.Session.scalar(sa.select(sa.func.min(Usage.day)))


def sums(*wanted: Any) -> dict[str, int]:
    """Numbers by kind, of all time.

    :param wanted: conditions on the table
    """
    query = sa.select(Usage.kind, sa.func.sum(Usage.number)).where(*wanted).group_by(Usage.kind)
    found = dict(model.Session.execute(query).all())
    return {kind: int(found.get(kind, 0)) for kind in KINDS}


def by_month(first: date) -> dict[str, dict[str, int]]:
    """Numbers of public entries by month (2026-03) and kind.

    :param first: the day from which on
    """
    month = sa.func.to_char(Usage.day, "YYYY-MM")
    query = (
        sa.select(month, Usage.kind, sa.func.sum(Usage.number))
        .join(model.Package, model.Package.id == Usage.package_id)
        .where(Usage.day >= first, *public())
        .group_by(month, Usage.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for of, kind, number in model.Session.execute(query):
        found.setdefault(of, dict.fromkeys(KINDS, 0))[kind] = int(number)
    return found


def most(
    kind: str, first: date, last: date, offset: int, limit: int, open_only: bool
) -> list[tuple[str, int]]:
    """Ids of entries and their numbers, most first.

    :param open_only: public entries alone; otherwise of all, whoever may see them
    """
    number = sa.func.sum(Usage.number)
    query = sa.select(Usage.package_id, number).where(Usage.kind == kind, Usage.day.between(first, last))
    if open_only:
        query = query.join(model.Package, model.Package.id == Usage.package_id).where(*public())
    query = (
        query.group_by(Usage.package_id).order_by(number.desc(), Usage.package_id).offset(offset).limit(limit)
    )
    return [(package_id, int(of)) for package_id, of in model.Session.execute(query)]


def public() -> Iterable[Any]:
    """Conditions on a package under which everybody may see it: what its label `public` says (rights.py there)."""
    extras = model.Package.extras
    return (
        model.Package.state == "active",
        model.Package.type == "dataset",
        model.Package.private.is_(False),
        extras["catalogue_state"].astext == "published",
        extras["open_type"].astext.in_(("1", "2")),
    )


def _opened_on() -> Any:
    """The day of publication of an entry; where it has none, of its arrival here."""
    arrived = sa.func.to_char(model.Package.metadata_created, "YYYY-MM-DD")
    return sa.func.coalesce(sa.func.nullif(model.Package.extras["pub_date"].astext, ""), arrived)


def opened_by_month() -> dict[str, int]:
    """Number of public entries by the month of their publication (2026-03)."""
    month = sa.func.left(_opened_on(), 7)
    query = sa.select(month, sa.func.count()).where(*public()).group_by(month).order_by(month)
    return dict(model.Session.execute(query).all())


def opened_in(month: str, offset: int, limit: int) -> list[dict[str, Any]]:
    """The public entries that were published in a month, newest first: ``[{name, title, organization, day}]``."""
    day = _opened_on()
    query = (
        sa.select(model.Package.name, model.Package.title, model.Group.title, day)
        .join(model.Group, model.Group.id == model.Package.owner_org, isouter=True)
        .where(*public(), sa.func.left(day, 7) == month)
        .order_by(day.desc(), model.Package.name)
        .offset(offset)
        .limit(limit)
    )
    rows = model.Session.execute(query)
    return [
        {"name": name, "title": title, "organization": {"title": of}, "day": on}
        for name, title, of, on in rows
    ]


def months_until(today: date, number: int) -> list[str]:
    """The last months (2026-03), this one included, in order of time."""
    last = today.year * 12 + today.month - 1
    return [f"{index // 12:04}-{index % 12 + 1:02}" for index in range(last - number + 1, last + 1)]
