"""What travels from a harvester to the engine: the record as its source gave it, and the entry made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.govshare.kernel.findings import Finding, refused


@dataclass(frozen=True)
class SourceRecord:
    """One record of a source.

    ``data`` is what the digest is taken over; nothing that differs between two reads of the same source
    (folders, moments) belongs in it.

    :param guid: its identity within the exchange point
    :param data: JSON values, as the source gave them
    :param findings: what the reader found; a refusing one means that the record is rejected
    :param files: facts of files that came with the record, ``{"path", "sha256", "size", "rows", "columns"}``
    """

    guid: str
    data: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Present:
    """A record that the source still has and that has not changed: its content was not asked for again."""

    guid: str


@dataclass(frozen=True)
class Gone:
    """A record that the source says it no longer has."""

    guid: str


Said = SourceRecord | Present | Gone
"""What a source says of one record."""


@dataclass(frozen=True)
class Mapped:
    """A catalogue entry made of a record, with everything that was found on the way, rules included.

    :param entry: fields of a catalogue entry; ``resources`` may carry facts of a stored file in ``_file``
    :param findings: the reader's, the mapper's and the rules' findings
    :param initial: fields that count only when the entry is made and are left alone afterwards
    """

    entry: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    initial: tuple[str, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether a finding refuses the record."""
        return refused(self.findings)
