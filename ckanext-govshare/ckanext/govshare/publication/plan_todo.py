"""Planned publications on the to-do list: a department's that are due soon or late, for the office all late ones."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.publication.plans import SOON, Plan, PlanState

FEW = 3  # more lines of one kind and department than this become one line with a number


def lines(user: str | None) -> list[dict[str, Any]]:
    """Every line for a person, in two statements at most."""
    held = roles.memberships(user)
    hands = {roles.Role.EDITOR, roles.Role.REVIEWER}
    own = {org.id: org for org, has in held if org.government and has & hands}
    regions = {org.region for org, has in held if roles.Role.OFFICE in has}
    return _of_departments(own) + (_of_office(regions) if regions else [])


def _of_departments(own: dict[str, roles.Organization]) -> list[dict[str, Any]]:
    today = clock.today()
    statement = (
        sa.select(Plan)
        .where(
            Plan.organization_id.in_(own),
            Plan.state == PlanState.PLANNED.value,
            Plan.planned <= today + SOON,
        )
        .order_by(Plan.planned, Plan.title)
    )
    kinds: dict[tuple[str, str], list[Plan]] = {}
    for plan in model.Session.scalars(statement):
        slug = "plan_late" if plan.planned < today else "plan_due"
        kinds.setdefault((plan.organization_id, slug), []).append(plan)
    return [line for (id, slug), found in kinds.items() for line in _lines(own[id], slug, found)]


def _lines(organization: roles.Organization, slug: str, found: list[Plan]) -> list[dict[str, Any]]:
    late = slug == "plan_late"
    heading = tk._("A planned publication is late") if late else tk._("Publish as planned")
    groups = [[plan] for plan in found] if len(found) <= FEW else [found]
    return [
        {
            "slug": slug,
            "title": heading,
            "detail": "、".join(plan.title for plan in group[:FEW]),
            "url": f"/desk/plans?organization={organization.name}",
            "since": group[0].created.astimezone(clock.ZONE).isoformat(),
            "due": group[0].planned.isoformat(),
            "level": "late" if late else "warn",
            "organization": organization.title,
            "count": len(group),
        }
        for group in groups
    ]


def _of_office(regions: set[str]) -> list[dict[str, Any]]:
    late, departments, first = model.Session.execute(
        sa.select(
            sa.func.count(), sa.func.count(sa.distinct(Plan.organization_id)), sa.func.min(Plan.planned)
        ).where(Plan.region.in_(regions), Plan.state == PlanState.PLANNED.value, Plan.planned < clock.today())
    ).one()
    if not late:
        return []
    detail = tk.ungettext("of {number} department", "of {number} departments", departments)
    return [
        {
            "slug": "plans_late",
            "title": tk._("Planned publications that are late"),
            "detail": detail.format(number=departments),
            "url": "/office/plans",
            "since": None,
            "due": first.isoformat(),
            "level": "late",
            "organization": "",
            "count": late,
        }
    ]
