"""Departments over time: the events that gave them names and successors. Nothing commits here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.people import officers
from ckanext.govshare.people.model import OrganizationEvent

RENAME, MERGE, SPLIT = "rename", "merge", "split"


def note(
    context: Context,
    kind: str,
    source: roles.Organization,
    into: roles.Organization,
    data: dict[str, Any],
    into_title: str = "",
    **facts: Any,
) -> OrganizationEvent:
    """Record what became of a department: its own row, and the record of events.

    :param data: the action's data: ``on`` (a day), ``document``, ``note``
    :param into_title: the new name, for a rename
    :param facts: what the record of events says beside
    """
    event = OrganizationEvent(
        kind=kind,
        day=data["on"],
        from_id=source.id,
        from_title=source.title,
        into_id=into.id,
        into_title=into_title or into.title,
        document=data.get("document") or "",
        note=data.get("note") or "",
        actor=context.get("user") or "",
        at=clock.now(),
    )
    model.Session.add(event)
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user")},
        {
            "action": f"organization_{kind}",
            "object_type": "organization",
            "object_id": source.id,
            "region": source.region,
            "data": {
                "on": data["on"].isoformat(),
                "from": source.title,
                "into": into.id,
                "title": event.into_title,
                "document": event.document,
                **facts,
            },
        },
    )
    return event


def remember_names(organization_id: str, names: Sequence[str]) -> None:
    """Add names under which people still look for a department; its present name is none of them."""
    group = model.Group.get(organization_id)
    known = [name for name in group.extras.get("former_names", "").split("\n") if name]
    names = [name for name in dict.fromkeys([*known, *names]) if name and name != group.title]
    group.extras["former_names"] = "\n".join(names)


def names_of(organization: roles.Organization) -> list[str]:
    """The present and the former names of a department."""
    group = model.Group.get(organization.id)
    return [organization.title, *group.extras.get("former_names", "").split("\n")]


def close(context: Context, source: roles.Organization, successor: str, on: date, reason: str) -> None:
    """Close a department: its officer, roles and memberships end; the page and the history stay.

    :param successor: id of the one department that follows, or empty
    """
    actor = context.get("user") or ""
    officer = officers.current(source.id, lock=True)
    if officer is not None:
        officers.end(officer, on, reason, actor)
    now = clock.now()
    model.Session.execute(
        sa.update(roles.RoleGrant)
        .where(roles.RoleGrant.organization_id == source.id, roles.RoleGrant.until.is_(None))
        .values(until=now)
    )
    model.Session.execute(
        sa.update(model.Member)
        .where(
            model.Member.group_id == source.id,
            model.Member.table_name == "user",
            model.Member.state == "active",
        )
        .values(state="deleted")
    )
    group = model.Group.get(source.id)
    group.extras["closed_on"] = on.isoformat()
    if successor:
        group.extras["successor"] = successor


def move_members(context: Context, source: roles.Organization, into: roles.Organization) -> list[str]:
    """Make the people of a department members of its successor, with the roles that they held.

    :returns: names of the accounts
    """
    people = members(source.id)
    there = {line["user"] for line in members(into.id)}
    capacities = _capacities(source.id)
    for line in people:
        user = model.User.get(line["user"])
        if line["user"] not in there and user.id in capacities:
            model.Session.add(
                model.Member(
                    table_name="user",
                    table_id=user.id,
                    group=model.Group.get(into.id),
                    group_id=into.id,
                    capacity=capacities[user.id],
                )
            )
            model.Session.flush()
        for role in line["roles"]:
            if not roles.has_role(user.id, role, into.id):
                model.Session.add(
                    roles.RoleGrant(
                        user_id=user.id,
                        organization_id=into.id,
                        role=role,
                        since=clock.now(),
                        granted_by=context.get("user") or "",
                    )
                )
    model.Session.flush()
    return [line["user"] for line in people]


def _capacities(organization_id: str) -> dict[str, str]:
    rows = model.Session.execute(
        sa.select(model.Member.table_id, model.Member.capacity).where(
            model.Member.group_id == organization_id,
            model.Member.table_name == "user",
            model.Member.state == "active",
        )
    )
    return dict(rows.all())


def members(organization_id: str) -> list[dict[str, Any]]:
    """The people of a department: members of it in CKAN, and who holds a role in it.

    :returns: ``[{user, name, roles: […]}]`` by name; ``roles`` is empty for a mere member
    """
    ids = set(_capacities(organization_id)) | set(
        model.Session.scalars(
            sa.select(roles.RoleGrant.user_id).where(
                roles.RoleGrant.organization_id == organization_id, roles.RoleGrant.until.is_(None)
            )
        )
    )
    held: dict[str, set[str]] = {}
    for role in roles.Role:
        for name in roles.holders(role, organization_id):
            held.setdefault(name, set()).add(role.value)
    users = model.Session.scalars(
        sa.select(model.User).where(
            model.User.id.in_(ids),
            model.User.state == "active",
            model.User.name != tk.config["ckan.site_id"],  # CKAN's own account belongs to whatever it made
        )
    )
    rows = [
        {"user": user.name, "name": user.display_name, "roles": sorted(held.get(user.name, ()))}
        for user in users
    ]
    return sorted(rows, key=lambda row: row["name"])


def former_roles(organization_id: str) -> list[dict[str, Any]]:
    """Dated roles that ended, the latest first."""
    rows = model.Session.execute(
        sa.select(roles.RoleGrant, model.User)
        .join(model.User, model.User.id == roles.RoleGrant.user_id)
        .where(roles.RoleGrant.organization_id == organization_id, roles.RoleGrant.until.is_not(None))
        .order_by(roles.RoleGrant.until.desc())
        .limit(200)
    )
    return [
        {
            "user": user.name,
            "name": user.display_name,
            "role": grant.role,
            "since": grant.since.isoformat(),
            "until": grant.until.isoformat(),
        }
        for grant, user in rows
    ]


def events(organization_id: str) -> list[OrganizationEvent]:
    """What happened to and around a department, oldest first."""
    return list(
        model.Session.scalars(
            sa.select(OrganizationEvent)
            .where(
                sa.or_(
                    OrganizationEvent.from_id == organization_id, OrganizationEvent.into_id == organization_id
                )
            )
            .order_by(OrganizationEvent.day, OrganizationEvent.id)
        )
    )


def names(organization: roles.Organization, found: list[OrganizationEvent]) -> list[dict[str, Any]]:
    """The names that a department bore, oldest first.

    :param found: as :func:`events`
    :returns: ``[{title, since, until}]``: ISO days; ``since`` of the first and ``until`` of the present one are None
    """
    rows: list[dict[str, Any]] = []
    since = None
    for event in found:
        if event.kind == RENAME:
            rows.append({"title": event.from_title, "since": since, "until": event.day.isoformat()})
            since = event.day.isoformat()
    return [*rows, {"title": organization.title, "since": since, "until": organization.closed_on or None}]


def short(organization: roles.Organization) -> dict[str, str]:
    """Id, name and title."""
    return {"id": organization.id, "name": organization.name, "title": organization.title}


def history(organization: roles.Organization) -> dict[str, Any]:
    """Names, events and successor of a department, as ``govshare_organization_history`` answers them."""
    found = events(organization.id)
    successor = roles.organization(
        model.Group.get(organization.id).extras.get("successor") or None, closed=True
    )
    return {
        **short(organization),
        "closed_on": organization.closed_on or None,
        "successor": short(successor) if successor is not None else None,
        "names": names(organization, found),
        "events": [
            {
                "kind": event.kind,
                "on": event.day.isoformat(),
                "from": event.from_title,
                "into": event.into_title,
                "document": event.document,
                "role": "from" if event.from_id == organization.id else "into",
            }
            for event in found
        ],
    }
