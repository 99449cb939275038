"""The kind ``database``: views and tables of a department's front-end database (前置库), one entry a view.

A point's address is ``database:<name>``; the name is looked up in the configuration of the site, so that no
client ever says where to connect. Its settings name the views (`database_settings`) and say what a database cannot:
``open_type`` with ``open_condition`` or ``no_open_reason``, ``update_cycle``, ``pub_date``, ``open_domain``,
``provider_unit``, ``source_system``, ``contact_name``, ``contact_phone``, ``license_id``, ``tags``.

National profile: every rule refuses. Without an ``open_type`` an entry is not open: nothing is opened that
nobody reviewed.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters.base import Fetched, FetchState, PointSpec, declared_sharing, origin
from ckanext.govshare.harvesters.connection import limit, reading, telling
from ckanext.govshare.harvesters.database_settings import Choice, Wanted
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.harvesters.rows import Budget
from ckanext.govshare.harvesters.rows_kept import forget_others
from ckanext.govshare.harvesters.transforms import Call, tags
from ckanext.govshare.harvesters.views import View, unusable
from ckanext.govshare.harvesters.views_told import names_of
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codes import prefix_class
from ckanext.govshare.kernel.findings import Finding, refused
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.rules import NATIONAL, check_entry

Lookup = Callable[[str], str | None]
NO_UNIT = "无相关内部部门"
NOT_YET_OPEN = "提供方尚未完成开放审查"
_NOT_IN_FILE_NAME = re.compile(r"[\\/:*?\"<>|\s]+")
_ADDRESS = re.compile(r"database:([A-Za-z0-9][A-Za-z0-9_-]{0,63})")
_OF_ONE_VIEW = ("database_failed", "database_locked")
"""Slugs of what stands against one view; the others are read all the same."""
_FROM_SETTINGS = (
    "open_condition", "open_domain", "source_system", "contact_name", "contact_phone", "license_id",
)  # fmt: skip


class DatabaseHarvester:
    """Reads views of a database. Public surface: see `base.Harvester`.

    :param lookup: SQLAlchemy address of a database by its name in the configuration, or None
    """

    kind = "database"
    profile = NATIONAL
    version = 2

    def __init__(self, lookup: Lookup = lambda name: None):
        self.lookup = lookup

    def validate_url(self, url: str, settings: Mapping[str, Any]) -> None:
        """The configuration knows the database, and the settings say what to read."""
        self._address(url)
        Choice.of(settings)

    def fetch(
        self, point: PointSpec, session: GuardedSession, workdir: Path, previous: FetchState
    ) -> Fetched:
        """Bring every view into a CSV file and describe them in one manifest, whose digest is the source's.

        What is kept of views with a watermark mirrors the source, not the catalogue: it may be ahead of what was
        applied, and the file of every view is written whole from it.
        """
        address, choice = self._address(point.url), Choice.of(point.settings)
        budget = Budget(session.max_bytes, time.monotonic() + session.max_seconds, told=session.told)
        found: list[dict[str, Any]] = []
        with reading(address, session.max_seconds) as connection:
            inspector = sa.inspect(connection)
            patterns = [view.name for view in choice.views if view.is_pattern]
            chosen = choice.choose(names_of(inspector, patterns) if patterns else ())
            for wanted in chosen:
                how = {
                    "workdir": workdir,
                    "budget": budget,
                    "keep": previous.keep,
                    "fresh": not previous.cursor,
                    "days": choice.full_days,
                }
                found.append(_view(connection, inspector, wanted, len(chosen) == 1, **how))
        if not any("file" in described for described in found):
            raise _nothing(found, choice)
        if previous.keep:
            forget_others(previous.keep, (view.name for view in chosen))
        content = json.dumps(found, ensure_ascii=False).encode()
        digest = hashlib.sha256(content).hexdigest()
        read = session.max_bytes - budget.bytes
        cursor = {"read": clock.now().isoformat(timespec="seconds")}
        if digest == previous.digest:
            return Fetched(None, True, digest=digest, bytes=read, cursor=cursor)
        manifest = workdir / "views.json"
        manifest.write_bytes(content)
        return Fetched(manifest, digest=digest, bytes=read, cursor=cursor)

    def records(self, fetched: Fetched, point: PointSpec) -> Iterator[SourceRecord]:
        """One record a view; its data holds the digest of its file, so an unchanged view is unchanged."""
        if fetched.path is None:
            return
        database = point.url.partition(":")[2]
        for data in json.loads(fetched.path.read_text(encoding="utf-8")):
            findings = tuple(Finding.from_dict(said) for said in data.pop("findings"))
            file = data.get("file")
            files = ({**file, "path": str(fetched.path.parent / file["name"])},) if file else ()
            yield SourceRecord(f"{database}:{data['view']}", data, findings, files)

    def to_entry(self, record: SourceRecord, point: PointSpec) -> Mapped:
        """Make the entry of a view and apply the rules of the national profile."""
        data, settings = record.data, point.settings
        if refused(record.findings):
            return Mapped({"title": data.get("title") or record.guid}, list(record.findings))
        open_type = str(settings.get("open_type") or "3")
        entry: dict[str, Any] = {
            "title": data["title"],
            "notes": data["notes"],
            "provider_unit": settings.get("provider_unit") or NO_UNIT,
            "format_class": "3",
            "format_type": data["format_type"],
            "info_items": data["items"],
            "open_type": open_type,
            "update_cycle": str(settings.get("update_cycle") or "8"),
            "pub_date": str(settings.get("pub_date") or clock.today().isoformat()),
            **origin(record, point, self.profile),
            "tag_string": tags(settings.get("tags"), Call("tags")) or "",
        }
        entry |= {name: str(settings[name]) for name in _FROM_SETTINGS if settings.get(name)}
        if open_type == "3":
            entry["no_open_reason"] = settings.get("no_open_reason") or NOT_YET_OPEN
        entry |= declared_sharing(point, open_type)
        if entry["share_type"] != "3":
            entry |= {"share_mode": "1", "share_mode_type": "1"}  # through the platform, as a table
        entry |= prefix_class(point.default_class).fields() if point.default_class else {}
        entry["resources"] = [_resource(record, open_type)]
        findings = [*record.findings, *check_entry(entry, self.profile)]
        return Mapped(entry, findings, initial=() if settings.get("pub_date") else ("pub_date",))

    def _address(self, url: str) -> str:
        match = _ADDRESS.fullmatch(url or "")
        if not match:
            raise FetchRefused(
                "url_invalid",
                "数据库类节点的地址应为“database:名称”，名称由平台运维人员在配置中登记；不得填写连接串。",
                "The address of a database point is database:<name>, a name of the site's configuration.",
            )
        address = self.lookup(match[1])
        if not address:
            raise FetchRefused(
                "database_unknown",
                f"平台配置中没有名为“{match[1]}”的前置库，请联系平台运维人员登记。",
                f'The configuration knows no database "{match[1]}": ask the operators to add it.',
            )
        return address


def _view(
    connection: sa.Connection, inspector: sa.Inspector, wanted: Wanted, alone: bool, **how: Any
) -> dict[str, Any]:
    """Read one view; where it is one of several, what stands against it does not stand against the others."""
    savepoint = connection.begin_nested() if connection.dialect.name == "postgresql" else None
    try:
        with telling(wanted.name):
            limit(connection, how["budget"].seconds())
            return View(inspector, connection, wanted).read(**how)
    except FetchRefused as error:
        if alone or error.slug not in _OF_ONE_VIEW:
            raise
        if savepoint:
            savepoint.rollback()
        return unusable(wanted.name, error.slug, error.message_zh, error.message_en)


def _nothing(found: list[dict[str, Any]], choice: Choice) -> FetchRefused:
    """Why no view could be read: what stands against the first one."""
    names = "、".join(view.name for view in choice.views[:20])
    for described in found:
        said = Finding.from_dict(described["findings"][0])
        if said.slug != "view_missing":
            return FetchRefused(said.slug, said.message_zh, said.message_en)
    return FetchRefused(
        "view_missing",
        f"前置库中没有视图“{names}”，请核对节点设置中的视图名称和账号权限。",
        f"The database has no view {names}: check the settings and the account's rights.",
    )


def _resource(record: SourceRecord, open_type: str) -> dict[str, Any]:
    title, file = record.data["title"], record.files[0]
    file_name = f"{_NOT_IN_FILE_NAME.sub('-', title)}.csv"
    return {
        "name": title,
        "url": "",
        "format": "CSV",
        "mimetype": "text/csv",
        "audience": "open" if open_type in ("1", "2") else "share",
        "source_key": record.guid,
        "original_name": file_name,
        "rows": file["rows"],
        "columns": file["columns"],
        "_file": {**file, "filename": file_name, "source_rows": file["source_rows"]},
    }
