"""The one counting service: home page, progress pages, actions and commands all take their numbers from here.

It reads facts, has the kernel judge them, and answers for a viewer: everybody sees what is counted and the
reasons of public candidates; the office sees every candidate of its targets, a department its own.
No function here checks rights or commits: actions do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import DatasetFacts, Tally, tally
from ckanext.govshare.publication import facts, reasons
from ckanext.govshare.publication.count import PUBLIC, Count, Entry, Viewer, current, in_scope
from ckanext.govshare.publication.forecast import cumulative, forecast
from ckanext.govshare.publication.model import Measure, Target, TargetLock


def progress(targets: Iterable[Target], viewer: Viewer = PUBLIC) -> list[dict[str, Any]]:
    """The state of targets today.

    :returns: per target, in the order given, the row that `govshare_publication_progress` describes
    """
    count, targets = current(), list(targets)
    locks = locks_of(targets)
    return [_progress(target, count, viewer, locks.get(target.id)) for target in targets]


def _progress(target: Target, count: Count, viewer: Viewer, lock: TargetLock | None) -> dict[str, Any]:
    entries = count.of(target, viewer)
    counted = [entry for entry in entries if entry.judgement.counted]
    sums = tally(entry.judgement for entry in entries)
    row = {
        "target": {
            **{key: getattr(target, key) for key in ("id", "title", "title_en", "measure")},
            "at_least": plain(target.at_least),
        },
        "due": target.due.isoformat(),
        "counted": sums.counted,
        "needed": max(0, plain(target.at_least) - sums.counted),
        "candidates": sums.candidates,
        "not_counted": sums.not_counted,
        "forecast": forecast([entry.published for entry in counted], plain(target.at_least), count.day, target.due),
    }  # fmt: skip
    if target.measure == Measure.OPEN_DATASETS:
        row["split"] = split(counted)
    if lock is not None:
        row["locked"] = {
            "day": lock.day.isoformat(),
            "counted": lock.counted,
            "locked_at": stamp(lock.locked_at),
        }
    return row


def plain(number: Decimal) -> int | float:
    """A number of the database as JSON has it: whole where it is whole."""
    return int(number) if number == int(number) else float(number)


def stamp(when: datetime) -> str:
    """A moment in ISO form, Beijing time (the database answers in its own zone)."""
    return when.astimezone(clock.ZONE).isoformat()


def split(entries: Iterable[Entry]) -> dict[str, int]:
    """Counted entries without and with a condition: ``{unconditional, conditional}``."""
    kinds = [e.candidate.facts.open_type for e in entries if isinstance(e.candidate.facts, DatasetFacts)]
    return {"unconditional": kinds.count("1"), "conditional": kinds.count("2")}


def ledger(target: Target, counted: bool, viewer: Viewer, limit: int, offset: int) -> dict[str, Any]:
    """The candidates behind a number, newest publication first.

    :param counted: the counted ones, or those that are not (a department's own, for the office all)
    :returns: ``{count, results}`` as `govshare_publication_ledger` describes
    """
    count = current()
    if counted or viewer.is_office(target):
        entries = [entry for entry in count.of(target, viewer) if entry.judgement.counted is counted]
    else:
        entries = [
            entry
            for entry in count.entries(Measure(target.measure))
            if in_scope(target, entry.candidate)
            and not entry.judgement.counted
            and (entry.candidate.organization or {}).get("id") in viewer.organizations
        ]
    entries.sort(key=lambda entry: (-entry.published.toordinal(), entry.candidate.name))
    return {
        "count": len(entries),
        "results": [ledger_row(entry) for entry in entries[offset : offset + limit]],
    }


def ledger_row(entry: Entry) -> dict[str, Any]:
    """One candidate as the ledger shows it."""
    candidate, judgement = entry.candidate, entry.judgement
    return {
        "id": candidate.facts.id,
        "name": candidate.name,
        "title": candidate.facts.title,
        "resource_code": candidate.resource_code,
        "organization": candidate.organization,
        "published": entry.published.isoformat(),
        "open_type": getattr(candidate.facts, "open_type", None),
        "counted": judgement.counted,
        "reason": judgement.primary,
        "reasons": list(judgement.slugs),
        "warnings": list(judgement.warnings),
        "what_to_do": reasons.what_to_do(judgement.primary),
    }


def history(target: Target) -> dict[str, Any]:
    """The curve of what is counted today by its publication date, and the target's locked row.

    :returns: ``{basis, points: [{day, counted, added}], locked: [{day, counted, candidates, not_counted}]}``
    """
    count = current()
    days = [entry.published for entry in count.of(target) if entry.judgement.counted]
    first = date(min(target.due.year, count.day.year), 1, 1)
    lock = locks_of([target]).get(target.id)
    return {
        "basis": "publication_date",
        "points": cumulative(days, first, max(first, min(count.day, date(target.due.year, 12, 31)))),
        "locked": [] if lock is None else [{
            "day": lock.day.isoformat(), "counted": lock.counted, "candidates": lock.candidates,
            "not_counted": lock.not_counted, "locked_at": stamp(lock.locked_at),
        }],
    }  # fmt: skip


def departments(target: Target, viewer: Viewer) -> list[dict[str, Any]]:
    """A target by department, most counted first.

    :returns: ``[{organization, counted, candidates, not_counted, split}]``
    """
    groups: dict[str, list[Entry]] = {}
    for entry in current().of(target, viewer):
        if entry.candidate.organization:
            groups.setdefault(entry.candidate.organization["id"], []).append(entry)
    rows = []
    for entries in groups.values():
        sums: Tally = tally(entry.judgement for entry in entries)
        rows.append({
            "organization": entries[0].candidate.organization, "counted": sums.counted,
            "candidates": sums.candidates, "not_counted": sums.not_counted,
            "split": split(entry for entry in entries if entry.judgement.counted),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["counted"], row["organization"]["title"]))


def figures() -> dict[str, int]:
    """The numbers of the home page.

    :returns: ``{open_datasets, applications, files, rows, departments, departments_with_entries}``: counted
        data sets and applications of the site; files and rows; departments, and those with a public entry
    """
    count = current()
    counted = [e.candidate for e in count.entries(Measure.OPEN_DATASETS) if e.judgement.counted]
    bodies = facts.departments()
    return {
        "open_datasets": len(counted),
        "applications": sum(entry.judgement.counted for entry in count.entries(Measure.APPLICATIONS)),
        "files": sum(file.reviewed for candidate in counted for file in candidate.facts.files),
        "rows": sum(candidate.rows for candidate in counted),
        "departments": bodies.total,
        "departments_with_entries": bodies.with_entries,
    }


def used_datasets(codes: str | list[str] | None) -> list[dict[str, str]]:
    """The open entries that an application uses: ``[{name, title}]``, in its order."""
    return list(facts.open_entries(facts.codes_of(codes)).values())


def targets() -> list[Target]:
    """Every target, by measure and due date."""
    order = (Target.measure.desc(), Target.due, Target.at_least, Target.id)
    return list(model.Session.scalars(sa.select(Target).order_by(*order)))


def locks_of(wanted: Iterable[Target]) -> dict[str, TargetLock]:
    """The locked rows of targets, by target id; one statement."""
    ids = [target.id for target in wanted]
    rows = model.Session.scalars(sa.select(TargetLock).where(TargetLock.target_id.in_(ids)))
    return {lock.target_id: lock for lock in rows}


def lock_due() -> list[TargetLock]:
    """Write the final row of every target whose last day is over and that has none; the caller commits.

    The row is that of 24:00 of the due day even if this runs later: what was published afterwards is left out
    and lateness is judged as of the day. What facts cannot tell of the past (a link dead since) is of today.

    :returns: the new rows
    """
    open_targets = [target for target in targets() if clock.now() >= clock.end_of_day(target.due)]
    locked = locks_of(open_targets)
    counts: dict[date, Count] = {}
    made = []
    for target in open_targets:
        if target.id in locked:
            continue
        entries = counts.setdefault(target.due, Count(day=target.due)).of(target)
        sums = tally(entry.judgement for entry in entries)
        lock = TargetLock(
            target_id=target.id, day=target.due, counted=sums.counted, candidates=sums.candidates,
            not_counted=sums.not_counted,
            ledger={
                "counted": [entry.candidate.facts.id for entry in entries if entry.judgement.counted],
                "not_counted": {
                    e.candidate.facts.id: e.judgement.primary for e in entries if e.judgement.primary
                },
            },
        )  # fmt: skip
        model.Session.add(lock)
        made.append(lock)
    return made
