"""Actions of the root: roles and the timer."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock

__all__ = [
    "govshare_due",
    "govshare_init",
    "govshare_role_grant",
    "govshare_role_list",
    "govshare_role_revoke",
]

# What the timer calls, in this order; a room that is not loaded is left out.
DUE = ("govshare_index_drain", "govshare_exchange_due", "govshare_publication_due")


def _subject(data_dict: dict[str, Any]) -> tuple[model.User, roles.Organization, roles.Role]:
    user_name, org_name, role_name = tk.get_or_bust(data_dict, ["user", "organization", "role"])
    user, organization = model.User.get(user_name), roles.organization(org_name)
    errors = {}
    if user is None:
        errors["user"] = [tk._("User not found")]
    if organization is None:
        errors["organization"] = [tk._("Organization does not exist")]
    if role_name not in {role.value for role in roles.Role}:
        errors["role"] = [tk._("Unknown role")]
    if errors:
        raise tk.ValidationError(errors)
    return user, organization, roles.Role(role_name)


def govshare_role_grant(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a person a role in an organisation.

    :param user: name or id
    :param organization: name or id
    :param role: ``editor`` 填报员, ``reviewer`` 审核员, ``office`` 主管部门 or ``auditor`` 审计员
    :returns: ``{user, organization, role, since}``; the role that stands when it was held already
    :raises NotAuthorized: the caller is not the office of the organisation's region, nor an operator
    """
    tk.check_access("govshare_role_grant", context, data_dict)
    user, organization, role = _subject(data_dict)
    if role is roles.Role.OFFICE and organization.org_type != "office":
        raise tk.ValidationError({"role": [tk._("Only people of a coordinating office can hold this role")]})
    grant = model.Session.scalar(
        sa.select(roles.RoleGrant).filter_by(
            user_id=user.id, organization_id=organization.id, role=role.value, until=None
        )
    )
    if grant is None:
        grant = roles.RoleGrant(
            user_id=user.id, organization_id=organization.id, role=role.value, granted_by=context["user"]
        )
        model.Session.add(grant)
        _record(context, "role_granted", organization, user, role)
        model.Session.commit()
    return {
        "user": user.name,
        "organization": organization.name,
        "role": role.value,
        "since": grant.since.isoformat(),
    }


def govshare_role_revoke(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End a role; its history stays.

    :param user: name or id
    :param organization: name or id
    :param role: as in :func:`govshare_role_grant`
    :returns: ``{ended: number of roles that ended}``
    """
    tk.check_access("govshare_role_revoke", context, data_dict)
    user, organization, role = _subject(data_dict)
    grants = model.Session.scalars(
        sa.select(roles.RoleGrant).filter_by(
            user_id=user.id, organization_id=organization.id, role=role.value, until=None
        )
    ).all()
    for grant in grants:
        grant.until = clock.now()
        _record(context, "role_revoked", organization, user, role)
    model.Session.commit()
    return {"ended": len(grants)}


def _record(
    context: Context, action: str, organization: roles.Organization, user: model.User, role: roles.Role
) -> None:
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context["user"]},
        {
            "action": action,
            "object_type": "organization",
            "object_id": organization.id,
            "region": organization.region,
            "data": {"user": user.id, "role": role.value},
        },
    )


@tk.side_effect_free
def govshare_role_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The roles of a person.

    :param user: name or id; the caller by default
    :returns: ``[{organization, title, region, roles: […]}]``
    """
    tk.check_access("govshare_role_list", context, data_dict)
    return [
        {
            "organization": org.name,
            "title": org.title,
            "region": org.region,
            "roles": sorted(role.value for role in held),
        }
        for org, held in roles.memberships(data_dict.get("user") or context["user"])
    ]


def govshare_init(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make the coordinating office of the site's region, when there is none, with the caller as its first member.

    :param title: name of the office; the setting ``site.office`` by default
    :param name: its URL name; ``office`` by default
    :returns: ``{organization, created}``
    """
    tk.check_access("govshare_init", context, data_dict)
    region = config.region()
    existing = model.Session.scalars(
        sa.select(model.Group).where(
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
            model.Group.extras["org_type"].astext == "office",
            model.Group.extras["region"].astext == region,
        )
    ).first()
    if existing is not None:
        return {"organization": existing.name, "created": False}
    made = tk.get_action("organization_create")(
        dict(context),
        {
            "name": data_dict.get("name") or "office",
            "title": data_dict.get("title") or config.get("site.office"),
            "org_type": "office",
            "region": region,
            "level": "3",
            "government": "1",
        },
    )
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context["user"]},
        {
            "action": "office_created",
            "object_type": "organization",
            "object_id": made["id"],
            "region": region,
            "data": {"name": made["name"]},
        },
    )
    model.Session.commit()
    return {"organization": made["name"], "created": True}


def govshare_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everything that time alone makes due. Idempotent: calling it twice does nothing more.

    :returns: what each room answered, by action
    """
    tk.check_access("govshare_due", context, data_dict)
    answers = {}
    for name in DUE:
        try:
            action = tk.get_action(name)
        except KeyError:
            continue
        answers[name] = action({"ignore_auth": True, "user": context.get("user", "")}, {})
    return answers
