"""The Action API of a CKAN site as a source: which records there are, and the records.

Pages are steps through a list that may change meanwhile. Each page therefore begins with the last record of the page
before: where that does not fit, or the counts differ, the list is walked again, and in the end nothing counts as
missing that may only have slipped from one page to another. Records are then read by what was listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ckanext.govshare.harvesters.ckan_site import ROWS, Site
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.harvesters.urls import MAX_URL

WALKS = 3
MAX_RECORDS = 1_000_000
MAX_PAGE_BYTES = 64 * 1024 * 1024
FEW = 200
"""Up to so many records are asked for by their identifiers, more by the moment of their change."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Api:
    """Asks a site.

    :param workdir: folder for what comes in
    """

    def __init__(self, site: Site, session: GuardedSession, workdir: Path):
        self.site = site
        self.session = session
        self.target = workdir / "page.json"
        self.bytes = 0

    def listing(self) -> tuple[dict[str, str], bool]:
        """Every record's identifier and the moment of its last change, empty where the site does not say it.

        :returns: the list, and whether it is whole for sure
        :raises FetchRefused: the site names more records than it gives
        """
        found: dict[str, str] = {}
        fewest = 0
        for _ in range(WALKS):
            walked, counts, steady = self._walk()
            if steady and {len(walked)} == counts:
                return walked, True
            found |= walked
            fewest = min(counts)
        if len(found) < fewest:
            raise FetchRefused(
                "pages_inconsistent",
                f"来源称共有{fewest}条记录，但多次分页读取只得到{len(found)}条，可能正在大量更新；请稍后重试，"
                "如仍失败，请联系来源系统维护人员。",
                f"The source speaks of {fewest} records and gives {len(found)}: it may be changing. Try again "
                "later, then tell its maintainers.",
            )
        return found, False

    def read(self, wanted: set[str], since: str) -> Iterator[dict[str, Any]]:
        """The records of these identifiers; those that no longer come are left in ``wanted``.

        :param since: when the first of them changed, empty where that is not known
        """
        ignored = False
        if len(wanted) <= FEW:
            ignored = yield from self._by_id(wanted)
        if wanted and (ignored or len(wanted) > FEW):
            yield from self._by_page(wanted, since)
            if not ignored:
                yield from self._by_id(wanted)

    def _walk(self) -> tuple[dict[str, str], set[int], bool]:
        found: dict[str, str] = {}
        counts: set[int] = set()
        start, last, steady = 0, "", True
        while True:
            count, results = self._search(start, ROWS, only="id,metadata_modified")
            counts.add(count)
            named = [(_id(one), _changed(one)) for one in results]
            steady = steady and (not last or bool(named) and named[0][0] == last)
            if named and all(guid in found for guid, _ in named):
                return found, counts, False  # the same again, and perhaps for ever
            found.update(named)
            if len(found) > MAX_RECORDS:
                raise _too_many()
            if not named or start + len(named) >= count:
                return found, counts, steady
            several = len(named) > 1
            last = named[-1][0] if several else ""
            start += len(named) - 1 if several else 1

    def _by_id(self, wanted: set[str]) -> Generator[dict[str, Any], None, bool]:
        """Ask for identifiers; answers whether the site does not heed them."""
        waiting = sorted(wanted)
        while waiting:
            batch: list[str] = []
            while waiting and len(self._address(0, ROWS, named=[*batch, waiting[-1]])) <= MAX_URL - 100:
                batch.append(waiting.pop())
            if not batch:
                raise _unexpected()
            count, results = self._search(0, len(batch), named=batch)
            given = {_id(one): one for one in results}
            if given.keys() - set(batch):
                return True
            if 0 < len(given) < min(count, len(batch)):  # the site gives fewer at a time
                waiting += [guid for guid in batch if guid not in given]
            wanted.difference_update(given)
            yield from given.values()
        return False

    def _by_page(self, wanted: set[str], since: str) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        start = 0
        while wanted:
            count, results = self._search(start, self.site.page, since=since)
            fresh = {_id(one): one for one in results if _id(one) not in seen}
            seen |= fresh.keys()
            start += len(results)
            for guid, one in fresh.items():
                if guid in wanted:
                    wanted.discard(guid)
                    yield one
            if not fresh or start >= count:
                return

    def _search(self, start: int, rows: int, **how: Any) -> tuple[int, list[dict[str, Any]]]:
        result = self._ask(self._address(start, rows, **how))
        count, results = result.get("count"), result.get("results")
        if not isinstance(count, int) or isinstance(count, bool) or not isinstance(results, list):
            raise _unexpected()
        if not all(isinstance(one, dict) for one in results):
            raise _unexpected()
        return count, results

    def _address(
        self, start: int, rows: int, only: str = "", named: list[str] | None = None, since: str = ""
    ) -> str:
        filters = [f"+({one})" if not one.startswith("-") else one for one in self.site.filters]
        if named:
            filters.append(f"+id:({' OR '.join(named)})")
        if since:
            filters.append(f"+metadata_modified:[{since} TO *]")
        asked = {"q": "*:*", "fq": " ".join(filters), "sort": "id asc", "start": start, "rows": rows}
        asked |= {"fl": only} if only else {}
        return f"{self.site.root}/api/3/action/package_search?{urlencode({**asked, 'facet': 'false'})}"

    def _ask(self, url: str) -> dict[str, Any]:
        got = self.session.download(url, self.target, accept="application/json")
        self.bytes += got.bytes
        if got.bytes > MAX_PAGE_BYTES:
            raise FetchRefused(
                "page_too_large",
                f"来源单页内容超过 {MAX_PAGE_BYTES >> 20} MB，请在节点设置中减小每页条数（page）。",
                f"One page of the source is larger than {MAX_PAGE_BYTES >> 20} MB: make the setting page smaller.",
            )
        content = self.target.read_bytes()
        self.target.unlink()
        try:
            answer = json.loads(content.decode("utf-8-sig"), parse_constant=str)
        except (ValueError, RecursionError) as error:
            raise _no_json(content) from error
        if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
            raise _unexpected()
        if not answer["success"]:
            raise _failed(answer.get("error"))
        result = answer.get("result")
        if not isinstance(result, dict):
            raise _unexpected()
        return result


