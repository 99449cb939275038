"""The demo's catalogue interface and drop folder: what they answer, and that the kinds take all of it."""

from __future__ import annotations

import json
import os
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from ckanext.govshare import schemas
from ckanext.govshare.harvesters import KINDS, FetchState, PointSpec
from ckanext.govshare.harvesters.drop_folder import DropFolderHarvester
from ckanext.govshare.harvesters.http import Account, GuardedSession
from ckanext.govshare.kernel.records import Gone
from ckanext.govshare.runtime.demo import catalogue, city, folders, packages, serve, state

jsonschema = pytest.importorskip("jsonschema")
KEPT = ("name", "title", "organization", "kind", "default_class", "settings")


def point(kind: str, url: str) -> PointSpec:
    (row,) = [row for row in city.points() if row["kind"] == kind]
    return PointSpec(id="1", url=url, **{key: row[key] for key in KEPT})


@pytest.fixture
def served(tmp_path):
    """Address of the demo's server, folder of the demo."""
    entries = city.at_source("wenlv")
    updated = {entry.fields["title"]: packages.data_updated(entry.fields) for entry in entries}
    folder = serve.make_files(tmp_path)
    catalogue.make(state.interface_path(tmp_path), folder / "files", entries, updated)
    interface = catalogue.Interface(state.interface_path(tmp_path), state.interface_token(tmp_path))
    server = serve.server(0, folder, interface)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{serve.HOST}:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def ask(base: str, home: Path, query: str = "", token: str | None = None) -> tuple[int, dict]:
    shown = state.interface_token(home) if token is None else token
    request = urllib.request.Request(f"{base}{catalogue.PATH}?{query}", headers={"Authorization": f"Bearer {shown}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def session(base: str, home: Path) -> GuardedSession:
    return GuardedSession(
        allow_loopback=True, account=Account.parse(f"{base} Authorization: Bearer {state.interface_token(home)}")
    )


@pytest.mark.parametrize("query", ["", "page_size=2", "page_size=3&page=1", "page_size=3&page=2", "page=9",
                                   "since=2020-01-01T00:00:00Z", "since=2036-01-01T00:00:00%2B08:00"])  # fmt: skip
def test_every_answer_keeps_the_contract(served, query):
    contract = yaml.safe_load((schemas.loader.SHIPPED / "catalogue_api.openapi.yaml").read_text(encoding="utf-8"))
    page = {**contract["components"]["schemas"]["Page"], "components": contract["components"]}
    status, answer = ask(*served, query)
    assert status == 200
    jsonschema.Draft202012Validator(page).validate(answer)


def test_only_the_token_lets_in(served):
    assert [ask(*served, token=token)[0] for token in ("", "wrong", "令牌".encode().decode("latin-1"))] == [401] * 3


@pytest.mark.parametrize("query", ["page_size=many", "page=x", "since=yesterday"])
def test_a_question_that_means_nothing_is_told_so(served, query):
    assert ask(*served, query)[0] == 400


@pytest.mark.parametrize("paging", ["cursor", "page"])
def test_every_entry_of_the_interface_is_taken(served, tmp_path, paging):
    base, home = served
    kind, spec = KINDS["catalogue_api"], point("catalogue_api", f"{base}/wenlv")
    spec = PointSpec(**{**vars(spec), "settings": {"paging": paging, "page_size": 3}})
    fetched = kind.fetch(spec, session(base, home), tmp_path, FetchState())
    found = [kind.to_entry(record, spec) for record in kind.records(fetched, spec)]
    assert len(found) == 4
    assert [finding.slug for one in found for finding in one.findings] == []
    assert [one.entry["open_type"] for one in found] == ["1", "1", "1", "3"]
    for url in (file["url"] for one in found for file in one.entry["resources"]):
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 200


def test_an_edited_interface_tells_its_changes(served, tmp_path):
    base, home = served
    kind, spec = KINDS["catalogue_api"], point("catalogue_api", f"{base}/wenlv")
    whole = kind.fetch(spec, session(base, home), tmp_path, FetchState())
    path = state.interface_path(home)
    rows = json.loads(path.read_text(encoding="utf-8"))
    for row in rows[1:]:
        row["modified"] = "2020-01-01T00:00:00+08:00"
    rows[0]["deleted"] = True
    path.write_text(json.dumps(rows), encoding="utf-8")
    changes = kind.fetch(spec, session(base, home), tmp_path, FetchState(cursor=whole.cursor))
    assert (changes.complete, list(kind.records(changes, spec))) == (False, [Gone("wl-0001")])


def test_what_is_there_is_kept(tmp_path):
    path = state.interface_path(tmp_path)
    path.write_text("[]", encoding="utf-8")
    catalogue.make(path, tmp_path, city.at_source("wenlv"), {})
    assert path.read_text(encoding="utf-8") == "[]"


@pytest.fixture
def dropped(tmp_path):
    folder = state.drop_path(tmp_path)
    folders.make(folder, city.at_source("nongye"), "市农业农村局")
    return folder


def test_every_entry_of_the_folder_is_taken_with_its_files(dropped, tmp_path):
    kind, spec = DropFolderHarvester({"nongye": dropped}.get), point("drop_folder", "folder:nongye")
    (tmp_path / "work").mkdir()
    fetched = kind.fetch(spec, GuardedSession(), tmp_path / "work", FetchState())
    records = list(kind.records(fetched, spec))
    found = [kind.to_entry(record, spec) for record in records]
    assert [finding.slug for one in found for finding in one.findings] == []
    told = {entry.fields["title"]: entry.fields for entry in city.at_source("nongye")}
    for one in found:
        wanted = told[one.entry["title"]]
        items = [{name: value for name, value in item.items() if value} for item in wanted["info_items"]]
        assert one.entry["info_items"] == items
        for name in ("notes", "class_ximu", "share_mode_type", "update_cycle", "pub_date", "license_id"):
            assert one.entry[name] == wanted[name], name
    assert [[file.get("rows") for file in record.files] for record in records] == [[84], [108], [None]]


def test_the_folder_is_made_once_and_holds_what_its_manifest_says(dropped):
    listed = json.loads((dropped / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {file["name"] for file in listed} | {"manifest.json"} == set(os.listdir(dropped))
    (dropped / "manifest.json").unlink()
    folders.make(dropped, city.at_source("nongye"), "市农业农村局")
    assert not (dropped / "manifest.json").exists()


def test_the_configuration_names_folder_and_account(tmp_path):
    found = state.settings(tmp_path, 5301)
    account = Account.parse(found["ckanext.govshare.exchange.account.wenlv"])
    assert account.origin == "http://127.0.0.1:5301"
    assert found["ckanext.govshare.exchange.folder.nongye"] == str(state.drop_path(tmp_path))
    assert state.settings(tmp_path, 5301) == found
    assert (tmp_path / "front-ends.json").stat().st_mode & 0o777 == 0o600


def test_sources_hold_what_the_city_does_not_register_itself():
    registered = {(entry.fields["owner_org"], entry.fields["title"]) for entry in city.entries()}
    for name in ("wenlv", "nongye"):
        for entry in city.at_source(name):
            assert entry.fields["owner_org"] == name
            assert (name, entry.fields["title"]) not in registered
            assert 20 <= len(entry.fields["notes"]) <= 256
