"""The records behind the counts of a run: those of its plan, and those that it found as they were.

Unchanged records leave no row (plan.py), and a record that stays rejected has none either: the ledger tells them. What
it says is of today; a record that changed in a later run is no longer among those that this run left as they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.govshare.exchange import files_known, runs
from ckanext.govshare.exchange.model import FILE, PLAN, RECORD, RUN, HarvestRun, RecordState
from ckanext.govshare.kernel.states import Verdict

SUSPEND = PLAN.c.data["suspend"].astext == "true"
WAITS = sa.func.coalesce(PLAN.c.data["waits"].astext, "") == "true"
#: What of the plan a count stands for; a record that waits for a person counts as that alone.
PLANNED: dict[str, tuple[Any, ...]] = {
    "create": (PLAN.c.verdict == Verdict.CREATE.value, ~WAITS),
    "update": (PLAN.c.verdict == Verdict.UPDATE.value, ~WAITS),
    "reappear": (PLAN.c.verdict == Verdict.REAPPEARED.value, ~WAITS),
    "review": (WAITS,),
    "missing": (PLAN.c.verdict == Verdict.MISSING.value, PLAN.c.package_id.is_not(None)),
    "suspend": (PLAN.c.verdict == Verdict.MISSING.value, SUSPEND),
    "reject": (PLAN.c.verdict == Verdict.REJECTED.value,),
    "conflict": (PLAN.c.verdict == Verdict.CONFLICT.value,),
}
#: What of the ledger: records that the run met and left alone.
STANDING = {
    "unchanged": RecordState.CURRENT,
    "reject": RecordState.REJECTED,
    "conflict": RecordState.CONFLICT,
}
REFUSED = (RecordState.REJECTED, RecordState.CONFLICT)


def count(run: HarvestRun, name: str) -> int:
    """How many records can be shown behind a count.

    :param name: one of ``runs.COUNTS``
    """
    return _number(_behind(run, name))


def page(run: HarvestRun, name: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Records behind a count: those of the plan in its order, then those of the ledger by guid.

    :returns: ``[{guid, title, verdict, package_id, name, resource_code, change_id, suspend, waits, applied,
        findings}]``
    """
    rows = _behind(run, name).subquery()
    query = sa.select(rows).order_by(rows.c.seq.nulls_last(), rows.c.guid).limit(limit).offset(offset)
    return [_shown(row) for row in model.Session.execute(query).mappings()]


def problem_count(run: HarvestRun, slug: str = "") -> int:
    """How many records of a run have findings.

    :param slug: only those with this finding (optional)
    """
    return _number(_with_findings(run, slug))


def problems(run: HarvestRun, limit: int, offset: int = 0, slug: str = "") -> list[dict[str, Any]]:
    """Records of a run that have findings: what was refused in the plan first, then hints, then what stays refused,
    and files that could not be had.

    :returns: ``[{guid, title, verdict, findings: [{slug, field, severity, message, message_zh, message_en}]}]``
    """
    rows = _with_findings(run, slug).subquery()
    refused = rows.c.verdict.in_([state.value for state in REFUSED])
    order = (rows.c.seq.is_(None), refused.desc(), rows.c.seq, rows.c.guid)
    query = sa.select(rows).order_by(*order).limit(limit).offset(offset)
    return [
        {
            "guid": row["guid"],
            "title": row["title"],
            "verdict": row["verdict"],
            "findings": [_both(finding) for finding in row["findings"]],
        }
        for row in model.Session.execute(query).mappings()
    ]


