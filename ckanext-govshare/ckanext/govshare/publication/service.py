"""The one counting service: home page, progress pages, reports, exports, actions and commands take numbers from here.

It adds up what the ledger says and answers for a viewer: everybody sees what is counted and the reasons of public
candidates; the office sees every candidate of its targets, a department its own. No function here checks rights or
commits: actions do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock, counting
from ckanext.govshare.publication import ledger_read, lookups
from ckanext.govshare.publication.count import PUBLIC, Cell, Count, Sum, Viewer, current
from ckanext.govshare.publication.forecast import forecast
from ckanext.govshare.publication.ledger_read import organizations
from ckanext.govshare.publication.model import Measure, Scope, Target, TargetLock

SHOWN = (
    "id",
    "title",
    "title_en",
    "measure",
    "scope",
    "region",
    "field",
    "rule_version",
    "publish_departments",
)


def progress(targets: Iterable[Target], viewer: Viewer = PUBLIC) -> list[dict[str, Any]]:
    """The state of targets today; a fixed number of statements, whatever the number of departments.

    :returns: per target, in the order given, the row that `govshare_publication_progress` describes
    """
    count = current()
    asked = [target for target in targets if viewer.knows(target)]
    locks, plans = locks_of(asked), _plans(asked)
    names = organizations({target.organization_id or "" for target in asked})
    return [_progress(target, count, viewer, locks.get(target.id), plans, names) for target in asked]


def _progress(
    target: Target,
    count: Count,
    viewer: Viewer,
    lock: TargetLock | None,
    plans: list[dict[str, Any]],
    names: dict[str, dict[str, str]],
) -> dict[str, Any]:
    measure, found = Measure(target.measure), count.sum(target, viewer)
    reached = found.reached(measure, target.at_least)
    days = sorted(plan["day"] for plan in plans if _planned_for(target, plan))
    row = {
        "target": {
            **{key: getattr(target, key) for key in SHOWN},
            "at_least": plain(target.at_least),
            "field_title": field_title(target.field),
            "organization": names.get(target.organization_id or ""),
        },
        "unit": measure.unit,
        "due": target.due.isoformat(),
        "counted": found.counted,
        "candidates": found.candidates,
        "needed": found.needed(measure, target.at_least),
        "value": found.value(measure),
        "reached": reached,
        "not_counted": found.not_counted,
        "forecast": forecast(
            needed=found.needed(measure, target.at_least),
            recent=found.recent if measure.unit == "number" else None,
            today=count.today,
            due=target.due,
            planned=days,
            reached=_reached_on(count, target) if reached else None,
        ),
    }
    if measure is Measure.OPEN_DATASETS:
        row["split"] = split(found)
    if lock is not None:
        row["locked"] = locked(lock, target, viewer)
    return row


def _reached_on(count: Count, target: Target) -> date | None:
    """The first day since when the number has been reached without a break."""
    since = None
    for point in ledger_read.course(count, target):
        holds = point["value"] >= target.at_least
        since = (since or point["day"]) if holds else None
    return since


def _plans(targets: list[Target]) -> list[dict[str, Any]]:
    """Open plans of publications, with their days; one call for all targets."""
    open_targets = [target for target in targets if target.measure == Measure.OPEN_DATASETS]
    try:
        listed = tk.get_action("govshare_plan_list")
    except KeyError:
        return []
    if not open_targets:
        return []
    until = max(target.due for target in open_targets)
    found = listed({"ignore_auth": True, "user": ""}, {"state": "planned", "until": until.isoformat()})
    return [{**plan, "day": date.fromisoformat(plan["planned"])} for plan in found]


def _planned_for(target: Target, plan: dict[str, Any]) -> bool:
    if target.measure != Measure.OPEN_DATASETS or plan["day"] > target.due:
        return False
    if target.scope == Scope.DEPARTMENT:
        return plan["organization"]["id"] == target.organization_id
    own = roles.lies_within(str(plan.get("region") or ""), target.region)
    return own and (target.scope == Scope.CITY or plan.get("field") == target.field)


def field_title(code: str) -> str:
    """What a field (list open_domain) is called, in the reader's language; the code where nobody knows."""
    try:
        return tk.h.govshare_code_label("open_domain", code) if code else ""
    except tk.HelperError:
        return code


def plain(number: Decimal | float) -> int | float:
    """A number of the database as JSON has it: whole where it is whole."""
    return int(number) if number == int(number) else float(number)


def stamp(when: datetime) -> str:
    """A moment in ISO form, Beijing time (the database answers in its own zone)."""
    return when.astimezone(clock.ZONE).isoformat()


