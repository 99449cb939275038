"""Where departments stand: entries by state, changes by state, who waits how long, the last act.

Every figure is one grouped query over all departments at once, so that a page costs the same for three and thirty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, config, roles
from ckanext.govshare.kernel import clock, forms, workdays
from ckanext.govshare.kernel.cases import CHANGE, ChangeState
from ckanext.govshare.kernel.states import CatalogueState

REVIEWS = (ChangeState.DEPT_REVIEW.value, ChangeState.OFFICE_REVIEW.value)


def of_departments(held: Iterable[tuple[roles.Organization, set[roles.Role]]]) -> list[dict[str, Any]]:
    """A person's own departments, by title."""
    rows = [
        _line(organization.id, organization.name, organization.title, organization.region, has)
        for organization, has in held
    ]
    return _filled(rows)


def of_regions(regions: Collection[str]) -> list[dict[str, Any]]:
    """Every department that the office of these regions oversees, by title."""
    group = model.Group
    found = model.Session.execute(
        sa.select(group.id, group.name, group.title, group.extras["region"].astext).where(
            group.is_organization.is_(True),
            group.state == "active",
            group.extras["region"].astext.in_(regions),
            sa.func.coalesce(group.extras["closed_on"].astext, "") == "",
        )
    )
    return _filled([_line(*row, set()) for row in found])


def _line(id: str, name: str, title: str, region: str, has: set[roles.Role]) -> dict[str, Any]:
    return {
        "organization": {"id": id, "name": name, "title": title, "region": region},
        "roles": sorted(role.value for role in has),
        "entries": {
            package_type: dict.fromkeys((state.value for state in CatalogueState), 0)
            for package_type in sorted(forms.installed())
        },
        "changes": dict.fromkeys((state.value for state in ChangeState), 0),
        "oldest": {},
        "overdue": 0,
        "last": None,
    }


def _filled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {row["organization"]["id"]: row for row in rows}
    if by_id:
        _count_entries(by_id)
        _count_changes(by_id)
        _find_last(by_id)
    return sorted(rows, key=lambda row: row["organization"]["title"])


def _count_entries(by_id: dict[str, dict[str, Any]]) -> None:
    package = model.Package
    state = sa.func.coalesce(package.extras["catalogue_state"].astext, CatalogueState.PUBLISHED.value)
    counted = model.Session.execute(
        sa.select(package.owner_org, package.type, state, sa.func.count())
        .where(
            package.owner_org.in_(by_id),
            package.type.in_(sorted(forms.installed())),
            package.state == "active",
        )
        .group_by(package.owner_org, package.type, state)
    )
    for organization, package_type, held_state, number in counted:
        by_id[organization]["entries"][package_type][held_state] = number


def overdue_before() -> datetime:
    """Reviews that wait since before this moment are overdue: their working days are over."""
    now, days = clock.now(), config.get("desk.review_days")
    last = clock.today()
    while workdays.add(last, days).end >= now:
        last -= workdays.DAY
    return clock.end_of_day(last)


def _count_changes(by_id: dict[str, dict[str, Any]]) -> None:
    case = cases.Case
    late = sa.func.count().filter(case.since < overdue_before())
    counted = model.Session.execute(
        sa.select(case.organization_id, case.state, sa.func.count(), sa.func.min(case.since), late)
        .where(case.kind == CHANGE.name, case.organization_id.in_(by_id))
        .group_by(case.organization_id, case.state)
    )
    for organization, state, number, oldest, overdue in counted:
        row = by_id[organization]
        row["changes"][state] = number
        row["oldest"][state] = oldest.isoformat(timespec="seconds")
        if state in REVIEWS:
            row["overdue"] += overdue


def _find_last(by_id: dict[str, dict[str, Any]]) -> None:
    case, event = cases.Case, cases.CaseEvent
    found = model.Session.execute(
        sa.select(case.organization_id, event.at, event.actor, event.act, event.to_state, case.title)
        .join(case, case.id == event.case_id)
        .where(case.kind == CHANGE.name, case.organization_id.in_(by_id))
        .distinct(case.organization_id)
        .order_by(case.organization_id, event.id.desc())
    )
    for organization, at, actor, act, state, title in found:
        by_id[organization]["last"] = {
            "at": at.isoformat(timespec="seconds"),
            "actor": actor,
            "act": act,
            "to": state,
            "title": title,
        }
