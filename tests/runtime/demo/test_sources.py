"""What the exchange points of the demo read: the served catalogue and the front-end databases."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa

from ckanext.govshare.harvesters import PointSpec
from ckanext.govshare.harvesters.base import Fetched
from ckanext.govshare.harvesters.data_json import DataJsonHarvester
from ckanext.govshare.kernel.findings import refused
from ckanext.govshare.runtime.demo import city, frontends, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    state = tmp_path_factory.mktemp("demo")
    folder = serve.make_files(state)
    (state / "front-ends.json").write_text("{}", encoding="utf-8")
    server = serve.server(0, folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{serve.HOST}:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def get(address: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(address, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_the_catalogue_has_twelve_records(served):
    base, _folder = served
    status, headers, body = get(f"{base}/data.json")
    records = json.loads(body)["dataset"]
    levels = [record["accessLevel"] for record in records]
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert len(records) == 12
    assert levels.count("restricted public") == 2
    assert levels.count("non-public") == 2
    assert all(record.get("rights") for record in records if record["accessLevel"] == "restricted public")
    assert [record["identifier"] for record in records if not record.get("rights")][-1] == "yswater-0012"


def test_every_linked_file_is_there(served):
    base, _folder = served
    records = json.loads(get(f"{base}/data.json")[2])["dataset"]
    links = [file["downloadURL"] for record in records for file in record.get("distribution", [])]
    assert len(links) == 10
    for link in links:
        status, headers, body = get(link)
        assert (status, len(body)) == (200, int(headers["Content-Length"]))
        assert get(link, "HEAD")[2] == b""


def test_conditional_requests_are_honoured(served):
    base, folder = served
    _status, headers, _body = get(f"{base}/data.json")
    for name, value in (
        ("If-None-Match", headers["ETag"]),
        ("If-None-Match", f'"other", W/{headers["ETag"]}'),
        ("If-Modified-Since", headers["Last-Modified"]),
    ):
        status, again, body = get(f"{base}/data.json", **{name: value})
        assert (status, body) == (304, b"")
        assert again["ETag"] == headers["ETag"]
    assert get(f"{base}/data.json", **{"If-None-Match": '"other"'})[0] == 200
    assert get(f"{base}/data.json", **{"If-Modified-Since": "yesterday"})[0] == 200
    later = folder / "files" / "hotline.csv"
    held = get(f"{base}/files/hotline.csv")[1]
    os.utime(later, (later.stat().st_mtime + 60,) * 2)
    assert get(f"{base}/files/hotline.csv", **{"If-Modified-Since": held["Last-Modified"]})[0] == 200


def test_nothing_else_is_served(served):
    base, _folder = served
    for path in (
        "/",
        "/files",
        "/../front-ends.json",
        "/%2e%2e/front-ends.json",
        "/etc/passwd",
        "/files/%00",
    ):
        assert get(base + path)[0] == 404


def test_pages_of_applications_are_there(served):
    base, _folder = served
    for row in city.applications():
        for key in ("page", "file"):
            if key in row:
                assert get(f"{base}/apps/{row[key]}")[0] == 200


def test_what_is_there_is_kept(tmp_path):
    folder = serve.make_files(tmp_path)
    edited = folder / "data.json"
    edited.write_text('{"dataset": []}', encoding="utf-8")
    assert serve.make_files(tmp_path) == folder
    assert edited.read_text(encoding="utf-8") == '{"dataset": []}'


def test_one_record_is_rejected_and_eleven_become_entries(served):
    _base, folder = served
    (row,) = [row for row in city.points() if row["kind"] == "data_json"]
    keep = ("name", "title", "organization", "kind", "url", "default_class", "share_scope", "share_condition")
    point = PointSpec(id="1", **{key: row[key] for key in keep})
    harvester = DataJsonHarvester()
    mapped = [
        harvester.to_entry(record, point)
        for record in harvester.records(Fetched(folder / "data.json"), point)
    ]
    rejected = [found.entry["title"] for found in mapped if refused(found.findings)]
    assert len(mapped) == 12
    assert rejected == ["二次供水泵房巡检记录"]
    assert [found.entry["open_type"] for found in mapped].count("1") == 8


def test_the_weather_database_has_rows_and_comments(tmp_path):
    path = tmp_path / "front.sqlite"
    frontends.make_weather(path)
    made = path.stat().st_mtime_ns
    frontends.make_weather(path)
    assert path.stat().st_mtime_ns == made
    table, columns, _rows = frontends.describe("weather")
    with sqlite3.connect(path) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table['table']}").fetchone() == (504,)
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table['table']})")]
        comments = dict(connection.execute("SELECT column_name, comment FROM govshare_comments"))
    connection.close()
    assert names == [column.name_en for column in columns]
    assert set(comments) == {None, *names}
    assert comments["obs_time"].startswith("观测时间")
    assert list(tmp_path.iterdir()) == [path]


def test_the_trading_table_is_described_for_postgresql():
    _table, columns, rows = frontends.describe("trading")
    assert len(rows) == 380
    assert len({row[0] for row in rows}) == len(rows)
    assert all(frontends._comment(column) for column in columns)


def test_the_readers_address_hides_no_password():
    url = sa.make_url(frontends.reader_url("postgresql://postgres:x@/postgres?host=/tmp/s", "p@ss/word"))  # noqa: S108
    assert (url.username, url.password, url.database) == (frontends.READER, "p@ss/word", frontends.DATABASE)
    assert url.query["host"] == "/tmp/s"  # noqa: S108


def test_the_committed_demo_is_small():
    folder = Path(frontends.__file__).parent
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in (".py", ".yaml", ".json"))
    assert size < 400 * 1024