def oldest(changes: list[str]) -> str:
    """From when on to ask for changes, as a search takes it; empty where one of them does not say."""
    first = min(changes, default="")
    return f"{first[:19]}Z" if _MOMENT.match(first) else ""


def _id(one: Mapping[str, Any]) -> str:
    guid = one.get("id")
    if not isinstance(guid, str) or not _ID.fullmatch(guid):
        raise _unexpected()
    return guid


def _changed(one: Mapping[str, Any]) -> str:
    said = one.get("metadata_modified")
    return said if isinstance(said, str) and _MOMENT.match(said) and len(said) < 40 and said.isascii() else ""


def _no_json(content: bytes) -> FetchRefused:
    if content.lstrip()[:1] == b"<":
        return FetchRefused(
            "html_not_json",
            "来源返回的是网页，不是CKAN接口数据；请核对地址，应为站点首页或 …/api/3/action。",
            "The source answers with a web page, not with JSON: give the address of the site or of …/api/3/action.",
        )
    return FetchRefused(
        "json_invalid",
        "来源接口返回的内容不是有效的JSON，本次不作任何更新。",
        "The answer of the API is no valid JSON; nothing is updated.",
    )


def _unexpected() -> FetchRefused:
    return FetchRefused(
        "api_unexpected",
        "来源接口返回的内容与CKAN接口不符（缺少 success、result、count 或记录标识），本次不作任何更新。",
        "The answer is not that of a CKAN API (success, result, count or an identifier is missing).",
    )


def _failed(error: Any) -> FetchRefused:
    kind = error.get("__type") if isinstance(error, dict) else None
    shown = kind[:60] if isinstance(kind, str) and kind.replace(" ", "").isalpha() else "?"
    return FetchRefused(
        "api_failed",
        f"来源接口报告失败（{shown}），请检查节点设置中的筛选条件和访问凭据，或联系来源系统维护人员。",
        f"The API of the source reports an error ({shown}): check the filters and the account of the point.",
    )


def _too_many() -> FetchRefused:
    return FetchRefused(
        "too_many_records",
        f"来源超过 {MAX_RECORDS} 条记录。",
        f"The source has more than {MAX_RECORDS} records.",
    )
