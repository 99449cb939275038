"""Actions on targets: at least so much of something by the end of a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import LATEST, VERSIONS
from ckanext.govshare.logic import checked
from ckanext.govshare.publication import service, target_rules, target_store, target_todo
from ckanext.govshare.publication.logic import target_schema as schema
from ckanext.govshare.publication.logic.action import record, target_of, viewer
from ckanext.govshare.publication.model import Measure, Scope, Target

__all__ = [
    "govshare_target_create",
    "govshare_target_delete",
    "govshare_target_list",
    "govshare_target_load",
    "govshare_target_measures",
    "govshare_target_show",
    "govshare_target_todo",
    "govshare_target_update",
]

OF_MILESTONE = ("due", "at_least", "title", "title_en")
MOST_MILESTONES, MOST_ROWS = 24, 500


def _row(context: Context, data: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, list[str]]]:
    """One target as it was given, made ready to be kept; or what is wrong with it, by field."""
    try:
        row = checked(context, data, schema.target_create())
    except tk.ValidationError as refused:
        return None, refused.error_dict
    errors = target_store.faults(row)
    return (None if errors else row), errors


def govshare_target_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set a target, or several of one kind: at least so much of something by the end of a day. All or nothing.

    :param title: what people read, in Chinese
    :param title_en: the same in English (optional)
    :param measure: ``open_datasets`` 开放数据集, ``applications`` 数据应用, ``interfaces`` 接口, ``rows`` 数据量,
        ``hook_up`` 挂接率 or ``cloud`` 系统上云比例; the last two are percentages and internal
    :param at_least: the number, itself included (以上含本数); a percentage has one decimal at most
    :param due: last day as YYYY-MM-DD; the count is that of 24:00, Beijing time
    :param scope: ``city`` (a region and what lies in it; default), ``department`` or ``field``
    :param region: region code, the site's own by default
    :param organization: name or id of the department, for scope ``department``
    :param field: code of the list open_domain, for scope ``field``
    :param rule_version: version of the counting rule, the latest by default
    :param publish_departments: whether the public may see the departments' parts (for a department: its target)
    :param milestones: several days of one target instead of `due` and `at_least`:
        ``[{due, at_least, title?, title_en?}]``
    :returns: the target, as `govshare_target_show` answers it; for milestones ``{targets: [target, …]}``
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ValidationError: a field is missing or wrong, or another target stands in the way; for milestones
        ``{milestones: [{field: […]}, …]}``, in their order
    """
    tk.check_access("govshare_target_create", context, data_dict)
    several = data_dict.get("milestones")
    if several is None:
        made = _put(context, [data_dict], lambda errors: errors[0])
        return target_store.shown(made)[0]
    base = {key: value for key, value in data_dict.items() if key not in ("milestones", "due", "at_least")}
    if not isinstance(several, list) or not all(isinstance(one, Mapping) for one in several):
        raise tk.ValidationError({"milestones": [tk._("Must be a list of milestones")]})
    if not 1 <= len(several) <= MOST_MILESTONES:
        message = tk._("Between 1 and {number} milestones at a time").format(number=MOST_MILESTONES)
        raise tk.ValidationError({"milestones": [message]})
    rows = [{**base, **{key: one[key] for key in OF_MILESTONE if key in one}} for one in several]
    made = _put(context, rows, lambda errors: target_store.of_milestones(errors, several))
    return {"targets": target_store.shown(made)}


def _put(context: Context, given: list[dict[str, Any]], told: Any) -> list[Target]:
    """New targets, all of them or none.

    :param told: makes the error of the action out of the faults of each row
    """
    rows, errors = map(list, zip(*(_row(context, data) for data in given), strict=True))
    target_store.hold()
    kept = target_store.standing({row["region"] for row in rows if row})
    for place, found in target_store.sequence_faults(rows, kept).items():
        errors[place] = found
    if any(errors):
        model.Session.rollback()
        raise tk.ValidationError(told(errors))
    made = [target_store.make(row, context.get("user", "")) for row in rows]
    for target in made:
        record(context, "target_created", target, target_store.values(target))
    model.Session.commit()
    return made