def groups(run: HarvestRun) -> list[dict[str, Any]]:
    """The problems of a run by type, what was refused and is frequent first, each with one example.

    :returns: ``[{slug, severity, records, example: {guid, title, field, message}}]``
    """
    rows = _with_findings(run, "").subquery()
    finding = sa.func.jsonb_array_elements(rows.c.findings, type_=JSONB).table_valued(
        sa.column("value", JSONB)
    )
    one = sa.select(
        rows.c.guid,
        rows.c.title,
        finding.c.value.label("finding"),
        finding.c.value["slug"].astext.label("slug"),
        sa.func.coalesce(finding.c.value["severity"].astext, "refuse").label("severity"),
    ).select_from(rows.join(finding, sa.true()))
    one = one.subquery()
    records = sa.select(
        one.c.slug, one.c.severity, sa.func.count(sa.distinct(one.c.guid)).label("records")
    ).group_by(one.c.slug, one.c.severity)
    records = records.subquery()
    first = (
        sa.select(one)
        .distinct(one.c.slug, one.c.severity)
        .order_by(one.c.slug, one.c.severity, one.c.guid)
        .subquery()
    )
    query = (
        sa.select(first, records.c.records)
        .join(records, sa.and_(records.c.slug == first.c.slug, records.c.severity == first.c.severity))
        .order_by(first.c.severity != "refuse", records.c.records.desc(), first.c.slug)
    )
    return [
        {
            "slug": row.slug,
            "severity": row.severity,
            "records": row.records,
            "example": {
                "guid": row.guid,
                "title": row.title,
                "field": row.finding.get("field", ""),
                "message": runs.message(row.finding),
            },
        }
        for row in model.Session.execute(query)
    ]


def _both(finding: dict[str, Any]) -> dict[str, Any]:
    texts = {name: finding.get(name) or "" for name in ("message_zh", "message_en")}
    return {**runs.in_language(finding), **texts}


def _shown(row: Any) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("guid", "title", "verdict", "package_id", "name", "change_id")},
        "resource_code": row["code"],
        "suspend": bool(row["suspend"]),
        "waits": bool(row["waits"]),
        "applied": row["applied"].isoformat() if row["applied"] else None,
        "findings": [runs.in_language(finding) for finding in row["findings"]],
    }


def _number(rows: sa.Select | sa.CompoundSelect) -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(rows.subquery()))


def _behind(run: HarvestRun, name: str) -> sa.Select | sa.CompoundSelect:
    parts = [_planned(run, *PLANNED[name])] if name in PLANNED else []
    if name in STANDING:
        parts.append(_standing(run, [STANDING[name]]))
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


def _with_findings(run: HarvestRun, slug: str) -> sa.CompoundSelect:
    wanted = [{"slug": slug}] if slug else None
    planned = [PLAN.c.findings != sa.text("'[]'::jsonb")]
    planned += [PLAN.c.findings.contains(wanted)] if wanted else []
    standing, files = _standing(run, REFUSED), files_known.problems(run)
    if wanted:
        standing = standing.where(RECORD.c.findings.contains(wanted))
        files = files.where(FILE.c.findings.contains(wanted))
    return sa.union_all(_planned(run, *planned), standing, files)


def _planned(run: HarvestRun, *wanted: Any) -> sa.Select:
    return (
        sa.select(
            PLAN.c.seq,
            PLAN.c.guid,
            PLAN.c.title,
            PLAN.c.verdict,
            sa.func.coalesce(PLAN.c.package_id, RECORD.c.package_id).label("package_id"),
            PLAN.c.name,
            PLAN.c.code,
            RECORD.c.change_id,
            SUSPEND.label("suspend"),
            WAITS.label("waits"),
            PLAN.c.applied,
            PLAN.c.findings,
        )
        .outerjoin(RECORD, sa.and_(RECORD.c.point_id == run.point_id, RECORD.c.guid == PLAN.c.guid))
        .where(PLAN.c.run_id == run.id, *wanted)
    )


def _standing(run: HarvestRun, states: Iterable[RecordState]) -> sa.Select:
    planned = sa.exists().where(PLAN.c.run_id == run.id, PLAN.c.guid == RECORD.c.guid)
    earlier = sa.select(RUN.c.id).where(RUN.c.point_id == run.point_id, RUN.c.created < run.created)
    unchanged = RECORD.c.state == RecordState.CURRENT.value
    return sa.select(
        sa.null().cast(sa.Integer).label("seq"),
        RECORD.c.guid,
        RECORD.c.title,
        sa.case((unchanged, Verdict.UNCHANGED.value), else_=RECORD.c.state).label("verdict"),
        RECORD.c.package_id,
        sa.null().cast(sa.Text).label("name"),
        sa.null().cast(sa.Text).label("code"),
        RECORD.c.change_id,
        sa.false().label("suspend"),
        sa.false().label("waits"),
        sa.null().cast(sa.DateTime(timezone=True)).label("applied"),
        RECORD.c.findings,
    ).where(
        RECORD.c.point_id == run.point_id,
        RECORD.c.state.in_([state.value for state in states]),
        RECORD.c.last_change_run.in_(earlier),
        ~planned,
    )
