"""Rows out of the ledger: the candidates behind a number, its course over time, what came and went between two days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.publication import reasons
from ckanext.govshare.publication.count import DERIVED, NO_INTERFACE, Count, Viewer, asked_of, holds, rule_of
from ckanext.govshare.publication.ledger_model import AMOUNT, CANDIDATE, VERDICT
from ckanext.govshare.publication.model import Measure, Scope, Target

GROUP = model.Group.__table__
STEPS = ("here", "up", "again", "left", "down")
PLACE = ("organization_id", "field", "open_type")
GONE = {"name": None, "title": None, "resource_code": None, "published": None, "public": False}
SAME = sa.and_(CANDIDATE.c.measure == VERDICT.c.measure, CANDIDATE.c.candidate == VERDICT.c.candidate)


def _scope(target: Target, table: Any = VERDICT) -> list[sa.ColumnElement[bool]]:
    """The lines of a target: what `count.in_scope` says, for the database."""
    if target.scope == Scope.DEPARTMENT:
        return [table.c.organization_id == target.organization_id]
    region = sa.func.coalesce(sa.func.nullif(table.c.region, ""), config.region() or "")
    own = roles.lies_within(region, target.region)
    return [own, table.c.field == target.field] if target.scope == Scope.FIELD else [own]


def _of(target: Target) -> list[sa.ColumnElement[bool]]:
    measure = Measure(target.measure)
    population = DERIVED.get(measure, measure).value
    return [VERDICT.c.measure == population, VERDICT.c.rule == rule_of(target), *_scope(target)]


def _counted(target: Target) -> sa.ColumnElement[bool]:
    if target.measure == Measure.INTERFACES:
        return sa.and_(VERDICT.c.counted, VERDICT.c.interface)
    return VERDICT.c.counted


def _seen(target: Target, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The candidates that a viewer may have named: public ones, those of his department, as office all."""
    if viewer.is_office(target):
        return sa.true()
    return sa.or_(VERDICT.c.public, VERDICT.c.organization_id.in_(viewer.organizations))


@dataclass(frozen=True)
class Filter:
    """Which candidates behind a number are asked for.

    :param counted: the counted ones; or those that are not: a department's own, for the office all
    :param q: words of the title or the code
    :param reason: only those with this primary reason
    :param organization_id: only those of this department
    """

    counted: bool = True
    q: str = ""
    reason: str = ""
    organization_id: str = ""


def rows(
    count: Count, target: Target, viewer: Viewer, asked: Filter, limit: int, offset: int
) -> dict[str, Any]:
    """The candidates behind a number, newest publication first.

    :returns: ``{day, count, results}`` as `govshare_publication_ledger` describes
    """
    key = ("rows", *asked_of(target), viewer, asked)
    found = count.keep((*key, limit, offset), lambda: _rows(count, target, viewer, asked, limit, offset))
    names = organizations({row.organization_id for row in found})
    return {
        "day": (count.day or count.today).isoformat(),
        "count": count.keep(key, lambda: _number(count, target, viewer, asked)),
        "results": [
            {
                **_row(target, row, names),
                **_verdict(target, row.counted, row.interface, row.reasons),
                "warnings": row.warnings,
            }
            for row in found
        ],
    }


def _rows(count: Count, target: Target, viewer: Viewer, asked: Filter, limit: int, offset: int) -> list[Any]:
    newest = (CANDIDATE.c.measure, CANDIDATE.c.published.desc().nulls_last(), CANDIDATE.c.name)
    chosen = _asked(count, target, viewer, asked)
    columns = sa.select(VERDICT, *_shown()).join(CANDIDATE, SAME)
    return list(
        model.Session.execute(columns.where(*chosen).order_by(*newest).limit(limit).offset(offset)).all()
    )


def _number(count: Count, target: Target, viewer: Viewer, asked: Filter) -> int:
    """How many there are; without words, the cells know."""
    if asked.q:
        chosen = _asked(count, target, viewer, asked)
        found = sa.select(sa.func.count()).select_from(VERDICT.join(CANDIDATE, SAME)).where(*chosen)
        return model.Session.scalar(found)
    office, interfaces = viewer.is_office(target), target.measure == Measure.INTERFACES
    total = 0
    for cell in count.cells_of(target, viewer):
        own = cell.organization_id in viewer.organizations
        counted = cell.counted and (cell.interface or not interfaces)
        named = office or own or (cell.public and asked.counted)
        if (
            named
            and counted == asked.counted
            and asked.organization_id in ("", cell.organization_id)
            and asked.reason in ("", cell.reason or NO_INTERFACE)
        ):
            total += cell.number
    return total


