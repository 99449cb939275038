"""What the database says of the files of a point: which there are, which hosts rest, what a run has to tell of them.

An *address* is where the source has a file: the ``url`` of a linked resource, the ``source_url`` of one whose copy the
site keeps. Files go by the md5 of their address, so that one that many resources name is asked for once a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert

from ckanext.govshare.exchange.files_fetch import NO_FILE
from ckanext.govshare.exchange.model import FILE, RECORD, RUN, HarvestRun, RecordState
from ckanext.govshare.harvesters.http import safe_url

KEPT, FAILED, UNREACHABLE = "kept", "failed", "unreachable"
STATES = [KEPT, FAILED, UNREACHABLE]
ADDRESSES = 500  # that are looked up at a time
PACKAGE, RESOURCE = model.Package.__table__, model.Resource.__table__
EXTRAS = sa.cast(sa.cast(RESOURCE.c.extras, sa.Text), JSONB)
UPLOAD = RESOURCE.c.url_type == "upload"
LINK = sa.func.coalesce(RESOURCE.c.url_type, "") == ""
ADDRESS = sa.case((UPLOAD, EXTRAS["source_url"].astext), (LINK, RESOURCE.c.url))
KEY = sa.func.md5(ADDRESS)


def _of_point(point_id: str) -> list[sa.ColumnElement[bool]]:
    return [
        RECORD.c.point_id == point_id,
        RECORD.c.state == RecordState.CURRENT.value,
        RESOURCE.c.package_id == RECORD.c.package_id,
        RESOURCE.c.state == "active",
        sa.func.upper(sa.func.coalesce(RESOURCE.c.format, "")).not_in(NO_FILE),
        ADDRESS.regexp_match("^https?://"),
    ]


def count(point_id: str) -> int:
    """How many addresses the current entries of a point name."""
    return model.Session.scalar(sa.select(sa.func.count(sa.distinct(KEY))).where(*_of_point(point_id))) or 0


def addresses(point_id: str, after: str) -> list[tuple[str, list[Any]]]:
    """The next addresses, each with the resources that name it and what is known of them.

    :param after: md5 of the last one before
    :returns: by md5: rows with ``id, package_id, name, format, hash, url_type, audience, opening, active,
        original_name, address`` and those of ``govshare_exchange_file`` (None where there is none)
    """
    wanted = _of_point(point_id)
    keys = sa.select(KEY).where(*wanted, after < KEY).distinct().order_by(KEY).limit(ADDRESSES)
    own = [column for column in FILE.c if column.name not in ("package_id", "point_id")]
    rows = model.Session.execute(
        sa.select(
            RESOURCE.c.id, RESOURCE.c.package_id, RESOURCE.c.name, RESOURCE.c.format, RESOURCE.c.hash,
            RESOURCE.c.url_type, EXTRAS["audience"].astext.label("audience"),
            EXTRAS["opening"].astext.label("opening"), EXTRAS["datastore_active"].astext.label("active"),
            EXTRAS["original_name"].astext.label("original_name"),
            ADDRESS.label("address"), KEY.label("key"), *own,
        )
        .join_from(RESOURCE, RECORD, RECORD.c.package_id == RESOURCE.c.package_id)
        .outerjoin(FILE, FILE.c.resource_id == RESOURCE.c.id)
        .where(*wanted, KEY.in_(list(model.Session.scalars(keys))))
        .order_by(KEY, RESOURCE.c.id)
    )  # fmt: skip
    return [(key, list(group)) for key, group in groupby(rows, key=lambda row: row.key)]


def resting(now: datetime) -> set[str]:
    """Hosts that did not answer, or asked to be left alone, whichever point asked them."""
    query = sa.select(FILE.c.host).where(FILE.c.next_try > now, FILE.c.state == UNREACHABLE)
    return set(model.Session.scalars(query.distinct()))


def lost(point_id: str, everything: bool, limit: int) -> list[Any]:
    """Rows whose resource is no more; or every row, where the point has its files linked. Some at a time, by entry.

    :returns: rows of ``govshare_exchange_file`` with the resource's ``hash`` (None: it is gone)
    """
    there = sa.and_(RESOURCE.c.id == FILE.c.resource_id, RESOURCE.c.state == "active")
    query = sa.select(FILE, RESOURCE.c.hash).outerjoin_from(FILE, RESOURCE, there).where(FILE.c.point_id == point_id)
    if not everything:
        query = query.where(RESOURCE.c.id.is_(None))
    return list(model.Session.execute(query.order_by(FILE.c.package_id, FILE.c.resource_id).limit(limit)))


def any_of(point_id: str) -> bool:
    """Whether the site keeps, or tried to keep, a file of a point."""
    return bool(model.Session.scalar(sa.select(sa.exists().where(FILE.c.point_id == point_id))))


def note(rows: list[dict[str, Any]]) -> None:
    """Write rows of ``govshare_exchange_file`` inside the caller's transaction."""
    statement = insert(FILE).values(rows)
    columns = {name: statement.excluded[name] for name in rows[0] if name != "resource_id"}
    model.Session.execute(statement.on_conflict_do_update(index_elements=["resource_id"], set_=columns))