def split(found: Sum) -> dict[str, int]:
    """Counted entries without and with a condition."""
    return {"unconditional": found.unconditional, "conditional": found.conditional}


def locked(lock: TargetLock, target: Target, viewer: Viewer) -> dict[str, Any]:
    """A locked row for a viewer: the public ones of those not counted; for the office, all of them."""
    whole = viewer.is_office(target)
    not_counted = lock.ledger.get("office", lock.not_counted) if whole else lock.not_counted
    return {
        "day": lock.day.isoformat(),
        "counted": lock.counted,
        "value": plain(lock.counted if lock.value is None else lock.value),
        "candidates": lock.counted + sum(not_counted.values()),
        "not_counted": not_counted,
        "rule_version": lock.rule_version or target.rule_version,
        "locked_at": stamp(lock.locked_at),
    }


def ledger(
    target: Target,
    viewer: Viewer,
    asked: ledger_read.Filter,
    limit: int,
    offset: int,
    day: date | None = None,
) -> dict[str, Any]:
    """The candidates behind a number, today or on a past day; the answer is that of `ledger_read.rows`."""
    return ledger_read.rows(current().on(day), target, viewer, asked, limit, offset)


def difference(target: Target, viewer: Viewer, first: date, last: date) -> dict[str, Any]:
    """What came and went between 24:00 of two days, as `govshare_publication_difference` describes."""
    count = current()
    last = min(last, count.today)
    sums = {name: count.on(day).sum(target, viewer) for name, day in (("first", first), ("last", last))}
    measure = Measure(target.measure)
    return {
        **{
            name: {"day": day.isoformat(), "counted": sums[name].counted, "value": sums[name].value(measure)}
            for name, day in (("first", first), ("last", last))
        },
        **ledger_read.difference(count, target, viewer, first, last),
    }


def departments(target: Target, viewer: Viewer, day: date | None = None) -> list[dict[str, Any]]:
    """A target by department, most counted first; one statement for their names.

    :returns: as `govshare_publication_departments` describes
    """
    found = current().on(day).by_department(target, viewer)
    names, measure = organizations(found), Measure(target.measure)
    rows = [
        {
            "organization": names[ident],
            "counted": sums.counted,
            "candidates": sums.candidates,
            "not_counted": sums.not_counted,
            "split": split(sums),
            "recent": sums.recent,
            "value": sums.value(measure),
        }
        for ident, sums in found.items()
        if ident in names
    ]
    return sorted(rows, key=lambda row: (-row["value"], row["organization"]["title"]))


def figures() -> dict[str, int]:
    """The numbers of the home page, by the latest rule and for the whole site.

    :returns: ``{open_datasets, applications, files, rows, departments, departments_with_entries}``: counted
        data sets and applications of the site; files and rows; departments, and those with a public entry
    """
    count = current()

    def counted(measure: Measure) -> int:
        return sum(cell.number for cell in count.cells() if _counts(cell, measure))

    lines, bodies = count.quality(), lookups.departments()
    return {
        "open_datasets": counted(Measure.OPEN_DATASETS),
        "applications": counted(Measure.APPLICATIONS),
        "files": sum(int(line.file_sum) for line in lines),
        "rows": sum(int(line.row_sum) for line in lines),
        "departments": bodies.total,
        "departments_with_entries": bodies.with_entries,
    }


def _counts(cell: Cell, measure: Measure) -> bool:
    return cell.counted and cell.measure == measure.value and cell.rule == counting.LATEST


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

    The row is what the ledger says of 24:00 of the due day, so that it does not matter when this runs. Of days before
    the ledger was begun it says what publication dates tell (``basis``).

    :returns: the new rows
    """
    over = [target for target in targets() if clock.now() >= clock.end_of_day(target.due)]
    locked_already, count = locks_of(over), Count.of()
    made = []
    for target in over:
        if target.id in locked_already:
            continue
        at, office = count.on(target.due), Viewer(office_regions=frozenset((target.region,)))
        public, whole, verdicts = at.sum(target), at.sum(target, office), ledger_read.verdicts(at, target)
        lock = TargetLock(
            target_id=target.id, day=target.due, counted=whole.counted, candidates=public.candidates,
            not_counted=public.not_counted, rule_version=target.rule_version,
            value=Decimal(str(whole.value(Measure(target.measure)))),
            ledger={
                "counted": [ident for ident, slug in verdicts.items() if slug is None],
                "not_counted": {ident: slug for ident, slug in verdicts.items() if slug is not None},
                "office": whole.not_counted,
                "basis": "ledger" if target.due >= count.head.began else "publication_date",
            },
        )  # fmt: skip
        model.Session.add(lock)
        made.append(lock)
    return made
