"""The link check: which addresses, when, and what becomes of what was seen.

Addresses are those that the public is shown: of linked files of published, open entries that passed the opening gate,
and of approved web applications. A person published them for people to follow, so no robots.txt is asked. Every
result is committed by itself: a turn that is killed loses nothing. One turn runs at a time (advisory lock).
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert

from ckanext.govshare import config
from ckanext.govshare.harvesters.look import LookingSession
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import MACHINE_READABLE
from ckanext.govshare.publication import ledger, links_rules
from ckanext.govshare.publication.links_model import LINK, Link, LinkChange, LinkHost
from ckanext.govshare.publication.links_probe import Address, Prober, host_of
from ckanext.govshare.publication.links_rules import Seen, Standing

PACKAGE, RESOURCE = model.Package.__table__, model.Resource.__table__
FILE_EXTRAS = sa.cast(sa.cast(RESOURCE.c.extras, sa.Text), JSONB)
APPLICATION = "application"
DATA_FILES = sorted(MACHINE_READABLE - {"API", "WFS", "WMS"})  # a service may describe itself by a page
FORGET = timedelta(days=30)  # what nobody names any more; a suspended entry may come back
POSTPONE = timedelta(hours=1)  # the other addresses of a host that does not answer
OWN_OUTAGE = timedelta(minutes=15)
LOCK = 0x676F76_11  # one number among PostgreSQL's advisory locks


def shown() -> sa.Subquery:
    """The addresses that the public is shown, as a subquery.

    :returns: ``package_id, subject (id of the resource, or "application"), url, key, data``
    """
    files = (
        sa.select(
            PACKAGE.c.id.label("package_id"), RESOURCE.c.id.label("subject"), RESOURCE.c.url.label("url"),
            sa.func.md5(RESOURCE.c.url).label("key"),
            sa.func.upper(sa.func.coalesce(RESOURCE.c.format, "")).in_(DATA_FILES).label("data"),
        )
        .join_from(RESOURCE, PACKAGE, PACKAGE.c.id == RESOURCE.c.package_id)
        .where(
            PACKAGE.c.type == "dataset", PACKAGE.c.state == "active", PACKAGE.c.private.is_(False),
            PACKAGE.c.extras["catalogue_state"].astext == "published",
            PACKAGE.c.extras["open_type"].astext.in_(("1", "2")),
            RESOURCE.c.state == "active", sa.func.coalesce(RESOURCE.c.url_type, "") == "",
            sa.func.coalesce(RESOURCE.c.url, "") != "", FILE_EXTRAS["audience"].astext == "open",
            FILE_EXTRAS["opening"].astext.in_(("open", "publisher")),
        )
    )  # fmt: skip
    applications = sa.select(
        PACKAGE.c.id, sa.literal(APPLICATION), PACKAGE.c.url, sa.func.md5(PACKAGE.c.url), sa.false()
    ).where(
        PACKAGE.c.type == "application", PACKAGE.c.state == "active", PACKAGE.c.private.is_(False),
        PACKAGE.c.extras["approved"].astext == "1", PACKAGE.c.extras["app_form"].astext == "web",
        sa.func.coalesce(PACKAGE.c.url, "") != "",
    )  # fmt: skip
    return sa.union_all(files, applications).subquery("shown")


def key_of(url: str) -> str:
    """The key of an address: as PostgreSQL's md5() answers it."""
    return hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()


