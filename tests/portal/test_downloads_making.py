"""Files while they are made: failures, readers who go away, tables that change, disks that are full, many at once."""

from __future__ import annotations

import csv
import io
import json
import resource as limits
import threading
import time
import zipfile

import ckan.plugins.toolkit as tk
import openpyxl
import pytest
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine
from werkzeug.test import Client

from ckanext.govshare import signals
from ckanext.govshare.portal import convert, convert_rows, convert_xlsx, download_views
from tests.portal.downloads import FORMATS, TABLE, add_rows, fill, grow, open_file, take
from tests.portal.downloads import file as a_file

ROWS = 120_000  # about 13 MB: more than what waits in memory for a reader


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where made files are kept in this test."""
    monkeypatch.setitem(tk.config, "ckanext.govshare.downloads.path", str(tmp_path / "made"))
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


@pytest.fixture
def by_hand(folder, monkeypatch):
    """Nothing is kept: what is made waits for its reader."""
    monkeypatch.setitem(tk.config, "ckanext.govshare.downloads.keep_mib", 0)


@pytest.fixture
def large(make_entry):
    entry = make_entry()
    grow(open_file(entry)["id"], ROWS)
    return entry, open_file(entry)


def begin(app, entry, resource, extension="csv"):
    """A response that is read little by little, as a server does."""
    url = f"/dataset/{entry['name']}/resource/{resource['id']}/as/{extension}"
    return Client(app.flask_app).get(url, buffered=False)


def backends():
    """Sessions of the public reader in a transaction."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = current_user AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    with get_read_engine().connect() as connection:
        return connection.scalar(sa.text(query))


def eventually(ask, seconds=5):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ask():
            return True
        time.sleep(0.02)
    return ask()


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]


def test_a_kept_file_is_not_given_out_when_it_stopped_being_open(app, make_entry):
    entry = make_entry(resources=[a_file()])
    fill(open_file(entry)["id"], [{"id": "a"}], [{"a": "1"}])
    before = take(app, entry, open_file(entry), "csv")
    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": entry["id"], "reason": "试验"})
    after = take(app, entry, open_file(entry), "csv", headers={"If-None-Match": before.headers["ETag"]})
    assert (before.status_code, after.status_code) == (200, 404)


def test_a_link_that_is_followed_is_counted(app, make_entry):
    entry, told = make_entry(), []

    def note(_sender, **about):
        told.append((about["format"], about["converted"]))

    with signals.taken.connected_to(note):
        app.get(
            f"/dataset/{entry['name']}/resource/{open_file(entry)['id']}/download/x.csv",
            follow_redirects=False,
        )
    assert told == [("CSV", False)]


def test_a_reader_who_goes_away_frees_the_connection_at_once(app, large, by_hand):
    answer = begin(app, *large)
    next(answer.response)
    busy = backends()
    answer.close()
    assert busy == 1
    assert eventually(lambda: backends() == 0 and not convert._making)


def test_a_reader_who_never_began_frees_the_connection_too(app, large, by_hand):
    begin(app, *large).close()
    assert eventually(lambda: backends() == 0 and not convert._making)


def test_a_part_of_a_file_is_not_kept(app, large, folder, monkeypatch):
    monkeypatch.setattr(convert_rows.Table, "send", lambda self, shape, begin: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        begin(app, *large)
    assert eventually(lambda: not convert._making and not list(folder.iterdir()))


def test_nobody_waits_until_the_disk_has_what_is_kept(app, large, folder, monkeypatch):
    disk, synced = threading.Event(), convert.os.fsync
    monkeypatch.setattr(convert.os, "fsync", lambda part: disk.wait(10) and synced(part))
    monkeypatch.setattr(download_views, "WAIT_SECONDS", 0)
    answer = begin(app, *large)
    assert len(rows_of(b"".join(answer.response))) == ROWS
    assert convert._making
    assert [path.name[:5] for path in folder.iterdir()] == [convert.PART]
    answer.close()
    disk.set()
    assert eventually(lambda: not convert._making)
    assert [path.suffix for path in folder.iterdir()] == [".csv"]


class Broken:
    """Rows that end by an error after some megabytes."""

    revision = ("x",)
    columns = (convert_rows.Column("a", "a", "text", "a"),)

    def __init__(self, folder):
        self.go_on = threading.Event()

    def send(self, shape, begin):
        send = begin(list(self.columns))
        send([b"row\n"] * 1000)
        self.go_on.wait(10)
        raise RuntimeError("the database is gone")

    def cancel(self):
        self.go_on.set()

    close = cancel


@pytest.mark.parametrize("extension", FORMATS)
def test_what_fails_in_the_middle_does_not_look_complete(tmp_path, extension):
    source = Broken(tmp_path)
    _making, reading = convert.make(source, extension, {}, tmp_path / f"x.{extension}", 10**6, 1)
    first = next(reading)
    source.go_on.set()
    with pytest.raises(convert.IncompleteError):
        list(reading)
    reading.close()
    assert first
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_changes_meanwhile_is_read_as_it_was(app, large, by_hand):
    entry, resource = large
    answer = begin(app, entry, resource)
    parts = [next(answer.response)]
    replaced = threading.Thread(target=add_rows, args=(resource["id"], 1, f'TRUNCATE "{resource["id"]}"'))
    replaced.start()
    parts += list(answer.response)
    answer.close()
    replaced.join(10)
    after = take(app, entry, resource, "csv")
    assert len(rows_of(b"".join(parts))) == ROWS
    assert len(rows_of(after.data)) == 1
    assert after.headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize(
    "change", ["UPDATE \"{}\" SET words = 'x' WHERE number = 1", 'DELETE FROM "{}" WHERE number = 1']
)
def test_a_changed_table_is_another_file(app, make_entry, folder, change):
    entry = make_entry()
    resource = open_file(entry)
    grow(resource["id"], 3)
    before = take(app, entry, resource, "json")
    add_rows(resource["id"], 0, change.format(resource["id"]))
    after = take(app, entry, resource, "json", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.data != before.data) == (200, True)


@pytest.mark.parametrize("extension", FORMATS)
def test_the_same_rows_are_the_same_bytes(app, large, folder, extension):
    first = take(app, *large, extension)
    for path in folder.iterdir():
        path.unlink()
    second = take(app, *large, extension)
    assert (first.data == second.data, first.headers["ETag"]) == (True, second.headers["ETag"])


def test_a_second_download_is_the_kept_file(app, large, folder):
    first = take(app, *large, "csv").data
    assert eventually(lambda: [path.suffix for path in folder.iterdir()] == [".csv"])
    (path,) = folder.iterdir()
    answer = take(app, *large, "csv", headers={"Range": "bytes=1000000-1000099"})
    assert (path.read_bytes(), answer.status_code, answer.data) == (first, 206, first[1000000:1000100])


def test_two_at_once_share_one_making(app, large, folder):
    one, two = begin(app, *large), begin(app, *large)
    assert b"".join(one.response) == b"".join(two.response)
    one.close()
    two.close()
    assert len(list(folder.iterdir())) == 1


def test_one_of_two_goes_away_and_the_other_gets_all(app, large, folder):
    one, two = begin(app, *large), begin(app, *large)
    one.close()
    assert len(rows_of(b"".join(two.response))) == ROWS
    two.close()


def test_a_full_disk_lets_the_download_go_on(app, large, folder):
    whole = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(
        limits.RLIMIT_FSIZE, (3_000_000, whole[1])
    )  # as a full disk: writing fails in a file's middle
    try:
        answer = begin(app, *large)
        data = b"".join(answer.response)
        answer.close()
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, whole)
    assert len(rows_of(data)) == ROWS
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("extension", FORMATS)
def test_without_space_to_keep_files_they_are_made_all_the_same(app, large, by_hand, extension):
    data = take(app, *large, extension).data
    assert len(data) > 100_000
    assert zipfile.is_zipfile(io.BytesIO(data)) is (extension == "xlsx")


