"""Actions of the publication room: what is counted towards targets, and the ledger behind it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context
from flask import g, has_request_context

from ckanext.govshare import config, roles
from ckanext.govshare.logic import checked
from ckanext.govshare.publication import course, ledger, ledger_read, overview, service
from ckanext.govshare.publication.count import Viewer
from ckanext.govshare.publication.logic import schema
from ckanext.govshare.publication.model import Scope, Target

__all__ = [
    "govshare_ledger_touch",
    "govshare_publication_departments",
    "govshare_publication_difference",
    "govshare_publication_due",
    "govshare_publication_figures",
    "govshare_publication_history",
    "govshare_publication_ledger",
    "govshare_publication_matrix",
    "govshare_publication_period",
    "govshare_publication_progress",
    "govshare_publication_quality",
]

LEDGER_LIMIT = 1000


def target_of(target_id: str) -> Target:
    """A target by its id.

    :raises ObjectNotFound: there is none
    """
    found = model.Session.get(Target, target_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("Target not found"))
    if has_request_context():
        g.setdefault("govshare_targets", {})[target_id] = found  # the session forgets what nobody holds
    return found


def viewer(context: Context) -> Viewer:
    """Who asks, as far as counting is concerned. With ``ignore_auth``: the office of the site's region."""
    if context.get("ignore_auth"):
        return Viewer(office_regions=frozenset((config.region(),)))
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


def _seen(target: Target, asking: Viewer) -> Target:
    """A target that the reader may know of; what is not public is not there for the public.

    :raises ObjectNotFound: otherwise
    """
    if not asking.knows(target):
        raise tk.ObjectNotFound(tk._("Target not found"))
    return target


