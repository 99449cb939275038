"""Actions on what is told about a point beside its declaration: papers, history, the mark of high frequency."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.exchange import papers, points
from ckanext.govshare.exchange.logic import schema
from ckanext.govshare.exchange.logic.action import record_event
from ckanext.govshare.logic import checked

__all__ = [
    "govshare_exchange_attachment_remove",
    "govshare_exchange_attachment_show",
    "govshare_exchange_point_attach",
    "govshare_exchange_point_history",
    "govshare_exchange_point_mark",
]

EVENTS = 200


def govshare_exchange_point_attach(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Attach a paper to a point: an assessment report, papers of classified protection, another one.

    :param id: id or name of the point
    :param kind: ``assessment`` (测评报告), ``protection`` (等保备案、定级) or ``other``
    :param upload: the file (multipart), at most 20 MiB; PDF, OFD, Word, Excel, WPS, ZIP, JPEG or PNG
    :returns: ``{id, kind, filename, size (bytes), added, added_by}``
    :raises ValidationError: ``kind`` or ``upload``
    :raises NotAuthorized: the caller works neither for the department nor for the office of its region
    """
    tk.check_access("govshare_exchange_point_attach", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_attach())
    point, user = points.find(data["id"]), context.get("user") or ""
    paper = papers.add(point, data["kind"], data.get("upload"), user)
    record_event(context, "point_attached", point, kind=paper.kind, filename=paper.filename, hash=paper.sha256)
    if not context.get("defer_commit"):
        model.Session.commit()
    return papers.as_dict(paper)


def govshare_exchange_attachment_remove(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a paper off a point again, as long as no step of the office rests on it.

    :param id: id of the attachment
    :returns: ``{id, exchange_point}``
    :raises ValidationError: it lay before the office when it took a step
    """
    tk.check_access("govshare_exchange_attachment_remove", context, data_dict)
    paper = papers.find(checked(context, data_dict, schema.by_id())["id"])
    point = points.find(paper.point_id)
    if papers.fixed(point, paper):
        raise tk.ValidationError(
            {"id": [tk._("The attachment lay before the office when it decided; it stays with the exchange point")]}
        )
    record_event(context, "point_detached", point, filename=paper.filename, hash=paper.sha256)
    model.Session.delete(paper)
    model.Session.commit()
    return {"id": data_dict["id"], "exchange_point": point.name}


@tk.side_effect_free
def govshare_exchange_attachment_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One paper of a point, for whoever sees the point; operators who are no such people do not.

    :param id: id of the attachment
    :returns: ``{id, kind, filename, size (bytes), added, added_by, hash (SHA-256), exchange_point}``
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_exchange_attachment_show", context, data_dict)
    paper = papers.find(checked(context, data_dict, schema.by_id())["id"])
    return {**papers.as_dict(paper), "hash": paper.sha256, "exchange_point": points.find(paper.point_id).name}


@tk.side_effect_free
def govshare_exchange_point_history(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was done with a point, newest first, and its papers.

    :param id: id or name
    :returns: ``{events: [{at, actor, action, data}], attachments: [{id, kind, filename, size, added, added_by,
        removable}]}``; at most 200 events
    """
    tk.check_access("govshare_exchange_point_history", context, data_dict)
    point = points.find(checked(context, data_dict, schema.by_id())["id"])
    wanted = {"object_type": "exchange_point", "object_id": point.id, "limit": EVENTS}
    events = tk.get_action("govshare_audit_list")({"ignore_auth": True, "user": ""}, wanted)["results"]
    shown = [{name: event[name] for name in ("at", "actor", "action", "data")} for event in events]
    files = [{**papers.as_dict(paper), "removable": not papers.fixed(point, paper)} for paper in papers.of(point.id)]
    return {"events": shown, "attachments": files}


def govshare_exchange_point_mark(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Mark a point as one of high-frequency data (高频数据), or take the mark off.

    :param id: id or name
    :param high_frequency: true or false
    :returns: ``{id, high_frequency}``
    :raises NotAuthorized: the caller is not the office of the department's region
    """
    tk.check_access("govshare_exchange_point_mark", context, data_dict)
    data = checked(context, data_dict, schema.govshare_exchange_point_mark())
    point = points.find(data["id"])
    if point.high_frequency != data["high_frequency"]:
        point.high_frequency = data["high_frequency"]
        record_event(context, "point_marked", point, high_frequency=point.high_frequency)
        model.Session.commit()
    return {"id": point.id, "high_frequency": point.high_frequency}
