"""What must not be seen × every reader × every door (DESIGN §4). Its sibling test_doors.py is about open and shared.

Each secret is a word of its own that stands in one place only: the page or answer in which a reader finds it shows
it. A reader who may see it finds it at one door at least, so that no test passes because nothing was there.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare.catalogue import index
from ckanext.govshare.kernel.states import CatalogueState
from tests.catalogue.changes.test_systems import SYSTEM
from tests.conftest import ENTRY, FILES, build_city, empty, publish

INSIDE = ("officer", "reviewer", "office")
GOVERNMENT = (*INSIDE, "neighbour")
READERS = ("", "citizen", "firm", "county_office", "neighbour", *INSIDE)

#: word → who may find it anywhere
SECRETS = {
    "甲系统词": GOVERNMENT,  # an information system
    "乙停用词": INSIDE,  # an entry whose source is missing
    "丙撤回词": INSIDE,  # an entry that the office withdrew
    "丁草稿词": INSIDE,  # a new entry that is being written
    "戊送审词": INSIDE,  # a new entry under review
    "己变更词": INSIDE,  # what a published entry is to become
    "庚文件词": INSIDE,  # the name of a file that belongs to a draft
    "辛内容词": INSIDE,  # what stands in that file
    "壬导入词": INSIDE,  # a workbook that was handed in
    "00001234567": GOVERNMENT,  # telephone of the contact of a public entry
    "files.example/share.csv": GOVERNMENT,  # address of a file for departments
    "癸内项词": GOVERNMENT,  # an item that is shared more narrowly than its public entry
}


class Place:
    """Ids and addresses of what was made."""

    entries: dict[str, dict[str, Any]]
    changes: dict[str, str]
    digest: str
    report: str


def _file(word: str, name: str) -> dict[str, Any]:
    stored = tk.get_action("govshare_file_store")(
        {"user": "officer"},
        {"upload": FileStorage(io.BytesIO(f"a,b\n{word},1\n".encode()), name), "filename": name},
    )
    return {**stored, "name": name, "audience": "share", "format": "CSV"}


@pytest.fixture(scope="module")
def place(loaded: None) -> Place:
    """One of everything that is not for everybody; nothing here writes, so it is made once."""
    empty()
    city = build_city()
    made = Place()
    content = {key: value for key, value in ENTRY.items() if key != "type"}
    items = [
        {"name": "站点名称", "type": "C", "length": "50"},
        {"name": "癸内项词", "type": "C", "length": "20", "share_type": "3"},
    ]
    made.entries = {
        "public": publish(city, title="公开条目", info_items=items, contact_phone="00001234567"),
        "suspended": publish(city, title="乙停用词条目", tags=[{"name": "乙停用词标签"}]),
        "withdrawn": publish(city, title="丙撤回词条目", tags=[{"name": "丙撤回词标签"}]),
        "system": tk.get_action("package_create")(
            {"user": "office"},
            {**SYSTEM, "type": "information-system", "owner_org": city.traffic, "title": "甲系统词系统"},
        ),
    }
    state = {"ignore_auth": True, "user": "office"}
    for name, wanted in (("suspended", CatalogueState.SUSPENDED), ("withdrawn", CatalogueState.WITHDRAWN)):
        tk.get_action("govshare_entry_state")(
            state, {"id": made.entries[name]["id"], "state": wanted.value, "reason": "test"}
        )
    model.Session.commit()

    def begin(user: str = "officer", **data: Any) -> str:
        return tk.get_action("govshare_change_create")({"user": user}, data)["id"]

    file = _file("辛内容词", "庚文件词.csv")
    made.digest = file["hash"]
    made.changes = {
        "draft": begin(
            data={**content, "title": "丁草稿词条目", "tag_string": "丁草稿词标签", "resources": [file]}
        ),
        "submitted": begin(data={**content, "title": "戊送审词条目", "resources": [FILES[1]]}),
        "change": begin(
            id=made.entries["public"]["id"], data={"notes": "己变更词说明", "tag_string": "己变更词标签"}
        ),
    }
    tk.get_action("govshare_change_submit")({"user": "officer"}, {"id": made.changes["submitted"]})
    rows = "信息资源名称,信息资源摘要,更新周期\n导入的条目,说明,壬导入词\n"
    made.report = tk.get_action("govshare_catalogue_import")(
        {"user": "officer"},
        {
            "organization": city.traffic,
            "wait": True,
            "filename": "目录.csv",
            "content_base64": base64.b64encode(rows.encode()).decode(),
        },
    )["id"]
    while index.drain()["left"]:
        pass
    return made


@pytest.fixture(scope="module")
def headers(place: Place) -> Callable[[str], dict[str, str]]:
    from ckan.tests import factories

    tokens = {reader: factories.APIToken(user=reader)["token"] for reader in READERS if reader}
    return lambda reader: {"Authorization": tokens[reader]} if reader else {}


def searches() -> list[tuple[str, dict[str, Any]]]:
    """Searches that would find a secret, or count it."""
    fields = ["tags", "organization", "open_type", "res_format", "source_system"]
    wide = {
        "rows": 100,
        "include_private": True,
        "include_drafts": True,
        "facet.field": fields,
        "facet.limit": -1,
    }
    return [
        ("package_search", {"q": "*:*", **wide}),
        ("package_search", {"q": "*:*", "fq": "dataset_type:*", **wide}),
        ("package_search", {"q": "*:*", "fq": "dataset_type:information-system", **wide}),
        ("package_search", {"q": "*:*", "fq_list": ["dataset_type:information-system"], **wide}),
        ("package_search", {"q": "dataset_type:information-system", "defType": "lucene", **wide}),
        ("package_search", {"fq": "catalogue_state:* +state:*", **wide}),
    ]


def actions(place: Place) -> list[tuple[str, dict[str, Any]]]:
    """Every action that gives something of the catalogue away."""
    packages = [entry["id"] for entry in place.entries.values()]
    found = [
        *searches(),
        ("package_list", {}),
        ("current_package_list_with_resources", {"limit": 50}),
        ("tag_list", {"all_fields": True}),
        ("organization_show", {"id": "jiaotong", "include_datasets": True}),
        ("organization_list", {"all_fields": True, "include_dataset_count": True}),
        ("group_package_show", {"id": "jiaotong"}),
        ("member_list", {"id": "jiaotong"}),
        ("status_show", {}),
        ("govshare_change_list", {"limit": 100}),
        ("govshare_change_todo", {}),
        ("govshare_todo_list", {}),
        ("govshare_opening_list", {}),
        ("govshare_audit_list", {"limit": 100}),
        ("govshare_catalogue_import_show", {"id": place.report}),
        ("govshare_catalogue_import_file", {"id": place.report}),
        ("govshare_entry_show", {"resource_code": "xt990100/0001"}),
        ("govshare_publication_progress", {}),
        ("govshare_codelist_list", {}),
    ]
    for word in SECRETS:
        stem = word[:2]
        found += [
            ("package_autocomplete", {"q": stem, "limit": 50}),
            ("tag_autocomplete", {"query": stem, "limit": 50}),
            ("tag_search", {"query": stem}),
            ("tag_show", {"id": f"{word}标签"}),
            ("package_search", {"q": word, "rows": 50, "include_private": True}),
        ]
    for package_id in packages:
        found += [
            (name, {"id": package_id})
            for name in (
                "package_show",
                "dcat_dataset_show",
                "govshare_entry_history",
                "package_relationships_list",
            )
        ]
        found.append(("govshare_opening_show", {"package_id": package_id}))
    for change_id in place.changes.values():
        found += [
            ("govshare_change_show", {"id": change_id}),
            ("govshare_opening_show", {"change_id": change_id}),
        ]
    for kind in ("dataset", "information-system"):
        for form in ("json", "csv"):
            found.append(("govshare_catalogue_export", {"format": form, "package_type": kind}))
    return found


def addresses(place: Place) -> list[str]:
    """Every page, feed and file."""
    found = [
        *(
            "/",
            "/dataset/",
            "/dataset/?q=dataset_type:information-system",
            "/information-system/",
            "/application/",
        ),
        *(
            "/feeds/dataset.atom",
            "/feeds/custom.atom?q=*:*",
            "/feeds/organization/jiaotong.atom",
            "/catalog.xml",
        ),
        *("/catalog.jsonld", "/catalog.ttl?q=dataset_type:information-system", "/sitemap.xml", "/robots.txt"),
        *(
            "/organization/jiaotong",
            "/organization/",
            "/progress",
            "/desk",
            "/office",
            "/desk/changes",
            "/desk/import",
        ),
        *("/desk/catalogue", "/desk/systems", "/office/systems", "/desk/openings", "/code/xt990100/0001"),
        *("/xt990100-0001", f"/desk/import/{place.report}", "/exchange", "/user/activity/officer"),
    ]
    for entry in place.entries.values():
        for kind in ("dataset", entry["type"]):
            found += [
                f"/{kind}/{entry['name']}",
                f"/{kind}/activity/{entry['id']}",
                f"/{kind}/groups/{entry['id']}",
            ]
        found += [f"/dataset/{entry['name']}.ttl", f"/dataset/{entry['name']}.jsonld"]
        found += [f"/desk/entry/{entry['name']}/history", f"/desk/entry/{entry['id']}/opening"]
    for change_id in place.changes.values():
        found += [
            f"/desk/change/{change_id}{page}" for page in ("", "/edit", "/preview", "/opening", "/merge")
        ]
    public = place.entries["public"]
    found += [
        f"/dataset/{public['id']}/resource/{file['id']}/version/{place.digest}"
        for file in public["resources"]
    ]
    return found


def ask(reader: str, action: str, data: dict[str, Any]) -> str:
    """What an action answers, as text; nothing where it refuses."""
    context = {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}
    try:
        answer = tk.get_action(action)(context, dict(data))
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError, KeyError):
        model.Session.rollback()
        return ""
    text = json.dumps(answer, ensure_ascii=False, default=str)
    coded = answer.get("content_base64") if isinstance(answer, dict) else None
    return text + (base64.b64decode(coded).decode("utf-8", "replace") if coded else "")


def hidden(reader: str, text: str) -> set[str]:
    return {word for word, readers in SECRETS.items() if word in text and reader not in readers}


@pytest.mark.parametrize("reader", READERS)
def test_no_action_tells_a_reader_what_is_not_for_him(place, reader):
    told = {
        (action, json.dumps(data, ensure_ascii=False), word)
        for action, data in actions(place)
        for word in hidden(
            reader, ask(reader, action, data).replace(json.dumps(data, ensure_ascii=False), "")
        )
        if word not in data.values() or action != "package_search"
    }
    assert told == set()


@pytest.mark.parametrize("reader", READERS)
def test_no_page_shows_a_reader_what_is_not_for_him(app, place, headers, reader):
    told = set()
    for address in addresses(place):
        page = app.get(address, headers=headers(reader), expect_errors=True)
        assert page.status_code < 500, address
        told |= {(address, word) for word in hidden(reader, page.get_data(as_text=True))}
    assert told == set()


@pytest.mark.parametrize("word", sorted(set(SECRETS) - {"辛内容词"}))
def test_whoever_may_see_it_finds_it_somewhere(place, word):
    reader = SECRETS[word][-1] if word != "壬导入词" else "officer"
    assert any(word in ask(reader, action, data) for action, data in actions(place))


def test_a_staged_file_is_no_file_of_anything_yet(app, place, headers):
    for reader in READERS:
        for address in (f"/dataset/x/resource/{place.digest}/download", f"/file/download/{place.digest}"):
            page = app.get(address, headers=headers(reader), expect_errors=True)
            assert "辛内容词" not in page.get_data(as_text=True)


@pytest.mark.parametrize("reader", ["", "citizen", "firm", "county_office"])
def test_counts_know_nothing_of_what_a_reader_does_not_see(place, reader):
    context = {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}
    found = tk.get_action("package_search")(
        context,
        {"q": "*:*", "fq": "dataset_type:*", "rows": 0, "include_private": True, "include_drafts": True},
    )
    shown = tk.get_action("organization_show")(context, {"id": "jiaotong"})
    assert (found["count"], shown["package_count"]) == (1, 1)


@pytest.mark.parametrize("reader", ["", "citizen", "county_office"])
def test_a_word_of_a_narrower_item_finds_nothing(place, reader):
    context = {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}
    assert tk.get_action("package_search")(context, {"q": "癸内项词"})["count"] == 0


def test_departments_see_the_narrower_item_with_its_class(place):
    shown = tk.get_action("package_show")({"user": "neighbour"}, {"id": place.entries["public"]["id"]})
    assert [item.get("share_type") for item in shown["info_items"]] == [None, "3"]
