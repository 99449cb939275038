"""Figures of the dialogue, and the lists that they are figures of."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.dialogue.model import KINDS, OPEN, Dialogue, is_public, joined
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import DialogueState

MOST = 100
CASE = cases.Case
CLOSED, WITHDRAWN = DialogueState.CLOSED.value, DialogueState.WITHDRAWN.value
FIGURES = ("received", "open", "answered", "refused", "overdue", "in_time")


def whole(value: Any, name: str, default: int, most: int) -> int:
    """A number of a request, within its limits.

    :raises ValidationError: it is none
    """
    try:
        found = int(value) if value not in (None, "") else default
    except (TypeError, ValueError, OverflowError):
        raise tk.ValidationError({name: [tk._("Write a whole number")]}) from None
    return max(0, min(found, most))


def day(data_dict: dict[str, Any], name: str) -> date | None:
    """A day of a request.

    :raises ValidationError: it is none
    """
    value = data_dict.get(name)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise tk.ValidationError({name: [tk._("Write a day as 2026-01-31")]}) from None


def figures(first: date | None, last: date | None, organization_id: str | None = None) -> dict[str, Any]:
    """Figures by kind of what was handed in within a period, taken back ones left out; one statement.

    :param first: first day, from the beginning if None
    :param last: last day
    :param organization_id: of what lies with, or was answered by, this department
    :returns: ``{received, open, answered, refused, overdue, in_time, median_days, kinds: {kind: {the same, states:
        {state: n}}}}``: `overdue` of the open ones, `in_time` of the answered ones, `median_days` working days
    """
    late = sa.and_(CASE.state.in_(OPEN), CASE.due <= clock.now())
    query = (
        sa.select(
            Dialogue.kind,
            CASE.state,
            sa.func.count().label("number"),
            sa.func.count().filter(late).label("overdue"),
            sa.func.count().filter(Dialogue.answered < CASE.due).label("in_time"),
        )
        .join(CASE, CASE.id == Dialogue.id)
        .where(*_within(first, last, organization_id))
        .group_by(Dialogue.kind, CASE.state)
    )
    found: dict[str, Any] = {kind: {**dict.fromkeys(FIGURES, 0), "states": {}} for kind in KINDS}
    for row in model.Session.execute(query):
        own = found[row.kind]
        own["states"][row.state] = row.number
        own["received"] += row.number
        own["open"] += row.number if row.state in OPEN else 0
        own["answered"] += row.number if row.state == CLOSED else 0
        own["refused"] += row.number if row.state == DialogueState.REFUSED.value else 0
        own["overdue"] += row.overdue
        own["in_time"] += row.in_time
    medians = _medians(first, last, organization_id)
    for kind in KINDS:
        found[kind]["median_days"] = medians.get(kind)
    sums = {name: sum(own[name] for own in found.values()) for name in FIGURES}
    return {**sums, "median_days": medians.get(None), "kinds": found}


def _within(first: date | None, last: date | None, organization_id: str | None) -> list[Any]:
    conditions: list[Any] = [CASE.state != WITHDRAWN]
    if first is not None:
        conditions.append(Dialogue.created >= datetime.combine(first, time(), clock.ZONE))
    if last is not None:
        conditions.append(Dialogue.created < clock.end_of_day(last))
    if organization_id is not None:
        conditions.append(CASE.organization_id == organization_id)
    return conditions


def _medians(first: date | None, last: date | None, organization_id: str | None) -> dict[str | None, float]:
    """Working days from receipt to answer, the middle one, by kind; under None for all kinds together."""
    middle = sa.func.percentile_cont(0.5).within_group(Dialogue.took)
    query = (
        sa.select(Dialogue.kind, middle)
        .join(CASE, CASE.id == Dialogue.id)
        .where(*_within(first, last, organization_id), Dialogue.took.is_not(None))
        .group_by(sa.func.grouping_sets(sa.tuple_(Dialogue.kind), sa.tuple_()))
    )
    return {kind: float(number) for kind, number in model.Session.execute(query) if number is not None}


def public(
    *, kind: str, state: str, words: str, package_id: str | None, limit: int, offset: int
) -> tuple[int, list[Any]]:
    """Cases that everybody may read, the last answered or received first.

    :returns: how many there are, and those of the page
    """
    query = joined().where(is_public())
    if kind:
        query = query.where(Dialogue.kind == kind)
    if state:
        query = query.where(CASE.state == CLOSED if state == "answered" else CASE.state != CLOSED)
    if package_id is not None:
        query = query.where(Dialogue.package_id == package_id)
    for word in words.casefold().split()[:5]:
        query = query.where(Dialogue.words.contains(word, autoescape=True))
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    last = sa.func.coalesce(Dialogue.answered, Dialogue.created).desc()
    rows = model.Session.execute(query.order_by(last, Dialogue.id).limit(limit).offset(offset))
    return count or 0, [(row[0], row[1]) for row in rows]


def of_hands(hands: roles.Hands) -> sa.ColumnElement[bool]:
    """The cases that a person works on: those of the office's region, and those given to the own departments."""
    return sa.or_(CASE.region.in_(hands.offices), CASE.organization_id.in_(hands.works))