def sync() -> int:
    """Take up addresses that came, mark those that nobody names, forget those long gone; the caller commits.

    :returns: how many are new
    """
    now, named = clock.now(), shown()
    wanted = sa.select(named.c.key, named.c.url, sa.func.bool_and(named.c.data).label("data")).group_by(
        named.c.key, named.c.url
    )
    execute = model.Session.execute
    new = execute(wanted.where(~sa.exists().where(LINK.c.key == named.c.key))).all()
    if new:
        rows = [_new_row(row.url, row.data, now) for row in new]
        execute(insert(LINK).on_conflict_do_nothing(), rows)
    current = wanted.subquery()
    changed = sa.or_(LINK.c.unused_since.is_not(None), LINK.c.data != current.c.data)
    execute(
        sa.update(LINK)
        .where(LINK.c.key == current.c.key, changed)
        .values(unused_since=None, data=current.c.data)
    )
    gone = LINK.c.key.not_in(sa.select(named.c.key))
    execute(sa.update(LINK).where(LINK.c.unused_since.is_(None), gone).values(unused_since=now))
    execute(sa.delete(LINK).where(LINK.c.unused_since < now - FORGET))
    execute(sa.delete(LinkHost).where(LinkHost.free_from < now))
    return len(new)


def _new_row(url: str, data: bool, now: datetime) -> dict[str, Any]:
    return {
        "key": key_of(url),
        "url": url,
        "host": host_of(url),
        "data": data,
        "since": now,
        "next_check": now,
    }


