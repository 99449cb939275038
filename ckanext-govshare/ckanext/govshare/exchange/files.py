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

import shutil
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.exchange import fetch, files_fetch, files_known, lease, points, writing
from ckanext.govshare.exchange.files_apply import Change, Writer
from ckanext.govshare.exchange.files_fetch import DiskFull, Got, NotFetched
from ckanext.govshare.exchange.files_known import FAILED, KEPT, UNREACHABLE
from ckanext.govshare.exchange.model import RUN, ExchangePoint, FileMode
from ckanext.govshare.exchange.problems import ROWS_DIFFER, ROWS_NOT_LOADED, problem
from ckanext.govshare.harvesters.http import origin_of
from ckanext.govshare.kernel import clock, transcode
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.kernel.grids import UnreadableError

STEP, SECONDS = 20, 30.0  # addresses and seconds of one step
COUNTS = ("looked", "kept", "unchanged", "failed", "put_off")


def wanted(point: ExchangePoint) -> bool:
    """Whether a run of a point has anything to do here."""
    return point.files != FileMode.LINK.value or files_known.any_of(point.id)


class Files:
    """Brings the files of a point's current entries up to what its source has. The caller holds the run's lease.

    :param owner: the lease's owner
    :param sleep: how pauses are made
    """

    def __init__(self, run_id: str, owner: str, point_id: str, sleep: Callable[[float], None] = time.sleep):
        self.run_id, self.owner, self.point_id = run_id, owner, point_id
        point = points.find(point_id)
        self.mode, self.spec = FileMode(point.files), points.spec(point)
        self.writer = Writer(run_id, owner, point_id)
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
            linked = self.mode is FileMode.LINK
            handled = self.writer.give_up(everything=linked)
            if not handled and not linked:
                handled = self._look(mark)
            if not handled:
                self._save({**mark, "done": True})
        finally:
            model.Session.info.pop("govshare_quiet", None)
            model.Session.rollback()
            shutil.rmtree(self.folder, ignore_errors=True)
        if handled:
            writing.drain_index(self.run_id)
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
            self._ahead = files_known.addresses(self.point_id, mark.get("after", ""))
        if "total" not in mark:
            mark["total"] = files_known.count(self.point_id)
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
            self.writer.apply(list(group))
        if handled:
            self._save(mark)
        return handled

    def _ask(self, key: str, rows: list[Any]) -> tuple[list[Change], str]:
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
            "point_id": self.point_id,
            "url": row.address,
            "host": origin_of(row.address) or "",
            **{name: getattr(row, name) if same else None for name in kept},
            "checked": clock.now(),
            "run_id": self.run_id,
            **values,
        }

    def _failure(self, row: Any, failure: NotFetched) -> Change:
        """A file that cannot be had: its copy stays, but not one of another address."""
        failures = (row.failures if row.url == row.address else 0) + 1
        note = self._note(
            row,
            state=UNREACHABLE if failure.tired else FAILED,
            failures=failures,
            next_try=files_fetch.next_try(failures, failure.wait, clock.now()),
            findings=[failure.finding.as_dict(), *_of_rows(row)],
        )
        return Change(row, note, link=row.url_type == "upload" and row.url != row.address)

    def _no_room(self, rows: list[Any]) -> list[Change]:
        """Files for which the disk has no room: not the source's fault, the next run tries again."""
        failure = NotFetched(files_fetch.no_room(rows[0].name or rows[0].address))
        changes = [self._failure(row, failure) for row in rows]
        for change in changes:
            change.note |= {"failures": change.row.failures or 0, "next_try": None}
        return changes

    def _success(self, row: Any, got: Got) -> Change | None:
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
            last_modified=got.last_modified if got.etag else files_fetch.strong_date(got.last_modified, clock.now()),
            sha256=got.sha256,
            size=got.size,
            failures=0,
            next_try=None,
            findings=_of_rows(row) if as_wanted else [],
        )
        change = Change(row, note, None if attached else got.path, got.filename)
        if not as_wanted:
            change.note |= {"loaded": got.sha256 if loading else None, "rows": None}
            change.rows = True
        return change

    def _prepare(self, changes: list[Change], got: Got, key: str) -> None:
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

def _package_of(change: Change) -> str:
    return change.row.package_id


def _of_rows(row: Any) -> list[dict[str, Any]]:
    """What is known to be wrong with the rows of a file."""
    slugs = (ROWS_NOT_LOADED.slug, ROWS_DIFFER.slug)
    return [finding for finding in row.findings or () if row.url == row.address and finding["slug"] in slugs]
