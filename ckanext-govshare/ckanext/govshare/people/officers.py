"""数据专员 of record: who it was on which day, who stands in, and whether the year is confirmed.

Exactly one a department, filed yearly by the end of May and on change at once (003:L80, R82). An appointment is a
filing, so it counts for the year in which it is recorded. Nothing commits here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.people.model import Confirmation, Delegate, Officer

DUE = (5, 31)  # month and last day of the yearly filing
ASKED_FROM = (5, 1)


class Filing(str, Enum):
    """Where a department stands with its data officer in a year."""

    MISSING = "missing"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"


def due(year: int) -> date:
    """The last day of the yearly filing."""
    return date(year, *DUE)


def is_late(year: int) -> bool:
    """Whether the filing of a year is overdue: from 1 June on, Beijing time."""
    return clock.today() > due(year)


def works_there(user_id: str, organization_id: str) -> bool:
    """Whether a person is an active member of a department, by membership or by a role."""
    return any(organization.id == organization_id for organization, _held in roles.memberships(user_id))


def current(organization_id: str, lock: bool = False) -> Officer | None:
    """The officer of record.

    :param lock: hold the row until the transaction ends
    """
    query = sa.select(Officer).where(Officer.organization_id == organization_id, Officer.until.is_(None))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return model.Session.scalars(query).first()


def delegate_of(officer: Officer) -> Delegate | None:
    """Who stands in, now or from a day to come; None when the last one's term is over."""
    query = sa.select(Delegate).where(
        Delegate.officer_id == officer.id, Delegate.ended.is_(None), Delegate.until >= clock.today()
    )
    return model.Session.scalars(query).first()


def end_delegate(officer: Officer) -> None:
    """Close what is left of a delegation: the term is over, or another one follows."""
    query = sa.select(Delegate).where(Delegate.officer_id == officer.id, Delegate.ended.is_(None))
    for delegate in model.Session.scalars(query):
        delegate.ended = clock.now()
    model.Session.flush()


def end(officer: Officer, on: date, handover: str, actor: str) -> None:
    """End a period and the delegation in it; the row stays."""
    end_delegate(officer)
    officer.until, officer.ended, officer.ended_by = max(on, officer.since), clock.now(), actor
    officer.handover = handover
    model.Session.flush()


def confirm(officer: Officer, year: int, actor: str) -> tuple[Confirmation, bool]:
    """Record the filing of a year, once.

    :returns: the filing, and whether it is a new one
    """
    found = model.Session.get(Confirmation, (officer.id, year))
    if found is not None:
        return found, False
    found = Confirmation(officer_id=officer.id, year=year, at=clock.now(), by=actor)
    model.Session.add(found)
    model.Session.flush()
    return found, True


def person(user_id: str) -> dict[str, str]:
    """Name of an account and of the person."""
    user = model.User.get(user_id)
    return {"user": user.name if user else "", "name": user.display_name if user else ""}


def as_dict(officer: Officer, inside: bool) -> dict[str, Any]:
    """One period.

    :param inside: for government people: account, telephone, delegate and notes too
    """
    shown: dict[str, Any] = {
        "name": person(officer.user_id)["name"],
        "post": officer.post,
        "since": officer.since.isoformat(),
        "until": officer.until.isoformat() if officer.until else None,
    }
    if not inside:
        return shown
    years = model.Session.scalars(
        sa.select(Confirmation.year)
        .where(Confirmation.officer_id == officer.id)
        .order_by(Confirmation.year.desc())
    )
    delegate = delegate_of(officer) if officer.until is None else None
    return shown | {
        "id": officer.id,
        "user": person(officer.user_id)["user"],
        "phone": officer.phone,
        "note": officer.note,
        "handover": officer.handover,
        "confirmed": list(years),
        "left": not works_there(officer.user_id, officer.organization_id),
        "delegate": delegate_dict(delegate) if delegate else None,
    }


def delegate_dict(delegate: Delegate) -> dict[str, Any]:
    """A delegation."""
    return {
        **person(delegate.user_id),
        "since": delegate.since.isoformat(),
        "until": delegate.until.isoformat(),
        "note": delegate.note,
        "active": delegate.since <= clock.today() <= delegate.until and delegate.ended is None,
    }