def govshare_target_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set many targets at once, all or none; repeating it changes nothing.

    A target that has the measure, scope, region, department, field and day of one that stands is that one: what is
    given otherwise (number, titles, rule, publication) is changed.

    :param targets: ``[{title, measure, at_least, due, …}]`` as `govshare_target_create` takes them, at most 500
    :param dry_run: check only
    :returns: ``{created, updated, unchanged, targets: [target, …]}``; with ``dry_run`` no targets
    :raises NotAuthorized: the caller is not of the coordinating office of each region that is named
    :raises ValidationError: ``{targets: [{field: […]}, …]}``, in their order; nothing is written then
    """
    tk.check_access("govshare_target_load", context, data_dict)
    given = data_dict.get("targets")
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise tk.ValidationError({"targets": [tk._("Must be a list of targets")]})
    if not 1 <= len(given) <= MOST_ROWS:
        raise tk.ValidationError(
            {"targets": [tk._("Between 1 and {number} targets").format(number=MOST_ROWS)]}
        )
    rows, errors = map(list, zip(*(_row(context, data) for data in given), strict=True))
    target_store.hold()
    kept = target_store.standing({row["region"] for row in rows if row})
    known = {(target_store.step_of(target).kind, target.due): target for target in kept}
    same = [row and known.pop((target_store.kind_of(row), row["due"]), None) for row in rows]
    locked = target_store.locked_ids(filter(None, same))
    for place, found in target_store.sequence_faults(rows, known.values()).items():
        errors[place] = found
    changes: list[dict[str, Any]] = []
    for place, (row, target) in enumerate(zip(rows, same, strict=True)):
        changes.append(
            target_store.differing(given[place], row, target) if row and target is not None else {}
        )
        if row and target is not None and target.id in locked:
            errors[place] = errors[place] or target_store.locked_faults(changes[place])
    if any(errors):
        model.Session.rollback()
        raise tk.ValidationError({"targets": errors})
    sums = {
        "created": sum(target is None for target in same),
        "updated": sum(map(bool, changes)),
        "unchanged": sum(target is not None and not change for target, change in zip(same, changes, strict=True)),
    }  # fmt: skip
    if tk.asbool(data_dict.get("dry_run", False)):
        model.Session.rollback()
        return {**sums, "targets": []}
    made = []
    for row, target, change in zip(rows, same, changes, strict=True):
        if target is None:
            made.append(target_store.make(row, context.get("user", "")))
            record(context, "target_created", made[-1], target_store.values(made[-1]))
        else:
            made.append(_change(context, target, change))
    model.Session.commit()
    return {**sums, "targets": target_store.shown(made)}


def _change(context: Context, target: Target, changes: Mapping[str, Any]) -> Target:
    """Change a target and record before and after; nothing happens where nothing differs."""
    if changes:
        before = target_store.values(target)
        for key, value in changes.items():
            setattr(target, key, value)
        target.changed, target.changed_by = clock.now(), context.get("user", "")
        model.Session.flush()
        after = target_store.values(target)
        record(context, "target_updated", target, {key: [before[key], after[key]] for key in changes})
    return target


def govshare_target_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change a target; what is not given stays. Of a locked one only titles and publication may change.

    :param id: id of the target
    :param title: as in `govshare_target_create` (optional, as all that follow)
    :param title_en: its English form
    :param at_least: the number
    :param due: last day as YYYY-MM-DD
    :param rule_version: version of the counting rule
    :param publish_departments: whether the public may see the departments' parts
    :returns: the target, as `govshare_target_show` answers it
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: a field is wrong, another target stands in the way, or number, day or rule of a locked
        target are to change
    """
    tk.check_access("govshare_target_update", context, data_dict)
    data = checked(context, data_dict, schema.target_update())
    target_store.hold()
    target = target_store.lock(target_of(data["id"]))
    keys = ("title", "title_en", "at_least", "due", "rule_version", "publish_departments")
    row = {
        **target_store.values(target),
        "due": target.due,
        **{key: data[key] for key in keys if key in data},
    }
    row["organization"] = target.organization_id
    errors = target_store.changeable_faults(row)
    changes = {key: row[key] for key in keys if key in data and row[key] != getattr(target, key)}
    if not errors and target_store.locked_ids([target]):
        errors = target_store.locked_faults(changes)
    if not errors:
        others = [other for other in target_store.standing([target.region]) if other.id != target.id]
        errors = target_store.sequence_faults([row], others).get(0, {})
    if errors:
        model.Session.rollback()
        raise tk.ValidationError(errors)
    _change(context, target, changes)
    model.Session.commit()
    return target_store.shown([target])[0]


