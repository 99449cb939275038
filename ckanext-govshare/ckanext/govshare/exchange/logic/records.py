"""Actions that read what a run found: records behind its counts, one record with its difference, problems, history."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare.exchange import behind, course, diffs, points, runs
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.logic.action import visible
from ckanext.govshare.exchange.model import RECORD, ExchangePoint, HarvestRecord, PlanItem
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_harvest_history",
    "govshare_harvest_problem_list",
    "govshare_harvest_record_list",
    "govshare_harvest_record_show",
]


@tk.side_effect_free
def govshare_harvest_record_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Records of a run's plan, those behind one of its counts, or those of a point's ledger.

    :param run: id of a run: what it changes, by verdict, or what stands behind a count; or
    :param exchange_point: id or name of a point: what the ledger holds, by state
    :param verdict: with ``run``: ``create update missing reappeared rejected conflict`` (optional)
    :param count: with ``run``, instead of ``verdict``: one of its counts, ``create update unchanged missing suspend
        reappear reject conflict review``; ``unchanged`` and what stays refused are told by the ledger as it is today
    :param state: with ``exchange_point``: ``current missing suspended rejected conflict`` (optional)
    :param limit: at most 1000 (default 100)
    :param offset: records to pass over (default 0)
    :returns: ``{count, results: [{guid, title, verdict or state, package_id, name, findings, …}]}``
    """
    tk.check_access("govshare_harvest_record_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_record_list())
    if data.get("run") and data.get("count"):
        run = runs.find(data["run"])
        results = behind.page(run, data["count"], data["limit"], data["offset"])
        return {"count": behind.count(run, data["count"]), "results": results}
    if data.get("run"):
        wanted = [PlanItem.run_id == runs.find(data["run"]).id]
        wanted += [PlanItem.verdict == data["verdict"]] if data.get("verdict") else []
        kind, order, as_dict = PlanItem, PlanItem.seq, _item_dict
    else:
        wanted = [RECORD.c.point_id == points.find(data.get("exchange_point")).id]
        wanted += [RECORD.c.state == data["state"]] if data.get("state") else []
        kind, order, as_dict = HarvestRecord, RECORD.c.guid, _record_dict
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(kind).where(*wanted))
    rows = model.Session.scalars(
        sa.select(kind).where(*wanted).order_by(order).limit(data["limit"]).offset(data["offset"])
    )
    return {"count": count, "results": [as_dict(row) for row in rows]}


def _item_dict(item: PlanItem) -> dict[str, Any]:
    return {
        "guid": item.guid,
        "title": item.title,
        "verdict": item.verdict,
        "package_id": item.package_id,
        "name": item.name,
        "resource_code": item.code,
        "suspend": bool(item.data.get("suspend")),
        "waits": bool(item.data.get("waits")),
        "applied": item.applied.isoformat() if item.applied else None,
        "findings": [runs.in_language(finding) for finding in item.findings],
    }


def _record_dict(record: HarvestRecord) -> dict[str, Any]:
    return {
        "guid": record.guid,
        "title": record.title,
        "state": record.state,
        "package_id": record.package_id,
        "change_id": record.change_id,
        "missing_since": record.missing_since.isoformat() if record.missing_since else None,
        "missing_runs": record.missing_runs,
        "changed": record.changed.isoformat(),
        "pins": record.pins,
        "last_change_run": record.last_change_run,
        "findings": [runs.in_language(finding) for finding in record.findings],
    }


@tk.side_effect_free
def govshare_harvest_record_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One record of a run: what the run does, or did, with its entry.

    :param run: id of the run
    :param guid: identifier of the record at its source
    :returns: as a result of ``govshare_harvest_record_list``, with

        * ``diff``: ``[{field, label, before, after, pinned}]`` in the order of the form, in the reader's language;
          tables (items, files) have ``rows: [{kind: added|removed|changed|moved, key, before, after}]`` instead of
          texts. What is ``pinned`` stays as in ``before``, though the source says ``after``. A new entry differs in
          every field; once applied, ``diff`` is what was changed
        * ``missing``: ``{since, runs, runs_wanted, days_wanted, suspends_on (ISO day, not before), now}`` of a record
          that its source no longer has, else None
        * ``seq``, ``previous``, ``next``: its place in the plan and the guids beside it with the same verdict
    :raises ObjectNotFound: the run's plan has no such record
    """
    tk.check_access("govshare_harvest_record_show", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_record_show())
    run = runs.find(data["run"])
    wanted = sa.select(PlanItem).where(PlanItem.run_id == run.id, PlanItem.guid == data["guid"])
    item = model.Session.scalar(wanted) if "\x00" not in data["guid"] else None
    if item is None:
        raise tk.ObjectNotFound(tk._("The run's plan has no such record"))
    known = model.Session.get(HarvestRecord, (run.point_id, item.guid))
    return {
        **_item_dict(item),
        "package_id": item.package_id or (known.package_id if known else None),
        "change_id": known.change_id if known else None,
        "diff": diffs.of_item(item, known),
        "missing": diffs.missing(item, known),
        "seq": item.seq,
        **diffs.neighbours(item),
    }


@tk.side_effect_free
def govshare_harvest_problem_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Records of a run with findings, all of them, and how many have which.

    :param run: id of the run
    :param slug: only records with this finding (optional)
    :param groups: whether to add them up by type (default true)
    :param limit: at most 1000 (default 100)
    :param offset: records to pass over (default 0)
    :returns: ``{count, groups: [{slug, severity, records, example: {guid, title, field, message}}], results: [{guid,
        title, verdict, findings: [{slug, field, severity, message, message_zh, message_en}]}]}``; what was refused
        comes first
    """
    tk.check_access("govshare_harvest_problem_list", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_problem_list())
    run = runs.find(data["run"])
    slug = data.get("slug") or ""
    return {
        "count": behind.problem_count(run, slug),
        "groups": behind.groups(run) if data["groups"] else [],
        "results": behind.problems(run, data["limit"], data["offset"], slug),
    }


@tk.side_effect_free
def govshare_harvest_history(context: Context, data_dict: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The last runs of several points in figures, in one query.

    :param exchange_points: ids; those that the caller may not see are left out
    :param limit: runs a point, at most 100 (default 12)
    :returns: by id of the point, oldest first: ``[{id, state, created, seconds, records, changes, problems}]``; a plan
        that changed nothing is no run
    """
    tk.check_access("govshare_harvest_history", context, data_dict)
    data = checked(context, data_dict, schema.govshare_harvest_history())
    rows = model.Session.scalars(
        sa.select(ExchangePoint).where(ExchangePoint.id.in_(data["exchange_points"]))
    )
    may_see = visible(context)
    return course.last_runs([point.id for point in rows if may_see(point)], data["limit"])
