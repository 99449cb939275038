"""The kind ``data_json``: catalogues of Project Open Data 1.1, as departments publish them at ``/data.json``.

Federated profile: what the standard cannot say only warns. Its access level is about opening, so it becomes
the open type and ``rights`` the condition or reason; sharing class, scope and condition come from the
point's declaration. Addresses inside records (describedBy, conformsTo, distributions) are never followed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec, declared_sharing
from ckanext.govshare.harvesters.formats import file_name, normal_format
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import identified, title_of
from ckanext.govshare.harvesters.jsonstream import read_items
from ckanext.govshare.harvesters.mapper import Mapper, load_mapper
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel.codes import prefix_class
from ckanext.govshare.kernel.findings import Finding, Severity, refused
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.rules import check_entry


class DataJsonHarvester:
    """Reads a data.json. Public surface: see `base.Harvester`."""

    kind = "data_json"

    @property
    def mapper(self) -> Mapper:
        """The mapping table, read once."""
        return load_mapper(self.kind)

    @property
    def profile(self) -> str:
        """Which weights the rules have for its entries."""
        return self.mapper.profile

    @property
    def version(self) -> int:
        """Version of the mapping table."""
        return self.mapper.version

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
        entry |= {
            "owner_org": point.organization,
            "profile": self.profile,
            "source_point": point.name,
            "source_guid": record.guid,
        }
        entry["resources"] = self._resources(record.data, open_type, findings)
        return Mapped(entry, [*record.findings, *findings, *check_entry(entry, self.profile)])

    def _resources(
        self, data: Mapping[str, Any], open_type: str, findings: list[Finding]
    ) -> list[dict[str, Any]]:
        audience = "open" if open_type in ("1", "2") else "share"
        keys: set[str] = set()
        resources = []
        for position, (said, fields, found) in enumerate(self.mapper.resources(data), start=1):
            findings += [Finding(f.slug, "resources", f.message_zh, f.message_en, f.severity) for f in found]
            url = fields.get("url")
            if not url:
                findings.append(_without_address(position))
                continue
            format_ = normal_format(said.get("format"), said.get("mediaType"), url)
            fields["name"] = fields.get("name") or file_name(url) or format_ or f"数据{position}"
            key = _source_key(url, fields["name"], position, keys)
            resources.append({**fields, "format": format_, "audience": audience, "source_key": key})
        return resources


def _source_key(url: str, name: str, position: int, keys: set[str]) -> str:
    """What a file keeps from run to run: its address; its title and position where that is not enough."""
    for parts in ((url,), (url, name), (url, name, str(position))):
        key = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
        if key not in keys:
            break
    keys.add(key)
    return key


def _without_address(position: int) -> Finding:
    return Finding(
        "resource_without_url",
        "resources",
        f"第{position}个文件没有可用的下载地址，未采用。",
        f"File {position} has no usable address and was left out.",
        Severity.WARN,
    )
