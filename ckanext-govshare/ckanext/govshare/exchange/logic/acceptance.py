"""Actions of the acceptance of a point: 登记 → 审核 → 测评 → 批准接入 → 停用.

The department registers and tries its point; the office of the region reviews, assesses, accepts and suspends it. A
refusal needs a reason; the point is *registered* again then, and the department acts next.
"""

from __future__ import annotations

import uuid
from itertools import islice
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.exchange import fetch, health, papers, points, runs
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.logic.action import check_point, move_point, record_event, take_back
from ckanext.govshare.exchange.model import ExchangePoint
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import PointState
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_exchange_point_accept",
    "govshare_exchange_point_assess",
    "govshare_exchange_point_review",
    "govshare_exchange_point_suspend",
    "govshare_exchange_point_test",
]

SAMPLE = 20


def govshare_exchange_point_review(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Review a registered point (审核): address, network, class and declared sharing are in order. Before, nothing is
    fetched of it.

    :param id: id or name
    :param passed: false refuses it (default true)
    :param opinion: recorded; required for a refusal
    :returns: ``{id, state}``: *reviewed*, or *registered* with the reason
    :raises NotAuthorized: the caller is not the office of the department's region; operators are not either
    :raises ValidationError: the point is in no state to be reviewed, its address is refused, no reason is given
    """
    return _decide(context, data_dict, "review", PointState.REVIEWED)


def govshare_exchange_point_assess(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record the assessment of a reviewed point (测评): of its interface, its data and its protection.

    :param id: id or name
    :param passed: whether it passed (default true)
    :param opinion: recorded; required for a refusal
    :param attachments: ids of files attached before on which the assessment rests (optional)
    :returns: ``{id, state}``: *checked*, or *registered* with the reason
    :raises NotAuthorized: the caller is not the office of the department's region; operators are not either
    :raises ValidationError: the point is not reviewed, no reason is given, an attachment is of another point
    """
    return _decide(context, data_dict, "assess", PointState.CHECKED)


def govshare_exchange_point_accept(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Accept an assessed point (批准接入): it may run from then on. One that was suspended goes on.

    :param id: id or name
    :param passed: false refuses it (default true)
    :param opinion: recorded; required for a refusal
    :returns: ``{id, state}``: *accepted*, or *registered* with the reason
    :raises NotAuthorized: the caller is not the office of the department's region; operators are not either
    :raises ValidationError: the point is not assessed, its address is refused, no reason is given
    """
    return _decide(context, data_dict, "accept", PointState.ACCEPTED)


def _decide(context: Context, data_dict: dict[str, Any], act: str, to: PointState) -> dict[str, Any]:
    """Take a step, or refuse it."""
    tk.check_access(f"govshare_exchange_point_{act}", context, data_dict)
    data = checked(context, data_dict, getattr(schema, f"govshare_exchange_point_{act}")())
    point = points.find(data["id"])
    if data["passed"] and point.state == to.value:
        return {"id": point.id, "state": point.state}
    papers.check_own(point.id, data.get("attachments") or [])
    _stands_before(point, to)
    said = {"opinion": data["opinion"], "attachments": data.get("attachments") or []}
    user = context.get("user") or ""
    if data["passed"]:
        check_point(context, point)
        move_point(point, to)
        setattr(point, to.value, clock.now())
        setattr(point, f"{to.value}_by", user)
        point.returned = point.returned_by = point.return_reason = None
        record_event(context, f"point_{to.value}", point, url=point.url, network=point.network, **said)
    else:
        take_back(point)
        point.returned, point.returned_by, point.return_reason = clock.now(), user, data["opinion"]
        record_event(context, "point_returned", point, step=act, **said)
    model.Session.commit()
    return {"id": point.id, "state": point.state}


def _stands_before(point: ExchangePoint, to: PointState) -> None:
    """Raise unless the point has the step before this one behind it.

    :raises ValidationError: what is to be done first
    """
    before = {
        PointState.REVIEWED: ((PointState.REGISTERED,), tk._("A registered exchange point is reviewed")),
        PointState.CHECKED: (
            (PointState.REVIEWED,),
            tk._("The office reviews the exchange point first, then it is assessed"),
        ),
        PointState.ACCEPTED: (
            (PointState.CHECKED, PointState.SUSPENDED),
            tk._("The exchange point is reviewed and assessed first, then it is accepted"),
        ),
    }
    states, message = before[to]
    resumes = point.state != PointState.SUSPENDED.value or point.checked is not None
    if point.state not in [state.value for state in states] or not resumes:
        raise tk.ValidationError({"state": [message]})


def govshare_exchange_point_suspend(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Suspend an exchange point (停用): it runs no more until it is accepted again. Its entries stay.

    :param id: id or name
    :param reason: recorded (optional)
    :param undo: take a suspension back: it is accepted again if it was, else registered (default false)
    :returns: ``{id, state}``
    :raises NotAuthorized: the caller is not the office of the department's region; operators are not either
    :raises ValidationError: it is suspended already; with ``undo``: it is not
    """
    tk.check_access("govshare_exchange_point_suspend", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_suspend())
    point = points.find(data["id"])
    if data["undo"]:
        if point.state != PointState.SUSPENDED.value:
            raise tk.ValidationError({"state": [tk._("The exchange point is not suspended")]})
        accepted = point.accepted is not None
        move_point(point, PointState.ACCEPTED if accepted else PointState.REGISTERED)
        record_event(context, "point_resumed", point, reason=data["reason"], state=point.state)
    else:
        move_point(point, PointState.SUSPENDED)
        health.forget(point)
        record_event(context, "point_suspended", point, reason=data["reason"])
    model.Session.commit()
    return {"id": point.id, "state": point.state}


def govshare_exchange_point_test(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Fetch from a reviewed point and map its first records, without writing any. Its page says when it passed.

    :param id: id or name
    :returns: ``{ok, state, bytes, reason: {slug, message} or None, sample: [{guid, title, findings}]}``; at
        most 20 records
    :raises ValidationError: nobody reviewed the point: nothing is fetched of it
    """
    tk.check_access("govshare_exchange_point_test", context, data_dict)
    point = points.find(checked(context, data_dict, schema.by_id())["id"])
    if point.reviewed is None:
        message = tk._("The office reviews the exchange point first; before, nothing is fetched of it")
        raise tk.ValidationError({"state": [message]})
    spec, state = points.spec(point), point.state
    model.Session.rollback()
    folder = f"test-{uuid.uuid4()}"
    try:
        fetched = fetch.bring(spec, folder, fetch.NEVER)
        kind = fetch.harvester(spec.kind)
        sample = []
        for record in islice(fetch.records(spec, fetched), SAMPLE):
            mapped = kind.to_entry(record, spec)
            findings = [runs.in_language(finding.as_dict()) for finding in mapped.findings]
            sample.append({"guid": record.guid, "title": mapped.entry.get("title"), "findings": findings})
    except FetchRefused as error:
        _note_test(spec.id, False)
        reason = {"slug": error.slug, "message": runs.message(vars(error))}
        return {"ok": False, "state": state, "bytes": 0, "reason": reason, "sample": []}
    finally:
        fetch.clear(folder)
    _note_test(spec.id, True)
    return {"ok": True, "state": state, "bytes": fetched.bytes, "reason": None, "sample": sample}


def _note_test(point_id: str, passed: bool) -> None:
    point = points.find(point_id)
    point.tested, point.test_passed = clock.now(), passed
    model.Session.commit()
