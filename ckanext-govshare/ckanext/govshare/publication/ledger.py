"""The ledger is kept here: whatever changed since it was looked at is judged anew, as of the day on which it changed.

A trigger notes which packages were touched (migration 009); time has its own notes (`next_change`). Judged are only
those, and whom they compete with. Every commit that touches facts is followed by a look; readers and the timer look
as well, so that nothing is lost where a process dies between the two. Whoever looks holds the head's row.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from ckanext.govshare.kernel import clock, counting, marks
from ckanext.govshare.publication import facts, ledger_rows
from ckanext.govshare.publication.facts import Candidate
from ckanext.govshare.publication.ledger_model import CANDIDATE, HEAD, TOUCHED
from ckanext.govshare.publication.model import Measure, Target

log = logging.getLogger(__name__)
POPULATIONS = (Measure.OPEN_DATASETS, Measure.APPLICATIONS, Measure.HOOK_UP, Measure.CLOUD)
RULED = (Measure.OPEN_DATASETS, Measure.APPLICATIONS)
UNRULED = 0  # the rule of measures whose candidates only have or lack something


def rules_of(measure: Measure) -> tuple[int, ...]:
    """The rules by which the candidates of a measure are judged: every version, so that old targets go on."""
    return counting.VERSIONS if measure in RULED else (UNRULED,)


@dataclass(frozen=True)
class Head:
    """Where the ledger stands: since when it is kept, and a number that grows with every change."""

    began: date
    stamp: int


def current() -> Head:
    """The ledger, brought up to this moment where anything has happened since; else one statement."""
    pending = sa.or_(
        sa.exists(sa.select(TOUCHED.c.id)),
        sa.exists(sa.select(CANDIDATE.c.candidate).where(CANDIDATE.c.next_change <= clock.today())),
    )
    row = model.Session.execute(
        sa.select(HEAD.c.began, HEAD.c.stamp, HEAD.c.rules, pending.label("pending"))
    ).first()
    if row is not None and not row.pending and tuple(row.rules) == counting.VERSIONS:
        return Head(row.began, row.stamp)
    return look()


def look() -> Head:
    """Judge what was touched and what time changed, in a transaction of its own.

    The ledger begins with the first candidate that there is.
    """
    today = clock.today()
    stamp = secrets.randbits(52)  # no two ledgers that a process reads begin with the same number
    with model.meta.engine.begin() as connection:
        first = insert(HEAD).values(id=1, began=today, stamp=stamp, rules=[]).on_conflict_do_nothing()
        connection.execute(first)
        head = connection.execute(sa.select(HEAD).where(HEAD.c.id == 1).with_for_update()).one()
        book = _Book(connection, head.began)
        if tuple(head.rules) != counting.VERSIONS and not book.begin(today) and not head.rules:
            connection.execute(sa.delete(HEAD))
            return Head(today, stamp)
        for day, ids in sorted(_touched(connection, today).items()):
            book.pass_time(day)
            book.take(ids, day)
            book.changed += 1  # what pages drew before is out of date, whatever the note was about
        book.pass_time(today)
        stamp = head.stamp + book.changed
        connection.execute(sa.update(HEAD).values(stamp=stamp, rules=list(counting.VERSIONS)))
    return Head(head.began, stamp)


def _touched(connection: Connection, today: date) -> dict[date, set[str]]:
    """The packages that were touched, by the Beijing day of the last touch; the notes are taken away.

    The age of a note comes from the database's clock and is taken off ours, so that both may be anywhere.
    """
    age = sa.func.extract("epoch", sa.func.clock_timestamp() - TOUCHED.c.at).label("age")
    rows = connection.execute(sa.delete(TOUCHED).returning(TOUCHED.c.candidate, age)).all()
    youngest: dict[str, float] = {}
    for row in rows:
        youngest[row.candidate] = min(float(row.age), youngest.get(row.candidate, float("inf")))
    days: dict[date, set[str]] = {}
    for candidate, seconds in youngest.items():
        day = min(today, (clock.now() - timedelta(seconds=seconds)).date())
        days.setdefault(day, set()).add(candidate)
    return days


class _Book:
    """One look at the ledger, by whoever holds the head's row."""

    def __init__(self, connection: Connection, began: date):
        self.connection = connection
        self.began = began
        self.changed = 0

    def begin(self, day: date) -> int:
        """Judge everything: the ledger is new, or a version of the rule is.

        :returns: how many candidates there are
        """
        number = 0
        for measure in POPULATIONS:
            found = facts.read(self.connection, measure)
            number += len(found)
            self._note(measure, found, set(), day)
            self._judge(measure, {ident: candidate.facts for ident, candidate in found.items()}, found, day)
        return number

    def take(self, ids: Collection[str], day: date) -> None:
        """Judge packages whose facts changed, and whom they compete with.

        Applications are few and hang on the data sets they use: all are looked at.
        """
        for measure in POPULATIONS:
            known = self._known(measure, None if measure is Measure.APPLICATIONS else ids)
            found = facts.read(self.connection, measure, None if measure is Measure.APPLICATIONS else ids)
            changed = {
                ident: candidate
                for ident, candidate in found.items()
                if ident not in known or known[ident].signature != _signature(measure, candidate)
            }
            gone = known.keys() - found.keys()
            if not changed and not gone:
                continue
            keys = {key for ident in (*changed, *gone) if ident in known for key in known[ident].keys}
            keys |= {key for candidate in changed.values() for key in _keys(measure, candidate.facts)}
            self._note(measure, changed, gone, day)
            self.changed += len(changed) + len(gone)
            group = self._group(measure, keys) | {ident: one.facts for ident, one in changed.items()}
            self._judge(measure, group, changed, day, gone)

    def pass_time(self, until: date) -> None:
        """Judge anew, day by day, whom time alone changes: who becomes late, who is published later."""
        for measure in POPULATIONS:
            while True:
                due = sa.select(sa.func.min(CANDIDATE.c.next_change)).where(
                    CANDIDATE.c.measure == measure.value, CANDIDATE.c.next_change <= until
                )
                day = self.connection.scalar(due)
                if day is None:
                    break
                rows = self.connection.execute(
                    sa.select(
                        CANDIDATE.c.candidate, CANDIDATE.c.facts, CANDIDATE.c["keys"].label("own")
                    ).where(CANDIDATE.c.measure == measure.value, CANDIDATE.c.next_change == day)
                ).all()
                ripe = {row.candidate: counting.from_dict(measure.value, row.facts) for row in rows}
                self.changed += len(rows)
                group = self._group(measure, {key for row in rows for key in row.own}) | ripe
                self._judge(measure, group, {}, day)
                ledger_rows.move_on(
                    self.connection,
                    measure,
                    [
                        {
                            "b_candidate": ident,
                            "b_next": _next(measure, fact, day),
                            "b_marks": _marks(fact, day),
                        }
                        for ident, fact in ripe.items()
                    ],
                )

    def _known(self, measure: Measure, ids: Collection[str] | None) -> dict[str, Any]:
        return ledger_rows.known(self.connection, measure, ids)

    def _group(self, measure: Measure, keys: set[str]) -> dict[str, facts.Facts]:
        """Everybody who competes by these keys, and by the keys of those, and so on."""
        found: dict[str, facts.Facts] = {}
        asked: set[str] = set()
        while new := keys - asked:
            asked |= new
            for row in self.connection.execute(
                sa.select(CANDIDATE.c.candidate, CANDIDATE.c.facts, CANDIDATE.c["keys"].label("own")).where(
                    CANDIDATE.c.measure == measure.value,
                    CANDIDATE.c["keys"].overlap(sa.cast(sorted(new), CANDIDATE.c["keys"].type)),
                )
            ):
                found[row.candidate] = counting.from_dict(measure.value, row.facts)
                keys = keys | set(row.own)
        return found

    def _note(self, measure: Measure, found: dict[str, Candidate], gone: Collection[str], day: date) -> None:
        rows = [
            {
                "measure": measure.value,
                "candidate": ident,
                "published": one.published,
                "keys": sorted(_keys(measure, one.facts)),
                "marks": _marks(one.facts, day),
                "next_change": _next(measure, one.facts, day),
                **_signature(measure, one),
            }
            for ident, one in found.items()
        ]
        for row in rows:
            row.pop("place")
        ledger_rows.note(self.connection, measure, rows, gone)

    def _judge(
        self,
        measure: Measure,
        group: dict[str, facts.Facts],
        found: dict[str, Candidate],
        day: date,
        gone: Iterable[str] = (),
    ) -> None:
        for rule in rules_of(measure):
            judged = counting.judge(measure.value, list(group.values()), day, rule or counting.LATEST)
            self.changed += ledger_rows.write(
                self.connection,
                ledger_rows.Page(measure, rule, day, self.began),
                judged,
                found,
                set(gone),
            )


