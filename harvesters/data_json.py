"""The kind ``data_json``: catalogues of Project Open Data 1.1, as departments publish them at ``/data.json``.

Federated profile: what the standard cannot say only warns. Its access level is about opening, so it becomes
the open type and ``rights`` the condition or reason; sharing class, scope and condition come from the
point's declaration. Addresses inside records (describedBy, conformsTo, distributions) are never followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec, declared_sharing, origin
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import identified, title_of
from ckanext.govshare.harvesters.jsonstream import read_items
from ckanext.govshare.harvesters.mapper import ByTable
from ckanext.govshare.harvesters.named_files import named_files
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel.codes import prefix_class
from ckanext.govshare.kernel.findings import refused
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.rules import check_entry


class DataJsonHarvester(ByTable):
    """Reads a data.json. Public surface: see `base.Harvester`."""

    kind = "data_json"

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The address is http or https, without user name."""
        check_url(url)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Download the document, unless the source says that it has not changed or its bytes are the same."""
        target = workdir / "data.json"
        got = session.download(
            point.url,
            target,
            etag=previous.etag,
            # A date alone is weak: a file replaced within the second, or copied with its date, looks unmodified.
            last_modified=previous.last_modified if previous.etag else None,
            accept="application/json, */*;q=0.1",
        )
        if got.not_modified:
            return Fetched(None, True, got.etag, got.last_modified, previous.digest)
        if previous.digest and got.sha256 == previous.digest:
            target.unlink()
            return Fetched(None, True, got.etag, got.last_modified, got.sha256, got.bytes)
        return Fetched(target, False, got.etag, got.last_modified, got.sha256, got.bytes)

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[SourceRecord]:
        """The data sets of the document. Of records with one identifier only the first counts."""
        if fetched.path is None:
            return
        seen: set[str] = set()
        for item in read_items(fetched.path, "dataset"):
            yield identified(item, "identifier", seen)

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Map a data set and apply the rules of the federated profile."""
        if refused(record.findings):
            return Mapped({"title": title_of(record)}, list(record.findings))
        entry, findings = self.mapper.fields(record.data)
        open_type = entry.get("open_type", "")
        entry |= declared_sharing(point, open_type)
        entry |= prefix_class(point.default_class).fields() if point.default_class else {}
        entry |= origin(record, point, self.profile)
        audience = "open" if open_type in ("1", "2") else "share"
        entry["resources"] = named_files(self.mapper, record.data, findings, lambda said: audience)
        return Mapped(entry, [*record.findings, *findings, *check_entry(entry, self.profile)])
