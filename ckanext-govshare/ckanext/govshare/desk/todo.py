"""The to-do list: what the rooms offer, put in one order. A room that is not loaded offers nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import Act, ChangeState

ROOMS = ("change", "opening", "people", "exchange", "target", "report", "plan", "application", "dialogue")
LEVELS = ("late", "warn", "info")
EMPTY: dict[str, Any] = {
    "title": "",
    "detail": "",
    "url": "",
    "id": "",
    "organization": "",
    "since": None,
    "due": None,
    "level": "info",
    "count": 1,
}
DAY = len("2026-01-31")


def lines(context: Context) -> list[dict[str, Any]]:
    """Every line for the caller; late ones first, then by their due day, then those that wait longest."""
    found = []
    for room in ROOMS:
        try:
            action = tk.get_action(f"govshare_{room}_todo")
        except KeyError:
            continue
        try:
            offered = action({key: context[key] for key in ("user", "auth_user_obj") if key in context}, {})
        except tk.NotAuthorized:
            continue
        found += [_line(room, line) for line in offered]
    _add_reasons(found)
    return sorted(found, key=_urgency)


def _line(room: str, offered: dict[str, Any]) -> dict[str, Any]:
    line = {**EMPTY, "room": room, **offered}
    if isinstance(line["organization"], dict):
        line["organization"] = line["organization"].get("title") or ""
    return line


def _urgency(line: dict[str, Any]) -> tuple[Any, ...]:
    level = line["level"] if line["level"] in LEVELS else "info"
    return (LEVELS.index(level), _moment(line["due"]), _moment(line["since"]), line["title"])


def _moment(value: str | None) -> float:
    """Seconds, for sorting; what has no date comes last."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return float("inf")
    return (found if found.tzinfo else found.replace(tzinfo=clock.ZONE)).timestamp()


def _add_reasons(found: list[dict[str, Any]]) -> None:
    """Why each returned change came back: the words of its last return, for all of them in one query."""
    returned = {line["id"]: line for line in found if line["slug"] == f"change_{ChangeState.RETURNED}"}
    if not returned:
        return
    event = cases.CaseEvent
    rows = model.Session.execute(
        sa.select(event.case_id, event.opinion)
        .where(event.case_id.in_(returned), event.act == Act.RETURN.value)
        .order_by(event.id)
    )
    for change_id, opinion in rows:
        returned[change_id]["reason"] = opinion
