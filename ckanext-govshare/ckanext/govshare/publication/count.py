"""What the ledger says on a day, added up: read once for all targets, kept until the ledger changes.

A `Cell` is a number of candidates that are alike in everything that a page may ask for, so that any target, department
or field is a sum of cells. Nothing here knows who asks but `Viewer`.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from ckan import model
from flask import g, has_request_context

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock, counting, marks
from ckanext.govshare.publication import ledger
from ckanext.govshare.publication.ledger_model import AMOUNT, CANDIDATE, VERDICT
from ckanext.govshare.publication.model import Measure, Scope, Target

T = TypeVar("T")
RECENT = timedelta(weeks=8)
KEPT = 200  # answers kept in a process
DERIVED = {Measure.INTERFACES: Measure.OPEN_DATASETS, Measure.ROWS: Measure.OPEN_DATASETS}
NO_INTERFACE = "no_interface"


@dataclass(frozen=True)
class Viewer:
    """Who asks: the regions whose office he is of, and the departments he belongs to."""

    office_regions: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()

    def is_office(self, target: Target) -> bool:
        return target.region in self.office_regions

    @property
    def inside(self) -> bool:
        """Whether he is of the government at all: what is not open is nobody else's matter."""
        return bool(self.office_regions or self.organizations)

    def knows(self, target: Target) -> bool:
        """Whether he may know of a target: the public of those of a department only where the office publishes it."""
        if not Measure(target.measure).public:
            return self.inside
        return self.inside or target.scope != Scope.DEPARTMENT or target.publish_departments

    def sees(self, target: Target, public: bool, organization_id: str) -> bool:
        """Whether he may know of a candidate: of the public ones, of those of his department, as office of all.

        An application is handed in to be shown, so that its number is public; who handed it in is not.
        """
        if public or self.is_office(target) or organization_id in self.organizations:
            return True
        return target.measure == Measure.APPLICATIONS or not Measure(target.measure).public


PUBLIC = Viewer()


@dataclass(frozen=True)
class Cell:
    """So many candidates that are alike."""

    measure: str
    rule: int
    organization_id: str
    region: str
    field: str
    open_type: str
    public: bool
    interface: bool
    counted: bool
    reason: str | None
    recent: bool
    number: int


@dataclass
class Sum:
    """A target's candidates added up: ``counted + sum(not_counted.values()) == candidates``, always.

    `recent`: how many of the counted began to count within the last eight weeks; `rows` of the counted data sets.
    """

    counted: int = 0
    candidates: int = 0
    not_counted: dict[str, int] = field(default_factory=dict)
    unconditional: int = 0
    conditional: int = 0
    recent: int = 0
    rows: int = 0

    def value(self, measure: Measure) -> int | float:
        """What the measure shows: how many count, how many rows they have, or their share in percent."""
        if measure.unit == "rows":
            return self.rows
        if measure.unit == "percent":
            return int(Decimal(1000 * self.counted) / self.candidates) / 10 if self.candidates else 0.0
        return self.counted

    def reached(self, measure: Measure, at_least: Decimal) -> bool:
        """Whether a target is reached; a share is compared exactly, as it is and not as it is rounded."""
        if measure.unit == "percent":
            return self.candidates > 0 and self.counted * 100 >= at_least * self.candidates
        return self.value(measure) >= at_least

    def needed(self, measure: Measure, at_least: Decimal) -> int:
        """How many more are needed: rows, or candidates that count."""
        if measure.unit == "percent":
            return max(0, math.ceil(at_least * self.candidates / 100) - self.counted)
        return max(0, int(at_least) - int(self.value(measure)))


