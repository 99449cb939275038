"""One file of a source: fetched through the guarded session within a budget of its own, or a finding that says why not.

The name of a file is what its answer says, else the end of its address; the store takes folders and control
characters out of it. A web page in place of a file is a login, or an error that says 200.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from ckanext.govshare import config
from ckanext.govshare.exchange import fetch
from ckanext.govshare.harvesters import PointSpec
from ckanext.govshare.harvesters.formats import file_name, normal_format
from ckanext.govshare.harvesters.http import Download, FetchRefused, GuardedSession, retry_after
from ckanext.govshare.kernel.findings import Finding, Severity

LEAST_WAIT, MOST_WAIT = timedelta(hours=1), timedelta(days=7)
STRONG = timedelta(seconds=60)  # a date of change this much older than the answer names one content (RFC 9110, 8.8.2.2)
NO_FILE = frozenset(("HTML", "API", "WMS", "WFS", "RSS"))  # formats that are pages and services
_PAGE = (b"<!doctype html", b"<html")
# Refusals that speak of a host, not of the file: it is left alone for a while.
_TIRED = frozenset(("unreachable", "name_unknown", "busy"))
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_REFUSED = frozenset(("address_refused", "scheme_refused", "userinfo_refused", "url_invalid", "too_many_redirects"))
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NotFetched(Exception):  # noqa: N818 - reads as what happened
    """A file is not there, and why.

    :param finding: for the run and for people
    :param wait: seconds for which its host asks to be left alone
    :param tired: whether the other files of the host had better wait too
    """

    def __init__(self, finding: Finding, wait: float | None = None, tired: bool = False):
        super().__init__(finding.slug)
        self.finding, self.wait, self.tired = finding, wait, tired


class DiskFull(Exception):  # noqa: N818 - as above
    """There is no room for a file; nothing of it is left behind."""


@dataclass(frozen=True)
class Got:
    """What an address answered.

    :param path: the file; None when it is what we have
    :param filename: as the answer names it
    """

    path: Path | None
    filename: str = ""
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    size: int | None = None


class FileSession(GuardedSession):
    """Reads one file, once, and notes what the answer says beside it."""

    status: int | None = None
    wait: float | None = None
    disposition = ""

    def _receive(self, answer: requests.Response, url: str, *rest: Any) -> Download:
        self.status = answer.status_code
        self.wait = retry_after(answer.headers.get("Retry-After"))
        self.disposition = answer.headers.get("Content-Disposition", "")
        return super()._receive(answer, url, *rest)


def session(spec: PointSpec) -> FileSession:
    """A session for one file of a point.

    :raises FetchRefused: the account of the point is unknown
    """
    seconds = config.get("exchange.file_seconds")
    return fetch.session(
        spec, FileSession, max_bytes=config.get("exchange.file_bytes"), max_seconds=seconds, tries=1
    )


def get(
    spec: PointSpec, url: str, name: str, format_: str, target: Path, known: tuple[str | None, str | None]
) -> Got:
    """Fetch a file, unless the source says that it has not changed.

    :param name: what people call it, for the finding
    :param format_: as the source names it
    :param target: where it is put; there is none on any failure
    :param known: entity tag and date of change of what we have
    :raises NotFetched: the address, the answer or a budget
    :raises DiskFull: there is no room for it
    """
    opened: FileSession | None = None
    try:
        opened = session(spec)
        got = opened.download(url, target, etag=known[0], last_modified=known[1])
    except FetchRefused as refused:
        raise _not_fetched(refused, name, opened) from refused
    except OSError as error:
        target.unlink(missing_ok=True)
        raise disk_full(error) from error
    if got.not_modified:
        return Got(None)
    with target.open("rb") as file:
        page = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE)
    if page:
        target.unlink()
        raise NotFetched(
            _finding("file_is_a_page", name, "该地址返回的是网页，不是数据文件", "a web page comes in its place")
        )
    filename = filename_of(url, format_, opened.disposition, got.content_type)
    return Got(target, filename, got.etag, got.last_modified, got.sha256, got.bytes)


def disk_full(error: OSError) -> Exception:
    """What to raise for an error of the disk: :class:`DiskFull` where it is full, else the error itself."""
    return DiskFull() if error.errno in _FULL else error


def no_room(name: str) -> Finding:
    """The finding of a file for which the disk has no room."""
    zh, en = "平台存储空间不足，未保存，请联系平台运维人员", "no room on the disk: tell the operators"
    return _finding("disk_full", name, zh, en)


def strong_date(text: str | None, now: datetime) -> str | None:
    """A date of change that names one content; None where the file could have changed within the same second."""
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return text if moment is not None and moment.tzinfo and now - moment > STRONG else None


def next_try(failures: int, wait: float | None, now: datetime) -> datetime:
    """When to ask again for a file that failed: after 1, 2, 4 … hours, at most a week.

    :param failures: in a row, this one too
    :param wait: seconds that the host asks for
    """
    pause = min(LEAST_WAIT * 2 ** min(failures - 1, 10), MOST_WAIT)
    asked = timedelta(seconds=min(wait or 0, MOST_WAIT.total_seconds()))
    return now + max(pause, asked)


def _not_fetched(refused: FetchRefused, name: str, opened: FileSession | None) -> NotFetched:
    status = opened.status if opened and refused.slug == "http_status" else None
    if status in _GONE:
        zh, en = f"来源返回 {int(status)}，文件已不存在", f"status {int(status)}, it is gone"
        return NotFetched(_finding("file_gone", name, zh, en))
    busy = status in _BUSY
    slug = {"too_large": "file_too_large"}.get(refused.slug, "file_unreachable")
    slug = "file_refused" if refused.slug in _REFUSED else slug
    return NotFetched(
        _finding(slug, name, refused.message_zh, refused.message_en),
        opened.wait if opened and busy else None,
        tired=busy or refused.slug in _TIRED,
    )


def _finding(slug: str, name: str, zh: str, en: str) -> Finding:
    return Finding(slug, "resources", f"文件“{name[:100]}”未能获取：{zh}", f'File "{name[:100]}": {en}', Severity.WARN)


def filename_of(url: str, format_: str, disposition: str = "", content_type: str = "") -> str:
    """The name of a file; the store makes it harmless.

    :param format_: as the source names it: a name that says nothing gets its suffix
    :param disposition: header of the answer, and its ``content_type``
    """
    message = Message()
    message["Content-Disposition"] = disposition
    said = message.get_filename() or "" if disposition else ""
    with suppress(UnicodeError):
        said = said.encode("latin-1").decode("utf-8")  # header values arrive as Latin-1
    name = (said or file_name(url)).replace("\\", "/").rsplit("/", 1)[-1] or "file"
    suffix = Path(name).suffix.lstrip(".").upper()
    known = normal_format(None, None, f"http://host/x.{suffix}") if suffix.isalnum() else ""
    wanted = normal_format(format_, content_type)
    if known or not wanted or not wanted.isalnum():
        return name
    return f"{name}.{wanted.lower()}"