def test_what_was_not_taken_for_longest_goes_first(app, make_entry, folder, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.downloads.keep_mib", 1)
    entry = make_entry()
    resource = open_file(entry)
    grow(resource["id"], 5000)  # half a MiB as CSV
    take(app, entry, resource, "csv")
    (oldest,) = folder.iterdir()
    take(app, entry, resource, "json")
    assert eventually(lambda: not oldest.exists())
    assert [path.suffix for path in folder.iterdir()] == [".json"]


def test_more_at_once_than_allowed_are_told_to_come_back(app, large, folder, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.downloads.at_once", 0)
    answer = take(app, *large, "csv")
    assert (answer.status_code, int(answer.headers["Retry-After"])) == (503, 30)
    assert eventually(lambda: backends() == 0)


def test_a_workbook_begins_a_new_sheet_where_one_is_full(app, make_entry, folder, monkeypatch):
    monkeypatch.setattr(convert_xlsx, "SHEET_ROWS", 1001)
    entry = make_entry()
    grow(open_file(entry)["id"], 2500)
    book = openpyxl.load_workbook(io.BytesIO(take(app, entry, open_file(entry), "xlsx").data))
    assert {sheet.title: sheet.max_row for sheet in book} == {
        "数据": 1001,
        "数据2": 1001,
        "数据3": 501,
        "说明": 5,
    }
    assert book["数据3"]["A2"].value == 2001


STORED = {
    "站点.csv": ("编码,名称,开通,看到\n007,人民路,2026/3/18,2026-03-18 08:30\n008,,2026-03-19,\n").encode("gb18030"),
    "站点.json": json.dumps(
        {"data": [
            {"编码": "007", "名称": "人民路", "开通": "2026-03-18", "看到": "2026-03-18T08:30:00"},
            {"编码": "008", "名称": None, "开通": "2026-03-19"},
        ]}
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", STORED)
def test_a_stored_table_without_the_datastore_has_all_formats(app, make_entry, folder, name):
    entry = make_entry(resources=[a_file(name, STORED[name])])
    records = json.loads(take(app, entry, open_file(entry), "json").data)["records"]
    assert records == [
        {"编码": "007", "名称": "人民路", "开通": "2026-03-18", "看到": "2026-03-18T08:30:00"},
        {"编码": "008", "名称": None, "开通": "2026-03-19", "看到": None},
    ]
    text = take(app, entry, open_file(entry), "csv").data.decode("utf-8-sig")
    assert text.splitlines()[1] == "007,人民路,2026-03-18,2026-03-18 08:30:00"
    book = openpyxl.load_workbook(io.BytesIO(take(app, entry, open_file(entry), "xlsx").data))
    assert book.worksheets[0]["C2"].is_date
    assert "<编码>007</编码>" in take(app, entry, open_file(entry), "xml").data.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("a.json", b"[1, 2]"),
        ("a.csv", b"%PDF-1.7"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.csv", b"a,b\n\x00"),
    ],
)
def test_a_file_that_is_no_table_is_told(app, make_entry, folder, name, content):
    entry = make_entry(resources=[a_file(name, content), a_file("b.csv", TABLE)])
    resource = next(row for row in entry["resources"] if row["original_name"] == name)
    headers = {}
    answer = app.get(f"/dataset/{entry['name']}/resource/{resource['id']}/as/csv", headers=headers)
    assert answer.status_code in (403, 422)
    assert list(folder.iterdir()) == []
