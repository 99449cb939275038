"""The pages of an entry and of a file: who is shown what, by kind of opening, state, audience and gate."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.govshare import signals
from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import citation
from tests.conftest import ENTRY, KINDS, publish, review
from tests.portal import lasting_city, tables
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("with_plugins")

city = lasting_city.city
make_entry = lasting_city.make_entry

SECRET = "机密行"
READERS = ["", "citizen", "firm", "neighbour", "officer", "office"]
INSIDE = ("officer", "office")
ITEMS = [{"name": "词条内容", "name_en": "word", "type": "C", "length": "50"}]


def headers(reader: str) -> dict[str, str]:
    return {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}

@pytest.fixture(scope="module")
def entries(city: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """An entry of each kind; each of its files has a table whose rows name the kind and the audience."""
    made = {}
    for number, (kind, fields) in enumerate(KINDS.items(), start=1):
        made[kind] = publish(city, title=f"条目{number}", tags=[{"name": "同类"}], info_items=ITEMS, **fields)
        for resource in made[kind]["resources"]:
            rows = [(f"{SECRET}-{kind}-{resource['audience']}",)]
            tables.fill(resource["id"], [("word", "text", "词")], rows)
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return made


def takes(reader: str, kind: str, audience: str) -> bool:
    if reader in INSIDE:
        return True
    if audience == "open":
        return kind == "open"
    return reader == "neighbour" and kind in ("open", "shared_only")


def sees(reader: str, kind: str) -> bool:
    return kind in ("open", "open_on_condition") or reader in (*INSIDE, "neighbour")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_rows_are_shown_to_who_may_take_them(app: Any, entries: Any, reader: str, kind: str) -> None:
    entry = entries[kind]
    asked = headers(reader)
    page = app.get(f"/dataset/{entry['name']}", headers=asked, expect_errors=True)
    assert page.status_code == (200 if sees(reader, kind) else 404)
    for resource in entry["resources"]:
        audience = resource["audience"]
        word = f"{SECRET}-{kind}-{audience}"
        address = f"/dataset/{entry['name']}/resource/{resource['id']}?f={SECRET}"
        answer = app.get(address, headers=asked, expect_errors=True)
        assert (word in answer.body) is takes(reader, kind, audience)
        assert takes(reader, kind, audience) or word not in page.body
        assert answer.status_code in ((200,) if takes(reader, kind, audience) else (200, 404))


@pytest.mark.parametrize("state", ["suspended", "withdrawn"])
def test_rows_of_an_entry_that_left_the_catalogue_are_not_shown(
    app: Any, make_entry: Any, state: str
) -> None:
    entry = make_entry()
    resource = tables.open_file(entry)
    tables.fill(resource["id"], [("word", "text", "词")], [(SECRET,)])
    package = model.Package.get(entry["id"])
    package.extras = {**package.extras, "catalogue_state": state}
    model.Session.commit()
    for path in (f"/dataset/{entry['name']}", f"/dataset/{entry['name']}/resource/{resource['id']}"):
        assert SECRET not in app.get(path, expect_errors=True).body


def test_a_file_that_waits_for_its_review_shows_nothing_of_its_rows(app: Any, city: Any) -> None:
    entry = tk.get_action("package_create")(
        {"user": "office"},
        {
            "owner_org": city.traffic,
            **ENTRY,
            "title": f"分批公布的站点{uuid4().hex[:8]}",
            "resources": [_upload(f"词\n{SECRET}\n")],
        },
    )
    path = f"/dataset/{entry['name']}"
    assert SECRET not in app.get(path).body
    review(entry["id"])
    model.Session.expire_all()
    assert SECRET in app.get(path).body


def _upload(text: str) -> dict[str, Any]:
    file = FileStorage(io.BytesIO(text.encode()), filename="站点.csv")
    return {"name": "表", "audience": "open", "format": "CSV", "url": "", "upload": file}


@pytest.fixture
def replaced(city: Any) -> dict[str, Any]:
    """An entry whose first file was opened, whose second never was, and whose third waits."""
    entry = tk.get_action("package_create")(
        {"user": "office"},
        {
            "owner_org": city.traffic,
            **ENTRY,
            "title": f"分批公布的站点{uuid4().hex[:8]}",
            "resources": [_upload("站点\n市政府\n")],
        },
    )
    review(entry["id"])
    for text in ("站点\n广场\n", "站点\n码头\n"):
        patch = {"id": entry["resources"][0]["id"], "upload": _upload(text)["upload"], "url": ""}
        tk.get_action("resource_patch")({"user": "office"}, patch)
    model.Session.expire_all()
    return entry


@pytest.mark.parametrize(
    ("reader", "shown", "taken"),
    [("", 1, 1), ("citizen", 1, 1), ("neighbour", 1, 1), ("officer", 2, 2), ("office", 2, 2)],
)
def test_former_files_are_shown_where_they_passed_the_gate(
    app: Any, replaced: dict[str, Any], reader: str, shown: int, taken: int
) -> None:
    asked = headers(reader)
    for path in ("", f"/resource/{replaced['resources'][0]['id']}"):
        body = app.get(f"/dataset/{replaced['name']}{path}", headers=asked).body
        links = [
            part.partition('"')[0]
            for part in body.split('href="')[1:]
            if "/version/" in part.partition('"')[0]
        ]
        assert len(links) == shown
        answers = [app.get(link, headers=asked, expect_errors=True).status_code for link in links]
        assert answers.count(200) == taken


@pytest.mark.parametrize(
    "change",
    [{"open_type": "2", "open_condition": "实名"}, {"open_type": "3"}, {"catalogue_state": "withdrawn"}],
)
def test_former_files_of_an_entry_that_closed_are_not_shown(
    app: Any, replaced: dict[str, Any], change: dict[str, str]
) -> None:
    package = model.Package.get(replaced["id"])
    package.extras = {**package.extras, **change}
    model.Session.commit()
    assert "/version/" not in app.get(f"/dataset/{replaced['name']}", expect_errors=True).body


def test_former_files_are_as_many_statements_as_one(app: Any, replaced: dict[str, Any]) -> None:
    def sent() -> int:
        model.Session.remove()
        with statements() as found:
            tk.get_action("govshare_file_versions")({"user": "office"}, {"package_id": replaced["id"]})
        return len(found)

    few = sent()
    for number in range(4):
        patch = {
            "id": replaced["resources"][0]["id"],
            "upload": _upload(f"站点\n{number}\n")["upload"],
            "url": "",
        }
        tk.get_action("resource_patch")({"user": "office"}, patch)
    assert sent() == few


def test_data_open_on_condition_say_what_how_and_where(app: Any, entries: Any) -> None:
    body = app.get(f"/dataset/{entries['open_on_condition']['name']}").body
    assert "实名申请，用于科研" in body
    assert "请向市交通运输局提出书面申请" in body
    assert 'class="gs-btn" href="http' not in body
    applies = app.flask_app.view_functions.get("govshare_developers.apply")
    assert ("/apply" in body) is bool(applies)


def test_related_entries_are_those_that_the_reader_may_see(app: Any, entries: Any) -> None:
    def related(reader: str) -> set[str]:
        context = {"user": reader}
        entry = tk.get_action("package_show")(context, {"id": entries["open"]["id"]})
        from ckanext.govshare.portal import related as module

        return {row["title"] for row in module.of_entry(entry, reader)} & {
            f"条目{number}" for number in range(1, 6)
        }

    assert related("") == {"条目2"}
    assert related("neighbour") == {"条目2", "条目3", "条目4", "条目5"}


@pytest.mark.parametrize(
    "hostile",
    [
        {"tags": [{"name": 'a"b\\c OR *:*'}]},
        {"info_items": [{"name": 'x") OR id:("'}]},
        {"related_codes": ["{!func}1", "a:b"]},
    ],
)
def test_related_entries_of_strange_words_are_searched_as_words(
    entries: Any, hostile: dict[str, Any]
) -> None:
    from ckanext.govshare.portal import related as module

    assert module.of_entry({"id": "x", **hostile}, "") == []


def test_the_page_answers_what_who_how_fresh_and_may_i(
    app: Any, make_entry: Callable[..., dict[str, Any]], frozen: Callable[[datetime], Any]
) -> None:
    entry = make_entry(update_cycle="3")
    package = model.Package.get(entry["id"])
    package.extras = {**package.extras, "data_updated": "2026-11-20"}
    package.metadata_modified = datetime(2026, 11, 22)  # noqa: DTZ001 - as core keeps it; else the index answers
    model.Session.commit()
    with frozen(datetime(2026, 11, 22, 10, tzinfo=clock.ZONE)):
        body = app.get(f"/dataset/{entry['name']}").body
    assert "承诺每周更新，数据截至2026-11-20，下次更新应不晚于2026-11-27。" in body
    with frozen(datetime(2026, 11, 28, 10, tzinfo=clock.ZONE)):
        late = app.get(f"/dataset/{entry['name']}").body
    assert "gs-tag--late" in late
    for words in (
        "市交通运输局",
        "无条件开放",
        "国家目录编制指南规定的13项核心元数据是否填写齐全。",
        "TY  - DATA",
        "@misc{",
    ):
        assert words in body


@pytest.mark.parametrize("path", ["", "/resource/{resource}"])
def test_a_page_that_was_read_is_told_to_who_counts(app: Any, make_entry: Any, path: str) -> None:
    entry = make_entry()
    told: list[dict[str, str]] = []

    def listen(_sender: Any, **what: str) -> None:
        told.append(what)

    resource_id = tables.open_file(entry)["id"]
    with signals.viewed.connected_to(listen):
        app.get(f"/dataset/{entry['name']}{path.format(resource=resource_id)}")
    kind = "resource" if path else "entry"
    assert told == [{"kind": kind, "package_id": entry["id"], "resource_id": resource_id if path else ""}]


@pytest.mark.parametrize(("tiles", "approval", "drawn"), [
    ("/t/{z}/{x}/{y}.png", "GS（2026）0001号", True),
    ("/t/{z}/{x}/{y}.png", "", False),
    ("/t/{z}/{x}.png", "GS（2026）0001号", False),
    ("javascript:alert({x}{y}{z})", "GS（2026）0001号", False),
    ("", "GS（2026）0001号", False),
])  # fmt: skip
def test_a_base_map_needs_its_address_and_its_approval(
    app: Any, make_entry: Any, monkeypatch: pytest.MonkeyPatch, tiles: str, approval: str, drawn: bool
) -> None:
    from ckan.common import config

    entry = make_entry()
    tables.fill(tables.open_file(entry)["id"])
    monkeypatch.setitem(config, "ckanext.govshare.site.map_tiles", tiles)
    monkeypatch.setitem(config, "ckanext.govshare.site.map_approval", approval)
    body = app.get(f"/dataset/{entry['name']}").body
    assert "空间分布" in body
    assert ("<image" in body) is drawn
    assert ("审图号：GS（2026）0001号" in body) is drawn


def test_a_citation_holds_no_sign_that_its_form_would_read() -> None:
    about = ("市局", "A & B}\n 100%", "2026-11-22", "http://x/d")
    assert citation.text(*about, datetime(2026, 11, 23, tzinfo=clock.ZONE).date()) == (
        "市局. A & B} 100%[DS/OL]. (2026-11-22)[2026-11-23]. http://x/d."
    )
    assert "title = {{A \\& B\\} 100\\%}}" in citation.bibtex("k", *about)
    assert citation.ris("k", *about).splitlines()[3] == "TI  - A & B} 100%"
