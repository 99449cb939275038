"""Who takes what through the doors of downloads; what a resumed download gets; what is counted."""

from __future__ import annotations

import io
import zipfile

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from werkzeug.test import Client

from ckanext.govshare import signals
from ckanext.govshare.portal import formats
from tests.conftest import ENTRY, KINDS, build_city, empty, publish
from tests.portal.downloads import FORMATS, TABLE, fill, open_file, take
from tests.portal.downloads import file as a_file

READERS = ["", "firm", "county_office", "neighbour", "officer", "office"]
INSIDE = {"officer", "office"}


def takes(reader: str, kind: str, audience: str) -> bool:
    """The rules of taking, written a second time."""
    if reader in INSIDE:
        return True
    if kind in ("suspended", "withdrawn"):
        return False
    if audience == "open":
        return kind == "open"
    return reader == "neighbour" and kind in ("open", "shared_only", "gate_not_passed")


@pytest.fixture(scope="module")
def entries(loaded):
    """One entry of each kind and state, each with a file for the public and one for departments."""
    empty()
    city = build_city()
    made = {}
    kinds = {**KINDS, "suspended": {}, "withdrawn": {}, "gate_not_passed": {}}
    for number, (kind, fields) in enumerate(kinds.items()):
        audiences = ["share"] if fields.get("open_type") == "3" else ["open", "share"]
        content = TABLE + b"\n" * (kind == "gate_not_passed")  # a file of its own: no other review covers it
        files = [
            a_file(f"{audience}.csv", content, audience=audience, name=audience) for audience in audiences
        ]
        told = {**fields, "title": f"条目{number}", "resources": files}
        if kind == "gate_not_passed":
            made[kind] = tk.get_action("package_create")(
                {"user": "office"}, {**ENTRY, "owner_org": city.traffic, **told}
            )
        else:
            made[kind] = publish(city, **told)
        for resource in made[kind]["resources"]:
            fill(resource["id"], [{"id": "a"}], [{"a": "1"}])
    tk.get_action("govshare_catalogue_withdraw")(
        {"user": "office"}, {"id": made["withdrawn"]["id"], "reason": "试验"}
    )
    tk.get_action("govshare_entry_state")(
        {"user": "", "ignore_auth": True},
        {"id": made["suspended"]["id"], "state": "suspended", "reason": "试验"},
    )
    model.Session.commit()
    return made


@pytest.fixture(scope="module")
def keys(entries):
    return {
        reader: {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}
        for reader in READERS
    }


@pytest.mark.parametrize("reader", READERS)
def test_rows_are_for_who_may_take_the_file(app, entries, keys, reader):
    answered, right = {}, {}
    for kind, entry in entries.items():
        for resource in entry["resources"]:
            for extension in FORMATS:
                case = (kind, resource["audience"], extension)
                answer = take(app, entry, resource, extension, headers=keys[reader])
                answered[case] = answer.status_code == 200
                right[case] = takes(reader, kind, resource["audience"])
                assert answer.status_code in (200, 403, 404)
    assert answered == right


@pytest.mark.parametrize("reader", READERS)
def test_a_package_has_what_may_be_taken(app, entries, keys, reader):
    answered, right = {}, {}
    for kind, entry in entries.items():
        answer = app.get(f"/dataset/{entry['name']}/package.zip", headers=keys[reader])
        names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist() if answer.status_code == 200 else []
        answered[kind] = {name for name in names if name in ("open.csv", "share.csv")}
        audiences = [resource["audience"] for resource in entry["resources"]]
        right[kind] = {f"{audience}.csv" for audience in audiences if takes(reader, kind, audience)}
    assert answered == right


def test_a_refusal_says_why(app, entries):
    entry = entries["open_on_condition"]
    answer = take(app, entry, open_file(entry), "csv")
    assert (answer.status_code, "依申请" in answer.text or "申请" in answer.text) == (403, True)


def test_what_nobody_sees_is_not_there(app, entries):
    entry = entries["shared_only"]
    assert take(app, entry, entry["resources"][0], "csv").status_code == 404


def test_an_unknown_format_is_not_there(app, entries):
    for name in ("ods", "CSV", "csv.gz", "..%2f"):
        assert take(app, entries["open"], open_file(entries["open"]), name).status_code == 404


def test_a_resource_of_another_entry_is_not_there(app, entries):
    assert take(app, entries["open_on_condition"], open_file(entries["open"]), "csv").status_code == 404


