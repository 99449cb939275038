"""What the exchange room puts on the to-do list: runs that wait for a person, records that were refused."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.exchange import points, runs
from ckanext.govshare.exchange.health import BAD
from ckanext.govshare.exchange.logic.action import visible
from ckanext.govshare.exchange.model import ExchangePoint, RecordState
from ckanext.govshare.kernel.states import PointState, RunState

__all__ = ["govshare_exchange_todo"]

UNACCEPTED = (PointState.REGISTERED.value, PointState.REVIEWED.value, PointState.CHECKED.value)
REFUSED = (RecordState.REJECTED.value, RecordState.CONFLICT.value)


@tk.side_effect_free
def govshare_exchange_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What waits for the caller at the exchange points: held and failing runs, refused records, the next step of
    points on their way to acceptance.

    :returns: ``[{slug: exchange_held|exchange_failed|exchange_rejected|exchange_accept|exchange_returned, title,
        detail, url, since, due, level, organization, count}]``; one line a point and slug, in a constant number of
        queries
    """
    tk.check_access("govshare_exchange_todo", context, data_dict)
    may_see = visible({"user": context.get("user")})
    found = [point for point in model.Session.scalars(sa.select(ExchangePoint)) if may_see(point)]
    health = points.health([point.id for point in found])
    titles = dict(
        model.Session.execute(
            sa.select(model.Group.id, model.Group.title).where(
                model.Group.id.in_({point.organization_id for point in found})
            )
        ).all()
    )
    hands = roles.Hands.of(context.get("user"))
    of_offices = points.departments_of(hands.offices)
    lines = []
    for point in found:
        state, department = health[point.id], titles.get(point.organization_id, "")
        lines += _of_point(point, state["last_run"], state["records"], department)
        if point.state not in UNACCEPTED:
            continue
        if point.returned is not None:
            if point.organization_id in hands.writes | hands.reviews:
                lines.append(_step(point, department, "exchange_returned"))
        elif point.organization_id in of_offices:
            lines.append(_step(point, department, "exchange_accept"))
    return lines


def _of_point(
    point: ExchangePoint, run: dict[str, Any] | None, records: dict[str, int], department: str
) -> list[dict[str, Any]]:
    about = {"detail": point.title, "organization": department, "due": None, "count": 1}
    found = []
    if point.health == BAD and run is not None and run["state"] == RunState.FAILED.value:
        detail = tk._("{point}: {reason}").format(
            point=point.title, reason=runs.message(run["reason"]) if run["reason"] else ""
        )
        found.append(
            {
                **about,
                "slug": "exchange_failed",
                "title": tk._("The runs of an exchange point fail"),
                "detail": detail.rstrip("：: "),
                "url": tk.h.url_for("govshare_exchange.run", id=run["id"]),
                "since": (point.health_since or point.created).isoformat(timespec="seconds"),
                "level": "warn",
            }
        )
    if run is not None and run["state"] == RunState.HELD.value:
        detail = tk._("{point}: {reason}").format(
            point=point.title, reason=runs.message(run["reason"]) if run["reason"] else ""
        )
        found.append(
            {
                **about,
                "slug": "exchange_held",
                "title": tk._("Confirm a run that was stopped"),
                "detail": detail.rstrip("：: "),
                "url": tk.h.url_for("govshare_exchange.run", id=run["id"]),
                "since": run["created"],
                "level": "warn",
            }
        )
    refused = sum(records[state] for state in REFUSED)
    if refused and run is not None:
        title = tk.ungettext(
            "{number} record of a source is refused", "{number} records of a source are refused", refused
        )
        found.append(
            {
                **about,
                "slug": "exchange_rejected",
                "title": title.format(number=refused),
                "url": tk.h.url_for("govshare_exchange.run", id=run["id"], records="reject"),
                "since": run["created"],
                "level": "info",
            }
        )
    return found


def _step(point: ExchangePoint, department: str, slug: str) -> dict[str, Any]:
    """The next step of a point's acceptance: the office's, or the department's when it was sent back."""
    titles = {
        "registered": tk._("An exchange point waits for its review"),
        "reviewed": tk._("An exchange point waits for its assessment"),
        "checked": tk._("An exchange point waits to be accepted"),
    }
    returned = slug == "exchange_returned"
    reason = tk._("{point}: {reason}").format(point=point.title, reason=point.return_reason)
    since = point.returned or point.checked or point.reviewed or point.created
    return {
        "slug": slug,
        "title": tk._("An exchange point was sent back") if returned else titles[point.state],
        "detail": reason if returned else point.title,
        "organization": department,
        "url": tk.h.url_for("govshare_exchange.point", name=point.name),
        "since": since.isoformat(timespec="seconds"),
        "due": None,
        "level": "warn" if returned else "info",
        "count": 1,
    }
