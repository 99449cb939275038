"""Rows of the ledger: what is written when a verdict changes, and nothing when it does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.govshare.kernel.counting import Judgement
from ckanext.govshare.publication.facts import Candidate
from ckanext.govshare.publication.ledger_model import AMOUNT, CANDIDATE, VERDICT
from ckanext.govshare.publication.model import Measure

BULK = 1000
PLACE = ("public", "organization_id", "region", "field", "open_type", "interface")
KEPT = ("name", "title", "resource_code", "facts", "rows", "files")


@dataclass(frozen=True)
class Known:
    """A candidate as the ledger keeps it."""

    signature: dict[str, Any]
    keys: list[str]


@dataclass(frozen=True)
class Page:
    """Where verdicts are written: a measure by a rule on a day, in a ledger that began on another."""

    measure: Measure
    rule: int
    day: date
    began: date


def place(candidate: Candidate) -> dict[str, Any]:
    """Where a candidate belongs and who may know of it: columns of its verdict."""
    return {name: getattr(candidate, name) for name in PLACE}


def _batches(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[start : start + BULK] for start in range(0, len(rows), BULK))


def _current(page_measure: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (VERDICT.c.measure == page_measure, VERDICT.c.until.is_(None))


def known(connection: Connection, measure: Measure, ids: Collection[str] | None) -> dict[str, Known]:
    """Candidates of a measure as the ledger keeps them; all, or those of these packages."""
    chosen = () if ids is None else (CANDIDATE.c.candidate.in_(ids),)
    # One verdict tells the place: it is the same under every version of the rule.
    first = (
        sa.select(VERDICT.c.candidate, *(VERDICT.c[name] for name in PLACE))
        .where(*_current(measure.value))
        .distinct(VERDICT.c.candidate)
        .order_by(VERDICT.c.candidate, VERDICT.c.rule)
        .subquery()
    )
    rows = connection.execute(
        sa.select(CANDIDATE, *(first.c[name].label(f"at_{name}") for name in PLACE))
        .join(first, first.c.candidate == CANDIDATE.c.candidate, isouter=True)
        .where(CANDIDATE.c.measure == measure.value, *chosen)
    ).mappings()
    return {
        row["candidate"]: Known(
            {**{name: row[name] for name in KEPT}, "place": {name: row[f"at_{name}"] for name in PLACE}},
            row["keys"],
        )
        for row in rows
    }


def note(connection: Connection, measure: Measure, rows: list[dict[str, Any]], gone: Collection[str]) -> None:
    """Keep candidates as they are now, and forget those that are none any more."""
    if rows:
        statement = insert(CANDIDATE)
        columns = {name: statement.excluded[name] for name in rows[0] if name not in ("measure", "candidate")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["measure", "candidate"], set_=columns), rows
        )
    if gone:
        connection.execute(
            sa.delete(CANDIDATE).where(CANDIDATE.c.measure == measure.value, CANDIDATE.c.candidate.in_(gone))
        )


def move_on(connection: Connection, measure: Measure, rows: list[dict[str, Any]]) -> None:
    """Note on which day time changes candidates next, and the marks that they bear from now on."""
    connection.execute(
        sa.update(CANDIDATE)
        .where(CANDIDATE.c.measure == measure.value, CANDIDATE.c.candidate == sa.bindparam("b_candidate"))
        .values(next_change=sa.bindparam("b_next"), marks=sa.bindparam("b_marks")),
        rows,
    )


def write(
    connection: Connection,
    page: Page,
    judged: dict[str, Judgement],
    found: dict[str, Candidate],
    gone: Collection[str],
) -> int:
    """Write the verdicts that differ from those that stand.

    :param judged: verdicts of the day, by candidate
    :param found: candidates whose place may have changed; that of the others stays
    :param gone: who is a candidate no longer
    :returns: how many verdicts changed
    """
    ids = [*judged, *gone]
    standing = {}
    for batch in _batches(ids):
        rows = connection.execute(
            sa.select(VERDICT).where(
                *_current(page.measure.value), VERDICT.c.rule == page.rule, VERDICT.c.candidate.in_(batch)
            )
        ).mappings()
        standing |= {row["candidate"]: row for row in rows}
    made, ended, corrected, removed = [], [], [], []
    touched = {(row["organization_id"], row["field"]) for row in standing.values()}
    for ident in gone:
        row = standing.get(ident)
        if row is not None:
            (removed if row["since"] >= page.day or page.day == page.began else ended).append(row["id"])
    for ident, verdict in judged.items():
        row = standing.get(ident)
        says = {
            "counted": verdict.counted,
            "reasons": list(verdict.slugs),
            "warnings": list(verdict.warnings),
            **(place(found[ident]) if ident in found else {name: row[name] for name in PLACE}),
        }
        touched.add((says["organization_id"], says["field"]))
        if row is None:
            made.append(_new(page, ident, says, _since(page, found[ident]), again=False))
        elif any(row[name] != value for name, value in says.items() if name != "warnings"):
            if row["since"] >= page.day or page.day == page.began:
                since = (
                    _since(page, found[ident]) if page.day == page.began and ident in found else row["since"]
                )
                corrected.append({"b_id": row["id"], "since": since, **says})
            else:
                ended.append(row["id"])
                made.append(_new(page, ident, says, page.day, again=row["counted"] == verdict.counted))
        elif row["warnings"] != says["warnings"]:
            corrected.append({"b_id": row["id"], "since": row["since"], **says})
    _write(connection, page, made, ended, corrected, removed)
    changes = len(made) + len(ended) + len(corrected) + len(removed)
    if page.measure is Measure.OPEN_DATASETS and (found or changes):
        changes += _amounts(connection, page, touched)
    return changes


def _since(page: Page, candidate: Candidate) -> date:
    """Since when a new candidate is one: today. What is there on the day on which the ledger begins has no history
    but its publication date, and is believed by that."""
    return min(candidate.published or page.day, page.day) if page.day == page.began else page.day


def _new(page: Page, ident: str, says: dict[str, Any], since: date, again: bool) -> dict[str, Any]:
    return {
        "measure": page.measure.value,
        "rule": page.rule,
        "candidate": ident,
        "since": since,
        "again": again,
        **says,
    }


def _write(
    connection: Connection,
    page: Page,
    made: list[dict[str, Any]],
    ended: list[int],
    corrected: list[dict[str, Any]],
    removed: list[int],
) -> None:
    for batch in _batches(removed):
        connection.execute(sa.delete(VERDICT).where(VERDICT.c.id.in_(batch)))
    for batch in _batches(ended):
        connection.execute(sa.update(VERDICT).where(VERDICT.c.id.in_(batch)).values(until=page.day))
    if corrected:
        names = [name for name in corrected[0] if name != "b_id"]
        connection.execute(
            sa.update(VERDICT)
            .where(VERDICT.c.id == sa.bindparam("b_id"))
            .values({name: sa.bindparam(f"b_{name}") for name in names}),
            [{"b_id": row["b_id"], **{f"b_{name}": row[name] for name in names}} for row in corrected],
        )
    if made:
        connection.execute(sa.insert(VERDICT), made)


def _amounts(connection: Connection, page: Page, touched: set[tuple[str, str]]) -> int:
    """Write how many rows the departments have in their fields now, where that changed."""
    where = sa.tuple_(VERDICT.c.organization_id, VERDICT.c.field).in_(sorted(touched))
    now = {
        (row.organization_id, row.field): row
        for row in connection.execute(
            sa.select(
                VERDICT.c.organization_id,
                VERDICT.c.field,
                sa.func.min(VERDICT.c.region).label("region"),
                sa.func.sum(CANDIDATE.c.rows).label("rows"),
            )
            .join(
                CANDIDATE,
                sa.and_(
                    CANDIDATE.c.measure == VERDICT.c.measure, CANDIDATE.c.candidate == VERDICT.c.candidate
                ),
            )
            .where(*_current(page.measure.value), VERDICT.c.rule == page.rule, VERDICT.c.counted, where)
            .group_by(VERDICT.c.organization_id, VERDICT.c.field)
        )
    }
    before = {
        (row.organization_id, row.field): row
        for row in connection.execute(
            sa.select(AMOUNT)
            .where(
                AMOUNT.c.rule == page.rule,
                sa.tuple_(AMOUNT.c.organization_id, AMOUNT.c.field).in_(sorted(touched)),
            )
            .distinct(AMOUNT.c.organization_id, AMOUNT.c.field)
            .order_by(AMOUNT.c.organization_id, AMOUNT.c.field, AMOUNT.c.day.desc())
        )
    }
    rows = []
    for key in touched:
        held, was = now.get(key), before.get(key)
        amount = int(held.rows) if held is not None else 0
        if amount != (was.rows if was is not None else 0):
            region = held.region if held is not None else was.region
            rows.append({
                "rule": page.rule, "organization_id": key[0], "field": key[1], "day": page.day, "region": region,
                "rows": amount,
            })  # fmt: skip
    if rows:
        statement = insert(AMOUNT).values(rows)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["rule", "organization_id", "field", "day"],
                set_={"region": statement.excluded.region, "rows": statement.excluded["rows"]},
            )
        )
    return len(rows)