def due(limit: int, a_host: int) -> dict[str, list[Address]]:
    """Addresses that are to be looked at, by host; those that a person asked for first.

    :param limit: how many in all
    :param a_host: how many of one host
    """
    now = clock.now()
    order = (
        sa.case((LINK.c.asked > sa.func.coalesce(LINK.c.checked, now - FORGET), 0), else_=1),
        LINK.c.next_check,
    )
    place = sa.func.row_number().over(partition_by=LINK.c.host, order_by=order).label("place")
    resting = sa.exists().where(LinkHost.host == LINK.c.host, LinkHost.free_from > now)
    ready = (
        sa.select(LINK.c.key, LINK.c.url, LINK.c.host, LINK.c.data, place)
        .where(LINK.c.next_check <= now, LINK.c.unused_since.is_(None), ~resting)
        .subquery()
    )
    found: dict[str, list[Address]] = defaultdict(list)
    chosen = sa.select(ready).where(ready.c.place <= a_host).order_by(ready.c.place, ready.c.key).limit(limit)
    for row in model.Session.execute(chosen):
        found[row.host].append(Address(row.key, row.url, row.host, row.data))
    return found


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this is the only turn; the lock ends with the connection, so that a killed turn leaves none."""
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK))))
        try:
            yield held
        finally:
            if held:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))


@contextmanager
def _quietly() -> Iterator[None]:
    """Let the ledger judge once after a turn, not after every result; where a turn is killed, its next reader does."""
    model.Session.info["govshare_quiet"] = True
    try:
        yield
    finally:
        model.Session.info.pop("govshare_quiet", None)
    ledger.current()


def prober() -> Prober:
    """What looks at addresses, by the settings of the site."""
    agent = f"govshare-links/1 (+{tk.config.get('ckan.site_url')})"
    networks, network = config.networks(), config.get("links.network")
    loopback = bool(config.get("exchange.allow_loopback"))
    seconds = config.get("links.request_seconds")

    def session() -> LookingSession:
        return LookingSession(
            agent,
            max_seconds=seconds,
            networks=networks,
            network=network,
            allow_loopback=loopback,
            connect_seconds=min(5, seconds),
        )

    return Prober(session, config.get("links.pause_seconds"))


def turn() -> dict[str, int]:
    """Look at what is due, within the bounds of a turn.

    :returns: ``{new, checked, changed, held_back}``; `held_back` were not recorded because no host at all answered
        (our own network); ``{busy: 1}`` where another turn runs, ``{off: 1}`` where the site checks no links
    """
    if not config.get("links.check"):
        return {"off": 1}
    with _alone() as alone, _quietly():
        if not alone:
            return {"busy": 1}
        sums = {"new": sync(), "checked": 0, "changed": 0, "held_back": 0}
        model.Session.commit()
        seconds, pause = config.get("links.turn_seconds"), config.get("links.pause_seconds")
        by_host = due(config.get("links.turn_addresses"), max(1, int(seconds / max(pause, 0.1))))
        model.Session.commit()  # no transaction stays open while hosts think
        unconnected: list[tuple[Address, Seen]] = []
        answered = False
        for address, seen in prober().everything(by_host, time.monotonic() + seconds):
            if not seen.connected and not answered:
                unconnected.append((address, seen))
                continue
            answered = answered or seen.connected
            _note(address, seen, sums)
        if answered or len(by_host) == 1:
            for address, seen in unconnected:
                _note(address, seen, sums)
        elif unconnected:
            sums["held_back"] = len(unconnected)
            _put_off(sa.true(), clock.now() + OWN_OUTAGE)
        return sums


def _note(address: Address, seen: Seen, sums: dict[str, int]) -> None:
    now = clock.now()
    rest = links_rules.rest(seen.wait) or timedelta(seconds=config.get("links.pause_seconds"))
    quiet = insert(LinkHost).values(host=address.host, free_from=now + rest)
    newer = sa.func.greatest(LinkHost.free_from, quiet.excluded.free_from)
    model.Session.execute(quiet.on_conflict_do_update(index_elements=["host"], set_={"free_from": newer}))
    sums["checked"] += 1
    sums["changed"] += record(address.key, seen, now)
    if seen.tired:
        _put_off(LINK.c.host == address.host, now + max(POSTPONE, links_rules.rest(seen.wait)))


def _put_off(which: sa.ColumnElement[bool], until: datetime) -> None:
    model.Session.execute(sa.update(LINK).where(which, LINK.c.next_check < until).values(next_check=until))
    model.Session.commit()


def record(key: str, seen: Seen, at: datetime) -> bool:
    """Keep what was seen of an address, and commit. What is older than the last look is passed over.

    :returns: whether its state changed; the ledger is told then
    """
    link = model.Session.scalar(sa.select(Link).where(Link.key == key).with_for_update())
    if link is None or (link.checked and at < link.checked):
        model.Session.rollback()
        return False
    before = Standing(**{name: getattr(link, name) for name in Standing.__dataclass_fields__})
    standing = links_rules.after(before, seen.outcome, at)
    for name, value in asdict(standing).items():
        setattr(link, name, value)
    link.checked, link.status, link.detail = at, seen.status, seen.detail
    link.next_check = links_rules.next_check(key, standing, seen, at)
    changed = standing.state != before.state
    if changed:
        change = LinkChange(key=key, at=at, state=standing.state, status=seen.status, detail=seen.detail)
        model.Session.add(change)
        model.Session.flush()
        _touch([link.url])
    model.Session.commit()
    return changed


def _touch(urls: list[str]) -> None:
    """Let the ledger judge anew what links to these addresses."""
    try:
        touch = tk.get_action("govshare_ledger_touch")
    except KeyError:
        return
    touch({"ignore_auth": True}, {"urls": urls})


def observe(url: str, seen: Seen, at: datetime) -> Link:
    """Record what was seen of an address by other means, whether or not it is known yet; commits."""
    row = insert(LINK).values(**_new_row(url, False, at)).on_conflict_do_nothing()
    model.Session.execute(row)
    record(key_of(url), seen, at)
    return model.Session.get_one(Link, key_of(url))


def ask(package_id: str, pause: timedelta) -> tuple[int, int]:
    """Make an entry's addresses due now, those not that were asked for a moment ago; the caller commits.

    :param pause: how long ago is long enough
    :returns: how many addresses it has, and how many are due now
    """
    sync()
    now, named = clock.now(), shown()
    of_entry = sa.select(named.c.key).where(named.c.package_id == package_id)
    number = model.Session.scalar(sa.select(sa.func.count(sa.distinct(of_entry.subquery().c.key)))) or 0
    made_due = model.Session.execute(
        sa.update(LINK)
        .where(LINK.c.key.in_(of_entry), sa.or_(LINK.c.asked.is_(None), LINK.c.asked <= now - pause))
        .values(asked=now, next_check=now)
        .returning(LINK.c.key)
    ).all()
    return number, len(made_due)