def _asked(count: Count, target: Target, viewer: Viewer, asked: Filter) -> list[sa.ColumnElement[bool]]:
    counts = _counted(target)
    where = [*_of(target), count.holds(), counts if asked.counted else sa.not_(counts), _seen(target, viewer)]
    if not asked.counted and not viewer.is_office(target):
        where.append(VERDICT.c.organization_id.in_(viewer.organizations))
    if asked.organization_id:
        where.append(VERDICT.c.organization_id == asked.organization_id)
    if asked.reason == NO_INTERFACE:
        where.append(VERDICT.c.counted)
    elif asked.reason:
        where.append(VERDICT.c.reasons[1] == asked.reason)
    for word in asked.q.split()[:8]:
        where.append(
            sa.or_(
                CANDIDATE.c.title.icontains(word, autoescape=True),
                CANDIDATE.c.resource_code.icontains(word, autoescape=True),
            )
        )
    return where


def _shown() -> list[Any]:
    return [CANDIDATE.c.name, CANDIDATE.c.title, CANDIDATE.c.resource_code, CANDIDATE.c.published]


def _row(target: Target, row: Any, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "id": row.candidate,
        "name": row.name,
        "title": row.title,
        "resource_code": row.resource_code,
        "organization": names.get(row.organization_id),
        "field": row.field,
        "published": row.published.isoformat() if row.published else None,
        "open_type": row.open_type or None,
        "since": row.since.isoformat() if getattr(row, "since", None) else None,
    }


def _verdict(target: Target, counted: bool, interface: bool, slugs: Iterable[str]) -> dict[str, Any]:
    told = list(slugs)
    if target.measure == Measure.INTERFACES and counted and not interface:
        counted, told = False, [NO_INTERFACE]
    first = told[0] if told else None
    return {
        "counted": counted,
        "reason": first,
        "reasons": told,
        "what_to_do": reasons.what_to_do(first, target.rule_version),
    }