def govshare_target_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take back a target that was set by mistake. The record of events keeps it.

    :param id: id of the target
    :returns: ``{id, title}`` of what was deleted
    :raises NotAuthorized: the caller is not of the region's coordinating office
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: the row of its due date is locked
    """
    tk.check_access("govshare_target_delete", context, data_dict)
    target = target_store.lock(target_of(checked(context, data_dict, schema.target_show())["id"]))
    if target_store.locked_ids([target]):
        model.Session.rollback()
        raise tk.ValidationError({"id": [tk._("The row of this due date is locked: the target stays")]})
    told = {"id": target.id, "title": target.title}
    record(context, "target_deleted", target, target_store.values(target))
    model.Session.delete(target)
    model.Session.commit()
    return told


@tk.side_effect_free
def govshare_target_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A target. Of internal measures, and of departments that are not published, the public knows none.

    :param id: its id
    :returns: ``{id, title, title_en, measure, unit, at_least, due, scope, region, organization_id, organization:
        {id, name, title} | None, field, field_title, rule_version, publish_departments, locked, created, changed}``;
        days and times in ISO form
    :raises ObjectNotFound: there is no such target for the caller
    """
    tk.check_access("govshare_target_show", context, data_dict)
    target = target_of(checked(context, data_dict, schema.target_show())["id"])
    if not viewer(context).knows(target):
        raise tk.ObjectNotFound(tk._("Target not found"))
    return target_store.shown([target])[0]


@tk.side_effect_free
def govshare_target_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """All targets that the caller may know of, by measure and due date.

    :param region: of this region only (optional)
    :param measure: of this measure only (optional)
    :returns: a list of what `govshare_target_show` answers
    """
    tk.check_access("govshare_target_list", context, data_dict)
    data = checked(context, data_dict, schema.target_list())
    asking = viewer(context)
    return target_store.shown(
        target
        for target in service.targets()
        if asking.knows(target)
        and data.get("region", target.region) == target.region
        and data.get("measure", target.measure) == target.measure
    )


@tk.side_effect_free
def govshare_target_measures(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What targets may ask for: the measures that the caller may know of, and the versions of the counting rule.

    :returns: ``{measures: [{name, unit: number|rows|percent, public, scopes: [scope]}], rule_versions, latest}``
    """
    tk.check_access("govshare_target_measures", context, data_dict)
    inside = viewer(context).inside
    measures = [
        {
            "name": measure.value,
            "unit": measure.unit,
            "public": measure.public,
            "scopes": [scope.value for scope in Scope if target_rules.scope_fits(measure, scope)],
        }
        for measure in Measure
        if measure.public or inside
    ]
    return {"measures": measures, "rule_versions": list(VERSIONS), "latest": LATEST}


@tk.side_effect_free
def govshare_target_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What targets put on the office's to-do list: due soon and not reached, missed, and the calendar of next year.

    :returns: ``[{slug, title, detail, url, since, due, level: info|warn|late, organization, count}]``
    """
    tk.check_access("govshare_target_todo", context, data_dict)
    return target_todo.lines(context)
