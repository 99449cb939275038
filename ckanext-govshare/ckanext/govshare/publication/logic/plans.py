"""Actions on planned publications: what a department means to publish, by when, and what became of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked
from ckanext.govshare.publication import plan_todo, plans
from ckanext.govshare.publication.logic import plan_rules
from ckanext.govshare.publication.model import Measure
from ckanext.govshare.publication.plans import Plan, PlanState

__all__ = [
    "govshare_plan_create",
    "govshare_plan_drop",
    "govshare_plan_due",
    "govshare_plan_list",
    "govshare_plan_show",
    "govshare_plan_todo",
    "govshare_plan_update",
]

TYPES = {Measure.OPEN_DATASETS.value: "dataset", Measure.APPLICATIONS.value: "application"}


def _plan(context: Context, data_dict: dict[str, Any]) -> Plan:
    """The open plan that is to change, held until the transaction ends.

    :raises ObjectNotFound: there is none that the caller may see
    :raises ValidationError: it is done or dropped
    """
    plan = plans.lock(data_dict.get("id"))
    if plan is None:
        raise tk.ObjectNotFound(tk._("There is no such plan"))
    if plan.state != PlanState.PLANNED:
        model.Session.rollback()
        raise tk.ValidationError({"state": [tk._("This plan is closed: what became of it is settled")]})
    return plan


def _move(context: Context, plan: Plan, data: dict[str, Any]) -> None:
    """Set another day, which has to come yet and needs a reason."""
    if "planned" in data:
        plan.planned = checked(context, data, plan_rules.move())["planned"]


def _subject(context: Context, plan: Plan, data: dict[str, Any]) -> None:
    """Set what a plan is about: a change or an entry of the department itself."""
    foreign = tk._("The department has nothing of this id")
    asked = {"user": context.get("user", "")}
    for key, action in (("change_id", "govshare_change_show"), ("package_id", "package_show")):
        if not data.get(key):
            continue
        try:
            found = tk.get_action(action)(dict(asked), {"id": data[key]})
        except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
            raise tk.ValidationError({key: [foreign]}) from None
        owner = found.get("owner_org") or (found.get("organization") or {}).get("id")
        if (
            owner != plan.organization_id
            or found.get("package_type", found.get("type")) != TYPES[plan.measure]
        ):
            raise tk.ValidationError({key: [foreign]})
        setattr(plan, key, found["id"])


def govshare_plan_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Plan a publication.

    :param organization: name or id of the department
    :param title: what the entry will be called, at most 50 characters; the entry is found again by it
    :param planned: day as YYYY-MM-DD, today or later, at most five years ahead; up to its end, Beijing time
    :param field: 开放领域, a code of the list ``open_domain`` (optional)
    :param measure: ``open_datasets`` (default) or ``applications``
    :param change_id: id of the change that will bring the entry (optional)
    :param package_id: id or name of an entry that is there and does not count yet (optional)
    :param note: at most 500 characters (optional)
    :returns: the plan, as `govshare_plan_show` answers it
    :raises NotAuthorized: the caller neither writes nor reviews for the department
    :raises ValidationError: a field is missing or wrong, or the department has an open plan of this title
    """
    tk.check_access("govshare_plan_create", context, data_dict)
    data = checked(context, data_dict, plan_rules.create())
    organization, user = roles.organization(data["organization"]), context.get("user", "")
    plan = Plan(
        organization_id=organization.id, region=organization.region, title=data["title"], field=data["field"],
        measure=data["measure"], planned=data["planned"], first_planned=data["planned"], note=data["note"],
        created_by=user,
    )  # fmt: skip
    _subject(context, plan, data)
    try:
        with model.Session.begin_nested():
            model.Session.add(plan)
    except sa.exc.IntegrityError:
        model.Session.rollback()
        raise tk.ValidationError({"title": [tk._("The department has an open plan of this title")]}) from None
    plans.note(plan, "created", user)
    model.Session.commit()
    return _shown(plan, user)


def govshare_plan_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Move a plan to another day, or say what it is about. The first day is kept; a move leaves an event.

    :param id: id of the plan
    :param planned: the new day, as in `govshare_plan_create` (optional); the present one changes nothing
    :param reason: why it is moved; needed for a move
    :param change_id: id of the change that brings the entry (optional)
    :param package_id: id or name of the entry (optional)
    :returns: the plan, as `govshare_plan_show` answers it
    :raises NotAuthorized: the caller neither writes nor reviews for the department
    :raises ValidationError: the day is over, no reason is given, or the plan is closed
    """
    tk.check_access("govshare_plan_update", context, data_dict)
    data = checked(context, data_dict, plan_rules.update())
    plan, user = _plan(context, data_dict), context.get("user", "")
    before, about = plan.planned, (plan.change_id, plan.package_id)
    if data.get("planned") == before:
        del data["planned"]
    try:
        _move(context, plan, data)
        _subject(context, plan, data)
    except tk.ValidationError:
        model.Session.rollback()
        raise
    moved, linked = plan.planned != before, (plan.change_id, plan.package_id) != about
    if moved or linked:
        plan.changed, plan.changed_by = clock.now(), user
    if moved:
        plans.note(plan, "moved", user, before, data["reason"])
    if linked:
        plans.note(plan, "linked", user)
    model.Session.commit()
    return _shown(plan, user)


def govshare_plan_drop(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a plan up. It stays in the list, with the reason.

    :param id: id of the plan
    :param reason: why
    :returns: the plan, as `govshare_plan_show` answers it
    :raises NotAuthorized: the caller neither writes nor reviews for the department
    :raises ValidationError: no reason is given, or the plan is closed
    """
    tk.check_access("govshare_plan_drop", context, data_dict)
    data = checked(context, data_dict, plan_rules.drop())
    plan, user = _plan(context, data_dict), context.get("user", "")
    plan.state, plan.changed, plan.changed_by = PlanState.DROPPED.value, clock.now(), user
    plans.note(plan, "dropped", user, reason=data["reason"])
    model.Session.commit()
    return _shown(plan, user)


