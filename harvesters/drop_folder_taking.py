"""One look at a drop folder: is it complete, what does its workbook say, which files are new.

The order matters: what is named is looked at before it is read, and looked at again when everything was read, so
that a file that is written meanwhile is never taken. A manifest says what a complete folder is; else a marker that
was written last; else two looks, some seconds apart, that see the same.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ckanext.govshare.harvesters import drop_folder_files as files
from ckanext.govshare.harvesters import drop_folder_sheet as sheet
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.catalogue_api_pages import moment_of
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import unusable
from ckanext.govshare.harvesters.refusals import FetchRefused, too_large
from ckanext.govshare.harvesters.tabular import columns_and_rows
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.grids import Limits, UnreadableError
from ckanext.govshare.kernel.text import clean, title_key

WORKBOOKS = tuple(f"{name}{suffix}" for name in ("目录", "catalogue") for suffix in (".xlsx", ".xls", ".csv"))
SETTLE_SECONDS = 10
MAX_SETTLE = 300


class Taking:
    """One look at a folder.

    :param folder: open
    :param workdir: takes ``records.jsonl`` (``{"guid", "data", "files", "findings"}`` or ``{"present"}`` a line)
        and ``files/<sha256>``
    """

    def __init__(
        self,
        folder: files.Folder,
        point: PointSpec,
        session: GuardedSession,
        workdir: Path,
        previous: FetchState,
    ):
        self.folder, self.session, self.workdir, self.previous = folder, session, workdir, previous
        self.settings = point.settings
        self.started = time.monotonic()
        self.settled = False
        self.look: dict[str, files.Facts] = {}
        self.sums: dict[str, str] = {}
        self.size = 0
        self.promised = files.promises(folder)

    def take(self) -> Fetched:
        """Bring the folder into the work folder, or find it as it was.

        :raises FetchRefused: it is not complete, its workbook cannot be read, or a budget
        """
        content, book = self._workbook()
        entries = [
            (data, found, self._names(cells, found)) for data, found, cells in sheet.read(content)
        ]  # a workbook has its limits
        self._complete(book)
        records = [self._record(*entry) for entry in entries]
        digest = hashlib.sha256("".join(sorted(record["digest"] for record in records)).encode()).hexdigest()
        cursor = {"records": {record["guid"]: record["digest"] for record in records if record["data"]["files"]}}
        if digest == self.previous.digest:
            self._settle()
            return Fetched(None, True, digest=digest, bytes=self.size, cursor=cursor)
        path = self._write(records)
        self._settle()
        return Fetched(path, digest=digest, bytes=self.size, cursor=cursor)

    def _workbook(self) -> tuple[bytes, str]:
        wanted = workbook_named(self.settings)
        found = [name for name in ([wanted] if wanted else WORKBOOKS) if self.folder.has(name)]
        if len(found) != 1:
            names = wanted or "、".join(WORKBOOKS)
            raise FetchRefused(
                "workbook_missing",
                f"前置目录中应有且只有一个目录表，文件名为：{names}。",
                f"The folder must hold one workbook, named {names}.",
            )
        self._look_at(found[0])
        content = self.folder.content(found[0], Limits().max_bytes)
        self.sums[found[0]] = hashlib.sha256(content).hexdigest()
        return content, found[0]

    def _names(self, cells: list[str], found: list[Finding]) -> list[str]:
        """The files that an entry names; one that cannot be taken refuses the entry."""
        names: dict[str, None] = {}
        for cell in cells:
            for said in [cell] if self._there(_plain(cell)) else sheet.names_of(cell):
                name = _plain(said)
                if files.parts_of(name) is None:
                    found.append(_bad_file("file_name_refused", said, "不是本目录下的相对路径", "is no path below"))
                    continue
                try:
                    self._look_at(name)
                except files.NoPlainFile:
                    found.append(_bad_file("file_not_regular", said, "不是普通文件", "is no regular file of"))
                except files.NoFile:
                    raise files.incomplete(name, "不存在", "is not there") from None
                else:
                    names[name] = None
        return list(names)

    def _look_at(self, name: str) -> None:
        if name not in self.look:
            self.look[name] = self.folder.facts(name)
            self.size += self.look[name][0]
            if self.size > self.session.max_bytes:
                raise too_large(self.session.max_bytes)

    def _there(self, name: str) -> bool:
        return files.parts_of(name) is not None and self.folder.has(name)

    def _complete(self, book: str) -> None:
        """The folder holds what its manifest promises, or its marker was written last."""
        if self.promised is None:
            self._ready()
            return
        for name, promised in self.promised.items():
            try:
                size = self.folder.facts(name)[0]
            except (files.NoFile, files.NoPlainFile):
                raise files.incomplete(name, "在清单中，但不存在", "is listed and not there") from None
            if promised.size not in (None, size):
                raise files.incomplete(name, "的大小与清单不符", "has another size than is listed")
        for name in self.look:
            if name not in self.promised:
                raise files.incomplete(name, "不在清单中", "is not listed")
        if self.sums[book] != self.promised[book].sha256:
            raise files.incomplete(book, "的校验值与清单不符", "has another checksum than is listed")

    def _ready(self) -> None:
        """A marker that is older than a file says nothing of it: the file may just be written."""
        try:
            marked = self.folder.facts(files.READY)[2]
        except (files.NoFile, files.NoPlainFile):
            self._remember()
            return
        for name, facts in self.look.items():
            if facts[2] > marked:
                raise files.incomplete(name, f"晚于“{files.READY}”", f"is newer than {files.READY}")
        self.settled = True

    def _remember(self) -> None:
        """Keep what this look saw for the next one; what an earlier one saw long enough ago needs no waiting."""
        now, seen = clock.now(), {name: list(facts) for name, facts in self.look.items()}
        kept = files.read_look(self.previous.keep)
        at = moment_of(kept.get("at"))
        if kept.get("files") != seen or at is None or at > now:
            files.keep_look(self.previous.keep, {"at": now.isoformat(), "files": seen})
        elif now - at >= timedelta(seconds=settle_seconds(self.settings)):
            self.settled = True

    def _settle(self) -> None:
        """The second look, some seconds after the first: nothing may have changed meanwhile."""
        if self.promised is None and not self.settled:
            wait = settle_seconds(self.settings) - (time.monotonic() - self.started)
            if wait > 0:
                self.session.sleep(wait)
        for name, facts in self.look.items():
            try:
                same = self.folder.facts(name) == facts
            except (files.NoFile, files.NoPlainFile):
                same = False
            if not same:
                raise files.changing(name)

    def _record(self, data: dict[str, Any], found: list[Finding], names: list[str]) -> dict[str, Any]:
        """An entry as a record, its files by their checksums."""
        data["files"] = [{"name": name, "sha256": self._sum(name), "size": self.look[name][0]} for name in names]
        guid = clean(data["source_id"]) or title_key(data["title"])
        data["problems"] += [[finding.slug, finding.field, finding.message_zh] for finding in found]
        if not guid:
            made = unusable(
                data,
                "title_missing",
                "目录表中有一条目没有名称，请补填“信息资源名称”。",
                "An entry of the workbook has no title: add it.",
            )
            guid, found = made.guid, [*made.findings, *found]
        return {
            "guid": guid,
            "digest": canonical_digest(data)[:32],
            "data": data,
            "findings": found,
        }

    def _sum(self, name: str) -> str:
        """SHA-256 of a file, which is what the manifest says where there is one."""
        if name not in self.sums:
            self.sums[name] = self.folder.hash(name)
            promised = (self.promised or {}).get(name)
            if promised is not None and promised.sha256 != self.sums[name]:
                raise files.incomplete(name, "的校验值与清单不符", "has another checksum than is listed")
        return self.sums[name]

    def _write(self, records: list[dict[str, Any]]) -> Path:
        """The records, and copies of the files of those that the last run did not take as they are."""
        before = self.previous.cursor.get("records") or {}
        same = [record["guid"] for record in records if before.get(record["guid"]) == record["digest"]]
        known = self.previous.known(same) if same else set()
        path, copies = self.workdir / "records.jsonl", self.workdir / "files"
        copies.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as target:
            for record in records:
                if record["guid"] in known:
                    line: dict[str, Any] = {"present": record["guid"]}
                else:
                    found = list(record["findings"])
                    taken = [self._copy(file, copies, found) for file in record["data"]["files"]]
                    line = {"guid": record["guid"], "data": record["data"], "files": taken}
                    line["findings"] = [finding.as_dict() for finding in found]
                target.write(json.dumps(line, ensure_ascii=False) + "\n")
        return path

    def _copy(self, file: Mapping[str, Any], copies: Path, found: list[Finding]) -> dict[str, Any]:
        """Copy a file under its checksum, and count what is in it."""
        copy = copies / file["sha256"]
        if not copy.exists() and self.folder.copy(file["name"], copy) != file["sha256"]:
            raise files.changing(file["name"])
        if not file["name"].lower().endswith((".csv", ".tsv")):
            return dict(file)
        try:
            columns, rows = columns_and_rows(copy)
        except UnreadableError as error:
            zh, en = f"无法读取：{error.zh.rstrip('。')}", f"cannot be read ({error}) in"
            found.append(_bad_file("file_unreadable", file["name"], zh, en))
            return dict(file)
        return {**file, "rows": rows, "columns": columns}


def _plain(name: str) -> str:
    """A path as this system writes it."""
    return name.replace("\\", "/").removeprefix("./")


def _bad_file(slug: str, name: str, zh: str, en: str) -> Finding:
    return Finding(
        slug,
        "resources",
        f"数据文件“{name[:100]}”{zh}，请更正。",
        f'The file "{name[:100]}" {en} the folder.',
    )


def settle_seconds(settings: Mapping[str, Any]) -> int:
    """Seconds between two looks at a folder without manifest.

    :raises FetchRefused: the setting means nothing
    """
    value = settings.get("settle_seconds", SETTLE_SECONDS)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or not 0 <= value <= MAX_SETTLE:
        raise FetchRefused(
            "settings_invalid",
            f"节点设置“settle_seconds”应为0至{MAX_SETTLE}之间的整数。",
            f"The setting settle_seconds must be a whole number from 0 to {MAX_SETTLE}.",
        )
    return value


def workbook_named(settings: Mapping[str, Any]) -> str:
    """Name of the workbook, empty for one of the usual names.

    :raises FetchRefused: the setting is no name
    """
    value = settings.get("workbook") or ""
    if not isinstance(value, str) or (value and files.parts_of(value) is None):
        raise FetchRefused(
            "settings_invalid",
            "节点设置“workbook”应为前置目录中目录表的文件名。",
            "The setting workbook must be the name of a file in the folder.",
        )
    return value
