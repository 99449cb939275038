"""Apply: the plan's items into the catalogue, a batch a transaction, a savepoint a record.

Entry, code, change log, outbox row, ledger row, the mark on the item and the renewed lease are one
transaction: after any kill an item is either applied or not, and the open items say what is left. An error
voids the whole batch (core's actions roll back more than a savepoint, T18); it is then replayed record by
record, and a record that fails alone is rejected with its errors. Rows of stored files go into the DataStore,
which is another database, after the commit and before the mark.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.govshare.exchange import clean, entries, failures, lease, waiting, writing
from ckanext.govshare.exchange.ledger import Ledger, count_of
from ckanext.govshare.exchange.model import PLAN, RECORD, RUN, RecordState
from ckanext.govshare.exchange.problems import CONFLICT, problem
from ckanext.govshare.exchange.progress import CancelAsked, Progress
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Finding, refused
from ckanext.govshare.kernel.states import Verdict

log = logging.getLogger(__name__)

LOOK_LOCK = 7305804


Item = dict[str, Any]


class Applier:
    """Applies one run. The caller holds its lease.

    :param owner: the lease's owner
    :param items: how many the plan has
    :param batch: items of one transaction
    :param actor: name of the user in whose name entries are written
    """

    def __init__(self, run_id: str, owner: str, point: entries.Point, actor: str, batch: int, items: int):
        self.run_id = run_id
        self.owner = owner
        self.point = point
        self.actor = actor
        self.size = batch
        self.items = items
        self.progress = Progress(run_id)
        self._rows: dict[tuple[str, ...], list[Item]] = {}

    def step(self) -> int:
        """Apply the next batch.

        :returns: how many items it had; 0 means that nothing is left
        :raises LeaseLost: another worker took over; nothing of this batch is written
        """
        items = self._open_items()
        if not items:
            return 0
        model.Session.info["govshare_quiet"] = True  # one request to the index a batch, not one job a commit
        try:
            self._write(items)
        finally:
            model.Session.info.pop("govshare_quiet", None)
        for item in items:
            if item["data"].get("loads"):
                self._load(item)
        writing.drain_index(self.run_id, self.size)
        with suppress(CancelAsked):  # whoever calls asks between two steps
            self.progress("apply", items[-1]["seq"], self.items)
        return len(items)

    def _open_items(self) -> list[Item]:
        query = (
            sa.select(PLAN)
            .where(PLAN.c.run_id == self.run_id, PLAN.c.applied.is_(None))
            .order_by(PLAN.c.seq)
            .limit(self.size)
        )
        items = [dict(row) for row in model.Session.execute(query).mappings()]
        model.Session.rollback()
        return items

    def _write(self, items: list[Item]) -> None:
        waiting = [item for item in items if not item["data"].get("loads")]
        planned = [dict(item) for item in waiting]
        try:
            self._transaction(waiting)
        except failures.VOIDS as error:
            self._void(error)
            for item, before in zip(waiting, planned, strict=True):
                item.update(before)  # what the void batch noted in it is void too
                self._alone(item)

    def _alone(self, item: Item) -> None:
        before = dict(item)
        try:
            self._transaction([item])
        except failures.VOIDS as error:
            self._void(error)
            item.update(before)
            self._refuse(item, error)
            self._transaction([item])

    def _void(self, error: Exception) -> None:
        if failures.is_broken(error):
            raise error
        model.Session.rollback()
        log.info("run %s: batch void: %s", self.run_id, type(error).__name__)

    def _refuse(self, item: Item, error: Exception) -> None:
        """Make an item one that the catalogue refused after all."""
        found = [clean.json(finding.as_dict()) for finding in failures.findings_of(error)]
        verdict = error.verdict if isinstance(error, failures.Overtaken) else Verdict.REJECTED
        item.update(
            planned=count_of(Verdict(item["verdict"]), bool(item["data"].get("waits"))),
            verdict=verdict.value,
            findings=[*item["findings"], *found],
        )
        if not isinstance(error, tk.ValidationError | failures.Overtaken):
            item["digest"] = ""  # may pass by itself: the next run tries again

    def _recounted(self, items: list[Item]) -> dict[str, Any]:
        """Counts of the run after some of its records turned out to be rejected; empty when none did."""
        moved = [(item["planned"], count_of(Verdict(item["verdict"]))) for item in items if item.get("planned")]
        if not moved:
            return {}
        counts = dict(model.Session.scalar(sa.select(RUN.c.counts).where(RUN.c.id == self.run_id)))
        for before, after in moved:
            counts |= {before: counts[before] - 1, after: counts[after] + 1}
        return {"counts": counts}

    def _transaction(self, items: list[Item]) -> None:
        if not items:
            return
        ledger = self._ledger(items)
        codes = self._codes(items)
        self._rows.clear()
        new = [item for item in items if _is_new(item)]
        writes = self._create(new, codes) if len(new) > 1 else 0
        for item in items if len(new) <= 1 else (item for item in items if not _is_new(item)):
            with model.Session.begin_nested():
                writes += self._one(item, ledger.get(item["guid"]), codes)
        self._look_again([item for item in new if item["package_id"]])
        self._keep_ledger()
        model.Session.connection().execute(MARK, [self._mark(item) for item in items])
        values = {"writes": RUN.c.writes + writes + len(items)} | self._recounted(items)
        lease.renew(self.run_id, self.owner, model.Session, **values)
        model.Session.commit()

    def _mark(self, item: Item) -> dict[str, Any]:
        return {
            "the_run": self.run_id,
            "the_seq": item["seq"],
            "package_id": item["package_id"],
            "name": item["name"],
            "code": item["code"],
            "verdict": item["verdict"],
            "findings": item["findings"],
            "data": item["data"],
            "applied": None if item["data"].get("loads") else clock.now(),
        }

    def _ledger(self, items: Iterable[Item]) -> dict[str, Any]:
        guids = [item["guid"] for item in items]
        rows = model.Session.execute(
            sa.select(RECORD).where(RECORD.c.point_id == self.point.id, RECORD.c.guid.in_(guids))
        ).mappings()
        return {row["guid"]: dict(row) for row in rows}

    def _codes(self, items: Iterable[Item]) -> Iterator[str]:
        """Codes for the new entries of a batch that bring none, in their order, allotted at once for each class."""
        new = [item["data"]["entry"] for item in items if _is_new(item)]
        classes = [_class_of(entry) or self.point.default_class for entry in new if not entry.get("resource_code")]
        allot = tk.get_action("govshare_code_allot")
        codes = {
            prefix: iter(allot(writing.context(self.actor), {"prefix": prefix, "count": count}))
            for prefix, count in Counter(classes).items()
        }
        return (next(codes[prefix]) for prefix in classes)

    def _create(self, items: list[Item], codes: Iterator[str]) -> int:
        """Make the new entries of a batch; answers how many rows that wrote."""
        answers = entries.create(writing.context(self.actor), self.point, self.run_id, items, codes)
        writes = 0
        for item, answer in zip(items, answers, strict=True):
            if isinstance(answer, entries.Saved):
                writes += self._saved(item, answer)
            else:
                self._refuse(item, tk.ValidationError(answer))
                self._remember(item, RecordState.REJECTED, package_id=None)
                writes += 1
        return writes

    def _look_again(self, made: list[Item]) -> None:
        """Make sure that what was planned still holds: others may have taken a title or an identifier since.

        The plan may be days old, and other points apply at this moment: they pass here one after the other.

        :raises failures.Overtaken: it does not; the batch is void
        """
        if not made:
            return
        model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOOK_LOCK)))
        guids = [item["guid"] for item in made]
        known = Ledger(model.Session, self.point.id, self.point.organization_id, guids)
        said = tk.get_action("govshare_entry_check")(
            writing.context(self.actor),
            {
                "entries": [
                    {**item["data"]["entry"], "owner_org": self.point.organization_id, "resource_code": item["code"]}
                    for item in made
                ],
                "package_ids": [item["package_id"] for item in made],
                "profile": self.point.profile,
            },
        )
        for item, findings in zip(made, said, strict=True):
            rival = known.rival(item["guid"])
            if rival:
                raise failures.Overtaken(Verdict.CONFLICT, [problem(CONFLICT, point=rival)])
            found = [Finding.from_dict(finding) for finding in findings]
            if refused(found):
                raise failures.Overtaken(Verdict.REJECTED, found)

    def _saved(self, item: Item, saved: entries.Saved) -> int:
        item["package_id"], item["code"], item["name"] = saved.package_id, saved.code, saved.name
        if saved.loads:
            item["data"] = {**item["data"], "loads": saved.loads}
        self._remember(
            item, RecordState.CURRENT, package_id=saved.package_id, pins=saved.pins, applied=saved.hashes
        )
        return 3  # entry, change log, ledger

    def _one(self, item: Item, known: Item | None, codes: Iterator[str]) -> int:
        """Apply one item inside its savepoint; answers how many rows it wrote beside its own."""
        verdict = item["verdict"]
        if verdict == Verdict.MISSING.value:
            return self._miss(item, known)
        if verdict in (Verdict.REJECTED.value, Verdict.CONFLICT.value):
            state = RecordState.CONFLICT if verdict == Verdict.CONFLICT.value else RecordState.REJECTED
            self._remember(item, state, package_id=item["package_id"])
            return 1
        if item["data"].get("waits"):
            change_id = waiting.propose(writing.context(self.actor), self.point, self.run_id, item, known)
            self._remember(item, RecordState.CURRENT, change_id=change_id)
            return 3  # change, case, ledger
        return self._saved(item, entries.save(writing.context(self.actor), self.point, self.run_id, item, known, codes))

    def _miss(self, item: Item, known: Item | None) -> int:
        if known is None:
            return 0
        if known["change_id"]:
            waiting.take_back(writing.context(self.actor), self.point, known["change_id"])
        if not known["package_id"]:
            model.Session.execute(sa.delete(RECORD).where(_is(known)))
            return 1
        suspend = item["data"].get("suspend")
        if suspend:
            entries.suspend(writing.context(self.actor), self.run_id, known["package_id"])
        state = RecordState.SUSPENDED if suspend else RecordState.MISSING
        model.Session.execute(
            sa.update(RECORD)
            .where(_is(known))
            .values(
                state=state.value,
                missing_since=known["missing_since"] or clock.now(),
                missing_runs=known["missing_runs"] + 1,
                change_id=None,
                last_change_run=self.run_id,
                changed=clock.now(),
            )
        )
        return 3 if suspend else 1

    def _remember(self, item: Item, state: RecordState, **values: Any) -> None:
        """What the ledger is to say of an item; written with the rest of its transaction."""
        row = {
            "title": item["title"],
            "digest": item["digest"],
            "state": state.value,
            "missing_since": None,
            "missing_runs": 0,
            "last_change_run": self.run_id,
            "changed": clock.now(),
            "findings": item["findings"],
            **values,
        }
        self._rows.setdefault(tuple(row), []).append({"point_id": self.point.id, "guid": item["guid"], **row})

    def _keep_ledger(self) -> None:
        """Write the ledger rows of a transaction: one statement for all that set the same columns."""
        for names, rows in self._rows.items():
            statement = insert(RECORD).values(rows)
            statement = statement.on_conflict_do_update(
                index_elements=["point_id", "guid"], set_={name: statement.excluded[name] for name in names}
            )
            model.Session.execute(statement)
        self._rows.clear()

    def _load(self, item: Item) -> None:
        """Second half of an item with files: rows into the DataStore, then the mark."""
        findings = entries.load_rows(item["data"]["loads"])
        findings = [*item["findings"], *(finding.as_dict() for finding in findings)]
        model.Session.execute(
            sa.update(RECORD)
            .where(RECORD.c.point_id == self.point.id, RECORD.c.guid == item["guid"])
            .values(findings=findings)
        )
        model.Session.execute(
            sa.update(PLAN)
            .where(PLAN.c.run_id == self.run_id, PLAN.c.seq == item["seq"])
            .values(applied=clock.now(), findings=findings)
        )
        lease.renew(self.run_id, self.owner, model.Session)
        model.Session.commit()


MARK = (
    sa.update(PLAN)
    .where(PLAN.c.run_id == sa.bindparam("the_run"), PLAN.c.seq == sa.bindparam("the_seq"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("package_id", "name", "code", "verdict", "findings", "data", "applied")
        }
    )
)


def _class_of(entry: Item) -> str:
    """The class that an entry says it stands in; empty if it says none below which codes are allotted."""
    return str(entry.get("class_ximu") or entry.get("class_mu") or "")


def _is_new(item: Item) -> bool:
    return item["verdict"] == Verdict.CREATE.value and not item["data"].get("waits")


def _is(known: Item) -> sa.ColumnElement[bool]:
    return sa.and_(RECORD.c.point_id == known["point_id"], RECORD.c.guid == known["guid"])