def forget(resource_ids: Iterable[str]) -> None:
    """Delete rows of ``govshare_exchange_file`` inside the caller's transaction."""
    model.Session.execute(sa.delete(FILE).where(FILE.c.resource_id.in_(list(resource_ids))))


def problems(run: HarvestRun) -> sa.Select:
    """What is wrong with files of a point, as far as a run knows of it, one row a file.

    :returns: rows like those of records with findings (behind.py)
    """
    known = sa.select(RUN.c.id).where(RUN.c.point_id == run.point_id, RUN.c.created <= run.created)
    nothing = sa.null().cast(sa.Text)
    return (
        sa.select(
            sa.null().cast(sa.Integer).label("seq"), RECORD.c.guid, RECORD.c.title, FILE.c.state.label("verdict"),
            FILE.c.package_id, nothing.label("name"), nothing.label("code"), nothing.label("change_id"),
            sa.false().label("suspend"), sa.false().label("waits"),
            sa.null().cast(sa.DateTime(timezone=True)).label("applied"), FILE.c.findings,
        )
        .join_from(FILE, RECORD, RECORD.c.package_id == FILE.c.package_id)
        .where(
            RECORD.c.point_id == run.point_id,
            FILE.c.point_id == run.point_id,
            FILE.c.findings != sa.text("'[]'::jsonb"),
            FILE.c.run_id.in_(known),
        )
    )  # fmt: skip


def listed(point_id: str, state: str | None, limit: int, offset: int) -> dict[str, Any]:
    """Files of a point, those that are not kept first; two statements.

    :returns: ``{count, results}`` as ``govshare_exchange_file_list`` describes
    """
    wanted = [FILE.c.point_id == point_id, *([FILE.c.state == state] if state else [])]
    total = model.Session.scalar(sa.select(sa.func.count()).select_from(FILE).where(*wanted)) or 0
    rows = model.Session.execute(
        sa.select(FILE, PACKAGE.c.name.label("package"), PACKAGE.c.title, RESOURCE.c.name)
        .outerjoin_from(FILE, PACKAGE, PACKAGE.c.id == FILE.c.package_id)
        .outerjoin(RESOURCE, RESOURCE.c.id == FILE.c.resource_id)
        .where(*wanted)
        .order_by((FILE.c.state == KEPT), FILE.c.failures.desc(), PACKAGE.c.title, FILE.c.resource_id)
        .limit(limit)
        .offset(offset)
    )
    return {"count": total, "results": [_shown(row) for row in rows]}


def _shown(row: Any) -> dict[str, Any]:
    return {
        "package": {"id": row.package_id, "name": row.package, "title": row.title},
        "resource": {"id": row.resource_id, "name": row.name},
        "url": safe_url(row.url),
        **{name: getattr(row, name) for name in ("state", "size", "rows", "failures", "sha256", "findings")},
        **{name: moment and moment.isoformat() for name in ("checked", "next_try") for moment in [getattr(row, name)]},
        "kept": row.sha256 is not None,
    }
