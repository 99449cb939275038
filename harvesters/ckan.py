"""The kind ``ckan``: another CKAN site, by its Action API.

Every run lists the identifiers and moments of change of all public records, which is cheap, and reads the records that
are new or have changed since the last applied run. A record that is not on the list is missing. No date is kept that a
bad record could pin: each record is compared with itself.

Settings: ``organization``, ``fq`` (one filter or a list), ``page`` (records of one request), ``open_type`` with
``open_condition`` or ``no_open_reason`` for records that say nothing about opening, ``account``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ckanext.govshare.harvesters import ckan_listing
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.ckan_api import Api, oldest
from ckanext.govshare.harvesters.ckan_package import about_access, facts, own_elements
from ckanext.govshare.harvesters.ckan_site import Site
from ckanext.govshare.harvesters.federated import check_opening, complete
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import title_of, unusable
from ckanext.govshare.harvesters.mapper import ByTable
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel.findings import refused
from ckanext.govshare.kernel.records import Gone, Mapped, Present, Said, SourceRecord

MAX_CHARS = 8_000_000  # of one record
ASKED_AT_ONCE = 10_000  # identifiers in one question to the ledger


class CkanHarvester(ByTable):
    """Reads a CKAN site. Public surface: see `base.Harvester`."""

    kind = "ckan"

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The address is http or https, without user name; the settings mean something."""
        check_url(url)
        Site.of(url, settings)
        check_opening(settings)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """List all records, and read those that are not as they were."""
        api = Api(Site.of(point.url, point.settings), session, workdir)
        listed, whole = api.listing()
        before = ckan_listing.load(previous.keep, previous.cursor.get("listing"))
        same = _known(previous, [guid for guid, at in listed.items() if at and before.get(guid) == at])
        if whole and len(same) == len(listed) == len(before):
            return Fetched(None, True, bytes=api.bytes, cursor=dict(previous.cursor))
        target, wanted = workdir / "records.jsonl", listed.keys() - same
        since = oldest([listed[guid] for guid in wanted]) if len(wanted) < len(listed) else ""
        with target.open("w", encoding="ascii") as file:
            for package in api.read(wanted, since):
                file.write(_line(package))
            for guid in sorted(same | wanted):  # what is left of the wanted came no more: perhaps the next time
                file.write(json.dumps({"present": guid}) + "\n")
        ckan_listing.tidy(previous.keep, previous.cursor.get("listing"))
        # no moment: to be looked at again, as long as it is listed
        seen = {} if whole else dict.fromkeys(before, "")
        seen |= {guid: "" if guid in wanted else at for guid, at in listed.items()}
        token = ckan_listing.save(previous.keep, seen)
        return Fetched(target, bytes=api.bytes, cursor={"listing": token} if token else {}, complete=whole)

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[Said]:
        """What was read, and what has not changed."""
        if fetched.path is None:
            return
        with fetched.path.open(encoding="ascii") as file:
            for position, line in enumerate(file, start=1):
                said = json.loads(line)
                if "present" in said:
                    yield Present(said["present"])
                elif "gone" in said:
                    yield Gone(said["gone"])
                elif len(line) > MAX_CHARS:
                    yield unusable(
                        {"id": said["record"]["id"], "title": said["record"].get("title")},
                        "too_large",
                        f"第{position}条记录无法使用：记录内容过多。",
                        f"Record {position}: the record is too large.",
                    )
                else:
                    yield SourceRecord(said["record"]["id"], said["record"])

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Map a data set and apply the rules of the federated profile."""
        if refused(record.findings):
            return Mapped({"title": title_of(record)}, list(record.findings))
        fields, findings = self.mapper.fields(record.data)
        fields = own_elements(fields, self.mapper.items(record.data), point.default_class, findings)
        name = record.data.get("name") or record.guid
        fields["source_url"] = f"{Site.of(point.url, point.settings).root}/dataset/{name}"
        public = "3" if point.settings.get("account") else "1"
        return complete(fields, record, point, self.mapper, findings, public, about_access(record.data))


def _known(previous: FetchState, guids: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(guids), ASKED_AT_ONCE):
        found |= previous.known(guids[start : start + ASKED_AT_ONCE])
    return found


def _line(package: Mapping[str, Any]) -> str:
    """A record as it waits in the work folder; one that is not public is none."""
    public = not package.get("private") and package.get("state", "active") == "active"
    said = {"record": facts(package)} if public else {"gone": package["id"]}
    return json.dumps(said) + "\n"
