"""What the ledger knows of records when they come again, and what the plan makes of that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ckanext.govshare.exchange.model import POINT, RECORD, RecordState
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.states import Verdict

# What depends on the rest of the catalogue: a record rejected for it may pass though it has not changed.
OF_FACTS = ("title_taken", "code_taken", "related_known", "lead_org")
COUNT_OF = {
    Verdict.CREATE: "create",
    Verdict.UPDATE: "update",
    Verdict.UNCHANGED: "unchanged",
    Verdict.MISSING: "missing",
    Verdict.REAPPEARED: "reappear",
    Verdict.REJECTED: "reject",
    Verdict.CONFLICT: "conflict",
}


# What a record counts as that the source still has and did not send again.
COUNT_OF_STATE = {
    RecordState.CURRENT: "unchanged",
    RecordState.REJECTED: "reject",
    RecordState.CONFLICT: "conflict",
    RecordState.MISSING: "missing",
    RecordState.SUSPENDED: "missing",
}


def count_of(verdict: Verdict, waits: bool = False) -> str:
    """Name of the count of a verdict; what waits for a person is counted as that."""
    return "review" if waits else COUNT_OF[verdict]


def unsettled(session: sa.orm.Session, point_id: str) -> bool:
    """Whether a record may pass now though it has not changed: what refused it lies outside the source."""
    of_facts = [
        RECORD.c.findings.contains([{"slug": slug, "severity": "refuse"}]) for slug in OF_FACTS
    ]
    may_pass = sa.or_(
        RECORD.c.state == RecordState.CONFLICT.value,
        sa.and_(RECORD.c.state == RecordState.REJECTED.value, sa.or_(*of_facts)),
    )
    return session.scalar(sa.select(sa.exists().where(RECORD.c.point_id == point_id, may_pass)))


def known(connection: sa.Connection, point_id: str, guids: Collection[str]) -> set[str]:
    """Which of these records the ledger holds as current or rejected: unchanged, they stay what they are."""
    settled = (RecordState.CURRENT.value, RecordState.REJECTED.value)
    return set(
        connection.scalars(
            sa.select(RECORD.c.guid).where(
                RECORD.c.point_id == point_id, RECORD.c.state.in_(settled), _among(guids)
            )
        )
    )


def states_of(point_id: str, guids: Collection[str]) -> sa.Select:
    """How many of these records the ledger holds in each state."""
    return (
        sa.select(RECORD.c.state, sa.func.count())
        .where(RECORD.c.point_id == point_id, _among(guids))
        .group_by(RECORD.c.state)
    )


def _among(guids: Collection[str]) -> sa.ColumnElement[bool]:
    return RECORD.c.guid == sa.any_(sa.literal(list(guids), sa.ARRAY(sa.Text)))


def of_facts(findings: Iterable[dict[str, Any]]) -> bool:
    return any(finding["slug"] in OF_FACTS and finding["severity"] == "refuse" for finding in findings)


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
class Candidate:
    """A record that is new or has changed: its entry, and what is known of it."""

    record: SourceRecord
    digest: str
    own: Any
    mapped: Mapped

    @property
    def package_id(self) -> str | None:
        return self.own.package_id if self.own is not None else None

    @property
    def again(self) -> bool:
        """Whether nothing has changed but, maybe, what it was rejected for."""
        own = self.own
        return own is not None and own.state == RecordState.REJECTED.value and own.digest == self.digest


class Ledger:
    """What the ledger knows of the guids of a chunk: one query."""

    def __init__(
        self,
        connection: sa.Connection | sa.orm.Session | sa.orm.scoped_session,
        point_id: str,
        organization_id: str,
        guids: list[str],
    ):
        rows = connection.execute(
            sa.select(
                RECORD.c.point_id,
                RECORD.c.guid,
                RECORD.c.digest,
                RECORD.c.state,
                RECORD.c.package_id,
                RECORD.c.change_id,
                RECORD.c.findings,
                POINT.c.organization_id,
                POINT.c.title.label("point"),
            )
            .join(POINT, POINT.c.id == RECORD.c.point_id)
            .where(_among(guids))
        )
        self.organization_id = organization_id
        self.own: dict[str, Any] = {}
        self.others: dict[str, Any] = {}
        for row in rows:
            if row.point_id == point_id:
                self.own[row.guid] = row
            elif row.package_id or row.change_id:
                self.others[row.guid] = row

    def rival(self, guid: str) -> str | None:
        """Title of the other point whose entry this guid already is; None when the guid is free or ours.

        Short numbers mean one thing within an organisation only; an address or UUID means one thing
        everywhere.
        """
        own, other = self.own.get(guid), self.others.get(guid)
        if other is None or (own is not None and own.package_id):
            return None
        if other.organization_id == self.organization_id or _is_global(guid):
            return other.point
        return None


def _is_global(guid: str) -> bool:
    if "://" in guid or guid.lower().startswith(("urn:", "doi:")):
        return True
    try:
        UUID(guid)
    except ValueError:
        return False
    return True
