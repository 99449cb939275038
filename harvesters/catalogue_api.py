"""The kind ``catalogue_api``: a department's own paged catalogue interface, in the catalogue's own elements.

The contract is ours, so that nothing is lost on the way: schemas/catalogue_api.openapi.yaml, explained in
docs/kinds/catalogue_api.md. After a full read only changes are asked for (``since``); every so many days
everything is read again, so that a deletion that was lost is found.

Settings: ``paging`` (``cursor`` or ``page``), ``page_size``, ``full_days``, ``account``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.catalogue_api_pages import Pages, Reading, ago, moment_of
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import identified, title_of
from ckanext.govshare.harvesters.jsonstream import Item
from ckanext.govshare.harvesters.mapper import ByTable
from ckanext.govshare.harvesters.named_files import named_files
from ckanext.govshare.harvesters.own_elements import audience, complete
from ckanext.govshare.harvesters.urls import check_url
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import refused
from ckanext.govshare.kernel.records import Gone, Mapped, SourceRecord

SLACK = 600
"""Seconds that are read twice: changes that were written late, and clocks that differ."""
_NOT_SECRET = ("0", "非涉密", "否", "无", "no", "false")


class CatalogueApiHarvester(ByTable):
    """Reads a catalogue interface. Public surface: see `base.Harvester`."""

    kind = "catalogue_api"

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The address is http or https, without user name; the settings mean something."""
        check_url(url)
        Reading.of(settings)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Read every page: the changes since the last run, or everything."""
        reading, target = Reading.of(point.settings), workdir / "entries.jsonl"
        since = _since(previous.cursor, reading.full_days)
        pages = Pages(point.url, session, reading, target, since)
        read = 0
        if not pages.read():
            read, since = pages.bytes, None
            pages = Pages(point.url, session, reading, target, None)
            pages.read()
        read += pages.bytes
        cursor = _cursor(pages.as_of, previous.cursor.get("full") if since else None)
        if since is None:
            same = pages.digest == previous.digest
            digest: str | None = pages.digest
        else:
            same = pages.lines == 0
            digest = previous.digest if same else None
        if same:
            target.unlink()
            return Fetched(None, True, digest=digest, bytes=read, cursor=cursor)
        return Fetched(target, digest=digest, bytes=read, cursor=cursor, complete=since is None)

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[SourceRecord | Gone]:
        """The entries of all pages, and what the source says it no longer has."""
        if fetched.path is None:
            return
        seen: set[str] = set()
        with fetched.path.open(encoding="utf-8") as file:
            for line in file:
                said = json.loads(line)
                if "gone" in said:
                    yield Gone(said["gone"])
                else:
                    yield identified(Item(said["position"], said["value"], said["problem"]), "id", seen)

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Take over the elements and apply the rules of the national profile."""
        if refused(record.findings):
            return Mapped({"title": title_of(record)}, list(record.findings))
        fields, findings = self.mapper.fields(record.data)
        if str(record.data.get("secret") or "0").strip().casefold() not in _NOT_SECRET:
            fields |= {"secret": "1"}  # whatever it is, it must not pass
        items = self.mapper.items(record.data)
        if items:
            fields["info_items"] = items
        open_type = fields.get("open_type", "3")
        fields["resources"] = named_files(
            self.mapper, record.data, findings, lambda said: audience(said.get("audience"), open_type)
        )
        return complete(fields, record, point, findings)


def _since(cursor: Mapping[str, Any], full_days: int) -> datetime | None:
    """From when on changes are wanted; None when everything is."""
    as_of, full = moment_of(cursor.get("as_of")), moment_of(cursor.get("full"))
    if as_of is None or full is None:
        return None
    age = clock.now() - full
    return ago(as_of, SLACK) if timedelta(0) <= age < timedelta(days=full_days) else None


def _cursor(as_of: datetime | None, full: str | None) -> dict[str, str]:
    """What the next run is told. A clock far ahead of ours would hide changes once it is put right: no increments.

    :param full: when everything was last read; None: now
    """
    now = clock.now()
    if as_of is None or as_of > now + timedelta(seconds=SLACK):
        return {}
    return {"as_of": as_of.isoformat(), "full": full or now.isoformat(timespec="seconds")}