def inside(
    hands: roles.Hands, *, kind: str, state: str, overdue: bool, limit: int, offset: int
) -> tuple[int, dict[str, int], list[Any]]:
    """Cases that a person works on, the one that is due first before the others.

    :param state: a state, ``waiting`` (for this person), or empty for all
    :returns: how many fit, numbers by state, and those of the page
    """
    mine = of_hands(hands)
    numbers = sa.select(CASE.state, sa.func.count()).join(Dialogue, Dialogue.id == CASE.id).where(mine)
    counts = {str(name): number for name, number in model.Session.execute(numbers.group_by(CASE.state))}
    waiting = waits_for(hands)
    number = model.Session.scalar(
        sa.select(sa.func.count()).select_from(Dialogue).join(CASE, CASE.id == Dialogue.id).where(waiting)
    )
    query = joined().where(mine)
    if kind:
        query = query.where(Dialogue.kind == kind)
    if state == "waiting":
        query = query.where(waiting)
    elif state:
        query = query.where(CASE.state == state)
    if overdue:
        query = query.where(CASE.state.in_(OPEN), CASE.due <= clock.now())
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    open_first = CASE.state.in_(OPEN).desc()
    rows = model.Session.execute(
        query.order_by(open_first, sa.nulls_last(CASE.due), Dialogue.created.desc(), Dialogue.id)
        .limit(limit)
        .offset(offset)
    )
    return count or 0, {**counts, "waiting": number or 0}, [(row[0], row[1]) for row in rows]


def waits_for(hands: roles.Hands) -> sa.ColumnElement[bool]:
    """The cases in which this person has to act next."""
    at_office = (DialogueState.RECEIVED.value, DialogueState.ANSWERED.value)
    return sa.or_(
        sa.and_(CASE.region.in_(hands.offices), CASE.state.in_(at_office)),
        sa.and_(CASE.organization_id.in_(hands.works), CASE.state == DialogueState.ACCEPTED.value),
    )


def of_entry(package_id: str) -> dict[str, Any]:
    """Published numbers of an entry: ``{kinds: {kind: n}, answered, rating: mean or None, ratings: n}``."""
    stars = Dialogue.shown["rating"].astext.cast(sa.Integer)
    rows = model.Session.execute(
        sa.select(
            Dialogue.kind,
            sa.func.count(),
            sa.func.count().filter(CASE.state == CLOSED),
            sa.func.sum(stars),
            sa.func.count(stars),
        )
        .join(CASE, CASE.id == Dialogue.id)
        .where(is_public(), Dialogue.package_id == package_id)
        .group_by(Dialogue.kind)
    ).all()
    ratings = sum(row[4] for row in rows)
    return {
        "kinds": {row[0]: row[1] for row in rows},
        "answered": sum(row[2] for row in rows),
        "rating": round(sum(row[3] or 0 for row in rows) / ratings, 1) if ratings else None,
        "ratings": ratings,
    }
