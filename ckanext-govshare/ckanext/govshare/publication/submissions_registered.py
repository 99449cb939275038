"""Registered applications as the office looks after them: their proof, its looks, and who names the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.cases import Case
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import SUBMISSION
from ckanext.govshare.publication import submissions_input
from ckanext.govshare.publication.submissions import LOOK_HOLDS, LOOKED_AT, Look, Submission

PACKAGE = model.Package.__table__
GROUP = model.Group.__table__
RESOURCE = model.Resource.__table__
SOON = timedelta(days=14)
FIELDS = ("app_form", "app_id", "doi", "developer", "developer_kind", "approved", "own_use", "proof_checked")
PROOFS = ("none", "holds", "soon", "old")


def applications(regions: Iterable[str] | None = None, package_id: str = "") -> list[dict[str, Any]]:
    """Registered applications, by title; one statement.

    :param regions: those that offices of these regions registered; all by default
    :param package_id: only this one
    :returns: ``[{id, name, title, url, <FIELDS>, proof, holds_until}]``: `proof` is ``none`` where its form needs
        no person's look, else ``holds``, ``soon`` (it runs out within 14 days) or ``old``; `holds_until` an ISO day
    """
    digest = (
        sa.select(sa.func.min(sa.func.coalesce(RESOURCE.c.hash, RESOURCE.c.id)))
        .where(RESOURCE.c.package_id == PACKAGE.c.id, RESOURCE.c.state == "active")
        .scalar_subquery()
    )
    extras = [sa.func.coalesce(PACKAGE.c.extras[key].astext, "").label(key) for key in FIELDS]
    query = (
        sa.select(PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title, PACKAGE.c.url, digest.label("digest"), *extras)
        .select_from(PACKAGE.outerjoin(GROUP, GROUP.c.id == PACKAGE.c.owner_org))
        .where(PACKAGE.c.type == "application", PACKAGE.c.state == "active")
        .order_by(PACKAGE.c.title, PACKAGE.c.name)
    )
    if regions is not None:
        query = query.where(GROUP.c.extras["region"].astext.in_(list(regions)))
    if package_id:
        query = query.where(PACKAGE.c.id == package_id)
    return [_application(row) for row in model.Session.execute(query).mappings()]


def _application(row: Any) -> dict[str, Any]:
    found = {**row, "url": row["url"] or "", **proof(row["app_form"], row["proof_checked"])}
    files = {"report": {"hash": found.pop("digest")}} if row["digest"] else {}
    found["identifier"] = submissions_input.identifier(found, files)
    return found


def proof(form: str, checked: str) -> dict[str, Any]:
    """How the proof by a person's look stands today: ``{proof, holds_until}``.

    :param checked: ISO day of the last look at which all was well
    """
    if form not in LOOKED_AT:
        return {"proof": "none", "holds_until": None}
    try:
        until = date.fromisoformat(checked) + LOOK_HOLDS
    except ValueError:
        return {"proof": "old", "holds_until": None}
    left = until - clock.today()
    state = "old" if left < timedelta() else "soon" if left <= SOON else "holds"
    return {"proof": state, "holds_until": until.isoformat()}


def looks(package_ids: Iterable[str]) -> defaultdict[str, list[dict[str, Any]]]:
    """Looks at applications, by package, the last one first; one statement."""
    rows = model.Session.scalars(
        sa.select(Look).where(Look.package_id.in_(list(package_ids))).order_by(Look.id.desc())
    )
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.package_id].append(row.as_dict())
    return found


def add_look(package_id: str, actor: str, ok: bool, note: str) -> Look:
    """Keep a look; the caller commits."""
    until = clock.today() + LOOK_HOLDS if ok else None
    look = Look(package_id=package_id, actor=actor, ok=ok, note=note, holds_until=until)
    model.Session.add(look)
    return look


def duplicates(identifier: str, but: str = "", public: bool = False) -> list[dict[str, str]]:
    """Who names the same address, id or report already.

    :param identifier: as :func:`submissions_input.identifier` makes it
    :param but: id of the submission that asks
    :param public: only applications that everybody may know of
    :returns: ``[{kind: application|submission, id, name, title, state}]``
    """
    if not identifier:
        return []
    found = [
        {"kind": "application", **{key: row[key] for key in ("id", "name", "title")},
         "state": "approved" if row["approved"] == "1" else "not_approved"}
        for row in applications()
        if row["identifier"] == identifier and (row["approved"] == "1" or not public)
    ]  # fmt: skip
    if public:
        return found
    waiting = model.Session.execute(
        sa.select(Case.id, Case.title, Case.state)
        .join(Submission, Submission.id == Case.id)
        .where(
            Submission.identifier == identifier,
            Case.id != but,
            Case.state.in_(SUBMISSION.open_states()),
        )
        .order_by(Case.opened)
    )
    return found + [
        {"kind": "submission", "id": row.id, "name": "", "title": row.title, "state": row.state}
        for row in waiting
    ]