def _keys(measure: Measure, fact: facts.Facts) -> set[str]:
    """What a candidate competes by under any version of the rule."""
    return {
        key
        for rule in rules_of(measure)
        for key in counting.keys(measure.value, fact, rule or counting.LATEST)
    }


def _next(measure: Measure, fact: facts.Facts, day: date) -> date | None:
    days = [
        counting.next_change(measure.value, fact, day, rule or counting.LATEST) for rule in rules_of(measure)
    ]
    return min((found for found in days if found is not None), default=None)


def _marks(fact: facts.Facts, day: date) -> list[str]:
    return marks.of_dataset(fact, day) if isinstance(fact, counting.DatasetFacts) else []


def _signature(measure: Measure, candidate: Candidate) -> dict[str, Any]:
    """All of a candidate that the ledger keeps: as long as it is the same, nothing is to do."""
    return {
        "name": candidate.name,
        "title": candidate.facts.title,
        "resource_code": candidate.resource_code,
        "facts": counting.as_dict(candidate.facts),
        "rows": candidate.rows,
        "files": candidate.files,
        "place": ledger_rows.place(candidate),
    }


def touch(ids: Iterable[str]) -> int:
    """Note that facts of packages changed which no trigger sees, in the transaction of the session.

    :returns: how many
    """
    rows = [{"candidate": ident} for ident in sorted(set(ids))]
    if rows:
        model.Session.execute(sa.insert(TOUCHED), rows)
        model.Session.info["govshare_counted"] = True
    return len(rows)


