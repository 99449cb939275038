"""The plan: what a source says now, compared with the ledger. Data only; nothing of the catalogue is touched.

A plan is made in one transaction of its own connection: killed half-way, it leaves nothing. Records go
through in chunks, with one ledger query a chunk; the guids seen live in a temporary table, so that memory
stays flat however long the source is. Unchanged records leave no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.exchange import clean, waiting
from ckanext.govshare.exchange.guard import Tally
from ckanext.govshare.exchange.ledger import (
    COUNT_OF_STATE,
    Candidate,
    Frame,
    Ledger,
    count_of,
    of_facts,
    states_of,
)
from ckanext.govshare.exchange.model import PLAN, RECORD, RecordState
from ckanext.govshare.exchange.problems import (
    CONFLICT,
    DUPLICATE,
    SAME_TITLE,
    TITLE_TOO_LONG,
    TOO_MANY_RESOURCES,
    UNREADABLE,
    problem,
)
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Finding, refused
from ckanext.govshare.kernel.records import Gone, Mapped, Present, Said, SourceRecord
from ckanext.govshare.kernel.states import Verdict
from ckanext.govshare.kernel.text import title_key

CHUNK = 500
MAX_RESOURCES = (
    2000  # real catalogues hold up to 445 in one record, hostile ones 8,327 (anchors-harvest.md, C3)
)
MAX_TITLE = 500  # characters; core indexes titles, and an index row of PostgreSQL holds 2,704 bytes
SEEN = sa.table("govshare_seen", sa.column("guid", sa.Text))
GONE = sa.table("govshare_gone", sa.column("guid", sa.Text))
TITLES = sa.table("govshare_seen_title", sa.column("title", sa.Text))
# What a mapper may stumble over in foreign data; anything else is a fault of ours and fails the run.
STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Checker(Protocol):
    """What the catalogue says of entries beside what they say themselves."""

    def __call__(
        self, entries: list[dict[str, Any]], package_ids: list[str | None]
    ) -> list[list[Finding]]: ...


class Mapper(Protocol):
    """What the plan needs of a harvester."""

    def __call__(self, record: SourceRecord) -> Mapped: ...


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
    """Makes one plan on one connection, inside the caller's transaction.

    :param watch: told after each chunk how many records were seen, and how many the ledger held; may raise
    """

    def __init__(
        self,
        connection: sa.Connection,
        frame: Frame,
        mapper: Mapper,
        checker: Checker,
        watch: Callable[[int, int], None] = lambda seen, known: None,
    ):
        self.connection = connection
        self.frame = frame
        self.mapper = mapper
        self.checker = checker
        self.watch = watch
        self.result = Result()
        self._again: Counter[str] = Counter()

    def make(self, records: Iterable[Said], complete: bool = True) -> Result:
        """Plan what a source says.

        :param complete: whether what it does not name is missing
        """
        self._start()
        self.connection.execute(
            sa.text("CREATE TEMP TABLE govshare_seen (guid text PRIMARY KEY) ON COMMIT DROP")
        )
        self.connection.execute(
            sa.text("CREATE TEMP TABLE govshare_seen_title (title text PRIMARY KEY) ON COMMIT DROP")
        )
        self.connection.execute(
            sa.text("CREATE TEMP TABLE govshare_gone (guid text PRIMARY KEY) ON COMMIT DROP")
        )
        for chunk in _chunks(records):
            self._chunk(chunk)
            self.watch(self.result.seen, self.result.known)
        self.connection.execute(sa.text("ANALYZE govshare_seen"))
        seen = sa.exists().where(SEEN.c.guid == RECORD.c.guid)
        gone = sa.exists().where(GONE.c.guid == RECORD.c.guid)
        if complete:
            self._gone(seen)
        else:
            self._gone(sa.or_(seen, sa.and_(RECORD.c.state != RecordState.MISSING.value, ~gone)))
            self.result.seen = max(self.result.seen, self.result.known - self.result.newly_missing)
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

    def _chunk(self, said: list[Said]) -> None:
        gone = [{"guid": clean.guid(one.guid)} for one in said if isinstance(one, Gone)]
        if gone:
            self.connection.execute(insert(GONE).on_conflict_do_nothing(), gone)
        self._present([clean.guid(one.guid) for one in said if isinstance(one, Present)])
        records = [one for one in said if isinstance(one, SourceRecord)]
        if records:
            self._records(records)

    def _present(self, guids: list[str]) -> None:
        """Records that the source still has: in the ledger they stay what they are."""
        new = self._see(dict.fromkeys(guids))
        if not new:
            return
        states = self.connection.execute(states_of(self.frame.point_id, new)).all()
        for state, count in states:
            self.result.seen += count
            self.result.counts[COUNT_OF_STATE[RecordState(state)]] += count

    def _records(self, records: list[SourceRecord]) -> None:
        self.result.seen += len(records)
        fresh, duplicates = self._sort_out_duplicates([_readable(record) for record in records])
        guids = [record.guid for record in (*fresh, *duplicates)]
        ledger = Ledger(self.connection, self.frame.point_id, self.frame.organization_id, guids)
        looked = [self._look(record, ledger, ()) for record in fresh]
        looked += [self._look(record, ledger, (problem(DUPLICATE),)) for record in duplicates]
        self._check([found for found in looked if isinstance(found, Candidate)])
        planned = [self._judge(found) if isinstance(found, Candidate) else found for found in looked]
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

    def _look(
        self, record: SourceRecord, ledger: Ledger, extra: tuple[Finding, ...]
    ) -> Candidate | dict[str, Any] | None:
        """What the ledger says of a record: a plan row, None when nothing is to be done, or it is to be judged."""
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
        if same and own.state == RecordState.REJECTED.value and not of_facts(own.findings):
            return self._count(Verdict.REJECTED)
        return Candidate(record, digest, own, self._map(record, extra))

    def _check(self, candidates: list[Candidate]) -> None:
        """Look at the rest of the source and of the catalogue: one question for all that passed so far."""
        asked = self._sort_out_titles([found for found in candidates if not refused(found.mapped.findings)])
        if not asked:
            return
        said = self.checker([found.mapped.entry for found in asked], [found.package_id for found in asked])
        for found, findings in zip(asked, said, strict=True):
            found.mapped.findings.extend(findings)

    def _sort_out_titles(self, candidates: list[Candidate]) -> list[Candidate]:
        """The first record of each title, one that has its entry before a new one; the others are told."""
        first: dict[str, Candidate] = {}
        for found in sorted(candidates, key=lambda found: found.package_id is None):
            first.setdefault(canonical_digest(title_key(str(found.mapped.entry.get("title") or ""))), found)
        rows = [{"title": key} for key in first]
        statement = insert(TITLES).values(rows).on_conflict_do_nothing().returning(TITLES.c.title)
        new = set(self.connection.scalars(statement)) if rows else set()
        passed = [found for key, found in first.items() if key in new]
        chosen = {id(found) for found in passed}
        for found in candidates:
            if id(found) not in chosen:
                found.mapped.findings.append(problem(SAME_TITLE))
        return passed

    def _judge(self, found: Candidate) -> dict[str, Any] | None:
        """The plan row of a candidate, or None when it is rejected as it was."""
        own, mapped = found.own, found.mapped
        if refused(mapped.findings):
            if found.again:
                return self._count(Verdict.REJECTED)
            if own is not None and own.state == RecordState.CURRENT.value:
                self.result.newly_rejected += 1
            return self._row(Verdict.REJECTED, found.record, found.digest, own, mapped.findings, mapped.entry)
        verdict = Verdict.CREATE
        if found.package_id:
            gone = own.state in (RecordState.MISSING.value, RecordState.SUSPENDED.value)
            verdict = Verdict.REAPPEARED if gone else Verdict.UPDATE
        waits = waiting.needed(mapped.findings, own)
        row = self._row(verdict, found.record, found.digest, own, mapped.findings, mapped.entry, waits)
        row["data"] = {"entry": mapped.entry, "initial": list(mapped.initial)} | (
            {"waits": True} if waits else {}
        )
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
        if len(str(mapped.entry.get("title") or "")) > MAX_TITLE:
            return Mapped(mapped.entry, [*mapped.findings, problem(TITLE_TOO_LONG, limit=MAX_TITLE)])
        return mapped

    def _digest(self, record: SourceRecord) -> str:
        files = [file["sha256"] for file in record.files]
        return canonical_digest({"recipe": self.frame.recipe, "data": record.data, "files": files})

    def _count(self, verdict: Verdict, waits: bool = False) -> None:
        self.result.counts[count_of(verdict, waits)] += 1

    def _row(
        self,
        verdict: Verdict,
        record: SourceRecord,
        digest: str,
        own: Any,
        findings: Iterable[Finding],
        entry: dict[str, Any] | None = None,
        waits: bool = False,
    ) -> dict[str, Any]:
        self._count(verdict, waits)
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


def _chunks(records: Iterable[Said]) -> Iterator[list[Said]]:
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
