"""What the dialogue puts on the to-do lists: of the office, and of the departments that are to answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.dialogue.counts import waits_for
from ckanext.govshare.dialogue.model import Dialogue
from ckanext.govshare.dialogue.shown import departments
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import DialogueState

CASE = cases.Case
SOON = 2  # calendar days before the due day from which a line warns


def lines(hands: roles.Hands) -> list[dict[str, Any]]:
    """Every line for a person, complaints by themselves."""
    urgent = (Dialogue.kind == "complaint").label("urgent")
    giver = sa.case((CASE.state == DialogueState.ACCEPTED.value, CASE.organization_id), else_="").label(
        "giver"
    )
    rows = model.Session.execute(
        sa.select(
            CASE.state, urgent, giver, sa.func.count().label("number"),
            sa.func.min(CASE.since).label("since"), sa.func.min(CASE.due).label("due"),
        )
        .join(Dialogue, Dialogue.id == CASE.id)
        .where(waits_for(hands))
        .group_by(CASE.state, urgent, giver)
        .order_by(CASE.state, urgent.desc(), giver)
    ).all()  # fmt: skip
    titles = departments({row.giver for row in rows})
    return [_line(row, titles.get(row.giver, {}).get("title", "")) for row in rows]


def _line(row: Any, organization: str) -> dict[str, Any]:
    due = (row.due.astimezone(clock.ZONE) - datetime.resolution).date() if row.due else None
    left = (due - clock.today()).days if due else None
    level = "info" if left is None or left > SOON else "warn" if left >= 0 else "late"
    at_office = row.state != DialogueState.ACCEPTED.value
    kind = "&kind=complaint" if row.urgent else ""
    return {
        "slug": f"dialogue_{row.state}{'_urgent' if row.urgent else ''}",
        "title": _title(row.state, row.urgent),
        "detail": "",
        "url": f"/{'office' if at_office else 'desk'}/dialogue?state={row.state}{kind}",
        "since": row.since.astimezone(clock.ZONE).isoformat(),
        "due": due.isoformat() if due else None,
        "level": "warn" if row.urgent and level == "info" else level,
        "organization": organization,
        "count": row.number,
    }


def _title(state: str, urgent: bool) -> str:
    if state == DialogueState.RECEIVED.value:
        if urgent:
            return tk._("Examine a complaint of rights")
        return tk._("Look at what the public wrote")
    if state == DialogueState.ANSWERED.value:
        return tk._("Confirm an answer to the public")
    return tk._("Answer a complaint of rights") if urgent else tk._("Answer the public")
