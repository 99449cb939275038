"""Who may act for whom: facts about organisations and the roles of people, by region.

CKAN membership says where somebody belongs; ``govshare_role`` adds the dated roles that membership cannot say.
Being CKAN's sysadmin makes an operator and gives no business right (standards: 运维 is not 主管部门).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import Flask, g, has_request_context, request
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.govshare.kernel import clock


class Role(str, Enum):
    """Roles of a department and of the office."""

    EDITOR = "editor"  # 填报员
    REVIEWER = "reviewer"  # 审核员
    OFFICE = "office"  # 主管部门
    AUDITOR = "auditor"  # 审计员


# Roles that follow from the capacity of a membership, so that CKAN's own member pages keep their meaning.
BY_CAPACITY = {"admin": {Role.REVIEWER, Role.EDITOR}, "editor": {Role.EDITOR}, "member": set()}


H = TypeVar("H", bound="Hands")
_remembered: ContextVar[dict[str, model.Group | None] | None] = ContextVar("govshare_groups", default=None)


class RoleGrant(tk.BaseModel):
    """One dated role of one person in one organisation."""

    __tablename__ = "govshare_role"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    user_id: Mapped[str]
    organization_id: Mapped[str]
    role: Mapped[str]
    since: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), default=clock.now)
    until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    granted_by: Mapped[str]


@dataclass(frozen=True)
class Organization:
    """What rights depend on in an organisation."""

    id: str
    name: str
    title: str
    org_type: str
    region: str
    government: bool
    review: str
    closed_on: str = ""  # ISO day since which it is part of another one; it has no rights and no entries then


@contextmanager
def remembered() -> Iterator[None]:
    """Look each organisation up once, for a batch that asks again and again within one transaction."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def remember_while_reading(app: Flask) -> None:
    """Look each organisation up once in a request that only reads: a page asks for the provider at every door."""

    @app.before_request
    def _begin() -> None:
        if request.method in ("GET", "HEAD"):
            g.govshare_remembered = _remembered.set({})

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        token = g.pop("govshare_remembered", None)
        if token is not None:
            _remembered.reset(token)


def _group(id_or_name: str | None) -> model.Group | None:
    if not id_or_name or not isinstance(id_or_name, str):
        return None
    known = _remembered.get()
    if known is None:
        return model.Group.get(id_or_name)
    if id_or_name not in known:
        known[id_or_name] = model.Group.get(id_or_name)
    return known[id_or_name]


def organization(id_or_name: str | None, closed: bool = False) -> Organization | None:
    """Facts of an active organisation, or None.

    :param closed: answer one that was closed too (merged into another one); for history, never for rights
    """
    group = _group(id_or_name)
    if group is None or not group.is_organization or group.state != "active":
        return None
    found = facts(group)
    return found if closed or not found.closed_on else None


def region_of(organization_id: str | None) -> str:
    """Region code of an organisation; empty where there is none."""
    found = organization(organization_id)
    return found.region if found is not None else ""


def lies_within(region: Any, of: str) -> Any:
    """Whether a region is another one, or a county of it: a code that ends in 00 is a city and takes its counties in.

    :param region: a code, or a column of codes, for which the condition is answered
    :param of: code of the region that takes in
    """
    if not of.endswith("00"):
        return region == of
    own = region[:4] if isinstance(region, str) else sa.func.left(region, 4)
    return own == of[:4]


def facts(group: model.Group) -> Organization:
    """What rights depend on in an organisation that was read already."""
    extras = group.extras
    return Organization(
        id=group.id,
        name=group.name,
        title=group.title,
        org_type=extras.get("org_type", ""),
        region=extras.get("region", ""),
        government=extras.get("government") == "1",
        review=extras.get("review", "office"),
        closed_on=extras.get("closed_on", ""),
    )


def _user(user: str | None) -> model.User | None:
    found = model.User.get(user) if user else None
    return found if found is not None and found.state == "active" else None


def memberships(user: str | None) -> list[tuple[Organization, set[Role]]]:
    """Every organisation of a person with the roles held there.

    Read once in a request that only reads.

    :param user: name or id
    :returns: one pair an organisation; an empty list for a visitor
    """
    if not has_request_context() or request.method != "GET":
        return _memberships(user)
    known = g.setdefault("govshare_roles", {})
    if user not in known:
        known[user] = _memberships(user)
    return known[user]


