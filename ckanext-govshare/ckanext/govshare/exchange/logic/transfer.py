"""Exchange points of a department that merges or splits."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare.exchange import health
from ckanext.govshare.exchange.logic.action import move_point, record_event
from ckanext.govshare.exchange.model import ACTIVE, RECORD, ExchangePoint, HarvestRun
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import PointState, RunState

__all__ = ["govshare_exchange_transfer"]


def govshare_exchange_transfer(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a department's exchange points to another one inside the caller's transaction. For the rooms, never the API.

    A point follows its entries. One whose entries go two ways is suspended: the office decides what it serves.

    :param organization: id of the department that has the points
    :param into: id of the department that receives them
    :param package_ids: ids of the entries that move (a split); everything moves when it is left out (a merger)
    :param dry_run: only say what would happen
    :returns: ``[{id, title, fate}]``: ``fate`` is ``moved`` or ``suspended``; points that stay are not listed
    :raises ValidationError: ``exchange_point``: a run of one of them is under way
    """
    tk.check_access("govshare_exchange_transfer", context, data_dict)
    source, into = tk.get_or_bust(data_dict, ["organization", "into"])
    moving = data_dict.get("package_ids")
    points = model.Session.scalars(
        sa.select(ExchangePoint).where(ExchangePoint.organization_id == source).order_by(ExchangePoint.title)
    ).all()
    fates = [(point, _fate(point, None if moving is None else set(moving))) for point in points]
    fates = [(point, fate) for point, fate in fates if fate]
    if not tk.asbool(data_dict.get("dry_run", False)):
        _refuse_running([point for point, _fate in fates])
        for point, fate in fates:
            _apply(context, point, fate, into)
    return [{"id": point.id, "title": point.title, "fate": fate} for point, fate in fates]


def _fate(point: ExchangePoint, moving: set[str] | None) -> str:
    if moving is None:
        return "moved"
    own = set(
        model.Session.scalars(
            sa.select(RECORD.c.package_id).where(
                RECORD.c.point_id == point.id, RECORD.c.package_id.is_not(None)
            )
        )
    )
    if not own & moving:
        return ""
    return "moved" if own <= moving else "suspended"


def _refuse_running(points: list[ExchangePoint]) -> None:
    busy = set(
        model.Session.scalars(
            sa.select(HarvestRun.point_id).where(
                HarvestRun.point_id.in_([point.id for point in points]), HarvestRun.state.in_(ACTIVE)
            )
        )
    )
    titles = [point.title for point in points if point.id in busy]
    if titles:
        message = tk._("A run is under way, let it end or cancel it: {points}").format(
            points="、".join(titles)
        )
        raise tk.ValidationError({"exchange_point": [message]})


def _apply(context: Context, point: ExchangePoint, fate: str, into: str) -> None:
    # A plan that nobody applied yet names the former provider.
    model.Session.execute(
        sa.update(HarvestRun)
        .where(HarvestRun.point_id == point.id, HarvestRun.state == RunState.PLANNED.value)
        .values(state=RunState.CANCELLED.value, finished=clock.now())
    )
    if fate == "moved":
        record_event(context, "point_transferred", point, into=into)
        point.organization_id = into
    elif point.state != PointState.SUSPENDED.value:
        move_point(point, PointState.SUSPENDED)
        health.forget(point)
        record_event(context, "point_suspended", point, reason="its entries went to several departments")
