"""What every kind of exchange point offers, and what it is given. No CKAN, no database of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.kernel.records import Mapped, Said, SourceRecord

DEFAULT_SCOPE = "全市政务部门"
DEFAULT_CONDITION = "按需申请，由提供方审核"


@dataclass(frozen=True)
class PointSpec:
    """What a harvester may know of an exchange point.

    :param organization: id of the providing organisation
    :param network: name of the network that it lies in (政务外网, 互联网, 部门专网)
    :param default_class: classification prefix from which codes of new entries are allotted
    :param share_type: declared when the point was accepted, for what its records do not say
    :param settings: of its kind; never an address or a password
    """

    id: str
    name: str
    title: str
    organization: str
    kind: str
    url: str
    network: str = ""
    default_class: str = ""
    share_type: str = "2"
    share_scope: str = DEFAULT_SCOPE
    share_condition: str = DEFAULT_CONDITION
    publish: str = "auto"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FetchState:
    """What is known of the source since it was last applied; empty to read it whatever it says.

    It belongs to one address: whoever changes the address of a point starts with an empty one.

    :param cursor: what the kind noted in :class:`Fetched` of that run; empty means that everything is to be read
    :param known: which of these guids need not be read again when the source says that they have not changed
    :param keep: folder of the point that outlives its runs; None when nothing may be kept (a mere test)
    """

    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    cursor: Mapping[str, Any] = field(default_factory=dict)
    known: Callable[[Collection[str]], set[str]] = lambda guids: set()
    keep: Path | None = None


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought.

    :param path: the file to read records from; None when nothing has changed
    :param not_modified: the source said so, or its bytes are the same
    :param digest: SHA-256 of the whole source
    :param bytes: size of what was read, decoded
    :param cursor: JSON values that the next fetch gets back once this run is applied, such as a moment or a mark
    :param complete: whether what the records do not name is missing; else only what they name :class:`Gone` is
    """

    path: Path | None
    not_modified: bool = False
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    bytes: int = 0
    cursor: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True


class Harvester(Protocol):
    """One kind of exchange point."""

    kind: str
    profile: str
    version: int
    """Raised when the same bytes would give other entries."""

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """Check address and settings without opening a connection.

        :raises FetchRefused: what is wrong with them
        """

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Bring the source into the work folder.

        :param workdir: an existing folder of this run
        :raises FetchRefused: the address, the answer or a budget
        """

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[Said]:
        """The records of a fetched source, one after the other, in constant memory.

        :raises FetchRefused: the source is not what its kind promises; nothing of the run may be applied
        """

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Make a catalogue entry of a record and apply the rules to it."""


def declared_sharing(point: PointSpec, open_type: str) -> dict[str, str]:
    """Sharing class, scope and condition of an entry whose source does not speak of sharing.

    Opening and sharing are two axes: a source's access level is about opening. What is open to everyone is
    shared unconditionally as well (V20); everything else is shared as its department declared.
    """
    kind = "1" if open_type == "1" else point.share_type or "2"
    if kind == "1":
        return {"share_type": "1"}
    if kind == "3":
        return {"share_type": "3", "no_share_basis": point.share_condition or ""}
    return {
        "share_type": "2",
        "share_scope": point.share_scope or DEFAULT_SCOPE,
        "share_condition": point.share_condition or DEFAULT_CONDITION,
    }


def origin(record: SourceRecord, point: PointSpec, profile: str) -> dict[str, str]:
    """Whose an entry is, and where it comes from.

    :param profile: which weights the rules have for it
    """
    return {
        "owner_org": point.organization,
        "profile": profile,
        "source_point": point.name,
        "source_guid": record.guid,
    }


def with_declared(entry: dict[str, Any], point: PointSpec) -> dict[str, Any]:
    """An entry with what its point declares of sharing, unless the record itself names another class of sharing."""
    declared = declared_sharing(point, entry["open_type"])
    same = entry.get("share_type", declared["share_type"]) == declared["share_type"]
    return declared | entry if same else entry