def history(organization_id: str) -> list[dict[str, Any]]:
    """Every period with its delegations, the latest first."""
    periods = model.Session.scalars(
        sa.select(Officer)
        .where(Officer.organization_id == organization_id)
        .order_by(Officer.since.desc(), Officer.appointed.desc())
    ).all()
    delegations: dict[str, list[dict[str, Any]]] = {}
    for delegate in model.Session.scalars(
        sa.select(Delegate)
        .where(Delegate.officer_id.in_([period.id for period in periods]))
        .order_by(Delegate.since)
    ):
        delegations.setdefault(delegate.officer_id, []).append(delegate_dict(delegate))
    return [as_dict(period, True) | {"delegates": delegations.get(period.id, [])} for period in periods]


@dataclass(frozen=True)
class Line:
    """A department in the list of filings."""

    organization: roles.Organization
    officer: Officer | None
    filing: Filing
    left: bool


def filings(regions: set[str], year: int) -> list[Line]:
    """How the departments of the regions stand: government bodies that are open, the office itself left out.

    :param year: whose filing is asked for
    :returns: by title of the department
    """
    groups = model.Session.scalars(
        sa.select(model.Group)
        .where(
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
            model.Group.extras["government"].astext == "1",
            sa.func.coalesce(model.Group.extras["org_type"].astext, "") != "office",
            sa.func.coalesce(model.Group.extras["closed_on"].astext, "") == "",
            model.Group.extras["region"].astext.in_(regions),
        )
        .order_by(model.Group.title)
    ).all()
    ids = [group.id for group in groups]
    periods = model.Session.scalars(
        sa.select(Officer).where(Officer.organization_id.in_(ids), Officer.until.is_(None))
    )
    officers = {officer.organization_id: officer for officer in periods}
    confirmed = set(
        model.Session.scalars(
            sa.select(Officer.organization_id)
            .join(Confirmation, Confirmation.officer_id == Officer.id)
            .where(Officer.organization_id.in_(ids), Confirmation.year == year)
        )
    )
    there = _working({officer.user_id for officer in officers.values()}, ids)
    lines = []
    for group in groups:
        organization, officer = roles.facts(group), officers.get(group.id)
        left = officer is not None and (officer.user_id, group.id) not in there
        if officer is None or left:
            filing = Filing.MISSING
        else:
            filing = Filing.CONFIRMED if group.id in confirmed else Filing.UNCONFIRMED
        lines.append(Line(organization, officer, filing, left))
    return lines


def _working(user_ids: set[str], organization_ids: list[str]) -> set[tuple[str, str]]:
    """Who of these people works in which of these departments, as `works_there` says it; one statement."""
    member, user, grant = model.Member, model.User, roles.RoleGrant
    by_membership = sa.select(member.table_id, member.group_id).where(
        member.table_name == "user", member.state == "active", member.group_id.in_(organization_ids)
    )
    by_role = sa.select(grant.user_id, grant.organization_id).where(
        grant.until.is_(None), grant.organization_id.in_(organization_ids)
    )
    both = sa.union(by_membership, by_role).subquery()
    active = sa.select(user.id).where(user.id.in_(user_ids), user.state == "active")
    rows = model.Session.execute(sa.select(both).where(both.c[0].in_(active)))
    return {(user_id, organization_id) for user_id, organization_id in rows}


def find_person(name: Any, organization: roles.Organization, field: str = "user") -> model.User:
    """A person of a department.

    :raises ValidationError: there is no such person, or they do not belong to the department
    """
    user = model.User.get(name) if isinstance(name, str) and name else None
    if user is None or user.state != "active":
        raise tk.ValidationError({field: [tk._("User not found")]})
    if not works_there(user.id, organization.id):
        message = tk._("{name} is no member of {department}")
        raise tk.ValidationError(
            {field: [message.format(name=user.display_name, department=organization.title)]}
        )
    return user


def find_department(name: str) -> roles.Organization:
    """A department that is open.

    :raises ValidationError: there is none, or it was closed
    """
    organization = roles.organization(name)
    if organization is None:
        was = roles.organization(name, closed=True) is not None
        message = tk._("This department was closed") if was else tk._("Organization does not exist")
        raise tk.ValidationError({"organization": [message]})
    return organization


def shown(organization: roles.Organization, inside: bool) -> dict[str, Any]:
    """The officer of record of a department, as ``govshare_officer_show`` answers it.

    :param inside: for government people
    """
    officer, year = current(organization.id), clock.today().year
    return {
        "organization": {"id": organization.id, "name": organization.name, "title": organization.title},
        "officer": as_dict(officer, inside) if officer is not None else None,
        "due": due(year).isoformat(),
    }
