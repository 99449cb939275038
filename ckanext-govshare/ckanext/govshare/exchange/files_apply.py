"""What was found of files, into the catalogue: one entry a transaction, then its rows into the DataStore.

Everything goes by the action that harvests enter by (``govshare_entry_apply``); whatever fails there is said of the
file, and the others go on. The lease is renewed in every transaction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange import files_fetch, files_known, lease, load, writing
from ckanext.govshare.exchange.files_known import FAILED
from ckanext.govshare.exchange.model import RUN
from ckanext.govshare.exchange.problems import NOT_SAVED, ROWS_DIFFER, ROWS_NOT_LOADED, problem
from ckanext.govshare.exchange.resources import as_link
from ckanext.govshare.kernel import clock, transcode
from ckanext.govshare.kernel.findings import Severity

log = logging.getLogger(__name__)
AT_ONCE = 100  # files that are given up in one step
VOIDS = (tk.ValidationError, tk.ObjectNotFound, sa.exc.IntegrityError, sa.exc.DataError)


@dataclass
class Change:
    """What is to become of one resource.

    :param row: what is known of it (`files_known.addresses`)
    :param note: columns of its row in ``govshare_exchange_file``
    :param path: the file that it is to name; None where it names it already
    :param rows: whether its rows are to be loaded, or given up
    :param table: what is to be loaded, from ``csv``
    :param link: whether it shows its address again
    """

    row: Any
    note: dict[str, Any]
    path: Path | None = None
    filename: str = ""
    rows: bool = False
    csv: Path | None = None
    table: transcode.Table | None = None
    link: bool = False

    @property
    def touches(self) -> bool:
        """Whether its entry changes."""
        active = self.row.active == "true"
        return self.link or self.path is not None or (self.rows and active != (self.table is not None))

    @property
    def hides_rows(self) -> bool:
        """Whether the rows of the former file must not be behind the next one: none come, or nobody may read them."""
        waiting = self.row.audience == "open" and self.row.opening == "waiting"
        return self.row.active == "true" and (self.link or (self.rows and (self.table is None or waiting)))


class Writer:
    """Writes for one run.

    :param owner: the lease's owner
    """

    def __init__(self, run_id: str, owner: str, point_id: str):
        self.run_id, self.owner, self.point_id = run_id, owner, point_id
        self.actor = writing.actor()

    def apply(self, changes: list[Change]) -> None:
        """Bring the files of one entry into the catalogue, in one transaction; then their rows into the DataStore."""
        touching = [change for change in changes if change.touches]
        for change in touching:
            if change.hides_rows:
                load.drop(change.row.id)
        try:
            if touching:
                self._write(touching)
            notes = [change.note for change in changes]
            files_known.note(notes)
            self._commit(len(notes) + (2 if touching else 0))  # with the entry and its change log
        except VOIDS as error:
            model.Session.rollback()
            refused = problem(NOT_SAVED, Severity.WARN, field="resources", error=str(error)[:300]).as_dict()
            self._not_saved(changes, refused)
            return
        except files_fetch.DiskFull:
            model.Session.rollback()
            self._not_saved(changes, files_fetch.no_room(changes[0].row.name or "").as_dict())
            return
        for change in changes:
            if change.table is not None:
                self._load(change)

    def _not_saved(self, changes: list[Change], finding: dict[str, Any]) -> None:
        """The files of an entry stay as they are, and why; the next run tries again."""
        same = ("etag", "last_modified", "sha256", "size", "loaded", "rows")
        void = {"state": FAILED, "failures": 1, "next_try": None, "findings": [finding]}
        files_known.note(
            [{**change.note, **{name: getattr(change.row, name) for name in same}, **void} for change in changes]
        )
        self._commit(len(changes))

    def _write(self, changes: list[Change]) -> None:
        """Write the resources of an entry through the catalogue's own action; nothing is committed."""
        entry = _entry(changes[0].row.package_id)
        by_id = {resource["id"]: resource for resource in entry["resources"]}
        stored: dict[Path, dict[str, Any]] = {}
        for change in changes:
            resource = by_id[change.row.id]
            if change.link:
                resource |= as_link(resource, change.row.address)
                continue
            if change.path is not None:
                if change.path not in stored:
                    stored[change.path] = self._store(change)
                resource |= {**stored[change.path], "source_url": change.row.address}
                if change.row.sha256 and change.row.sha256 != change.note["sha256"]:
                    entry["data_updated"] = clock.now().isoformat(timespec="seconds")
            if change.rows:
                resource["datastore_active"] = change.table is not None
        self._update(entry)
        _forget_sizes([change.row.id for change in changes if change.link])

    def _store(self, change: Change) -> dict[str, Any]:
        try:
            return tk.get_action("govshare_file_store")(
                writing.context(self.actor), {"path": str(change.path), "filename": change.filename}
            )
        except OSError as error:
            raise files_fetch.disk_full(error) from error

    def _update(self, entry: dict[str, Any]) -> None:
        tk.get_action("govshare_entry_apply")(writing.context(self.actor), {"entry": entry, "run_id": self.run_id})

    def _commit(self, writes: int) -> None:
        lease.renew(self.run_id, self.owner, model.Session, writes=RUN.c.writes + writes)
        model.Session.commit()

    def _load(self, change: Change) -> None:
        """The rows of a file into the DataStore, and what came of it."""
        table = change.table
        columns = [
            load.Column(column.id, column.label, kind)
            for column, kind in zip(load.columns(table.header), table.types, strict=True)
        ]
        found, rows = [], None
        try:
            rows = load.load(change.row.id, change.csv, columns)
            if rows != table.rows:
                counts = {"source": table.rows, "file": table.rows, "table": rows}
                found = [problem(ROWS_DIFFER, Severity.WARN, **counts).as_dict()]
        except (load.DoesNotFit, tk.ValidationError, psycopg2.errors.DiskFull) as error:
            found = [problem(ROWS_NOT_LOADED, Severity.WARN, error=str(error)[:300]).as_dict()]
        model.Session.rollback()
        files_known.note([{**change.note, "loaded": change.note["sha256"], "rows": rows, "findings": found}])
        self._commit(1)

    def give_up(self, everything: bool) -> int:
        """Forget files whose resource is no more; all of them, and show addresses again, where a point has them linked.

        :returns: how many; 0 means that nothing is left
        """
        rows = files_known.lost(self.point_id, everything, AT_ONCE)
        model.Session.rollback()
        for package_id, group in groupby(rows, key=lambda row: row.package_id):
            several = list(group)
            for row in several:
                if row.loaded or row.hash is None:
                    load.drop(row.resource_id)
            ours = {row.resource_id: row.url for row in several if row.hash and row.hash == row.sha256}
            if ours:
                self._show_addresses(package_id, ours)
            files_known.forget(row.resource_id for row in several)
            self._commit(len(several) + (2 if ours else 0))
        return len(rows)

    def _show_addresses(self, package_id: str, addresses: dict[str, str]) -> None:
        entry = _entry(package_id)
        for resource in entry["resources"]:
            if resource["id"] in addresses:
                resource |= as_link(resource, addresses[resource["id"]])
        try:
            self._update(entry)
            _forget_sizes(list(addresses))
        except VOIDS as error:
            model.Session.rollback()
            log.warning("run %s: files of %s stay: %s", self.run_id, package_id, type(error).__name__)


def _forget_sizes(resource_ids: list[str]) -> None:
    """Links have no size; core's update cannot take one away."""
    table = files_known.RESOURCE
    model.Session.execute(sa.update(table).where(table.c.id.in_(resource_ids)).values(size=None))


def _entry(package_id: str) -> dict[str, Any]:
    """A stored entry, as the catalogue takes it back."""
    entry = tk.get_action("package_show")(
        {"ignore_auth": True, "user": "", "use_cache": False, "for_update": True}, {"id": package_id}
    )
    for resource in entry["resources"]:
        if resource.get("url_type") == "upload":
            resource["url"] = str(resource["url"]).rsplit("/", 1)[-1]
    return entry