def users_of(urls: Iterable[str]) -> set[str]:
    """The packages that name addresses, as the link of a file or of an application; at most two statements."""
    keys = [hashlib.md5(url.encode(), usedforsecurity=False).hexdigest() for url in urls]
    if not keys:
        return set()
    files = sa.select(facts.RESOURCE.c.package_id).where(sa.func.md5(facts.RESOURCE.c.url).in_(keys))
    pages = sa.select(facts.PACKAGE.c.id).where(
        facts.PACKAGE.c.type == "application", sa.func.md5(facts.PACKAGE.c.url).in_(keys)
    )
    return set(model.Session.scalars(files)) | set(model.Session.scalars(pages))


def install() -> None:
    """Look after every commit of a session that wrote packages, their files, their departments, or targets."""
    if not sa.event.contains(Session, "after_flush", _remember):
        sa.event.listen(Session, "after_flush", _remember)
        sa.event.listen(Session, "after_commit", _look_after)


def _remember(session: Session, _flush_context: Any) -> None:
    kinds = (model.Package, model.Resource, model.Group, Target)
    if any(isinstance(item, kinds) for item in (*session.new, *session.dirty, *session.deleted)):
        session.info["govshare_counted"] = True


def _look_after(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.pop("govshare_counted", False):
        return
    if session.info.get("govshare_quiet"):
        return
    try:
        look()
    except sa.exc.SQLAlchemyError as error:  # the notes stay: the next look takes them
        log.warning("ledger not brought up to date: %s", type(error).__name__)
