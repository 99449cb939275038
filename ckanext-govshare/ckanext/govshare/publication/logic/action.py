"""Actions of the publication room: targets, and what is counted towards them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import RULE_VERSION
from ckanext.govshare.publication import service
from ckanext.govshare.publication.count import Viewer
from ckanext.govshare.publication.logic import schema
from ckanext.govshare.publication.model import Scope, Target

__all__ = [
    "govshare_publication_departments",
    "govshare_publication_due",
    "govshare_publication_figures",
    "govshare_publication_history",
    "govshare_publication_ledger",
    "govshare_publication_progress",
    "govshare_target_create",
    "govshare_target_list",
    "govshare_target_show",
    "govshare_target_update",
]

LEDGER_LIMIT = 1000


def _checked(data_dict: dict[str, Any], rules: dict[str, Any], context: Context) -> dict[str, Any]:
    data, errors = tk.navl_validate(data_dict, rules, Context(**context))
    if errors:
        raise tk.ValidationError(errors)
    return data


def _target(target_id: str) -> Target:
    found = model.Session.get(Target, target_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("Target not found"))
    return found


def _viewer(context: Context) -> Viewer:
    held = roles.memberships(context.get("user"))
    return Viewer(
        office_regions=frozenset(org.region for org, has in held if roles.Role.OFFICE in has),
        organizations=frozenset(org.id for org, _ in held if org.government),
    )


def _show(target: Target) -> dict[str, Any]:
    shown = {column.name: getattr(target, column.name) for column in Target.__table__.columns}
    for internal in ("created_by", "changed_by"):
        shown.pop(internal)
    for key, value in shown.items():
        if isinstance(value, datetime):
            shown[key] = service.stamp(value)
        elif isinstance(value, date):
            shown[key] = value.isoformat()
    return shown


def _record(context: Context, action: str, target: Target, data: dict[str, Any]) -> None:
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user", "")},
        {
            "action": action,
            "object_type": "target",
            "object_id": target.id,
            "region": target.region,
            "data": data,
        },
    )


def govshare_target_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set a target: at least a number of something by the end of a day, counted by the present rule.

    :param title: what people read, in Chinese
    :param title_en: the same in English (optional)
    :param measure: ``open_datasets`` 开放数据集 or ``applications`` 数据应用
    :param at_least: the number, itself included (以上含本数)
    :param due: last day as YYYY-MM-DD; the count is that of 24:00, Beijing time
    :param scope: ``city`` (a region and what lies in it; default) or ``department``
    :param region: region code, the site's own by default
    :param organization: name or id of the department, for scope ``department``
    :returns: the target, as `govshare_target_show` answers it
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ValidationError: a field is missing or wrong
    """
    tk.check_access("govshare_target_create", context, data_dict)
    data = _checked(data_dict, schema.target_create(), context)
    organization = data.pop("organization", None)
    if (data["scope"] == Scope.DEPARTMENT) != bool(organization):
        message = tk._("A target names a department exactly when its scope is department")
        raise tk.ValidationError({"organization": [message]})
    if organization and roles.organization(organization).region != data["region"]:
        raise tk.ValidationError({"organization": [tk._("The department is of another region")]})
    fields = {key: value for key, value in data.items() if not key.startswith("__")}
    target = Target(
        **fields, organization_id=organization, rule_version=RULE_VERSION, created_by=context.get("user", "")
    )
    model.Session.add(target)
    model.Session.flush()
    _record(context, "target_created", target, _show(target))
    model.Session.commit()
    return _show(target)


