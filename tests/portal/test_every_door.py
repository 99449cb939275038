"""A visitor follows every link of the site and asks every outlet: nothing that is not open shows, nothing fails."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import ckan.plugins.toolkit as tk
import pytest

from tests.conftest import KINDS, build_city, empty, publish

pytestmark = pytest.mark.usefixtures("with_plugins")

SITE = "http://test.ckan.net"
OPEN_WORD, CLOSED_WORD = "公开词汇", "封存词汇"
CLOSED_FILE, CLOSED_ROW, CLOSED_ITEM = "部门专用附件", "内部单元格", "内部信息项"
SECRETS = (CLOSED_WORD, CLOSED_FILE, CLOSED_ROW, CLOSED_ITEM, "share.csv", "13800000000")
OPEN_KINDS = ("open", "open_on_condition")
MOST = 700  # pages
# Addresses that no page links to, or that programs guess.
GUESSED = [
    "/api/3/action/package_search?rows=1000",
    "/api/3/action/package_search?rows=0&facet.field=[%22tags%22,%22organization%22,%22res_format%22]",
    "/api/3/action/package_list",
    "/api/3/action/current_package_list_with_resources",
    "/api/3/action/tag_list",
    "/api/3/action/tag_autocomplete?q=标",
    "/api/3/action/package_autocomplete?q=" + CLOSED_WORD,
    "/api/3/action/govshare_suggest?q=" + CLOSED_WORD,
    "/api/3/action/resource_search?query=name:" + CLOSED_FILE,
    "/api/3/action/datastore_search?resource_id=_table_metadata",
    "/api/3/action/organization_show?id=jiaotong&include_datasets=true",
    "/api/3/action/recently_changed_packages_activity_list",
    "/api/3/action/govshare_usage_ranking?kind=view",
    "/api/3/action/govshare_usage_site",
    "/api/3/action/govshare_dialogue_list",
    "/data.json",
    "/catalog.jsonld",
    "/catalog.ttl",
    "/catalog.xml",
    "/catalogue.csv",
    "/catalogue.json",
    "/catalogue.xlsx",
    "/sitemap.xml",
    "/robots.txt",
    "/feeds/dataset.atom",
    "/feeds/organization/jiaotong.atom",
    "/feeds/custom.atom?q=" + CLOSED_WORD,
    "/stats",
    "/dialogue",
    "/announcement",
    "/developers/openapi.json",
    "/dataset/?q=" + CLOSED_WORD,
    "/dataset/?q=" + CLOSED_ITEM,
    "/dataset/?tags=标签-shared_only",
    "/en/",
]


@pytest.fixture(scope="module")
def city(loaded: None) -> dict[str, dict[str, Any]]:
    """One entry of each kind, with rows, a file for the public and one for departments, a narrower item."""
    empty()
    made = {}
    built = build_city()
    for number, (kind, fields) in enumerate(KINDS.items(), start=1):
        word = OPEN_WORD if kind in OPEN_KINDS else CLOSED_WORD
        made[kind] = publish(
            built,
            **{
                "title": f"{word}数据{number}",
                "notes": f"{word}的说明，联系电话见页面。",
                "tags": [{"name": f"标签-{kind}"}],
                "contact_phone": "" if kind in OPEN_KINDS else "13800000000",
                "resource_code": f"307001004/{number:04}",
                "info_items": [
                    {"name": "站点名称", "type": "C", "length": "50"},
                    {"name": CLOSED_ITEM, "type": "C", "length": "50", "share_type": "3"},
                ],
                **fields,
            },
        )
        for resource in made[kind]["resources"]:
            takeable = kind == "open" and resource["audience"] == "open"
            tk.get_action("datastore_create")(
                {"ignore_auth": True, "user": "office"},
                {
                    "resource_id": resource["id"],
                    "force": True,
                    "fields": [{"id": "a", "type": "text"}],
                    "records": [{"a": "公开单元格" if takeable else CLOSED_ROW}],
                },
            )
            if resource["audience"] == "share":
                tk.get_action("resource_patch")(
                    {"ignore_auth": True, "user": "office"}, {"id": resource["id"], "name": CLOSED_FILE}
                )
    while tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})["left"]:
        pass
    return made


def _links(text: str, here: str) -> Iterator[str]:
    found = re.findall(r'(?:href|src|action)="([^"]+)"', text) + re.findall(r"<loc>([^<]+)</loc>", text)
    for link in found:
        whole = urlsplit(urljoin(SITE + here, html.unescape(link)))
        if f"{whole.scheme}://{whole.netloc}" == SITE:
            yield whole.path + (f"?{whole.query}" if whole.query else "")


def _kind_of(path: str) -> tuple[str, str]:
    """Pages that differ only in filters or ids are one kind: some of each are enough."""
    parts = urlsplit(path)
    ids = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "N", parts.path)
    return ids, ",".join(sorted(re.findall(r"(?:^|&)([^=&]+)=", parts.query)))


def _texts(answer: Any) -> str:
    """What an answer says, files in it unpacked."""
    data = answer.get_data()
    if data[:4] != b"PK\x03\x04":
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(
            [
                *archive.namelist(),
                *(archive.read(name).decode("utf-8", "replace") for name in archive.namelist()),
            ]
        )


@pytest.fixture(scope="module")
def walked(city: dict[str, Any], app: Any) -> dict[str, tuple[int, str]]:
    """Every page that links lead to from the home page, and every guessed address: status and text by address."""
    client = app.test_client(use_cookies=False)
    guessed = [
        *GUESSED,
        *(f"/dataset/{entry['name']}" for entry in city.values()),
        *(
            address.format(entry=entry["name"], resource=resource["id"])
            for entry in city.values()
            for resource in entry["resources"]
            for address in (
                "/dataset/{entry}/resource/{resource}",
                "/dataset/{entry}/resource/{resource}/download",
                "/dataset/{entry}/resource/{resource}/as/csv",
                "/dataset/{entry}/resource/{resource}/as/json",
                "/dataset/{entry}/package.zip",
                "/dataset/{entry}.jsonld",
                "/api/3/action/datastore_search?resource_id={resource}",
                "/api/3/action/package_show?id={entry}",
            )
        ),
        *(f"/code/{entry['resource_code']}" for entry in city.values()),
    ]
    waiting, seen, kinds = deque(["/", *guessed]), {}, {}
    while waiting and len(seen) < MOST:
        path = waiting.popleft()
        kind = _kind_of(path)
        if path in seen or (path not in guessed and kinds.get(kind, 0) >= 4):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = client.get(quote(path, safe="/?=&%:+,[]*\"'"), follow_redirects=False)
        text = _texts(answer)
        seen[path] = (answer.status_code, text)
        if (answer.mimetype or "").endswith(("html", "xml")):
            waiting.extend(_links(text, path))
        elif answer.location:
            waiting.extend(_links(f'href="{html.escape(answer.location)}"', path))
    return seen


def test_the_walk_saw_the_site(walked: dict[str, tuple[int, str]]) -> None:
    assert len(walked) > 150
    assert sum(OPEN_WORD in text for _status, text in walked.values()) > 20


def test_no_page_fails(walked: dict[str, tuple[int, str]]) -> None:
    assert {path: status for path, (status, _text) in walked.items() if status >= 500} == {}


def test_no_link_of_a_page_leads_nowhere(walked: dict[str, tuple[int, str]]) -> None:
    linked = {link for path, (status, text) in walked.items() if status == 200 for link in _links(text, path)}
    assert sorted(path for path, (status, _text) in walked.items() if status == 404 and path in linked) == []


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_that_is_not_open_shows_anywhere(walked: dict[str, tuple[int, str]], secret: str) -> None:
    told = []
    for path, (_status, text) in walked.items():
        if secret not in unquote(path) and secret in html.unescape(text):  # a page may say what was asked for
            told.append(path)
    assert told == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OPEN_KINDS])
def test_an_entry_that_is_not_open_has_no_address_anywhere(
    walked: dict[str, tuple[int, str]], city: dict[str, Any], kind: str
) -> None:
    entry = city[kind]
    for mark in (entry["id"], entry["name"], entry["resource_code"]):
        assert [path for path, (_status, text) in walked.items() if mark in text and mark not in path] == []