@tk.side_effect_free
def govshare_publication_progress(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """How far each target is, now. ``counted + Σ not_counted = candidates``, always.

    Candidates are entries published with open type 1 or 2, or submitted applications. For the office of the
    region entries meant to be open whose publication is suspended or withdrawn are candidates as well; a department
    sees those of its own.

    :param target: id of one target; all of the city by default
    :param measure: only targets of this measure
    :param scope: ``city`` (default), ``department`` or ``field``
    :param organization: targets of this department (name or id); sets the scope
    :returns: per target ``{target: {id, title, title_en, measure, at_least, scope, region, field, field_title,
        organization, rule_version, publish_departments}, unit, due, counted, needed, candidates, value, reached,
        not_counted: {slug: n}, forecast: {pace_per_week, reach_date, planned, plan_date, text_zh, text_en}}``; ``unit``
        is ``number``, ``rows`` or ``percent``, ``value`` in that unit, ``needed`` in rows or candidates; for data sets
        also ``split: {unconditional, conditional}``; if locked ``locked: {day, counted, value, candidates,
        not_counted, rule_version, locked_at}``
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_progress", context, data_dict)
    data = checked(context, data_dict, schema.publication_progress())
    asking = viewer(context)
    if data.get("target"):
        return service.progress([_seen(target_of(data["target"]), asking)], asking)
    scope = Scope.DEPARTMENT if data.get("organization") else Scope(data.get("scope") or Scope.CITY)
    chosen = [
        target
        for target in service.targets()
        if target.scope == scope
        and data.get("measure") in (None, target.measure)
        and data.get("organization") in (None, target.organization_id)
    ]
    return service.progress(chosen, asking)


@tk.side_effect_free
def govshare_publication_ledger(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The candidates behind a number, newest publication first, today or at 24:00 of a past day.

    :param target: id of the target
    :param counted: the counted ones (default; public), or false for those that are not: all of them for the
        office, for a department its own
    :param day: a past day as YYYY-MM-DD; today by default
    :param q: words of the title or code (optional)
    :param reason: only those with this primary reason (optional)
    :param organization: only those of this department, by name or id (optional)
    :param limit: rows, at most 1000 (default 100)
    :param offset: rows to pass over (default 0)
    :returns: ``{day, count, results: [{id, name, title, resource_code, organization: {id, name, title}, field,
        published, since, open_type, counted, reason, reasons, warnings, what_to_do}]}``; `reason` is the
        primary slug, `since` the first day on which the verdict held
    :raises NotAuthorized: reasons are asked for by neither the office nor a department
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_ledger", context, data_dict)
    data = checked(context, data_dict, schema.publication_ledger())
    asking = viewer(context)
    wanted = ledger_read.Filter(data["counted"], data["q"], data["reason"], data.get("organization") or "")
    target, limit = _seen(target_of(data["target"]), asking), min(data["limit"], LEDGER_LIMIT)
    return service.ledger(target, asking, wanted, limit, data["offset"], data.get("day"))


@tk.side_effect_free
def govshare_publication_history(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The course of a target: what counted at 24:00 of each day, as it was counted then.

    Of the days before the ledger was begun it says what the publication dates tell of the entries there were then.

    :param target: id of the target
    :param first: first day (default: 1 January of the target's year)
    :param last: last day (default: today)
    :param step: a point each ``day``, ``week`` (Sundays) or ``month`` (its last day, default); and the last day
    :returns: ``{basis: "ledger", began, points: [{day, counted, candidates, value, added, gone}], locked: [{day,
        counted, value, candidates, not_counted, rule_version, locked_at}]}``; `added` and `gone`: how often a
        candidate began and ceased to count since the point before
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_history", context, data_dict)
    data = checked(context, data_dict, schema.publication_history())
    asking = viewer(context)
    target = _seen(target_of(data["target"]), asking)
    return course.history(target, asking, data.get("first"), data.get("last"), data["step"])


@tk.side_effect_free
def govshare_publication_difference(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What came to a number and went from it between 24:00 of one day and 24:00 of another, and why.

    :param target: id of the target
    :param first: the earlier day, YYYY-MM-DD
    :param last: the later day; not after today
    :returns: ``{first: {day, counted, value}, last: {…}, came: [row], went: [row], changed: [row], withheld}``: rows as
        in the ledger with ``before`` and ``after``, the reasons then, for those concerned; `changed`: not counted on
        either day, for another reason; `withheld`: how many more came or went that the reader may not have named
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: ``last``: it is before the first day
    """
    tk.check_access("govshare_publication_difference", context, data_dict)
    data = checked(context, data_dict, schema.publication_difference())
    if data["last"] < data["first"]:
        raise tk.ValidationError({"last": [tk._("The last day lies before the first")]})
    asking = viewer(context)
    return service.difference(_seen(target_of(data["target"]), asking), asking, data["first"], data["last"])


@tk.side_effect_free
def govshare_publication_departments(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """A target by department: for the office of its region, and for everybody where the target publishes it.

    :param target: id of the target
    :param day: a past day as YYYY-MM-DD; today by default
    :returns: ``[{organization: {id, name, title}, counted, candidates, not_counted: {slug: n}, split, recent,
        value}]``, highest value first; `recent`: how many began to count in the last eight weeks
    :raises NotAuthorized: the caller is not of the region's coordinating office, and it is not published
    :raises ObjectNotFound: there is no such target
    """
    tk.check_access("govshare_publication_departments", context, data_dict)
    data = checked(context, data_dict, schema.publication_target())
    asking = viewer(context)
    return service.departments(_seen(target_of(data["target"]), asking), asking, data.get("day"))


@tk.side_effect_free
def govshare_publication_matrix(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Counted open data sets by field and department, beside what the targets of fields ask for (R55).

    :param region: region code, the site's own by default
    :returns: ``{fields: [{code, title, at_least, due, target, counted, gap, cells: {organization id: n}}], departments:
        [{id, name, title, counted}]}``; cells and departments for the office, and for everybody where a target of the
        city publishes departments; otherwise empty
    """
    tk.check_access("govshare_publication_matrix", context, data_dict)
    region = checked(context, data_dict, schema.publication_region())["region"]
    shown = region in viewer(context).office_regions or any(
        target.publish_departments
        for target in service.targets()
        if target.scope == Scope.CITY and target.region == region
    )
    return overview.matrix(region, shown)


@tk.side_effect_free
def govshare_publication_quality(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Facts of quality beside the number, of the published open data sets; facts, no score.

    :param region: region code, the site's own by default
    :param organization: of one department only, by name or id; for the department itself and the office
    :returns: ``{datasets, counted, unconditional, conditional, files, rows, machine_readable, with_items, on_time,
        overdue, dead_links, unknown_links, mostly_blank, forced_conversion, unreadable, not_open}``: numbers of data
        sets, but for `files` and `rows` (of the counted ones); `not_open`: published entries that are not open, None
        for the public
    :raises NotAuthorized: one department is asked for by somebody else
    """
    tk.check_access("govshare_publication_quality", context, data_dict)
    data = checked(context, data_dict, schema.publication_region())
    asking = viewer(context)
    inside = bool(data.get("organization")) or data["region"] in asking.office_regions
    return overview.quality(data["region"], data.get("organization"), inside)


@tk.side_effect_free
def govshare_publication_period(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A period by department and measure, for reports: 本期数 and 累计数 by the latest counting rule.

    :param first: its first day, YYYY-MM-DD
    :param last: its last day; the stock is that of its 24:00
    :returns: ``{organization id: {measure: {total, new, gone, candidates}}}``; of rows only ``total``. For the office
        every department, else the caller's own; a department without candidates is not there
    """
    tk.check_access("govshare_publication_period", context, data_dict)
    data = checked(context, data_dict, schema.publication_period())
    asking = viewer(context)
    ids = None if asking.office_regions else asking.organizations
    return course.period(data["first"], data["last"], ids)


@tk.side_effect_free
def govshare_publication_figures(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """The numbers of the home page, by the same rule as the targets.

    :returns: ``{open_datasets, applications, files, rows, departments, departments_with_entries}``
    """
    tk.check_access("govshare_publication_figures", context, data_dict)
    return service.figures()


def govshare_ledger_touch(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Note that facts of packages changed which are not in CKAN's tables. For the rooms, never for the API.

    :param ids: ids of packages
    :param urls: addresses whose state changed: all packages that name them
    :returns: ``{touched}``; the caller commits
    """
    tk.check_access("govshare_ledger_touch", context, data_dict)
    ids = ledger.users_of(data_dict.get("urls") or ())
    return {"touched": ledger.touch({*ids, *(data_dict.get("ids") or ())})}


def govshare_publication_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring the ledger up to this moment and lock the rows of targets whose day is over. Idempotent.

    :returns: ``{locked: [id of target, …], stamp}``: those locked by this call; a number that stays as long as nothing
        changes
    """
    tk.check_access("govshare_publication_due", context, data_dict)
    head = ledger.look()
    made = service.lock_due()
    for lock in made:
        target = target_of(lock.target_id)
        sums = {"counted": lock.counted, "candidates": lock.candidates, "day": lock.day.isoformat()}
        record(context, "target_locked", target, sums)
    model.Session.commit()
    return {"locked": [lock.target_id for lock in made], "stamp": head.stamp}
