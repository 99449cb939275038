"""The plan: what a source says now, compared with the ledger. Data only; nothing of the catalogue is touched.

A plan is made in one transaction of its own connection: killed half-way, it leaves nothing. Records go
through in chunks, with one ledger query a chunk; the guids seen live in a temporary table, so that memory
stays flat however long the source is. Unchanged records leave no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.exchange import clean
from ckanext.govshare.exchange.guard import Tally
from ckanext.govshare.exchange.model import PLAN, POINT, RECORD, RecordState
from ckanext.govshare.exchange.problems import CONFLICT, DUPLICATE, TOO_MANY_RESOURCES, UNREADABLE, problem
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Finding, refused
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.states import Verdict

CHUNK = 500
MAX_RESOURCES = (
    2000  # real catalogues hold up to 445 in one record, hostile ones 8,327 (anchors-harvest.md, C3)
)
SEEN = sa.table("govshare_seen", sa.column("guid", sa.Text))
# What a mapper may stumble over in foreign data; anything else is a fault of ours and fails the run.
STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
COUNT_OF = {
    Verdict.CREATE: "create",
    Verdict.UPDATE: "update",
    Verdict.UNCHANGED: "unchanged",
    Verdict.MISSING: "missing",
    Verdict.REAPPEARED: "reappear",
    Verdict.REJECTED: "reject",
    Verdict.CONFLICT: "conflict",
}


class Mapper(Protocol):
    """What the plan needs of a harvester."""

    def __call__(self, record: SourceRecord) -> Mapped: ...


@dataclass(frozen=True)
class Frame:
    """What a plan is made for.

    :param recipe: digest of what beside the source decides the result (points.recipe)
    :param missing_runs: a missing record is suspended after this many runs …
    :param missing_days: … and this many days
    """

    run_id: str
    point_id: str
    organization_id: str
    recipe: str
    now: datetime
    missing_runs: int
    missing_days: int


@dataclass
class Result:
    """What came out, beside the items."""

    counts: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    items: int = 0
    known: int = 0
    newly_missing: int = 0
    newly_rejected: int = 0
    forgotten: int = 0
    absent: int = 0

    def tally(self) -> Tally:
        return Tally(self.seen, self.known, self.newly_missing, self.newly_rejected, self.absent)


class Planner:
    """Makes one plan on one connection, inside the caller's transaction."""

    def __init__(self, connection: sa.Connection, frame: Frame, mapper: Mapper):
        self.connection = connection
        self.frame = frame
        self.mapper = mapper
        self.result = Result()
        self._again: Counter[str] = Counter()

    def make(self, records: Iterable[SourceRecord]) -> Result:
        """Plan a whole source."""
        self._start()
        self.connection.execute(
            sa.text("CREATE TEMP TABLE govshare_seen (guid text PRIMARY KEY) ON COMMIT DROP")
        )
        for chunk in _chunks(records):
            self._chunk(chunk)
        self.connection.execute(sa.text("ANALYZE govshare_seen"))
        self._gone(sa.exists().where(SEEN.c.guid == RECORD.c.guid))
        return self.result

    def make_unmodified(self) -> Result:
        """Plan a source that is as it was: only what is missing grows older."""
        self._start()
        tally = self._ledger_tally()
        self.result.counts["unchanged"] = tally[RecordState.CURRENT.value]
        self.result.counts["reject"] = tally[RecordState.REJECTED.value]
        self.result.counts["conflict"] = tally[RecordState.CONFLICT.value]
        self.result.seen = sum(self.result.counts.values())
        self._gone(RECORD.c.state != RecordState.MISSING.value)
        return self.result

    def _start(self) -> None:
        self.connection.execute(sa.delete(PLAN).where(PLAN.c.run_id == self.frame.run_id))
        tally = self._ledger_tally()
        self.result.known = tally[RecordState.CURRENT.value]
        self.result.absent = tally[RecordState.MISSING.value] + tally[RecordState.SUSPENDED.value]

    def _ledger_tally(self) -> Counter[str]:
        return Counter(
            dict(
                self.connection.execute(
                    sa.select(RECORD.c.state, sa.func.count())
                    .where(RECORD.c.point_id == self.frame.point_id)
                    .group_by(RECORD.c.state)
                )
                .tuples()
                .all()
            )
        )

    def _chunk(self, records: list[SourceRecord]) -> None:
        self.result.seen += len(records)
        fresh, duplicates = self._sort_out_duplicates([_readable(record) for record in records])
        ledger = Ledger(self.connection, self.frame, [record.guid for record in (*fresh, *duplicates)])
        planned = [self._judge(record, ledger, ()) for record in fresh]
        planned += [self._judge(record, ledger, (problem(DUPLICATE),)) for record in duplicates]
        rows = [row for row in planned if row]
        for row in rows:
            self.result.items += 1
            row |= {"run_id": self.frame.run_id, "seq": self.result.items}
        if rows:
            self.connection.execute(sa.insert(PLAN), rows)

    def _sort_out_duplicates(
        self, records: list[SourceRecord]
    ) -> tuple[list[SourceRecord], list[SourceRecord]]:
        """The first record of each guid, and the rest under guids of their own, the same ones every time."""
        first: dict[str, SourceRecord] = {}
        rest: list[SourceRecord] = []
        for record in records:
            (rest.append(record) if record.guid in first else first.setdefault(record.guid, record))
        new = self._see(first)
        rest += [record for guid, record in first.items() if guid not in new]
        renamed = []
        for record in rest:
            self._again[record.guid] += 1
            renamed.append(_renamed(record, f"{record.guid}#{self._again[record.guid] + 1}"))
        self._see(record.guid for record in renamed)
        return [record for guid, record in first.items() if guid in new], renamed

    def _see(self, guids: Iterable[str]) -> set[str]:
        rows = [{"guid": guid} for guid in guids]
        if not rows:
            return set()
        statement = insert(SEEN).values(rows).on_conflict_do_nothing().returning(SEEN.c.guid)
        return set(self.connection.scalars(statement))

    def _judge(
        self, record: SourceRecord, ledger: Ledger, extra: tuple[Finding, ...]
    ) -> dict[str, Any] | None:
        """The plan row of a record, or None when nothing is to be done."""
        own = ledger.own.get(record.guid)
        digest = self._digest(record)
        same = own is not None and own.digest == digest
        conflict = None if extra else ledger.rival(record.guid)
        if same and own.state == RecordState.CURRENT.value and not extra:
            return self._count(Verdict.UNCHANGED)
        if conflict:
            if same and own.state == RecordState.CONFLICT.value:
                return self._count(Verdict.CONFLICT)
            return self._row(Verdict.CONFLICT, record, digest, own, [problem(CONFLICT, point=conflict)])
        if same and own.state == RecordState.REJECTED.value:
            return self._count(Verdict.REJECTED)
        mapped = self._map(record, extra)
        if refused(mapped.findings):
            if own is not None and own.state == RecordState.CURRENT.value:
                self.result.newly_rejected += 1
            return self._row(Verdict.REJECTED, record, digest, own, mapped.findings, mapped.entry)
        verdict = Verdict.CREATE
        if own is not None and own.package_id:
            gone = own.state in (RecordState.MISSING.value, RecordState.SUSPENDED.value)
            verdict = Verdict.REAPPEARED if gone else Verdict.UPDATE
        row = self._row(verdict, record, digest, own, mapped.findings, mapped.entry)
        row["data"] = {"entry": mapped.entry, "initial": list(mapped.initial)}
        return row

    def _map(self, record: SourceRecord, extra: tuple[Finding, ...]) -> Mapped:
        if refused(extra):
            return Mapped({"title": _title_of(record)}, list(extra))
        try:
            mapped = self.mapper(record)
        except STUMBLES as error:
            return Mapped({"title": _title_of(record)}, [problem(UNREADABLE, error=type(error).__name__)])
        if len(mapped.entry.get("resources") or ()) > MAX_RESOURCES:
            return Mapped(mapped.entry, [*mapped.findings, problem(TOO_MANY_RESOURCES, limit=MAX_RESOURCES)])
        return mapped

    def _digest(self, record: SourceRecord) -> str:
        files = [file["sha256"] for file in record.files]
        return canonical_digest({"recipe": self.frame.recipe, "data": record.data, "files": files})

    def _count(self, verdict: Verdict) -> None:
        self.result.counts[COUNT_OF[verdict]] += 1

    def _row(
        self,
        verdict: Verdict,
        record: SourceRecord,
        digest: str,
        own: Any,
        findings: Iterable[Finding],
        entry: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        self._count(verdict)
        title = (entry or {}).get("title") or _title_of(record)
        return {
            "guid": record.guid,
            "title": clean.text(title)[:500],
            "verdict": verdict.value,
            "digest": digest,
            "package_id": own.package_id if own is not None else None,
            "data": {},
            "findings": [clean.json(finding.as_dict()) for finding in findings],
        }

    def _gone(self, still_there: sa.ColumnElement[bool]) -> None:
        """Items for ledger rows that the source no longer has, in one statement."""
        frame, counts = self.frame, self.result.counts
        since = frame.now - timedelta(days=frame.missing_days)
        suspend = sa.and_(
            RECORD.c.missing_runs + 1 >= frame.missing_runs,
            sa.func.coalesce(RECORD.c.missing_since, frame.now) <= since,
        )
        source = sa.select(
            sa.literal(frame.run_id),
            self.result.items + sa.func.row_number().over(order_by=RECORD.c.guid),
            RECORD.c.guid,
            RECORD.c.title,
            sa.literal(Verdict.MISSING.value),
            RECORD.c.package_id,
            sa.func.jsonb_build_object(
                "suspend", sa.and_(RECORD.c.package_id.is_not(None), suspend), "was", RECORD.c.state
            ),
        ).where(
            RECORD.c.point_id == frame.point_id, RECORD.c.state != RecordState.SUSPENDED.value, ~still_there
        )
        names = ["run_id", "seq", "guid", "title", "verdict", "package_id", "data"]
        self.connection.execute(sa.insert(PLAN).from_select(names, source))
        entry = PLAN.c.package_id.is_not(None)
        was = PLAN.c.data["was"].astext
        row = self.connection.execute(
            sa.select(
                sa.func.count().filter(entry).label("missing"),
                sa.func.count().filter(PLAN.c.data["suspend"].astext == "true").label("suspend"),
                sa.func.count().filter(entry, was == RecordState.CURRENT.value).label("newly"),
                sa.func.count().filter(~entry).label("forgotten"),
            ).where(PLAN.c.run_id == frame.run_id, PLAN.c.verdict == Verdict.MISSING.value)
        ).one()
        counts["missing"], counts["suspend"] = row.missing, row.suspend
        self.result.newly_missing, self.result.forgotten = row.newly, row.forgotten
        self.result.items += row.missing + row.forgotten


class Ledger:
    """What the ledger knows of the guids of a chunk: one query."""

    def __init__(self, connection: sa.Connection, frame: Frame, guids: list[str]):
        rows = connection.execute(
            sa.select(
                RECORD.c.point_id,
                RECORD.c.guid,
                RECORD.c.digest,
                RECORD.c.state,
                RECORD.c.package_id,
                POINT.c.organization_id,
                POINT.c.title.label("point"),
            )
            .join(POINT, POINT.c.id == RECORD.c.point_id)
            .where(RECORD.c.guid == sa.any_(sa.literal(guids, sa.ARRAY(sa.Text))))
        )
        self.frame = frame
        self.own: dict[str, Any] = {}
        self.others: dict[str, Any] = {}
        for row in rows:
            if row.point_id == frame.point_id:
                self.own[row.guid] = row
            elif row.package_id:
                self.others[row.guid] = row

    def rival(self, guid: str) -> str | None:
        """Title of the other point whose entry this guid already is; None when the guid is free or ours.

        Short numbers mean one thing within an organisation only; an address or UUID means one thing
        everywhere.
        """
        own, other = self.own.get(guid), self.others.get(guid)
        if other is None or (own is not None and own.package_id):
            return None
        if other.organization_id == self.frame.organization_id or _is_global(guid):
            return other.point
        return None


def _chunks(records: Iterable[SourceRecord]) -> Iterator[list[SourceRecord]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _readable(record: SourceRecord) -> SourceRecord:
    return _renamed(record, clean.guid(record.guid))


def _renamed(record: SourceRecord, guid: str) -> SourceRecord:
    return SourceRecord(guid, record.data, record.findings, record.files)


def _title_of(record: SourceRecord) -> str:
    title = record.data.get("title") if hasattr(record.data, "get") else None
    return title if isinstance(title, str) and title else record.guid


def _is_global(guid: str) -> bool:
    if "://" in guid or guid.lower().startswith(("urn:", "doi:")):
        return True
    try:
        UUID(guid)
    except ValueError:
        return False
    return True
