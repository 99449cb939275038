"""The kind ``drop_folder``: a directory of a front-end machine (前置机) with a catalogue workbook and data files.

A point's address is ``folder:<name>`` or ``folder:<name>/<path>``; the name is looked up in the configuration of
the site. The folder is taken only when it is complete (docs/kinds/drop_folder.md): as a manifest with checksums
says, as ``_READY`` says, or when nothing changed between two looks. What is not complete refuses the run.

An entry is known by ``来源标识``, else by its title. Files that the last run took are hashed and not copied again.
Settings: ``workbook`` (name of the file), ``settle_seconds`` (between two looks).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters import drop_folder_files as files
from ckanext.govshare.harvesters import drop_folder_sheet as sheet
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.drop_folder_taking import Taking, settle_seconds, workbook_named
from ckanext.govshare.harvesters.formats import normal_format
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import title_of
from ckanext.govshare.harvesters.own_elements import audience, complete
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Finding, refused
from ckanext.govshare.kernel.records import Mapped, Present, SourceRecord
from ckanext.govshare.kernel.rules import NATIONAL

_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


class DropFolderHarvester:
    """Reads a drop folder. Public surface: see `base.Harvester`.

    :param lookup: folder by its name in the configuration, or None
    """

    kind = "drop_folder"
    profile = NATIONAL
    version = 1

    def __init__(self, lookup: Callable[[str], Path | None] = lambda name: None):
        self.lookup = lookup

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The configuration knows the folder, the path stays below it, the settings mean something."""
        self._address(url)
        settle_seconds(settings)
        workbook_named(settings)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Look whether the folder is complete, read its workbook, and copy the files of what is new."""
        root, parts = self._address(point.url)
        with files.Folder(root, parts, session.max_seconds, session.told) as folder:
            return Taking(folder, point, session, workdir, previous).take()

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[SourceRecord | Present]:
        """The entries of the workbook with their files."""
        if fetched.path is None:
            return
        with fetched.path.open(encoding="utf-8") as lines:
            for line in lines:
                said = json.loads(line)
                if "present" in said:
                    yield Present(said["present"])
                    continue
                found = tuple(Finding.from_dict(finding) for finding in said["findings"])
                copies = tuple(
                    {**file, "path": str(fetched.path.parent / "files" / file["sha256"])} for file in said["files"]
                )
                yield SourceRecord(said["guid"], said["data"], found, copies)

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Make values of the texts and apply the rules of the national profile."""
        if refused(record.findings):
            return Mapped({"title": title_of(record)}, list(record.findings))
        fields, findings = sheet.fields(record.data)
        open_type = fields.get("open_type", "3")
        fields["resources"] = [_resource(file, open_type) for file in record.files]
        mapped = complete(fields, record, point, findings)
        unread = {finding.field for finding in findings}
        mapped.findings[:] = [
            found for found in mapped.findings if found.slug != "required" or found.field not in unread
        ]
        return mapped

    def _address(self, url: str) -> tuple[Path, list[str]]:
        scheme, _, path = (url or "").partition(":")
        name, *rest = path.split("/")
        parts = files.parts_of("/".join(rest)) if rest else []
        if scheme != "folder" or not name or not set(name) <= set(_NAME) or parts is None:
            raise FetchRefused(
                "url_invalid",
                "前置目录类节点的地址应为“folder:名称”或“folder:名称/子目录”，名称由平台运维人员在配置中登记；"
                "不得填写服务器路径。",
                "The address of a drop folder is folder:<name> or folder:<name>/<path>, a name of the configuration.",
            )
        root = self.lookup(name)
        if root is None:
            raise FetchRefused(
                "folder_unknown",
                f"平台配置中没有名为“{name[:60]}”的前置目录，请联系平台运维人员登记。",
                f'The configuration knows no folder "{name[:60]}": ask the operators to add it.',
            )
        return root, parts


def _resource(file: Mapping[str, Any], open_type: str) -> dict[str, Any]:
    name = Path(file["name"]).name
    counts = {key: file[key] for key in ("rows", "columns") if key in file}
    return {
        "name": Path(name).stem,
        "url": "",
        "format": normal_format(url=name),
        "audience": audience(None, open_type),
        "source_key": canonical_digest(file["name"])[:32],
        "original_name": name,
        **counts,
        "_file": {**file, "filename": name} | ({"source_rows": file["rows"]} if counts else {}),
    }