@tk.side_effect_free
def govshare_plan_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Planned publications: of the own departments, for the office all of its region. Open ones first, by their day.

    :param organization: name or id of a department (optional)
    :param region: region code (optional)
    :param state: ``planned``, ``done`` or ``dropped`` (optional)
    :param measure: ``open_datasets`` or ``applications`` (optional)
    :param until: last planned day, as YYYY-MM-DD (optional)
    :param limit: rows, at most and by default 5000
    :param offset: rows to pass over (default 0)
    :returns: ``[{id, organization: {id, name, title}, region, title, field, measure, planned, first_planned, moves,
        state, done_on, late_days, change_id, package: {name, title}|null, note}]``: days in ISO form; `late_days`
        calendar days after the planned one; `moves` how often the day was moved
    :raises NotAuthorized: the caller belongs to no department
    :raises ValidationError: a parameter is wrong
    """
    tk.check_access("govshare_plan_list", context, data_dict)
    data = checked(context, data_dict, plan_rules.listed())
    conditions = [] if context.get("ignore_auth") else [plans.visible(context.get("user"))]
    if data.get("organization"):
        found = roles.organization(data["organization"], closed=True)
        conditions.append(Plan.organization_id == (found.id if found is not None else ""))
    conditions += [getattr(Plan, key) == data[key] for key in ("region", "state", "measure") if data.get(key)]
    if data.get("until"):
        conditions.append(Plan.planned <= data["until"])
    return plans.rows(
        *conditions, limit=min(data["limit"], plan_rules.LIMIT), offset=min(data["offset"], plan_rules.LAST)
    )


@tk.side_effect_free
def govshare_plan_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A plan with its history.

    :param id: its id
    :returns: what `govshare_plan_list` answers of it, with ``events: [{at, actor, act, before, after, reason}]``
        (`act`: ``created``, ``moved``, ``linked``, ``transferred``, ``dropped`` or ``done``) and ``may_write``
    :raises NotAuthorized: the caller belongs to no department
    :raises ObjectNotFound: there is none that the caller may see
    """
    tk.check_access("govshare_plan_show", context, data_dict)
    plan_id = checked(context, data_dict, plan_rules.one())["id"]
    seen = sa.true() if context.get("ignore_auth") else plans.visible(context.get("user"))
    found = plans.rows(Plan.id == plan_id, seen)
    if not found:
        raise tk.ObjectNotFound(tk._("There is no such plan"))
    return _with_history(found[0], context.get("user", ""))


def _shown(plan: Plan, user: str) -> dict[str, Any]:
    return _with_history(plans.rows(Plan.id == plan.id)[0], user)


def _with_history(row: dict[str, Any], user: str) -> dict[str, Any]:
    open_ = row["state"] == PlanState.PLANNED
    hands = roles.Hands.of(user)
    writes = row["organization"]["id"] in hands.writes | hands.reviews
    return {**row, "events": plans.events(row["id"]), "may_write": open_ and writes}


@tk.side_effect_free
def govshare_plan_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of the to-do list: a department's plans that are due within 14 days or late; for the office the late ones.

    :returns: ``[{slug, title, detail, url, since, due, level, organization, count}]``
    :raises NotAuthorized: the caller belongs to no department
    """
    tk.check_access("govshare_plan_todo", context, data_dict)
    return plan_todo.lines(context.get("user"))


def govshare_plan_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Mark plans done whose entry counts; plans of a merged department follow it. Idempotent.

    The timer calls it, after the ledger is up to date.

    :returns: ``{done: [id of plan, …]}``, those marked by this call
    """
    tk.check_access("govshare_plan_due", context, data_dict)
    for plan, successor in plans.orphaned():
        plan.organization_id, plan.region = successor.id, successor.region
        plans.note(plan, "transferred", context.get("user", ""))
    done = []
    for plan, package_id, day in plans.finished():
        plan.state, plan.done_on, plan.package_id = PlanState.DONE.value, day, package_id
        plan.changed, plan.changed_by = clock.now(), context.get("user", "")
        plans.note(plan, "done", context.get("user", ""))
        done.append(plan.id)
    model.Session.commit()
    return {"done": done}