_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Count:
    """The ledger on a day, as of one moment. All that one answer says comes from one of these.

    :param day: None for today, else a past day as it stood at its 24:00
    """

    head: ledger.Head
    today: date
    day: date | None = None

    @classmethod
    def of(cls, day: date | None = None) -> Count:
        """The ledger on a day; one statement where nothing has changed since it was read last."""
        today = clock.today()
        return cls(ledger.current(), today, day if day is not None and day < today else None)

    def on(self, day: date | None) -> Count:
        """The same ledger on another day."""
        return Count(self.head, self.today, day if day is not None and day < self.today else None)

    def keep(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` answers, read once in this process until the ledger changes."""
        whole = (self.head.stamp, self.today, self.day, key)
        with _lock:
            if whole in _kept:
                _kept.move_to_end(whole)
                return _kept[whole]
        found = read()
        with _lock:
            _kept[whole] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return found

    def holds(self) -> sa.ColumnElement[bool]:
        """The verdicts that hold on the day."""
        return holds(self.day)

    def cells(self) -> list[Cell]:
        """Every candidate of every measure by every rule, as cells; one statement."""
        return self.keep("cells", self._cells)

    def _cells(self) -> list[Cell]:
        day = self.day or self.today
        recent = sa.and_(VERDICT.c.counted, ~VERDICT.c.again, VERDICT.c.since > day - RECENT)
        columns = [
            VERDICT.c[name]
            for name in (
                "measure", "rule", "organization_id", "region", "field", "open_type", "public", "interface", "counted",
            )
        ]  # fmt: skip
        columns += [VERDICT.c.reasons[1].label("reason"), recent.label("recent")]
        rows = model.Session.execute(
            sa.select(*columns, sa.func.count().label("number"))
            .where(self.holds())
            .group_by(*(sa.literal_column(str(place)) for place in range(1, len(columns) + 1)))
        )
        return [Cell(*row) for row in rows]

    def amounts(self) -> dict[tuple[int, str, str], tuple[str, int]]:
        """Rows of the counted data sets: (rule, organisation, field) → (region, rows); one statement."""
        return self.keep("amounts", self._amounts)

    def _amounts(self) -> dict[tuple[int, str, str], tuple[str, int]]:
        group = (AMOUNT.c.rule, AMOUNT.c.organization_id, AMOUNT.c.field)
        rows = model.Session.execute(
            sa.select(*group, AMOUNT.c.region, AMOUNT.c["rows"].label("amount"))
            .where(AMOUNT.c.day <= (self.day or self.today))
            .distinct(*group)
            .order_by(*group, AMOUNT.c.day.desc())
        )
        return {(row.rule, row.organization_id, row.field): (row.region, row.amount) for row in rows}

    def cells_of(self, target: Target, viewer: Viewer = PUBLIC) -> Iterable[Cell]:
        """The cells of a target that a viewer may know of, by the target's measure."""
        measure = Measure(target.measure)
        population, rule = DERIVED.get(measure, measure), rule_of(target)
        for cell in self.cells():
            if cell.measure == population.value and cell.rule == rule and in_scope(target, cell) and viewer.sees(
                target, cell.public, cell.organization_id
            ):  # fmt: skip
                yield cell

    def sum(self, target: Target, viewer: Viewer = PUBLIC) -> Sum:
        """A target added up."""
        key = ("sum", *asked_of(target), viewer)
        return self.keep(key, lambda: add(target, self.cells_of(target, viewer), self._rows(target)))

    def _rows(self, target: Target) -> int:
        if target.measure != Measure.ROWS:
            return 0
        return sum(
            amount
            for (rule, organization_id, code), (region, amount) in self.amounts().items()
            if rule == rule_of(target) and _in_scope(target, organization_id, region, code)
        )

    def by_department(self, target: Target, viewer: Viewer) -> dict[str, Sum]:
        """A target added up by department: id of the organisation → sum; who has no candidate is not there."""
        key = ("departments", *asked_of(target), viewer)
        return self.keep(key, lambda: self._by_department(target, viewer))

    def _by_department(self, target: Target, viewer: Viewer) -> dict[str, Sum]:
        groups: dict[str, list[Cell]] = {}
        for cell in self.cells_of(target, viewer):
            if cell.organization_id:
                groups.setdefault(cell.organization_id, []).append(cell)
        amounts: dict[str, int] = {}
        if target.measure == Measure.ROWS:
            for (rule, organization_id, code), (region, amount) in self.amounts().items():
                if rule == rule_of(target) and _in_scope(target, organization_id, region, code):
                    amounts[organization_id] = amounts.get(organization_id, 0) + amount
        return {ident: add(target, cells, amounts.get(ident, 0)) for ident, cells in groups.items()}

    def quality(self) -> list[Any]:
        """Files, rows and marks of the data sets, a line a department: counted ones and public ones; one statement."""
        return self.keep("quality", _quality)


def holds(day: date | None) -> sa.ColumnElement[bool]:
    """The verdicts that hold on a day, or today."""
    if day is None:
        return VERDICT.c.until.is_(None)
    return sa.and_(VERDICT.c.since <= day, sa.or_(VERDICT.c.until.is_(None), VERDICT.c.until > day))


def _quality() -> list[Any]:
    counted = VERDICT.c.counted
    return list(
        model.Session.execute(
            sa.select(
                VERDICT.c.organization_id,
                sa.func.min(VERDICT.c.region).label("region"),
                sa.func.count().filter(counted).label("counted"),
                sa.func.coalesce(sa.func.sum(CANDIDATE.c["rows"]).filter(counted), 0).label("row_sum"),
                sa.func.coalesce(sa.func.sum(CANDIDATE.c.files).filter(counted), 0).label("file_sum"),
                sa.func.count().label("datasets"),
                *(
                    sa.func.count().filter(VERDICT.c.open_type == code).label(name)
                    for name, code in OPENINGS.items()
                ),
                *(sa.func.count().filter(CANDIDATE.c.marks.any(mark)).label(mark) for mark in marks.MARKS),
            )
            .join(
                CANDIDATE,
                sa.and_(
                    CANDIDATE.c.measure == VERDICT.c.measure, CANDIDATE.c.candidate == VERDICT.c.candidate
                ),
            )
            .where(
                VERDICT.c.measure == Measure.OPEN_DATASETS.value,
                VERDICT.c.rule == counting.LATEST,
                VERDICT.c.until.is_(None),
                VERDICT.c.public,
            )
            .group_by(VERDICT.c.organization_id)
        )
    )


OPENINGS = {"unconditional": "1", "conditional": "2"}


def rule_of(target: Target) -> int:
    """The rule by which a target's candidates are in the ledger."""
    measure = Measure(target.measure)
    return target.rule_version if DERIVED.get(measure, measure) in ledger.RULED else ledger.UNRULED


def asked_of(target: Target) -> tuple[Any, ...]:
    """What of a target decides which candidates are its: two targets that differ in number or day share their sum."""
    return (
        target.measure,
        rule_of(target),
        target.scope,
        target.region,
        target.organization_id,
        target.field,
    )


def add(target: Target, cells: Iterable[Cell], rows: int = 0) -> Sum:
    """Add cells up as the target's measure counts them; reasons in their order of precedence."""
    total, reasons = Sum(rows=rows), {}
    interfaces = target.measure == Measure.INTERFACES
    for cell in cells:
        total.candidates += cell.number
        counted = cell.counted and (cell.interface or not interfaces)
        if counted:
            total.counted += cell.number
            total.recent += cell.number * cell.recent
            total.unconditional += cell.number * (cell.open_type == OPENINGS["unconditional"])
            total.conditional += cell.number * (cell.open_type == OPENINGS["conditional"])
        else:
            reason = cell.reason or NO_INTERFACE
            reasons[reason] = reasons.get(reason, 0) + cell.number
    order = counting.slugs(target.measure, target.rule_version)
    total.not_counted = {slug: reasons[slug] for slug in order if slug in reasons}
    return total


def in_scope(target: Target, cell: Cell) -> bool:
    """Whether a cell belongs to the target's department, field, or region and what lies in it."""
    return _in_scope(target, cell.organization_id, cell.region, cell.field)


def _in_scope(target: Target, organization_id: str, region: str, code: str) -> bool:
    """A provider without a region is of the site's."""
    if target.scope == Scope.DEPARTMENT:
        return bool(organization_id) and organization_id == target.organization_id
    if target.scope == Scope.FIELD and code != target.field:
        return False
    return roles.lies_within(region or config.region() or "", target.region)


def share() -> None:
    """Let all that one page asks look at the same moment, read once. For pages that write nothing."""
    if has_request_context() and "govshare_count" not in g:
        g.govshare_count = Count.of()


def current() -> Count:
    """The look at the ledger that this page shares, or a new one."""
    return g.govshare_count if has_request_context() and "govshare_count" in g else Count.of()
