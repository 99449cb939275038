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
DUE = (
    "govshare_index_drain",
    "govshare_exchange_due",
    "govshare_publication_due",
    "govshare_plan_due",
    "govshare_report_due",
    "govshare_file_check_due",
    "govshare_link_due",
    "govshare_dialogue_due",
    "govshare_usage_due",
)


def _subject(data_dict: dict[str, Any]) -> tuple[model.User, roles.Organization, roles.Role]:
    user_name, org_name, role_name = tk.get_or_bust(data_dict, ["user", "organization", "role"])
    user = model.User.get(user_name) if isinstance(user_name, str) else None
    organization = roles.organization(org_name)
    errors = {}
    if user is None or user.state != "active":
        errors["user"] = [tk._("User not found")]
    if organization is None:
        closed = roles.organization(org_name, closed=True) is not None
        message = tk._("This department was closed") if closed else tk._("Organization does not exist")
        errors["organization"] = [message]
    if role_name not in {role.value for role in roles.Role}:
        errors["role"] = [tk._("Unknown role")]
    if errors:
        raise tk.ValidationError(errors)
    return user, organization, roles.Role(role_name)


def govshare_role_grant(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a person a role in an organisation. The role is dated; who held it before stays in history.

    :param user: name or id
    :param organization: name or id
    :param role: ``editor`` 填报员, ``reviewer`` 审核员, ``office`` 主管部门 or ``auditor`` 审计员
    :returns: ``{user, organization, role, since}``; the role that stands when it was held already, with ``since``
        None when it follows from a CKAN membership
    :raises NotAuthorized: the caller is neither the office of the organisation's region, nor an operator, nor (for
        ``editor`` and ``reviewer``) a reviewer of the department; or it would be for the caller
    """
    tk.check_access("govshare_role_grant", context, data_dict)
    user, organization, role = _subject(data_dict)
    if roles.has_role(user.id, role, organization.id):
        return _role(user, organization, role, _granted(user, organization, role))
    if user.name == context.get("user"):
        raise tk.NotAuthorized(tk._("Nobody gives themselves a role"))
    if role is roles.Role.OFFICE and organization.org_type != "office":
        raise tk.ValidationError({"role": [tk._("Only people of a coordinating office can hold this role")]})
    grant = _grant(context, user, organization, role)
    _record(context, "role_granted", organization, user, role)
    model.Session.commit()
    return _role(user, organization, role, grant)


def _granted(user: model.User, organization: roles.Organization, role: roles.Role) -> roles.RoleGrant | None:
    return model.Session.scalar(
        sa.select(roles.RoleGrant).filter_by(
            user_id=user.id, organization_id=organization.id, role=role.value, until=None
        )
    )


def _grant(
    context: Context, user: model.User, organization: roles.Organization, role: roles.Role
) -> roles.RoleGrant:
    grant = roles.RoleGrant(
        user_id=user.id,
        organization_id=organization.id,
        role=role.value,
        since=clock.now(),
        granted_by=context.get("user") or "",
    )
    model.Session.add(grant)
    return grant


def _role(
    user: model.User, organization: roles.Organization, role: roles.Role, grant: roles.RoleGrant | None
) -> dict[str, Any]:
    return {
        "user": user.name,
        "organization": organization.name,
        "role": role.value,
        "since": grant.since.isoformat() if grant is not None else None,
    }


def govshare_role_revoke(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End a role; its history stays.

    :param user: name or id
    :param organization: name or id
    :param role: as in :func:`govshare_role_grant`
    :returns: ``{ended: 1}``, or 0 when the role was not held
    :raises ValidationError: ``role``: the office role of a member follows from the editor role there
    """
    tk.check_access("govshare_role_revoke", context, data_dict)
    user, organization, role = _subject(data_dict)
    if not roles.has_role(user.id, role, organization.id):
        return {"ended": 0}
    grant = _granted(user, organization, role)
    if grant is not None:
        grant.until = clock.now()
    _lower_membership(context, user, organization, role)
    model.Session.flush()
    if roles.has_role(user.id, role, organization.id):
        model.Session.rollback()
        message = tk._("This role follows from the editor role in the office: end that one")
        raise tk.ValidationError({"role": [message]})
    _record(context, "role_revoked", organization, user, role)
    model.Session.commit()
    return {"ended": 1}


def _lower_membership(
    context: Context, user: model.User, organization: roles.Organization, role: roles.Role
) -> None:
    """Take a role out of a CKAN membership; what else the membership gave stays, as dated roles if need be."""
    member = model.Session.scalar(
        sa.select(model.Member).filter_by(
            table_name="user", table_id=user.id, group_id=organization.id, state="active"
        )
    )
    given = roles.BY_CAPACITY.get(member.capacity, set()) if member is not None else set()
    if role not in given:
        return
    left = given - {role}
    whole = next((capacity for capacity, held in roles.BY_CAPACITY.items() if held == left), None)
    member.capacity = whole or "member"
    if whole is None:
        for other in left:
            if _granted(user, organization, other) is None:
                _grant(context, user, organization, other)


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
    :returns: ``[{organization, title, region, roles: […]}]``; of another person only those in the office's region
    """
    tk.check_access("govshare_role_list", context, data_dict)
    caller, other = context.get("user"), data_dict.get("user")
    whole = context.get("ignore_auth") or not other or other == caller or roles.is_operator(caller)
    return [
        {
            "organization": org.name,
            "title": org.title,
            "region": org.region,
            "roles": sorted(role.value for role in held),
        }
        for org, held in roles.memberships(other or caller)
        if whole or roles.is_office(caller, org.region)
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