def test_a_department_that_takes_rows_is_recorded(app, entries, keys):
    entry = entries["shared_only"]
    take(app, entry, entry["resources"][0], "json", headers=keys["neighbour"])
    events = tk.get_action("govshare_audit_list")(
        {"user": "office"}, {"object_id": entry["resources"][0]["id"]}
    )
    taken = [event for event in events["results"] if event["action"] == "file_taken"]
    assert (taken[0]["actor"], taken[0]["data"]["right"]) == ("neighbour", "shared")


@pytest.fixture
def counted():
    """What is told to whoever counts."""
    told = []

    def note(_sender, **about):
        told.append((about["format"], about["converted"]))

    with signals.taken.connected_to(note):
        yield told


def original(entry):
    return f"/dataset/{entry['name']}/resource/{open_file(entry)['id']}/download/x.csv"


def made(entry):
    return f"/dataset/{entry['name']}/resource/{open_file(entry)['id']}/as/csv"


@pytest.mark.parametrize(("address", "count"), [(original, ("CSV", False)), (made, ("CSV", True))])
@pytest.mark.parametrize(
    ("method", "headers", "status", "span", "counts"),
    [
        ("GET", {}, 200, slice(None), True),
        ("HEAD", {}, 200, slice(0), False),
        ("GET", {"Range": "bytes=0-3"}, 206, slice(0, 4), True),
        ("GET", {"Range": "bytes=4-"}, 206, slice(4, None), False),
        ("GET", {"Range": "bytes=-3"}, 206, slice(-3, None), False),
        ("GET", {"Range": "bytes=99999-"}, 416, None, False),
        ("GET", {"Range": "bytes=4-", "If-Range": "ETAG"}, 206, slice(4, None), False),
        ("GET", {"Range": "bytes=4-", "If-Range": '"another"'}, 200, slice(None), True),
        ("GET", {"If-None-Match": "ETAG"}, 304, slice(0), False),
    ],
)
def test_ranges_conditions_and_what_is_counted(
    app, entries, counted, address, count, method, headers, status, span, counts
):
    url = address(entries["open"])
    whole = app.get(url)
    counted.clear()
    told = {name: value.replace("ETAG", whole.headers["ETag"]) for name, value in headers.items()}
    answer = Client(app.flask_app).open(url, method=method, headers=told)
    assert answer.status_code == status
    if span is not None:
        assert answer.data == whole.data[span]
        assert answer.headers["ETag"] == whole.headers["ETag"]
    assert counted == ([count] if counts else [])


def test_files_of_a_package_are_counted_one_by_one(app, entries, counted):
    app.get(f"/dataset/{entries['open']['name']}/package.zip")
    assert counted == [("CSV", False)]


def test_what_is_refused_is_not_counted(app, entries, counted):
    take(app, entries["open_on_condition"], open_file(entries["open_on_condition"]), "csv")
    assert counted == []


def test_formats_name_the_original_first(app, entries):
    resource = open_file(entries["open"])
    with app.flask_app.test_request_context():
        shown = formats.govshare_formats(resource)
    assert [(row["format"], row["original"]) for row in shown] == [
        ("CSV", True),
        ("CSV", False),
        ("XLSX", False),
        ("JSON", False),
        ("XML", False),
    ]
    assert all(app.get(row["url"]).status_code == 200 for row in shown)


@pytest.mark.parametrize(
    "resource",
    [
        {"id": "x", "format": "CSV"},
        {"id": "x", "format": "CSV", "not_available": "not_open", "datastore_active": True},
    ],
)
def test_what_may_not_be_taken_has_no_formats(app, resource):
    with app.flask_app.test_request_context():
        assert formats.govshare_formats(resource) == []


@pytest.mark.parametrize(
    ("resource", "rows"),
    [
        ({"format": "PDF", "url_type": "upload", "size": 9}, False),
        ({"format": "CSV", "url_type": "", "url": "http://files.example/a.csv"}, False),
        ({"format": "CSV", "url_type": "upload", "size": "9"}, True),
        ({"format": "XLSX", "url_type": "upload", "size": 21 * formats.MIB}, False),
        ({"format": "PDF", "url_type": "upload", "size": 9, "datastore_active": True}, True),
    ],
)
def test_rows_come_from_a_table_or_from_a_stored_one(loaded, resource, rows):
    assert formats.has_rows(resource) is rows


def test_an_original_is_what_was_stored(app, entries):
    assert app.get(original(entries["open"])).data == TABLE
