"""Files of one or several entries as one archive (zip), written as it is read: README.txt, items.csv, the files.

It has neither a length nor ranges before it is made; each file in it has its own address for those who must resume.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import words
from ckanext.govshare.portal.convert_shapes import csv_line, neutral

CHUNK = 256 * 1024
NAME_BYTES = 180  # file systems take 255, with the number of a second one and the suffix
PACKED = {".csv", ".tsv", ".txt", ".json", ".xml", ".xls", ".geojson", ".kml", ".html"}
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
ITEM_COLUMNS = {
    "name": "信息项名称",
    "name_en": "英文名称",
    "standard": "标准数据元",
    "type": "数据类型",
    "length": "数据长度",
    "code_table": "代码表",
    "description": "说明",
}


@dataclass(frozen=True)
class Member:
    """A stored file of an entry."""

    resource: dict[str, Any]
    right: str
    path: Path
    size: int


@dataclass
class Content:
    """What a package has of an entry: files, and those it leaves out with the reason."""

    entry: dict[str, Any]
    about: dict[str, str]
    members: list[Member] = field(default_factory=list)
    left_out: list[tuple[dict[str, Any], str]] = field(default_factory=list)


def stream(contents: list[Content]) -> Iterator[bytes]:
    """The archive, some bytes at a time. A file that cannot be read ends it without its directory: nobody takes it for
    whole."""
    out = _Out()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in _parts(contents):
            info = zipfile.ZipInfo(name, datetime.now(clock.ZONE).timetuple()[:6])
            packed = Path(name).suffix.lower() in PACKED
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            info.file_size = part.stat().st_size if isinstance(part, Path) else len(part)
            with archive.open(info, "w") as target:
                for chunk in _chunks(part):
                    target.write(chunk)
                    if out.size > CHUNK:
                        yield out.take()
    yield out.take()


def safe_name(name: str) -> str:
    """A name that every file system takes: no folders, no control characters, not too long, none of a device."""
    kept = "".join(char for char in name if char.isprintable() and char not in '<>:"|?*#%&/\\').strip(" .")
    kept = kept.encode()[:NAME_BYTES].decode(errors="ignore").strip(" .")
    return f"_{kept}" if kept.partition(".")[0].lower() in RESERVED else kept


def attachment(name: str) -> str:
    """Content-Disposition for a file name of any characters (RFC 6266)."""
    plain = name.encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _parts(contents: list[Content]) -> Iterator[tuple[str, Path | bytes]]:
    """Everything in the archive by its name; each entry has a folder where there are several."""
    folders: set[str] = set()
    for content in contents:
        folder = ""
        if len(contents) > 1:
            folder = _unique(safe_name(content.entry["title"]) or content.entry["name"], folders) + "/"
        names = {"readme.txt", "items.csv"}
        files = [(_unique(_name(member.resource), names), member) for member in content.members]
        yield f"{folder}README.txt", _readme(content, files)
        items = _items(content.entry)
        if items:
            yield f"{folder}items.csv", items
        for name, member in files:
            yield f"{folder}{name}", member.path


def _name(resource: dict[str, Any]) -> str:
    """The file's own name, or the resource's with its format."""
    given = safe_name(resource.get("original_name") or "")
    suffix = safe_name(str(resource.get("format") or "").lower())
    return given or f"{safe_name(resource.get('name') or '') or 'file'}{f'.{suffix}' if suffix else ''}"


def _unique(name: str, taken: set[str]) -> str:
    """A name that differs from the others also where case means nothing."""
    path, unique, again = Path(name), name, 1
    while unique.casefold() in taken:
        again += 1
        unique = f"{path.stem} ({again}){path.suffix}"
    taken.add(unique.casefold())
    return unique


def _readme(content: Content, files: list[tuple[str, Member]]) -> bytes:
    """What the package is, in Chinese and English. Windows' own editor knows it by its mark and line ends."""
    about, entry = content.about, content.entry
    lines = [
        f"标题 Title: {about['title']}",
        f"提供单位 Provider: {about['provider']}",
        f"使用许可 Licence: {' '.join(filter(None, (about['licence'], entry.get('license_url'))))}",
        f"数据更新 Data updated: {about['updated']}",
        f"打包时间 Packed: {datetime.now(clock.ZONE).isoformat(' ', 'seconds')}",
        f"来源 Source: {about['source']}",
        "",
        *(["摘要 Summary:", *str(entry["notes"]).splitlines(), ""] if entry.get("notes") else []),
        "文件 Files（SHA-256）:",
    ]
    for name, member in files:
        lines += [f"- {name}（{words.size(member.size)}）", f"  {member.resource.get('hash') or ''}"]
    if content.left_out:
        lines += ["", "未包含 Not included:"]
        lines += [
            f"- {resource.get('name') or resource.get('format') or resource['id']}: {why}"
            for resource, why in content.left_out
        ]
    if entry.get("info_items"):
        lines += ["", "信息项见 items.csv。The items are listed in items.csv."]
    return ("\ufeff" + "".join(f"{line}\r\n" for line in lines)).encode("utf-8", "replace")


def _items(entry: dict[str, Any]) -> bytes:
    items = [item for item in entry.get("info_items") or [] if isinstance(item, dict)]
    if not items:
        return b""
    rows = [list(ITEM_COLUMNS.values())]
    for item in items:
        cells = {**item, "type": tk.h.govshare_code_label("item_type", item.get("type"))}
        rows.append([neutral(str(cells.get(key) or "")) for key in ITEM_COLUMNS])
    return b"\xef\xbb\xbf" + b"".join(map(csv_line, rows))


def _chunks(part: Path | bytes) -> Iterable[bytes]:
    if isinstance(part, bytes):
        yield part
        return
    with part.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


class _Out:
    """What the archive wrote and nobody sent yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is behind it."""

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts, self.size = [], 0
        return data
