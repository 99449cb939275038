"""The kind database on SQLite files; PostgreSQL is met in tests/exchange."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from ckanext.govshare.harvesters import KINDS, FetchState, configure
from ckanext.govshare.harvesters.connection import reading
from ckanext.govshare.harvesters.http import FetchRefused, GuardedSession
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.digest import canonical_digest

HARVESTER = KINDS["database"]
SCHEMA = """
create table stops (id integer primary key, name varchar(60), lon numeric(10,6), opened date,
    seen timestamp,
                    open boolean, note text, photo blob, "order" integer, "a ""b' c" varchar(5));
create view "v 站点" as select * from stops;
create table govshare_comments (table_name text, column_name text, comment text);
insert into govshare_comments values
  ('v 站点', null, '公交站点信息：全市公交站点的名称和位置。'), ('v 站点', 'id', 'ID'),
  ('v 站点', 'name', '站点名称'),
  ('v 站点', 'lon', '经度：WGS84坐标'), ('v 站点', 'note', '站点名称'), ('v 站点', 'open', '=1+1');
"""


class FrontEnd:
    """A front-end database in a file."""

    def __init__(self, path: Path):
        self.path = path
        self.run(SCHEMA)
        self.fill(3)

    def run(self, script: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.executescript(script)
        connection.close()

    def fill(self, count: int) -> None:
        rows = ((n, f"站点{n}", 120 + n / 10, "2024-01-02", None, n % 2, "=cmd()", b"\x00", n,
            "x") for n in range(1, count + 1))
        with sqlite3.connect(self.path) as connection:
            connection.execute("delete from stops")
            connection.executemany("insert into stops values (?,?,?,?,?,?,?,?,?,?)", rows)
        connection.close()


@pytest.fixture
def front_end(tmp_path):
    made = FrontEnd(tmp_path / "front.db")
    configure({"traffic": f"sqlite:///{made.path}", "gone": f"sqlite:///{tmp_path}/none.db",
               "odd": "nodialect://u:topsecret@h/d"}.get)  # fmt: skip
    yield made
    configure(lambda name: None)


@pytest.fixture
def at(point):
    """The point of the front-end database."""

    def make(url="database:traffic", **settings):
        return point(kind="database", name="front", url=url, settings={"view": "v 站点"} | settings)

    return make


@pytest.fixture
def fetch(tmp_path):
    def bring(spec, previous=None, **budgets):
        workdir = tmp_path / "work"
        workdir.mkdir(exist_ok=True)
        return HARVESTER.fetch(spec, GuardedSession(**budgets), workdir, previous or FetchState())

    return bring


@pytest.fixture
def mapped(fetch):
    def make(spec):
        [record] = HARVESTER.records(fetch(spec), spec)
        return HARVESTER.to_entry(record, spec), record

    return make


def refused(call):
    with pytest.raises(FetchRefused) as caught:
        call()
    assert "topsecret" not in f"{caught.value}{caught.value.message_zh}{caught.value.message_en}"
    return caught.value.slug


@pytest.mark.parametrize(
    ("url", "slug"),
    [("database:nobody", "database_unknown"), ("postgresql://u:topsecret@h/d", "url_invalid"),
        ("sqlite:////etc/passwd", "url_invalid"),
     ("database:", "url_invalid"), ("database:../x", "url_invalid"), ("database:a b", "url_invalid"),
     ("", "url_invalid"),
     ("http://127.0.0.1/", "url_invalid"), ("database:traffic\n", "url_invalid")],
)  # fmt: skip
def test_client_never_says_where_to_connect(front_end, url, slug):
    assert refused(lambda: HARVESTER.validate_url(url, {"view": "v"})) == slug


@pytest.mark.parametrize("settings",
    [{}, {"view": ""}, {"view": []}, {"view": None}, {"view": 5}, {"view": "a\x00b"}, {"view": "x" * 201}])
def test_settings_name_a_view(front_end, settings):
    assert refused(lambda: HARVESTER.validate_url("database:traffic", settings)) == "view_missing"
    HARVESTER.validate_url("database:traffic", {"view": ["a", "b.c"]})


def test_view_becomes_a_national_entry(front_end, at, mapped):
    spec = at(pub_date="2026-01-01", update_cycle="2", source_system="公交调度系统")
    result, record = mapped(spec)
    entry = dict(result.entry)
    assert not result.rejected
    assert record.guid == "traffic:v 站点"
    items, [resource] = entry.pop("info_items"), entry.pop("resources")
    assert entry == {
        "title": "公交站点信息", "notes": "全市公交站点的名称和位置。", "owner_org": "finance",
        "provider_unit": "无相关内部部门",
        "format_class": "3", "format_type": "sqlite", "open_type": "3",
        "no_open_reason": "提供方尚未完成开放审查",
        "share_type": "2", "share_scope": "全市政务部门", "share_condition": "按需申请，由提供方审核",
        "share_mode": "1",
        "share_mode_type": "1", "update_cycle": "2", "pub_date": "2026-01-01",
        "source_system": "公交调度系统",
        "class_lei": "3", "class_xiang": "307", "class_mu": "307001", "class_ximu": "307001004",
        "profile": "national",
        "source_point": "front", "source_guid": "traffic:v 站点", "tag_string": "",
    }  # fmt: skip
    assert [(item["name"], item["name_en"], item["type"], item["length"],
        item["description"]) for item in items] == [
        ("id", "id", "I", "4", ""), ("站点名称", "name", "C", "60", ""),
        ("经度", "lon", "N", "10,6", "WGS84坐标"),
        ("opened", "opened", "D", "", ""), ("seen", "seen", "T", "", ""), ("1+1", "open", "L", "", ""),
        ("站点名称（note）", "note", "M", "", ""), ("order", "order", "I", "4", ""),
        ("a \"b' c", "a \"b' c", "C", "5", ""),
    ]  # fmt: skip
    file = resource.pop("_file")
    assert resource == {
        "name": "公交站点信息", "url": "", "format": "CSV", "mimetype": "text/csv", "audience": "share",
        "source_key": "traffic:v 站点", "original_name": "公交站点信息.csv", "rows": 3, "columns": 9,
    }  # fmt: skip
    assert (file["rows"], file["columns"], file["filename"]) == (3, 9, "公交站点信息.csv")
    assert {finding.slug for finding in result.findings} == {
        "binary_column", "comment_missing", "share_reason",
    }  # fmt: skip


def test_file_holds_the_rows_as_they_are(front_end, at, mapped):
    _, record = mapped(at())
    [file] = record.files
    content = Path(file["path"]).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
    assert not content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(content.decode().splitlines()))
    assert rows[0][:3] == ["id", "站点名称", "经度"]
    assert rows[1] == ["1", "站点1", "120.1", "2024-01-02", "", "1", "=cmd()", "1", "x"]
    assert len(rows) == 4


def test_unchanged_view_is_unchanged_and_a_changed_cell_is_not(front_end, at, fetch):
    def digests():
        return [canonical_digest(record.data) for record in HARVESTER.records(fetch(at()), at())]

    first, before = fetch(at()), digests()
    again = fetch(at(), FetchState(digest=first.digest))
    assert (again.not_modified, again.path) == (True, None)
    assert list(HARVESTER.records(again, at())) == []
    assert digests() == before
    front_end.run("update stops set name = '新站' where id = 2")
    assert fetch(at(), FetchState(digest=first.digest)).digest != first.digest
    assert digests() != before


def test_order_of_insertion_does_not_matter(front_end, at, fetch):
    front_end.run("create table loose (a integer, b text); insert into loose values (1,'x'),(2,'y'),(1,'w');")
    first = fetch(at(view="loose")).digest
    front_end.run("delete from loose; insert into loose values (2,'y'),(1,'w'),(1,'x');")
    assert fetch(at(view="loose")).digest == first


def test_key_orders_the_rows(front_end, at, fetch):
    front_end.run("create table loose (a integer, b integer); insert into loose values (1,9),(2,8),(3,7);")
    [record] = HARVESTER.records(fetch(at(view="loose", key="b")), at(view="loose", key="b"))
    assert Path(record.files[0]["path"]).read_text().splitlines() == ["a,b", "3,7", "2,8", "1,9"]


@pytest.mark.parametrize("key", ["b; drop table stops", "nothing", ["nothing"], ""])
def test_key_that_is_no_column_is_passed_over(front_end, at, fetch, key):
    assert fetch(at(key=key)).bytes > 0
    front_end.fill(1)


def test_hostile_names_are_names(front_end, at, fetch):
    name = '"x""; drop table stops; --"'
    front_end.run(f"create table {name} (a integer); insert into {name} values (7)")
    spec = at(view='x"; drop table stops; --')
    [record] = HARVESTER.records(fetch(spec), spec)
    assert record.files[0]["rows"] == 1
    assert "/" not in HARVESTER.to_entry(record, spec).entry["resources"][0]["original_name"]
    front_end.fill(1)


def test_missing_view_is_refused_and_named(front_end, at, fetch):
    assert refused(lambda: fetch(at(view="nowhere"))) == "view_missing"


def test_one_missing_view_of_several_is_rejected_alone(front_end, at, fetch):
    spec = at(view=["stops", "nowhere"], title="只用于单个视图")
    good, bad = HARVESTER.records(fetch(spec), spec)
    assert not HARVESTER.to_entry(good, spec).rejected
    assert HARVESTER.to_entry(good, spec).entry["title"] == "stops"
    result = HARVESTER.to_entry(bad, spec)
    assert result.rejected
    assert "nowhere" in result.findings[0].message_zh


def test_view_without_readable_columns_is_rejected(front_end, at, fetch):
    front_end.run("create table bytes (a blob)")
    spec = at(view=["stops", "bytes"])
    assert HARVESTER.to_entry(list(HARVESTER.records(fetch(spec), spec))[1],
        spec).findings[0].slug == "view_empty"


def test_settings_come_before_comments(front_end, at, mapped):
    result, _ = mapped(at(title=" 公交站点 ", notes="设置中的摘要"))
    assert (result.entry["title"], result.entry["notes"]) == ("公交站点", "设置中的摘要")


def test_view_without_comments_says_what_it_can(front_end, at, mapped):
    result, _ = mapped(at(view="stops"))
    assert result.entry["title"] == "stops"
    assert result.entry["notes"].startswith("来自前置库视图stops，包含id、name、lon")


def test_open_view_is_shared_by_everyone(front_end, at, mapped):
    result, _ = mapped(at(open_type="1", open_domain="14"))
    assert (result.entry["share_type"], result.entry["resources"][0]["audience"]) == ("1", "open")
    assert not result.rejected


def test_open_view_without_its_condition_is_refused_by_the_rules(front_end, at, mapped):
    result, _ = mapped(at(open_type="2"))
    assert ("open_reason",
        "open_condition") in {(finding.slug, finding.field) for finding in result.findings}
    assert result.rejected


def test_publication_date_that_nobody_states_counts_at_the_start_only(front_end, at, mapped):
    result, _ = mapped(at())
    assert (result.entry["pub_date"], result.initial) == (clock.today().isoformat(), ("pub_date",))
    assert mapped(at(pub_date="2026-01-01"))[0].initial == ()


def test_bytes_in_a_text_column_leave_an_empty_cell_and_a_warning(front_end, at, mapped):
    front_end.run("update stops set note = x'00ff' where id = 1")
    result, record = mapped(at())
    assert "binary_cell" in {finding.slug for finding in result.findings}
    assert record.files[0]["rows"] == 3


@pytest.mark.parametrize(
    ("stored", "text", "slug"),
    [("'a' || char(0) || 'b'", "ab", "nul_removed"), ("cast(x'61ff62' as text)", "a\ufffdb", "comment_missing")],
)
def test_text_that_is_none_is_made_text(front_end, at, mapped, stored, text, slug):
    front_end.run(f"update stops set note = {stored} where id = 1")
    result, record = mapped(at())
    assert list(csv.reader(Path(record.files[0]["path"]).read_text().splitlines()))[1][6] == text
    assert slug in {finding.slug for finding in result.findings}


def test_dates_and_numbers_that_are_none_are_kept_as_they_are(front_end, at, mapped):
    front_end.run("update stops set opened = 'not a date', lon = 'abc', seen = '0000-00-00' where id = 1")
    _, record = mapped(at())
    first = Path(record.files[0]["path"]).read_text().splitlines()[1]
    assert first.startswith("1,站点1,abc,not a date,0000-00-00,")


def test_database_is_only_read(front_end):
    with pytest.raises(FetchRefused) as caught, reading(f"sqlite:///{front_end.path}", 5) as connection:
        connection.exec_driver_sql("delete from stops")
    assert caught.value.slug == "database_failed"


@pytest.mark.parametrize("name", ["gone", "odd"])
def test_database_that_is_not_there_is_refused_without_secrets(front_end, at, fetch, name, tmp_path):
    assert refused(lambda: fetch(at(url=f"database:{name}"))) == "database_unreachable"
    assert not (tmp_path / "none.db").exists()


def test_broken_view_is_refused_without_the_drivers_words(front_end, at, fetch):
    front_end.run("create view broken as select abs(-9223372036854775808) + id as b from stops")
    assert refused(lambda: fetch(at(view="broken"))) == "database_failed"


def test_view_larger_than_its_budget_is_refused(front_end, at, fetch):
    front_end.fill(2000)
    assert refused(lambda: fetch(at(), max_bytes=10_000)) == "too_large"


def test_endless_view_is_stopped(front_end, at, fetch):
    numbers = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
    front_end.run(f"create view endless as {numbers}")
    assert refused(lambda: fetch(at(view="endless"), max_seconds=0.3)) == "too_slow"


def test_memory_does_not_grow_with_the_rows(front_end, at, fetch):
    def peak(count):
        front_end.fill(count)
        tracemalloc.start()
        [record] = HARVESTER.records(fetch(at()), at())
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert record.files[0]["rows"] == count
        return highest

    peak(100)
    assert peak(4000) < peak(1000) + 300_000