def _memberships(user: str | None) -> list[tuple[Organization, set[Role]]]:
    person = _user(user)
    if person is None:
        return []
    rows = (
        model.Session.query(model.Group, model.Member.capacity)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .filter(
            model.Member.table_name == "user",
            model.Member.table_id == person.id,
            model.Member.state == "active",
            model.Group.state == "active",
            model.Group.is_organization.is_(True),
        )
    )
    held = {
        group.id: (facts(group), set(BY_CAPACITY.get(capacity, ())))
        for group, capacity in rows
        if not group.extras.get("closed_on")
    }
    grants = model.Session.scalars(
        sa.select(RoleGrant).where(RoleGrant.user_id == person.id, RoleGrant.until.is_(None))
    )
    for grant in grants:
        granted = held.get(grant.organization_id, (organization(grant.organization_id), set()))
        if granted[0] is not None:
            held.setdefault(grant.organization_id, granted)[1].add(Role(grant.role))
    for found, has in held.values():
        if found.org_type == "office" and Role.EDITOR in has:
            has.add(Role.OFFICE)
    return list(held.values())


@dataclass
class Hands:
    """What one person may put a hand to: read once, asked for many changes or files.

    :param organizations: ids of the organisations of the person, whatever they may do there
    :param works: of those, where the person holds any role; ``writes`` as editor, ``reviews`` as reviewer
    :param offices: regions whose office the person acts for
    """

    user: str
    organizations: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    reviews: set[str] = field(default_factory=set)
    offices: set[str] = field(default_factory=set)

    @classmethod
    def of(cls: type[H], user: str | None) -> H:
        """The hands of a person, or of a visitor (none)."""
        hands = cls(user or "")
        for found, held in memberships(user):
            hands.organizations.add(found.id)
            if held:
                hands.works.add(found.id)
            if Role.EDITOR in held:
                hands.writes.add(found.id)
            if Role.REVIEWER in held:
                hands.reviews.add(found.id)
            if Role.OFFICE in held:
                hands.offices.add(found.region)
        return hands


def has_role(user: str | None, role: Role | str, organization_id: str) -> bool:
    """Whether a person holds a role in one organisation."""
    return any(org.id == organization_id and Role(role) in roles for org, roles in memberships(user))


def is_office(user: str | None, region: str | None = None) -> bool:
    """Whether a person acts for the office of a region (of any region when none is given)."""
    return any(
        Role.OFFICE in roles and (region is None or org.region == region) for org, roles in memberships(user)
    )


def in_government(user: str | None) -> bool:
    """Whether a person belongs to a department that the office marked as government (an office is one)."""
    return any(organization.government for organization, _held in memberships(user))


def is_operator(user: str | None) -> bool:
    """Whether a person operates the site (CKAN's sysadmin)."""
    person = _user(user)
    return person is not None and bool(person.sysadmin)


def is_auditor(user: str | None) -> bool:
    """Whether a person may read the record of events."""
    return bool(audited_regions(user))


def audited_regions(user: str | None) -> set[str]:
    """The regions whose events a person may read."""
    return {org.region for org, roles in memberships(user) if {Role.AUDITOR, Role.OFFICE} & roles}


def short_names(organization_id: str) -> list[str]:
    """Short and former names of an organisation, as people search for it."""
    group = _group(organization_id)
    extras = group.extras if group is not None else {}
    short = [name.strip() for name in extras.get("short_names", "").replace(",", "、").split("、")]
    return [name for name in (*short, *extras.get("former_names", "").split("\n")) if name]


def holders(role: Role, organization_id: str) -> set[str]:
    """Names of the active people who hold a role in an organisation.

    Operators are left out: CKAN makes whoever creates an organisation its member, which makes them no colleague.
    """
    capacities = [capacity for capacity, held in BY_CAPACITY.items() if role in held]
    members = (
        sa.select(model.User.name)
        .join(model.Member, model.Member.table_id == model.User.id)
        .where(
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.group_id == organization_id,
            model.Member.capacity.in_(capacities),
            model.User.state == "active",
            model.User.sysadmin.is_(False),
        )
    )
    grants = (
        sa.select(model.User.name)
        .join(RoleGrant, RoleGrant.user_id == model.User.id)
        .where(
            RoleGrant.organization_id == organization_id,
            RoleGrant.role == role.value,
            RoleGrant.until.is_(None),
            model.User.state == "active",
            model.User.sysadmin.is_(False),
        )
    )
    return set(model.Session.scalars(members)) | set(model.Session.scalars(grants))
