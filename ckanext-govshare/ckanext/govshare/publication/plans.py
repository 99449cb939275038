"""Planned publications: what a department means to publish by when, and what became of it.

The first date is kept and every move leaves an event with its reason, so that a delay cannot be planned away. A plan
is done when its entry is published *and* counted; what becomes of the entry later does not undo that.
Nothing here checks rights or commits: actions do.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, aliased, mapped_column

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import LATEST

WHEN = sa.DateTime(timezone=True)
SOON = timedelta(days=14)  # before its day, a plan is on the to-do list
# Of another room's table only the entry that came of a change is read, for all plans in one statement.
CHANGE = sa.table("govshare_change", sa.column("id"), sa.column("package_id"))


class PlanState(str, Enum):
    """Where a plan stands."""

    PLANNED = "planned"
    DONE = "done"
    DROPPED = "dropped"

    def __str__(self) -> str:
        return self.value


class Plan(tk.BaseModel):
    """A department means to publish something by the end of a day, Beijing time (migration 013_plans).

    `first_planned` is the day that was named at first. `change_id` and `package_id` say what it is about, where that
    is known; without them the title tells.
    """

    __tablename__ = "govshare_plan"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: str(uuid.uuid4()))
    organization_id: Mapped[str]
    region: Mapped[str]
    title: Mapped[str]
    field: Mapped[str] = mapped_column(default="")
    measure: Mapped[str]
    planned: Mapped[date]
    first_planned: Mapped[date]
    change_id: Mapped[str | None]
    package_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=PlanState.PLANNED.value)
    done_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    created: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    created_by: Mapped[str]
    changed: Mapped[datetime | None] = mapped_column(WHEN)
    changed_by: Mapped[str | None]

    def late_days(self, today: date) -> int:
        """Calendar days after the planned day: up to the day on which it was done, or to today; 0 if it was dropped."""
        if self.state == PlanState.DROPPED:
            return 0
        return max(0, ((self.done_on or today) - self.planned).days)


class PlanEvent(tk.BaseModel):
    """One act, with the planned day before and after.

    ``created``, ``moved``, ``linked`` (to a change or an entry), ``transferred`` (to the department's successor),
    ``dropped`` or ``done``.
    """

    __tablename__ = "govshare_plan_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    plan_id: Mapped[str] = mapped_column(sa.ForeignKey("govshare_plan.id"))
    at: Mapped[datetime] = mapped_column(WHEN, default=clock.now)
    actor: Mapped[str]
    act: Mapped[str]
    before: Mapped[date | None]
    after: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")

    def as_dict(self) -> dict[str, Any]:
        """JSON values for the history of a plan."""
        return {
            "at": self.at.astimezone(clock.ZONE).isoformat(timespec="seconds"),
            "actor": self.actor,
            "act": self.act,
            "before": self.before.isoformat() if self.before else None,
            "after": self.after.isoformat() if self.after else None,
            "reason": self.reason,
        }


def lock(plan_id: Any) -> Plan | None:
    """A plan, held against everybody else until the transaction ends; None if there is no such plan."""
    if not isinstance(plan_id, str) or "\x00" in plan_id:
        return None
    statement = sa.select(Plan).where(Plan.id == plan_id).with_for_update()
    return model.Session.scalars(statement.execution_options(populate_existing=True)).first()


def note(plan: Plan, act: str, actor: str, before: date | None = None, reason: str = "") -> None:
    """Leave an event of a plan, in its own history and in the record of events."""
    model.Session.add(
        PlanEvent(
            plan_id=plan.id,
            at=clock.now(),
            actor=actor,
            act=act,
            before=before,
            after=plan.planned,
            reason=reason,
        )
    )
    facts = {"title": plan.title, "planned": plan.planned.isoformat(), "reason": reason}
    if before is not None:
        facts["before"] = before.isoformat()
    if plan.done_on is not None:
        facts["done_on"] = plan.done_on.isoformat()
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": actor},
        {
            "action": f"plan_{act}",
            "object_type": "plan",
            "object_id": plan.id,
            "region": plan.region,
            "data": facts,
        },
    )


def visible(user: str | None) -> sa.ColumnElement[bool]:
    """The plans that a person may read: those of the own departments, and for the office all of its region."""
    held = roles.memberships(user)
    own = [org.id for org, _has in held if org.government]
    regions = [org.region for org, has in held if roles.Role.OFFICE in has]
    return sa.or_(Plan.organization_id.in_(own), Plan.region.in_(regions))


def rows(
    *conditions: sa.ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Plans as `govshare_plan_list` answers them: open ones by their day, then the others, latest first."""
    today, group = clock.today(), model.Group
    entry = sa.func.coalesce(Plan.package_id, CHANGE.c.package_id)
    moves = sa.select(sa.func.count()).where(PlanEvent.plan_id == Plan.id, PlanEvent.act == "moved")
    is_open = Plan.state == PlanState.PLANNED.value
    found = model.Session.execute(
        sa.select(
            Plan, group.name, group.title, model.Package.name, model.Package.title, moves.scalar_subquery()
        )
        .join(group, group.id == Plan.organization_id)
        .outerjoin(CHANGE, CHANGE.c.id == Plan.change_id)
        .outerjoin(model.Package, sa.and_(model.Package.id == entry, model.Package.state == "active"))
        .where(*conditions)
        .order_by(
            is_open.desc(),
            sa.case((is_open, Plan.planned)),
            sa.func.coalesce(Plan.done_on, Plan.planned).desc(),
            Plan.title,
            Plan.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return [
        {
            "id": plan.id,
            "organization": {"id": plan.organization_id, "name": name, "title": title},
            "region": plan.region,
            "title": plan.title,
            "field": plan.field,
            "measure": plan.measure,
            "planned": plan.planned.isoformat(),
            "first_planned": plan.first_planned.isoformat(),
            "moves": moved,
            "state": plan.state,
            "done_on": plan.done_on.isoformat() if plan.done_on else None,
            "late_days": plan.late_days(today),
            "change_id": plan.change_id,
            "package": {"name": entry_name, "title": entry_title} if entry_name else None,
            "note": plan.note,
        }
        for plan, name, title, entry_name, entry_title, moved in found
    ]


def events(plan_id: str) -> list[dict[str, Any]]:
    """The acts of a plan, oldest first."""
    statement = sa.select(PlanEvent).where(PlanEvent.plan_id == plan_id).order_by(PlanEvent.id)
    return [event.as_dict() for event in model.Session.scalars(statement)]


# By the entry that is named, by that of the named change, else by the exact title of the same provider.
FINISHED = sa.text("""
    SELECT DISTINCT ON (plan.id) plan.id, verdict.candidate, greatest(first.since, plan.created_on)
    FROM (
        SELECT p.*, coalesce(p.package_id, c.package_id) AS entry,
               CAST(timezone('Asia/Shanghai', p.created) AS date) AS created_on
        FROM govshare_plan p LEFT JOIN govshare_change c ON c.id = p.change_id
        WHERE p.state = 'planned'
    ) plan
    JOIN govshare_ledger_verdict verdict
      ON verdict.measure = plan.measure AND verdict.rule = :rule AND verdict.until IS NULL AND verdict.counted
    JOIN govshare_ledger_candidate candidate
      ON candidate.measure = verdict.measure AND candidate.candidate = verdict.candidate
    CROSS JOIN LATERAL (
        SELECT min(v.since) AS since FROM govshare_ledger_verdict v
        WHERE v.measure = verdict.measure AND v.rule = verdict.rule AND v.candidate = verdict.candidate
          AND v.counted AND (v.until IS NULL OR v.until > plan.created_on)
    ) first
    WHERE verdict.candidate = plan.entry
       OR (plan.entry IS NULL AND verdict.organization_id = plan.organization_id AND candidate.title = plan.title)
    ORDER BY plan.id, greatest(first.since, plan.created_on), verdict.candidate
""")


def finished() -> list[tuple[Plan, str, date]]:
    """Open plans whose entry counts today, held for the caller: ``(plan, id of the entry, first day that it counts)``.

    An entry that counted before it was planned counts from the day of the plan.
    """
    found = {id: (candidate, day) for id, candidate, day in model.Session.execute(FINISHED, {"rule": LATEST})}
    statement = sa.select(Plan).where(Plan.id.in_(found), Plan.state == PlanState.PLANNED.value)
    statement = statement.order_by(Plan.id).with_for_update().execution_options(populate_existing=True)
    return [(plan, *found[plan.id]) for plan in model.Session.scalars(statement)]


def orphaned() -> list[tuple[Plan, roles.Organization]]:
    """Open plans of departments that were merged into others, held for the caller, with the successor.

    One of a title that the successor has planned itself, or got already, is left where it is.
    """
    group, twin = model.Group, aliased(Plan)
    successor = sa.func.coalesce(group.extras["successor"].astext, "")
    statement = (
        sa.select(Plan, successor)
        .join(group, group.id == Plan.organization_id)
        .where(Plan.state == PlanState.PLANNED.value, successor != "")
        .order_by(Plan.id)
        .with_for_update(of=Plan)
    )
    found, titles = [], set()
    for plan, named in model.Session.execute(statement):
        into = roles.organization(named)
        same = sa.exists().where(
            twin.organization_id == (into.id if into else ""),
            twin.measure == plan.measure,
            twin.title == plan.title,
            twin.state == PlanState.PLANNED.value,
        )
        title = (named, plan.measure, plan.title)
        if into is not None and title not in titles and not model.Session.scalar(sa.select(same)):
            found.append((plan, into))
            titles.add(title)
    return found