def organizations(ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Organisations as rows name them: id → ``{id, name, title}``; one statement."""
    wanted = [ident for ident in ids if ident]
    if not wanted:
        return {}
    found = model.Session.execute(
        sa.select(GROUP.c.id, GROUP.c.name, GROUP.c.title).where(GROUP.c.id.in_(wanted))
    )
    return {row.id: {"id": row.id, "name": row.name, "title": row.title} for row in found}


def course(count: Count, target: Target) -> list[dict[str, Any]]:
    """Every day on which a target's number moved, oldest first; two statements.

    :returns: ``[{day: date, counted, candidates, added, gone, value}]``, `counted` and `candidates` at 24:00 of the day
    """
    return count.keep(("course", *asked_of(target)), lambda: _course(target))


def _course(target: Target) -> list[dict[str, Any]]:
    counts, public = _counted(target), Measure(target.measure).public
    where = (
        [*_of(target), VERDICT.c.public] if public and target.measure != Measure.APPLICATIONS else _of(target)
    )
    number = sa.func.count()
    begins = sa.select(
        VERDICT.c.since.label("day"),
        number.label("here"),
        number.filter(counts).label("up"),
        number.filter(counts, VERDICT.c.again).label("again"),
        sa.literal(0).label("left"),
        sa.literal(0).label("down"),
    ).where(*where).group_by(VERDICT.c.since)  # fmt: skip
    ends = sa.select(
        VERDICT.c.until, sa.literal(0), sa.literal(0), sa.literal(0), number, number.filter(counts)
    ).where(*where, VERDICT.c.until.is_not(None)).group_by(VERDICT.c.until)  # fmt: skip
    both = sa.union_all(begins, ends).subquery()
    steps = model.Session.execute(
        sa.select(
            both.c.day,
            *(sa.func.sum(both.c[name]).label(name) for name in ("here", "up", "again", "left", "down")),
        )
        .group_by(both.c.day)
        .order_by(both.c.day)
    )
    points, counted, candidates = [], 0, 0
    for step in steps:
        counted, candidates = counted + int(step.up - step.down), candidates + int(step.here - step.left)
        points.append({
            "day": step.day, "counted": counted, "candidates": candidates, "value": counted,
            "added": int(step.up - step.again), "gone": int(step.down - step.again),
        })  # fmt: skip
    if target.measure == Measure.ROWS:
        return _with_rows(target, points)
    if Measure(target.measure).unit == "percent":
        for point in points:
            share = point["counted"] * 1000 // point["candidates"] if point["candidates"] else 0
            point["value"] = share / 10
    return points


def _with_rows(target: Target, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the counted data sets on each day on which they changed, beside the numbers of data sets."""
    held: dict[tuple[str, str], int] = {}
    sums: dict[date, int] = {}
    for row in model.Session.execute(
        sa.select(AMOUNT)
        .where(AMOUNT.c.rule == rule_of(target), *_scope(target, AMOUNT))
        .order_by(AMOUNT.c.day)
    ):
        held[(row.organization_id, row.field)] = row.rows
        sums[row.day] = sum(held.values())
    by_day = {point["day"]: point for point in points}
    found, counted, candidates, value = [], 0, 0, 0
    for day in sorted(by_day.keys() | sums.keys()):
        point = by_day.get(day)
        counted, candidates = (point["counted"], point["candidates"]) if point else (counted, candidates)
        value = sums.get(day, value)
        found.append({
            "day": day, "counted": counted, "candidates": candidates, "value": value,
            "added": point["added"] if point else 0, "gone": point["gone"] if point else 0,
        })  # fmt: skip
    return found


def difference(count: Count, target: Target, viewer: Viewer, first: date, last: date) -> dict[str, Any]:
    """What came to a number and went from it between 24:00 of two days, and why.

    :returns: ``{came, went, changed, withheld}``: rows as in the ledger, with ``before`` and ``after``: their reasons
        then; ``withheld``: how many went that the reader may not know of now, because they are not open any more
    """
    found = count.keep(
        ("difference", *asked_of(target), first, last), lambda: _moved(count, target, first, last)
    )
    names = organizations({row.organization_id for row in found})
    answer: dict[str, Any] = {"came": [], "went": [], "changed": [], "withheld": 0}
    for row in found:
        concerned = viewer.is_office(target) or row.organization_id in viewer.organizations
        moved = bool(row.was) != bool(row.is_)
        if not concerned and (not moved or not row.public or row.name is None):
            answer["withheld"] += moved
            continue
        line = {**_row(target, row, names), "before": None, "after": None}
        if concerned:
            line |= {"before": list(row.was_reasons or []), "after": list(row.is_reasons or [])}
        answer["changed" if not moved else "came" if row.is_ else "went"].append(line)
    return answer


def _moved(count: Count, target: Target, first: date, last: date) -> list[Any]:
    """Every candidate whose verdict is another on one day than on the other, newest first; two statements."""
    sides = [_side(target, day if day < count.today else None) for day in (first, last)]
    before, after = (side.cte(name) for side, name in zip(sides, ("before", "after"), strict=True))
    moved = model.Session.execute(
        sa.select(
            sa.func.coalesce(before.c.candidate, after.c.candidate).label("candidate"),
            before.c.counted.label("was"), before.c.reasons.label("was_reasons"),
            after.c.counted.label("is_"), after.c.reasons.label("is_reasons"),
            *(sa.func.coalesce(after.c[name], before.c[name]).label(name) for name in PLACE),
            after.c.since,
        )
        .select_from(before.join(after, after.c.candidate == before.c.candidate, full=True))
        .where(sa.or_(*(before.c[name].is_distinct_from(after.c[name]) for name in ("counted", "reasons"))))
    ).mappings().all()  # fmt: skip
    current = sa.and_(SAME, VERDICT.c.until.is_(None), VERDICT.c.rule == rule_of(target))
    known = {
        row["candidate"]: row
        for row in model.Session.execute(
            sa.select(
                CANDIDATE.c.candidate,
                *_shown(),
                sa.func.coalesce(VERDICT.c.public, sa.false()).label("public"),
            )
            .select_from(CANDIDATE.outerjoin(VERDICT, current))
            .where(
                CANDIDATE.c.measure == _population(target),
                CANDIDATE.c.candidate.in_([row["candidate"] for row in moved]),
            )
        ).mappings()
    }
    rows = [SimpleNamespace(**{**GONE, **known.get(row["candidate"], {}), **row}) for row in moved]
    return sorted(rows, key=lambda row: (-row.published.toordinal() if row.published else 0, row.name or ""))


def _population(target: Target) -> str:
    measure = Measure(target.measure)
    return DERIVED.get(measure, measure).value


def _side(target: Target, day: date | None) -> sa.Select[Any]:
    return sa.select(
        VERDICT.c.candidate,
        _counted(target).label("counted"),
        VERDICT.c.reasons,
        VERDICT.c.organization_id,
        VERDICT.c.field,
        VERDICT.c.open_type,
        VERDICT.c.since,
    ).where(*_of(target), holds(day))


def verdicts(count: Count, target: Target) -> dict[str, str | None]:
    """Every candidate of a target on a day: id → primary reason, None for what counts; one statement."""
    found = model.Session.execute(
        sa.select(VERDICT.c.candidate, VERDICT.c.counted, VERDICT.c.interface, VERDICT.c.reasons)
        .where(*_of(target), count.holds())
        .order_by(VERDICT.c.candidate)
    )
    return {
        row.candidate: _verdict(target, row.counted, row.interface, row.reasons)["reason"] for row in found
    }
