"""Where a point stands in its acceptance: the steps behind it, what the present one means, who acts next and how."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.exchange import pages, words

__all__ = ["govshare_exchange_steps"]

WAY = ("registered", "reviewed", "checked", "accepted")
# What the office does next, by the state of the point.
NEXT = {"registered": "review", "reviewed": "assess", "checked": "accept"}
# Events of a step, as the record of events names them.
STEP_EVENTS = {f"point_{step}": step for step in WAY}


def govshare_exchange_steps(point: dict[str, Any]) -> dict[str, Any]:
    """What the panel of a point's acceptance shows.

    :param point: as ``govshare_exchange_point_show`` answers it
    :returns: ``{steps: [{slug, label, mark, moment, actor, opinion}], meaning, hint, act, may: {…}, events,
        attachments, kinds}``; ``mark`` is ``done``, ``now`` or empty, ``act`` the office's next step or empty
    """
    told = pages.ask("govshare_exchange_point_history", {"id": point["id"]})
    people = _names({event["actor"] for event in told["events"]} | {file["added_by"] for file in told["attachments"]})
    act = NEXT.get(point["state"], "")
    may = {
        "step": bool(act) and pages.may(f"govshare_exchange_point_{act}", {"id": point["id"]}),
        "update": pages.may("govshare_exchange_point_update", {"id": point["id"]}),
        "attach": pages.may("govshare_exchange_point_attach", {"id": point["id"]}),
        "files": pages.may("govshare_exchange_point_attach", {"id": point["id"]}) or not _only_operates(point),
        "office": pages.may("govshare_exchange_point_mark", {"id": point["id"]}),
    }
    return {
        "steps": _steps(point, told["events"], people),
        "meaning": _meaning(point),
        "hint": _hint(point, act, told["attachments"]) if may["step"] else "",
        "act": act,
        "may": may,
        "events": [_event(event, people) for event in told["events"]],
        "attachments": [{**file, "by": people.get(file["added_by"], "")} for file in told["attachments"]],
        "kinds": kinds(),
    }


def _only_operates(point: dict[str, Any]) -> bool:
    """Whether the reader sees the point as an operator alone, who does not read its papers."""
    user = pages.context()["user"]
    return roles.is_operator(user) and point["organization"]["id"] not in roles.Hands.of(user).organizations


def kinds() -> dict[str, str]:
    """What the kinds of papers are called."""
    return {
        "assessment": tk._("Assessment report"),
        "protection": tk._("Classified protection: filing and grading"),
        "other": tk._("Other papers"),
    }


def _names(users: set[str]) -> dict[str, str]:
    rows = model.Session.execute(
        sa.select(model.User.name, model.User.fullname).where(model.User.name.in_(users - {""}))
    )
    return {row.name: row.fullname or row.name for row in rows}


def _steps(point: dict[str, Any], events: list[dict[str, Any]], people: dict[str, str]) -> list[dict[str, Any]]:
    names = {
        "registered": tk._("Registration of the point"),
        "reviewed": tk._("Review"),
        "checked": tk._("Assessment"),
        "accepted": tk._("Acceptance"),
    }
    moments = {step: point[step] for step in WAY[1:]} | {"registered": point["created"]}
    latest: dict[str, dict[str, Any]] = {}
    for event in events:  # newest first
        if event["action"] in STEP_EVENTS:
            latest.setdefault(STEP_EVENTS[event["action"]], event)
    behind = [step for step in WAY if moments[step]]
    following = WAY[len(behind)] if len(behind) < len(WAY) else ""
    shown = []
    for step in WAY:
        event = latest.get(step, {}) if moments[step] else {}
        shown.append(
            {
                "slug": step,
                "label": names[step],
                "mark": "done" if moments[step] else "now" if step == following else "",
                "moment": words.moment(moments[step]),
                "actor": people.get(event.get("actor", ""), ""),
                "opinion": event.get("data", {}).get("opinion", ""),
            }
        )
    return shown


def _meaning(point: dict[str, Any]) -> str:
    """What the state means, and who acts next."""
    if point["returned"]:
        return tk._(
            "The office sent the exchange point back. The department corrects it or answers with a paper; with its "
            "next change it is the office's turn again."
        )
    return {
        "registered": tk._(
            "The office reviews address, network, class and declared sharing next. Before that nothing is fetched "
            "from the source."
        ),
        "reviewed": tk._(
            "Department and office may try the source now. The department hands in the assessment report; the office "
            "records the result of the assessment next."
        ),
        "checked": tk._("The exchange point passed its assessment. The office accepts it next; then it may run."),
        "accepted": tk._(
            "The exchange point is in force and runs by its schedule. When address, network, class, declared sharing "
            "or settings change, it is registered anew."
        ),
        "suspended": tk._(
            "The exchange point is suspended: it does not run, its entries stay. The office puts it into force again."
        ),
    }[point["state"]]


def _hint(point: dict[str, Any], act: str, attachments: list[dict[str, Any]]) -> str:
    """What the office should know before its next step."""
    if act == "review":
        return ""
    if not point["tested"]:
        return tk._("Nobody has tried the source yet.")
    if not point["test_passed"]:
        return tk._("The last connection test failed.")
    if not any(file["kind"] == "assessment" for file in attachments):
        return tk._("No assessment report is attached.")
    return ""


def _event(event: dict[str, Any], people: dict[str, str]) -> dict[str, str]:
    data = event["data"]
    known = {
        "point_registered": tk._("registered the exchange point"),
        "point_changed": tk._("changed the exchange point"),
        "point_reviewed": tk._("reviewed it: in order"),
        "point_checked": tk._("recorded the assessment: passed"),
        "point_accepted": tk._("accepted it"),
        "point_returned": tk._("sent it back"),
        "point_suspended": tk._("suspended it"),
        "point_resumed": tk._("took the suspension back"),
        "point_attached": tk._("attached a paper"),
        "point_detached": tk._("took a paper off"),
        "point_marked": tk._("marked it as high-frequency data")
        if data.get("high_frequency")
        else tk._("took the mark of high-frequency data off"),
        "point_transferred": tk._("gave it to another department"),
        "run_confirmed": tk._("confirmed a held run"),
        "run_cancelled": tk._("cancelled a run"),
    }
    said = data.get("opinion") or (data.get("reason") if isinstance(data.get("reason"), str) else "")
    detail = said or data.get("filename") or "、".join(map(_field, data.get("fields") or ()))
    return {
        "moment": words.moment(event["at"]),
        "actor": people.get(event["actor"], "") or tk._("The system"),
        "text": known.get(event["action"], event["action"]),
        "detail": detail or "",
    }


def _field(name: str) -> str:
    return fields().get(name, name)


def fields() -> dict[str, str]:
    """What the fields of a point are called."""
    _ = tk._
    return {
        "name": _("Name in addresses"),
        "title": _("Title"),
        "organization": _("Department"),
        "kind": _("Kind"),
        "url": _("Address of the source"),
        "network": _("Network"),
        "moves_to": _("Moves to the network"),
        "moves_by": _("Moves by"),
        "default_class": _("Default class"),
        "share_type": _("Share type"),
        "share_scope": _("Share scope"),
        "share_condition": _("Share condition"),
        "publish": _("Publication"),
        "schedule": _("Schedule"),
        "files": _("Files"),
        "settings": _("Settings"),
        "system": _("Information system"),
        "system_id": _("Information system"),
    }
