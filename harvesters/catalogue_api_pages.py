"""Reads a paged catalogue interface: page after page into one file of records, whatever the pages say.

A source may page badly: it shows a page again, announces pages for ever, moves records from page to page while
it is read, ignores what it was asked. What ends, ends here; what cannot be told from a good answer goes on to
the plan, which compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.identity import guid_of
from ckanext.govshare.harvesters.jsonstream import Item, read_members
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.harvesters.transforms import Call, moment

MAX_PAGES = 20_000
MAX_CURSOR = 2000  # characters
STYLES = ("cursor", "page")
_MEMBERS = ("entries", "deleted", "next", "page", "pages", "as_of", "since")


@dataclass(frozen=True)
class Reading:
    """How an interface is read: settings of its point.

    :param page_size: entries that a page is asked to hold
    :param full_days: days after which everything is read again; 0 to read everything always
    """

    paging: str = "cursor"
    page_size: int = 200
    full_days: int = 7

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Reading:
        """What settings say.

        :raises FetchRefused: a setting has a value that means nothing
        """
        paging = settings.get("paging", cls.paging)
        if paging not in STYLES:
            raise _setting("paging", "cursor、page", "cursor or page")
        return cls(
            paging,
            _whole(settings, "page_size", cls.page_size, 1, 1000),
            _whole(settings, "full_days", cls.full_days, 0, 90),
        )


@dataclass
class Page:
    """What one page says beside its entries.

    :param news: records that no page had before
    """

    members: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    entries: bool = False
    news: int = 0


class Pages:
    """One read of an interface, from its first page to its last.

    :param base: address of the interface; ``/entries`` is added to it
    :param since: moment from which changes are wanted; None for everything
    :param target: file to write, one JSON object a line: ``{"position", "problem", "value"}`` or ``{"gone"}``
    """

    def __init__(
        self, base: str, session: GuardedSession, reading: Reading, target: Path, since: datetime | None
    ):
        self.base, self.session, self.reading, self.target, self.since = base, session, reading, target, since
        self.bytes = 0
        self.lines = 0
        self.as_of: datetime | None = None
        self._position = 0
        self._digest = hashlib.sha256()
        self._seen: dict[str, bytes] = {}
        self._cursors: set[str] = set()

    @property
    def digest(self) -> str:
        """SHA-256 of the records, in their order."""
        return self._digest.hexdigest()

    def read(self) -> bool:
        """Read every page.

        :returns: False when changes were asked for and the source does not say that it gives no more than those,
            or its clock was put back: everything is to be read
        :raises FetchRefused: a page is not what the contract says, or they do not end
        """
        number, cursor = 1, ""
        with self.target.open("w", encoding="utf-8") as file:
            for _ in range(MAX_PAGES):
                page = self._page(file, number, cursor)
                if number == 1 and not self._honoured(page):
                    return False
                more = self._next(page, number)
                if more is None:
                    return True
                if not page.news or more in self._cursors:
                    break
                self._cursors.add(more)
                number, cursor = number + 1, more
        raise FetchRefused(
            "paging_endless",
            f"目录接口的分页没有尽头：第{number}页没有新内容，却仍有下一页；请检查接口的分页实现。",
            f"The pages of the interface do not end: page {number} brings nothing new and announces another.",
        )

    def _page(self, file: Any, number: int, cursor: str) -> Page:
        source = self.target.with_name("page.json")
        query = {"page_size": str(self.reading.page_size)}
        if self.reading.paging == "page":
            query["page"] = str(number)
        elif cursor:
            query["cursor"] = cursor
        if self.since is not None:
            query["since"] = _text(self.since)
        got = self.session.download(_address(self.base, query), source, accept="application/json")
        self.bytes += got.bytes
        page = Page()
        try:
            for name, item in read_members(source, _MEMBERS):
                self._take(page, name, item, file)
        except FetchRefused as error:
            raise _not_json() if error.slug == "html_not_json" else error from error
        source.unlink()
        if not page.entries:
            raise _shape(number, "entries")
        self._note_moment(page)
        return page

    def _take(self, page: Page, name: str, item: Item, file: Any) -> None:
        if name not in ("entries", "deleted"):
            page.members.setdefault(name, item.value)
        elif item.position == 0:
            if not isinstance(item.value, list):
                raise _shape(0, name)
            setattr(page, name, True)
        elif name == "entries":
            self._entry(page, item, file)
        elif self.since is not None:
            guid = guid_of(item.value)
            if not guid:
                raise _shape(0, "deleted")
            self._write(page, f"gone {guid}", {"gone": guid}, file)

    def _entry(self, page: Page, item: Item, file: Any) -> None:
        """Note an entry; one that moved to a later page while they were read is there twice and counts once."""
        self._position += 1
        value = {"position": self._position, "problem": item.problem, "value": item.value}
        guid = guid_of(item.value.get("id")) if isinstance(item.value, dict) else ""
        self._write(page, f"entry {guid}" if guid else "", value, file)

    def _write(self, page: Page, key: str, line: dict[str, Any], file: Any) -> None:
        said = {name: value for name, value in line.items() if name != "position"}
        content = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        mark = hashlib.blake2b(content, digest_size=16).digest()
        key = key or mark.hex()
        if self._seen.get(key) == mark:
            return
        page.news += key not in self._seen
        self._seen.setdefault(key, mark)
        self._digest.update(content)
        self.lines += 1
        file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _note_moment(self, page: Page) -> None:
        """The earliest moment of all pages: what changes later is asked for the next time."""
        said = moment_of(page.members.get("as_of"))
        if said is not None and (self.as_of is None or said < self.as_of):
            self.as_of = said

    def _honoured(self, page: Page) -> bool:
        if self.since is None:
            return True
        if moment_of(page.members.get("since")) != self.since:
            return False
        return self.as_of is not None and self.as_of >= self.since

    def _next(self, page: Page, number: int) -> str | None:
        """The cursor or number of the next page, None after the last one."""
        if self.reading.paging == "page":
            pages, said = page.members.get("pages"), page.members.get("page", number)
            if isinstance(pages, bool) or not isinstance(pages, int) or pages < 0:
                raise _shape(number, "pages")
            if said != number:
                raise _shape(number, "page")
            return str(number + 1) if number < pages else None
        if "next" not in page.members:
            raise _shape(number, "next")
        cursor = page.members["next"]
        if cursor is None or cursor == "":
            return None
        if isinstance(cursor, bool) or not isinstance(cursor, (str, int)) or len(str(cursor)) > MAX_CURSOR:
            raise _shape(number, "next")
        return str(cursor)


def moment_of(value: Any) -> datetime | None:
    """A moment as JSON has it, to the second; None where it is none."""
    said = moment(value, Call("as_of"))
    return datetime.fromisoformat(said) if said else None


def ago(since: datetime, seconds: float) -> datetime:
    """A moment that many seconds earlier."""
    return since - timedelta(seconds=seconds)


def _text(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _address(base: str, query: dict[str, str]) -> str:
    parts = urlsplit(base.strip())
    path = f"{parts.path.rstrip('/')}/entries"
    kept = [*parse_qsl(parts.query, keep_blank_values=True), *query.items()]
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(kept), ""))


def _whole(settings: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = settings.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _setting(name, f"{least}至{most}之间的整数", f"a whole number from {least} to {most}")
    return value


def _setting(name: str, zh: str, en: str) -> FetchRefused:
    return FetchRefused(
        "settings_invalid",
        f"节点设置“{name}”的值不正确，应为{zh}。",
        f"The setting {name} of the point must be {en}.",
    )


def _shape(number: int, name: str) -> FetchRefused:
    where_zh, where_en = (f"第{number}页", f"page {number}") if number else ("某一页", "a page")
    return FetchRefused(
        "page_shape",
        f"目录接口{where_zh}缺少“{name}”或其内容不符合接口规范，请对照目录接口规范（OpenAPI）修改。",
        f"{where_en.capitalize()} of the interface has no proper \"{name}\": see the contract (OpenAPI).",
    )


def _not_json() -> FetchRefused:
    return FetchRefused(
        "html_not_json",
        "目录接口返回的是网页（HTML或XML），不是JSON；请填写接口的基础地址（其后加“/entries”应得到JSON）。",
        "The interface answers with a web page, not with JSON: give its base, below which /entries answers JSON.",
    )
