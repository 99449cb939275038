"""Where a CKAN site is, and which of its records are wanted: the address and the settings of a point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.govshare.harvesters.refusals import FetchRefused

ROWS = 1000
"""Records of a page at most: CKAN gives no more, unless it is told to."""
NEVER = frozenset(
    {"capacity", "state", "permission_labels", "site_id", "entity_type", "index_id", "id", "metadata_modified"}
)
"""Fields that no filter names: they decide what an anonymous reader sees, or how the site is read."""
_END = re.compile(r"/api(/action|/3(/action)?)?/?$|/+$")
_SLUG = re.compile(r"[a-z0-9_-]{1,100}")
_FILTER = re.compile(
    r'-?(?P<field>[A-Za-z_][A-Za-z0-9_]{0,60}):(?:[\w.*-]{1,100}|"[^"\\]{1,200}"|\[[\w:.*-]{1,40} TO [\w:.*-]{1,40}\])'
)


@dataclass(frozen=True)
class Site:
    """Where a site is, and which of its records are wanted.

    :param root: address of the site without a final slash
    :param filters: in the language of its search
    :param page: records of one request
    """

    root: str
    filters: tuple[str, ...]
    page: int

    @classmethod
    def of(cls, url: str, settings: Mapping[str, Any]) -> Site:
        """As a point names it.

        :param url: of the site, or of its API (``…/api/3/action``)
        :raises FetchRefused: a setting means nothing
        """
        root = _END.sub("", re.split("[?#]", url.strip())[0])
        return cls(root, tuple(_filters(settings)), _page(settings.get("page")))


def _filters(settings: Mapping[str, Any]) -> Iterator[str]:
    given = settings.get("fq") or []
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or len(listed) > 10:
        raise _bad_filter(str(given))
    for one in listed:
        match = _FILTER.fullmatch(one) if isinstance(one, str) else None
        if not match or match["field"] in NEVER:
            raise _bad_filter(str(one))
        yield one
    if not any(one.lstrip("-").startswith("dataset_type:") for one in listed):
        yield "dataset_type:dataset"
    organization = settings.get("organization")
    if organization:
        if not isinstance(organization, str) or not _SLUG.fullmatch(organization):
            raise _bad_filter(f"organization:{organization}")
        yield f"organization:{organization}"


def _page(given: Any) -> int:
    if given in (None, ""):
        return 100
    text = str(given)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= ROWS:
        raise FetchRefused(
            "settings_invalid",
            f"节点设置“page”（每页条数）应为1至{ROWS}的整数。",
            f"The setting page is a number from 1 to {ROWS}.",
        )
    return int(text)


def _bad_filter(given: str) -> FetchRefused:
    return FetchRefused(
        "filter_invalid",
        f"节点设置中的筛选条件“{given[:60]}”无效：应为“字段:值”，且不得涉及可见范围、状态和标识。",
        f'The filter "{given[:60]}" is not valid: it is field:value, and never about visibility, state or identifiers.',
    )
