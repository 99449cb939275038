"""The 保密与个人信息审查 record of a file: what its acts add up to.

A record belongs to a provider and a digest: another file has none. Its acts are never changed: a finding is cleared,
the record signed by the provider, confirmed by the office, revoked; whatever is cleared later asks for a new signature.
An exchange point that delivers files each run may have a *standing* record, which belongs to its name and a set of
columns; a file that it covers gets a record of its own that names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue.opening_model import Act, OpeningAct
from ckanext.govshare.kernel.scan import ScanFinding

SIGNED = ("reviewer", "opinion", "reviewed_on", "basis", "attachment")
Key = tuple[str, str]  # organisation id, digest


@dataclass
class Record:
    """Where a record stands.

    :param clearances: by kind and column: ``{ground, by, at, words}``
    :param signed: the signature ``{reviewer, opinion, reviewed_on, basis, attachment, by, at}``, or None
    :param confirmed: ``{by, at, opinion}``, or None
    :param revoked: ``{by, at, reason}`` of a record that was taken back and not signed again
    :param standing: name of the exchange point whose standing record opened the file
    :param columns: what a standing record covers
    """

    organization_id: str
    digest: str
    point: str | None = None
    clearances: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    signed: dict[str, Any] | None = None
    confirmed: dict[str, Any] | None = None
    revoked: dict[str, Any] | None = None
    standing: str | None = None
    columns: list[str] = field(default_factory=list)

    def clearance(self, finding: ScanFinding) -> dict[str, Any] | None:
        """The clearance that covers a finding; one of words holds for the words that it saw."""
        found = self.clearances.get((finding.kind, finding.column))
        return found if found is not None and set(finding.words) <= set(found["words"]) else None

    def uncleared(self, findings: Iterable[ScanFinding]) -> list[ScanFinding]:
        """Findings that stand in the way."""
        return [finding for finding in findings if self.clearance(finding) is None]

    def opens(self, findings: Iterable[ScanFinding]) -> bool:
        """Whether the file may go to the public: confirmed, and nothing found that was not cleared."""
        return self.confirmed is not None and not self.uncleared(findings)

    def as_dict(self) -> dict[str, Any] | None:
        """What people and the API see of it; None where nobody has signed."""
        if self.signed is None:
            return None
        confirmed = self.confirmed or {}
        return {
            **{name: self.signed.get(name) or "" for name in SIGNED},
            "signed_by": self.signed["by"],
            "signed": self.signed["at"],
            "confirmed_by": confirmed.get("by"),
            "confirmed": confirmed.get("at"),
            "confirm_opinion": confirmed.get("opinion", ""),
            "standing": self.standing,
        }

    def take(self, act: OpeningAct) -> None:
        """Add the next act."""
        by = {"by": act.actor, "at": act.at.isoformat(timespec="seconds")}
        if act.act == Act.CLEAR.value:
            self.clearances[act.data["kind"], act.data["column"]] = {
                "ground": act.data["ground"],
                "words": act.data["words"],
                **by,
            }
            self.signed = self.confirmed = None
        elif act.act == Act.SIGN.value:
            self.signed = {name: act.data.get(name) for name in SIGNED} | by
            self.columns = act.data.get("columns") or []
            for cleared in act.data.get("clearances") or ():
                self._inherit(cleared)
            self.confirmed = self.revoked = self.standing = None
        elif act.act == Act.CONFIRM.value and self.signed is not None:
            self.confirmed = {"opinion": act.data.get("opinion", ""), **by}
        elif act.act == Act.REVOKE.value:
            self.clearances.clear()
            self.signed = self.confirmed = self.standing = None
            self.revoked = {"reason": act.data["reason"], **by}
        elif act.act == Act.STANDING.value:
            self.standing, self.revoked = act.data["point"], None
            self.signed, self.confirmed = act.data["signed"], act.data["confirmed"]
            for cleared in act.data["clearances"]:
                self._inherit(cleared)

    def _inherit(self, cleared: Mapping[str, Any]) -> None:
        rest = {key: cleared[key] for key in ("ground", "words", "by", "at")}
        self.clearances[cleared["kind"], cleared["column"]] = rest

    def clearance_list(self) -> list[dict[str, Any]]:
        """Clearances as rows ``{kind, column, ground, words, by, at}``."""
        return [{"kind": kind, "column": column, **rest} for (kind, column), rest in self.clearances.items()]


def digest_of(resource: Mapping[str, Any]) -> str:
    """What identifies a file for the gate: its checksum, or the SHA-256 of the address of a link."""
    if is_file(resource):
        return str(resource["hash"])
    return hashlib.sha256(str(resource.get("url") or "").encode()).hexdigest()


def is_file(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is a stored file, not a link."""
    return bool(resource.get("url_type") == "upload" and resource.get("hash"))


def standing_digest(point: str, columns: Iterable[str]) -> str:
    """What identifies a standing record: the name of its point and the set of columns."""
    return hashlib.sha256("\n".join(["standing", point, *sorted(set(columns))]).encode()).hexdigest()


def load(keys: Iterable[Key]) -> dict[Key, Record]:
    """Records of many files in one statement; who has no act has an empty record.

    :param keys: pairs of organisation id and digest
    """
    records = {key: Record(*key) for key in keys}
    if records:
        digests = {digest for _organization_id, digest in records}
        for act in _acts(OpeningAct.digest.in_(digests)):
            record = records.get((act.organization_id, act.digest))
            if record is not None:
                record.point = act.point
                record.take(act)
    return records


def one(organization_id: str, digest: str) -> Record:
    """The record of one file."""
    return load([(organization_id, digest)])[organization_id, digest]


def of_point(organization_id: str, point: str) -> list[Record]:
    """The standing records of an exchange point: one for each set of columns."""
    found: dict[str, Record] = {}
    for act in _acts(OpeningAct.point == point, OpeningAct.organization_id == organization_id):
        record = found.setdefault(act.digest, Record(organization_id, act.digest, point))
        record.take(act)
    return list(found.values())


def _acts(*filters: Any) -> Iterable[OpeningAct]:
    return model.Session.scalars(sa.select(OpeningAct).where(*filters).order_by(OpeningAct.id))


def add(record: Record, act: Act, actor: str, data: dict[str, Any]) -> Record:
    """Write an act inside the caller's transaction, and take it into the record."""
    row = OpeningAct(
        organization_id=record.organization_id,
        digest=record.digest,
        point=record.point,
        act=act.value,
        actor=actor,
        data=data,
    )
    model.Session.add(row)
    model.Session.flush()
    record.take(row)
    return record


def cover(record: Record, standing: Record, findings: Sequence[ScanFinding]) -> bool:
    """Let a standing record speak for a file, if it holds and covers everything that was found.

    :param record: of the file; gets an act that names the standing record
    """
    if not standing.opens(findings) or standing.point is None:
        return False
    add(
        record,
        Act.STANDING,
        f"exchange:{standing.point}",
        {
            "point": standing.point,
            "signed": standing.signed,
            "confirmed": standing.confirmed,
            "clearances": standing.clearance_list(),
        },
    )
    return True
