"""What a department owns in the catalogue goes to another department: entries, their log, and their cases.

A merger moves everything in one transaction, whatever the number: statements over sets, not a loop over entries.
Codes, names and files stay as they are. Nothing commits here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue import index, opening_records, service
from ckanext.govshare.catalogue.model import Change, ChangeLog, Code
from ckanext.govshare.catalogue.opening_model import OpeningAct
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import KINDS


def find(wanted: list[str]) -> tuple[dict[str, str], list[str]]:
    """Ids of entries by what people call them.

    :param wanted: codes, present or past, names or ids
    :returns: id by wanted text, and the texts that nothing answers to
    """
    found = dict(
        model.Session.execute(sa.select(Code.code, Code.package_id).where(Code.code.in_(wanted))).all()
    )
    rows = model.Session.execute(
        sa.select(model.Package.id, model.Package.name).where(
            sa.or_(model.Package.name.in_(wanted), model.Package.id.in_(wanted))
        )
    )
    for package_id, name in rows:
        found |= {text: package_id for text in (package_id, name) if text in wanted}
    return found, [text for text in wanted if text not in found]


def entries(organization_id: str) -> set[str]:
    """Ids of every package of an organisation, of all types and states."""
    return set(
        model.Session.scalars(
            sa.select(model.Package.id).where(
                model.Package.owner_org == organization_id, model.Package.state != "deleted"
            )
        )
    )


def _cases(organization_id: str, package_ids: set[str] | None) -> list[str]:
    """Cases that go along: all of the organisation, or those about the entries."""
    query = sa.select(cases.Case.id).where(cases.Case.organization_id == organization_id)
    if package_ids is not None:
        query = query.join(Change, Change.id == cases.Case.id).where(Change.package_id.in_(package_ids))
    return list(model.Session.scalars(query))


def open_cases(case_ids: list[str]) -> int:
    """How many of the cases still wait for somebody."""
    waiting = [(kind.name, state) for kind in KINDS.values() for state in sorted(kind.open_states())]
    query = sa.select(sa.func.count()).where(
        cases.Case.id.in_(case_ids), sa.tuple_(cases.Case.kind, cases.Case.state).in_(waiting)
    )
    return model.Session.scalar(query) or 0


def holdings(organization_id: str, package_ids: set[str] | None = None) -> dict[str, Any]:
    """What would move: numbers, for the page that asks for confirmation.

    :param package_ids: only these entries (a split); None for everything (a merger)
    :returns: ``{entries, cases, entry_ids}``
    """
    moving = entries(organization_id) if package_ids is None else package_ids
    return {
        "entries": len(moving),
        "cases": open_cases(_cases(organization_id, package_ids)),
        "entry_ids": sorted(moving),
    }


def _copy_reviews(source: str, target: str, package_ids: list[str]) -> None:
    """Let the review records of the entries' files count for their new provider: facts are copied, never changed."""
    files = model.Session.execute(
        sa.select(model.Resource.hash, model.Resource.url, model.Resource.url_type).where(
            model.Resource.package_id.in_(package_ids), model.Resource.state == "active"
        )
    )
    digests = {opening_records.digest_of(dict(row)) for row in files.mappings()}
    columns = [column.name for column in OpeningAct.__table__.columns if column.name != "id"]
    held = OpeningAct.__table__.c
    values = [sa.literal(target) if name == "organization_id" else held[name] for name in columns]
    copied = (
        sa.select(*values).where(held.organization_id == source, held.digest.in_(digests)).order_by(held.id)
    )
    model.Session.execute(sa.insert(OpeningAct.__table__).from_select(columns, copied))


def move(
    context: Context, source: str, target: roles.Organization, package_ids: set[str] | None = None
) -> dict[str, Any]:
    """Give entries and cases of one organisation to another; the caller commits and drains the index.

    :param package_ids: only these entries, which belong to ``source``; None for everything
    :returns: as :func:`holdings`
    """
    moved = holdings(source, package_ids)
    ids = moved["entry_ids"]
    session = model.Session
    session.flush()
    case_ids = _cases(source, package_ids)
    if case_ids:
        session.execute(
            sa.update(cases.Case)
            .where(cases.Case.id.in_(case_ids))
            .values(organization_id=target.id, region=target.region)
            .execution_options(synchronize_session=False)
        )
    if ids:
        session.execute(
            sa.update(model.Package)
            .where(model.Package.id.in_(ids))
            .values(owner_org=target.id, metadata_modified=service.utcnow())
            .execution_options(synchronize_session=False)
        )
        session.execute(
            sa.update(model.Member)
            .where(
                model.Member.table_name == "package",
                model.Member.capacity == "organization",
                model.Member.group_id == source,
                model.Member.table_id.in_(ids),
            )
            .values(group_id=target.id)
            .execution_options(synchronize_session=False)
        )
        actor, now = context.get("user") or "", clock.now()
        session.execute(
            sa.insert(ChangeLog),
            [
                {
                    "package_id": package_id,
                    "at": now,
                    "actor": actor,
                    "kind": "transferred",
                    "run_id": None,
                    "fields": {"owner_org": [source, target.id]},
                }
                for package_id in ids
            ],
        )
        _copy_reviews(source, target.id, ids)
        index.queue(session, set(ids))
        session.info["govshare_queued"] = True
    session.expire_all()
    return moved
