"""Files that the records of a point name: linked, kept by the site, or kept and loaded, as its point says.

The last part of a run, in slices under its lease. Where the run's own row says it is, it goes on after a kill; what
was done twice then changes nothing. Files are asked for by address, each once a run, conditionally, one at a time with
a pause between two of one host. A file that has not changed leaves no trace but in the run's own row.

The copy of a file enters the catalogue by the action that harvests enter by: it keeps the resource's id, audience and
access rules, and an open file waits at the opening gate like any other. Bytes lie in the store under their checksum
before anything names them; rows go into the DataStore after the commit, and again after a kill in between. Rows that
the public may not take are gone before the file that they were of gives way to another.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.exchange import fetch, files_fetch, files_known, lease, load, points, transcode
from ckanext.govshare.exchange.files_fetch import DiskFull, Got, NotFetched
from ckanext.govshare.exchange.files_known import FAILED, KEPT, UNREACHABLE
from ckanext.govshare.exchange.model import RUN, ExchangePoint, FileMode
from ckanext.govshare.exchange.problems import NOT_SAVED, ROWS_DIFFER, ROWS_NOT_LOADED, problem
from ckanext.govshare.exchange.resources import as_link
from ckanext.govshare.harvesters.http import origin_of
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.kernel.grids import UnreadableError

log = logging.getLogger(__name__)
STEP, SECONDS = 20, 30.0  # addresses and seconds of one step
VOIDS = (tk.ValidationError, tk.ObjectNotFound, sa.exc.IntegrityError, sa.exc.DataError)
COUNTS = ("looked", "kept", "unchanged", "failed", "put_off")


@dataclass
class _Change:
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


def wanted(point: ExchangePoint) -> bool:
    """Whether a run of a point has anything to do here."""
    return point.files != FileMode.LINK.value or files_known.any_of(point.id)


class Files:
    """Brings the files of a point's current entries up to what its source has. The caller holds the run's lease.

    :param owner: the lease's owner
    :param sleep: how pauses are made
    """

    def __init__(self, run_id: str, owner: str, point_id: str, sleep: Callable[[float], None] = time.sleep):
        self.run_id, self.owner = run_id, owner
        self.point = points.find(point_id)
        self.mode, self.spec = FileMode(self.point.files), points.spec(self.point)
        self.actor = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        self.sleep = sleep
        self.folder = fetch.workdir(run_id) / "files"
        self._ahead: list[tuple[str, list[Any]]] = []
        self._tired: set[str] | None = None
        self._free: dict[str, float] = defaultdict(float)  # by host: when it may be asked again
        model.Session.rollback()

    def step(self) -> int:
        """Handle the next files.

        :returns: how many addresses, or files given up; 0 means that nothing is left
        :raises LeaseLost: another worker took over
        """
        mark = self._mark()
        if mark.get("done"):
            return 0
        model.Session.info["govshare_quiet"] = True  # one request to the index a step
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            handled = self._give_up() or (0 if self.mode is FileMode.LINK else self._look(mark))
            if not handled:
                self._save({**mark, "done": True})
        finally:
            model.Session.info.pop("govshare_quiet", None)
            model.Session.rollback()
            shutil.rmtree(self.folder, ignore_errors=True)
        if handled:
            tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
        return handled

    def _mark(self) -> dict[str, Any]:
        totals = model.Session.scalar(sa.select(RUN.c.totals).where(RUN.c.id == self.run_id))
        model.Session.rollback()
        return dict(totals.get("files") or dict.fromkeys(COUNTS, 0))

    def _save(self, mark: dict[str, Any]) -> None:
        """Note in the run's own row where this is, with the lease, and commit."""
        totals = RUN.c.totals.concat(sa.func.jsonb_build_object("files", sa.cast(mark, files_known.JSONB)))
        progress = {"stage": "files", "done": mark["looked"], "total": mark.get("total", mark["looked"])}
        lease.renew(self.run_id, self.owner, model.Session, totals=totals, progress=progress)
        model.Session.commit()

    def _look(self, mark: dict[str, Any]) -> int:
        """Ask for the next addresses, and bring what is new into the catalogue."""
        if not self._ahead:
            self._ahead = files_known.addresses(self.point.id, mark.get("after", ""))
        if "total" not in mark:
            mark["total"] = files_known.count(self.point.id)
        if self._tired is None:
            self._tired = files_known.resting(clock.now())
        model.Session.rollback()  # no transaction stays open while hosts think
        until, changes, handled = time.monotonic() + SECONDS, [], 0
        while self._ahead and handled < STEP and time.monotonic() < until and not mark.get("done"):
            key, rows = self._ahead.pop(0)
            try:
                found, outcome = self._ask(key, rows)
            except DiskFull:
                found, outcome = self._no_room(rows), "failed"
                mark["done"] = True  # nor is there any for the others
            changes += found
            mark |= {outcome: mark[outcome] + 1, "looked": mark["looked"] + 1, "after": key}
            handled += 1
        for _package, group in groupby(sorted(changes, key=_package_of), key=_package_of):
            self._apply(list(group))
        if handled:
            self._save(mark)
        return handled

    def _ask(self, key: str, rows: list[Any]) -> tuple[list[_Change], str]:
        """Ask for one address; answers what is to change, and by which name it is counted."""
        url, now = rows[0].address, clock.now()
        host = origin_of(url) or ""
        waits = all(row.url == url and row.next_try is not None and row.next_try > now for row in rows)
        if waits or host in self._tired:
            return [], "put_off"
        known = next((row for row in rows if row.url == url and row.sha256), None)
        conditions = (known.etag, known.last_modified) if known else (None, None)
        name, format_ = rows[0].name or url, rows[0].format or ""
        self.sleep(max(0.0, self._free[host] - time.monotonic()))
        try:
            got = files_fetch.get(self.spec, url, name, format_, self.folder / key, conditions)
        except NotFetched as failure:
            if failure.tired:
                self._tired.add(host)
            return [self._failure(row, failure) for row in rows], "failed"
        finally:
            self._free[host] = time.monotonic() + config.get("exchange.file_pause_seconds")
        if got.path is None:
            path = tk.get_action("govshare_file_read")({"ignore_auth": True}, {"hash": known.sha256})["path"]
            filename = known.original_name or files_fetch.filename_of(url, format_)
            got = Got(Path(path), filename, known.etag, known.last_modified, known.sha256, known.size)
        changes = [change for row in rows if (change := self._success(row, got)) is not None]
        self._prepare(changes, got, key)
        return changes, "kept" if changes else "unchanged"

    def _note(self, row: Any, **values: Any) -> dict[str, Any]:
        """What is to be known of a file from now on, beginning with what is known of its address."""
        same = row.url == row.address
        kept = ("etag", "last_modified", "sha256", "size", "loaded", "rows")
        return {
            "resource_id": row.id,
            "package_id": row.package_id,
            "point_id": self.point.id,
            "url": row.address,
            "host": origin_of(row.address) or "",
            **{name: getattr(row, name) if same else None for name in kept},
            "checked": clock.now(),
            "run_id": self.run_id,
            **values,
        }

    def _failure(self, row: Any, failure: NotFetched) -> _Change:
        """A file that cannot be had: its copy stays, but not one of another address."""
        failures = (row.failures if row.url == row.address else 0) + 1
        note = self._note(
            row,
            state=UNREACHABLE if failure.tired else FAILED,
            failures=failures,
            next_try=files_fetch.next_try(failures, failure.wait, clock.now()),
            findings=[failure.finding.as_dict(), *_of_rows(row)],
        )
        return _Change(row, note, link=row.url_type == "upload" and row.url != row.address)

    def _no_room(self, rows: list[Any]) -> list[_Change]:
        """Files for which the disk has no room: not the source's fault, the next run tries again."""
        failure = NotFetched(files_fetch.no_room(rows[0].name or rows[0].address))
        changes = [self._failure(row, failure) for row in rows]
        for change in changes:
            change.note |= {"failures": change.row.failures or 0, "next_try": None}
        return changes

    def _success(self, row: Any, got: Got) -> _Change | None:
        """What a file that is there changes; None where everything is as it was."""
        attached = row.url_type == "upload" and row.hash == got.sha256 and row.url == row.address
        loading = self.mode is FileMode.LOAD
        as_wanted = row.loaded == (got.sha256 if loading else None)
        if attached and as_wanted and row.state == KEPT and row.sha256 == got.sha256:
            return None
        note = self._note(
            row,
            state=KEPT,
            etag=got.etag,
            last_modified=files_fetch.strong_date(got.last_modified, clock.now()) or (got.last_modified if got.etag else None),
            sha256=got.sha256,
            size=got.size,
            failures=0,
            next_try=None,
            findings=_of_rows(row) if as_wanted else [],
        )
        change = _Change(row, note, None if attached else got.path, got.filename)
        if not as_wanted:
            change.note |= {"loaded": got.sha256 if loading else None, "rows": None}
            change.rows = True
        return change

    def _prepare(self, changes: list[_Change], got: Got, key: str) -> None:
        """Make the table of a file once, for all resources whose rows are to be loaded."""
        loading = [change for change in changes if change.rows] if self.mode is FileMode.LOAD else []
        if not loading or not transcode.is_table(got.filename):
            return
        try:
            table, target = None, self.folder / f"{key}.csv"
            table = transcode.transcode(got.path, got.filename, target)
        except UnreadableError as error:
            found = problem(ROWS_NOT_LOADED, Severity.WARN, error=error.zh)
            for change in loading:
                change.note["findings"] = [found.as_dict()]
            return
        except OSError as error:
            raise files_fetch.disk_full(error) from error
        for change in loading:
            change.table, change.csv = table, target
            change.note["loaded"] = None  # until they are

    def _apply(self, changes: list[_Change]) -> None:
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
            kept = [self._note(change.row, state=FAILED, failures=1, next_try=None, findings=[refused]) for change in changes]
            files_known.note(kept)
            self._commit(len(kept))
            return
        for change in changes:
            if change.table is not None:
                self._load(change)

    def _write(self, changes: list[_Change]) -> None:
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

    def _store(self, change: _Change) -> dict[str, Any]:
        try:
            return tk.get_action("govshare_file_store")(
                self._context(), {"path": str(change.path), "filename": change.filename}
            )
        except OSError as error:
            raise files_fetch.disk_full(error) from error

    def _context(self) -> dict[str, Any]:
        return {"ignore_auth": True, "user": self.actor, "defer_commit": True}

    def _update(self, entry: dict[str, Any]) -> None:
        tk.get_action("govshare_entry_apply")(self._context(), {"entry": entry, "run_id": self.run_id})

    def _commit(self, writes: int) -> None:
        lease.renew(self.run_id, self.owner, model.Session, writes=RUN.c.writes + writes)
        model.Session.commit()

    def _load(self, change: _Change) -> None:
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
                found = [problem(ROWS_DIFFER, Severity.WARN, source=table.rows, file=table.rows, table=rows).as_dict()]
        except (load.DoesNotFit, tk.ValidationError, psycopg2.errors.DiskFull) as error:
            found = [problem(ROWS_NOT_LOADED, Severity.WARN, error=str(error)[:300]).as_dict()]
        model.Session.rollback()
        files_known.note([{**change.note, "loaded": change.note["sha256"], "rows": rows, "findings": found}])
        self._commit(1)

    def _give_up(self) -> int:
        """Show addresses again where the point has its files linked; forget files whose resource is no more."""
        rows = files_known.lost(self.point.id, self.mode is FileMode.LINK, STEP * 5)
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
        except VOIDS as error:
            model.Session.rollback()
            log.warning("run %s: files of %s stay: %s", self.run_id, package_id, type(error).__name__)


def _entry(package_id: str) -> dict[str, Any]:
    """A stored entry, as the catalogue takes it back."""
    entry = tk.get_action("package_show")(
        {"ignore_auth": True, "user": "", "use_cache": False, "for_update": True}, {"id": package_id}
    )
    for resource in entry["resources"]:
        if resource.get("url_type") == "upload":
            resource["url"] = str(resource["url"]).rsplit("/", 1)[-1]
    return entry


def _package_of(change: _Change) -> str:
    return change.row.package_id


def _of_rows(row: Any) -> list[dict[str, Any]]:
    """What is known to be wrong with the rows of a file."""
    slugs = (ROWS_NOT_LOADED.slug, ROWS_DIFFER.slug)
    return [finding for finding in row.findings or () if row.url == row.address and finding["slug"] in slugs]
