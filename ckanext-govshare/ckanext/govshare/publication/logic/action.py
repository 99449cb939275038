"""Actions of the publication room: what is counted towards targets, and the ledger behind it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
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
]

LEDGER_LIMIT = 1000


def checked(data_dict: dict[str, Any], rules: dict[str, Any], context: Context) -> dict[str, Any]:
    """What an action was given, validated.

    :raises ValidationError: by field
    """
    data, errors = tk.navl_validate(data_dict, rules, Context(**context))
    if errors:
        raise tk.ValidationError(errors)
    return data


def target_of(target_id: str) -> Target:
    """A target by its id.

    :raises ObjectNotFound: there is none
    """
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


def record(context: Context, action: str, target: Target, data: dict[str, Any]) -> None:
    """Leave an event about a target in the record of events."""
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
    data = checked(data_dict, schema.publication_progress(), context)
    viewer = _viewer(context)
    if data.get("target"):
        return service.progress([target_of(data["target"])], viewer)
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
    data = checked(data_dict, schema.publication_ledger(), context)
    limit = min(data["limit"], LEDGER_LIMIT)
    viewer = _viewer(context)
    return service.ledger(target_of(data["target"]), data["counted"], viewer, limit, data["offset"])


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
    data = checked(data_dict, schema.publication_target(), context)
    return service.history(target_of(data["target"]))


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
    data = checked(data_dict, schema.publication_target(), context)
    return service.departments(target_of(data["target"]), _viewer(context))


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
        target = target_of(lock.target_id)
        sums = {"counted": lock.counted, "candidates": lock.candidates, "day": lock.day.isoformat()}
        record(context, "target_locked", target, sums)
    model.Session.commit()
    return {"locked": [lock.target_id for lock in made]}