def govshare_target_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change a target; what is not given stays.

    :param id: id of the target
    :param title: as in `govshare_target_create` (optional, as all that follow)
    :param title_en: its English form
    :param at_least: the number
    :param due: last day as YYYY-MM-DD
    :returns: the target, as `govshare_target_show` answers it
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: a field is wrong, or number or day of a locked target are to change
    """
    tk.check_access("govshare_target_update", context, data_dict)
    data = _checked(data_dict, schema.target_update(), context)
    target = _target(data["id"])
    changes = {key: data[key] for key in ("title", "title_en", "at_least", "due") if key in data}
    changes = {key: value for key, value in changes.items() if value != getattr(target, key)}
    if {"at_least", "due"} & changes.keys() and service.locks_of([target]):
        key = next(key for key in ("at_least", "due") if key in changes)
        message = tk._("The row of this due date is locked; set a new target instead")
        raise tk.ValidationError({key: [message]})
    if not changes:
        return _show(target)
    before = _show(target)
    for key, value in changes.items():
        setattr(target, key, value)
    target.changed, target.changed_by = clock.now(), context.get("user", "")
    after = _show(target)
    _record(context, "target_updated", target, {key: [before[key], after[key]] for key in changes})
    model.Session.commit()
    return after


@tk.side_effect_free
def govshare_target_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A target.

    :param id: its id
    :returns: ``{id, title, title_en, measure, at_least, due, scope, region, organization_id, rule_version,
        created, changed}``; days and times in ISO form
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_target_show", context, data_dict)
    return _show(_target(_checked(data_dict, schema.target_show(), context)["id"]))


@tk.side_effect_free
def govshare_target_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """All targets, by measure and due date.

    :returns: a list of what `govshare_target_show` answers
    """
    tk.check_access("govshare_target_list", context, data_dict)
    return [_show(target) for target in service.targets()]


@tk.side_effect_free
def govshare_publication_progress(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """How far each target is, now. ``counted + Σ not_counted = candidates``, always.

    Candidates are entries published with open type 1 or 2, or submitted applications. For the office of the
    region entries meant to be open whose publication is suspended or withdrawn are candidates as well.

    :param target: id of one target; all of the city by default
    :returns: per target ``{target: {id, title, title_en, measure, at_least}, due, counted, needed,
        candidates, not_counted: {slug: n}, forecast: {pace_per_week, reach_date, text_zh, text_en}}``; for
        data sets also ``split: {unconditional, conditional}``; if locked
        ``locked: {day, counted, locked_at}``
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_progress", context, data_dict)
    data = _checked(data_dict, schema.publication_progress(), context)
    viewer = _viewer(context)
    if data.get("target"):
        return service.progress([_target(data["target"])], viewer)
    return service.progress([target for target in service.targets() if target.scope == Scope.CITY], viewer)


@tk.side_effect_free
def govshare_publication_ledger(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The candidates behind a number, newest publication first.

    :param target: id of the target
    :param counted: the counted ones (default; public), or false for those that are not: all of them for the
        office, for a department its own
    :param limit: rows, at most 1000 (default 100)
    :param offset: rows to pass over (default 0)
    :returns: ``{count, results: [{id, name, title, resource_code, organization: {id, name, title},
        published, open_type, counted, reason, reasons, warnings, what_to_do}]}``; `reason` is the
        primary slug, `what_to_do` for him
    :raises NotAuthorized: reasons are asked for by neither the office nor a department
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_ledger", context, data_dict)
    data = _checked(data_dict, schema.publication_ledger(), context)
    limit = min(data["limit"], LEDGER_LIMIT)
    viewer = _viewer(context)
    return service.ledger(_target(data["target"]), data["counted"], viewer, limit, data["offset"])


@tk.side_effect_free
def govshare_publication_history(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The curve of a target: what counts today by its publication date, and the locked row of the due day.

    It is not what was counted on those days: entries that no longer count are not in it.

    :param target: id of the target
    :returns: ``{basis: "publication_date", points: [{day, counted, added}], locked: [{day, counted,
        candidates, not_counted, locked_at}]}``; one point a month end and one today
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_history", context, data_dict)
    data = _checked(data_dict, schema.publication_target(), context)
    return service.history(_target(data["target"]))


@tk.side_effect_free
def govshare_publication_departments(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """A target by department, for the office of its region.

    :param target: id of the target
    :returns: ``[{organization: {id, name, title}, counted, candidates, not_counted: {slug: n}, split}]``,
        most counted first
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_departments", context, data_dict)
    data = _checked(data_dict, schema.publication_target(), context)
    return service.departments(_target(data["target"]), _viewer(context))


@tk.side_effect_free
def govshare_publication_figures(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """The numbers of the home page, by the same rule as the targets.

    :returns: ``{open_datasets, applications, files, rows, departments, departments_with_entries}``
    """
    tk.check_access("govshare_publication_figures", context, data_dict)
    return service.figures()


def govshare_publication_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Lock the rows of targets whose day is over. Idempotent; the timer calls it.

    :returns: ``{locked: [id of target, …]}``, those locked by this call
    """
    tk.check_access("govshare_publication_due", context, data_dict)
    made = service.lock_due()
    for lock in made:
        target = _target(lock.target_id)
        sums = {"counted": lock.counted, "candidates": lock.candidates, "day": lock.day.isoformat()}
        _record(context, "target_locked", target, sums)
    model.Session.commit()
    return {"locked": [lock.target_id for lock in made]}
