"""The kind `drop_folder`: what a complete folder gives, and what is left alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from drop_rows import ROW, STOPS, fill, promise, row, table, workbook
from refusals_seen import refuses

from ckanext.govshare.harvesters import FetchState
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.records import Present, SourceRecord

pytestmark = pytest.mark.usefixtures("at_ten")


def slugs(found):
    return [finding.slug for finding in found]


def test_a_complete_folder_gives_entries_with_their_files(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (record,) = drop.read()
    (file,) = record.files
    assert (record.guid, record.findings) == ("公交站点信息", ())
    assert (file["name"], file["rows"], file["columns"]) == ("stops.csv", 2, 2)
    assert file["sha256"] == hashlib.sha256(STOPS.encode()).hexdigest()
    with open(file["path"], encoding="utf-8") as copy:
        assert copy.read() == STOPS
    found = drop.entry()
    assert slugs(found.findings) == []
    entry = found.entry
    assert (entry["update_cycle"], entry["share_type"], entry["class_lei"]) == ("2", "1", "3")
    assert entry["info_items"] == [{"name": "站点名称", "name_en": "stop_name", "type": "C", "length": "100"}]
    (resource,) = entry["resources"]
    assert (resource["name"], resource["format"], resource["rows"], resource["audience"]) == ("stops", "CSV", 2, "open")
    assert resource["_file"]["source_rows"] == 2


def test_rows_of_one_entry_bring_items_and_files_together(drop):
    more = {"信息资源名称": ROW["信息资源名称"], "信息项名称": "经度", "数据类型": "N", "数据长度": "9,6",
            "数据文件": "说明.pdf；stops.csv"}  # fmt: skip
    fill(drop.root, [ROW, more], stops_csv=STOPS, 说明_pdf=b"%PDF-1.7")
    entry = drop.entry().entry
    assert [item["name"] for item in entry["info_items"]] == ["站点名称", "经度"]
    assert [resource["name"] for resource in entry["resources"]] == ["stops", "说明"]
    assert [resource.get("rows") for resource in entry["resources"]] == [2, None]


def test_a_csv_is_a_workbook_too_and_files_may_lie_deeper(drop):
    (drop.root / "数据" / "2026").mkdir(parents=True)
    (drop.root / "数据" / "2026" / "a、b.csv").write_text(STOPS, encoding="utf-8")
    cells = table([ROW | {"数据文件": "数据\\2026\\a、b.csv"}])
    (drop.root / "catalogue.csv").write_bytes(cells.encode("gb18030"))
    (record,) = drop.read(settle_seconds=0)
    assert [file["name"] for file in record.files] == ["数据/2026/a、b.csv"]


def test_a_folder_below_the_configured_one(drop):
    fill(drop.root / "公交", [row(1)])
    assert [record.guid for record in drop.read(url="folder:traffic/公交")] == ["第1号公交线路信息"]


def test_an_entry_keeps_its_identity_when_it_says_one(drop):
    fill(drop.root, [row(1, 来源标识="bus-1")])
    first = drop.read()
    fill(drop.root, [row(2, 来源标识="bus-1")])
    assert [record.guid for record in first + drop.read()] == ["bus-1", "bus-1"]


def test_the_same_folder_is_not_modified_whatever_its_order(drop):
    fill(drop.root, [row(1), row(2)])
    first = drop.fetch()
    fill(drop.root, [row(2), row(1)])
    again = drop.fetch(FetchState(digest=first.digest))
    assert (again.not_modified, again.cursor) == (True, first.cursor)


def test_files_that_were_taken_are_not_copied_again(drop, tmp_path):
    fill(drop.root, [ROW, row(1, 数据文件="b.csv")], stops_csv=STOPS, b_csv=STOPS)
    first = drop.fetch()
    fill(drop.root, [ROW, row(1, 数据文件="b.csv")], stops_csv=STOPS, b_csv=STOPS + "府前站,117.3\n")
    for copy in (tmp_path / "work" / "files").iterdir():
        copy.unlink()
    previous = FetchState(digest=first.digest, cursor=first.cursor, known=lambda guids: set(guids))
    same, changed = drop.read(previous)
    assert same == Present("公交站点信息")
    assert changed.files[0]["rows"] == 3
    assert len(list((tmp_path / "work" / "files").iterdir())) == 1


def test_what_the_ledger_does_not_know_is_read_again(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    first = drop.fetch()
    (record,) = drop.read(FetchState(digest="another", cursor=first.cursor))
    assert isinstance(record, SourceRecord)


# When is a folder complete?


def test_a_file_that_is_not_there_yet_refuses_the_folder(drop):
    fill(drop.root, [ROW])
    refuses("folder_incomplete", drop.fetch)


@pytest.mark.parametrize("content", [STOPS[:-5], STOPS[:-5] + "xxxxx", STOPS + "x"], ids=["half", "other", "longer"])
def test_a_half_copied_file_is_never_taken(drop, content):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (drop.root / "stops.csv").write_text(content, encoding="utf-8")
    refuses("folder_incomplete", drop.fetch)


def test_a_workbook_other_than_the_manifest_says_is_not_taken(drop):
    fill(drop.root, [row(1)])
    (drop.root / "目录.xlsx").write_bytes(workbook([row(2)]))
    refuses("folder_incomplete", drop.fetch)


def test_a_file_that_the_manifest_forgets_refuses_the_folder(drop):
    fill(drop.root, [row(1)])
    (drop.root / "目录.xlsx").write_bytes(workbook([ROW]))
    promise(drop.root)
    (drop.root / "stops.csv").write_text(STOPS, encoding="utf-8")
    refuses("folder_incomplete", drop.fetch)


def test_a_file_that_the_manifest_promises_and_nobody_names_must_be_there(drop):
    fill(drop.root, [row(1)], more_csv=STOPS)
    (drop.root / "more.csv").unlink()
    refuses("folder_incomplete", drop.fetch)


def sums(folder):
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.name}\n" for path in folder.iterdir()]
    return "".join(lines)


def test_sums_are_a_manifest(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (drop.root / "manifest.json").unlink()
    said = sums(drop.root)
    (drop.root / "SHA256SUMS").write_text(said, encoding="utf-8")
    assert len(drop.read()) == 1
    assert drop.slept == []
    (drop.root / "SHA256SUMS").write_text(said[:-1], encoding="utf-8")
    refuses("manifest_invalid", drop.fetch)
    (drop.root / "stops.csv").write_text(STOPS[:-3], encoding="utf-8")
    (drop.root / "SHA256SUMS").write_text(said, encoding="utf-8")
    refuses("folder_incomplete", drop.fetch)


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"files": [', "[]", '{"files": [{"name": "a"}]}', '{"files": {"a": 1}}', "\x00",
     '{"files": [{"name": "../../etc/passwd", "size": 1, "sha256": "%s"}]}' % ("0" * 64),
     '{"files": [{"name": "/etc/passwd", "size": 1, "sha256": "%s"}]}' % ("0" * 64),
     '{"files": [{"name": "a", "size": -1, "sha256": "%s"}]}' % ("0" * 64),
     '{"files": [{"name": "a", "size": 1, "sha256": "0"}]}', "[" * 100_000],
)  # fmt: skip
def test_a_manifest_that_is_none_refuses_the_folder(drop, text):
    fill(drop.root, [row(1)])
    (drop.root / "manifest.json").write_text(text, encoding="utf-8")
    refuses("manifest_invalid", drop.fetch)


def test_without_manifest_two_looks_must_see_the_same(drop, tmp_path):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (drop.root / "manifest.json").unlink()
    assert len(drop.read()) == 1
    assert 9 < drop.slept[0] <= 10

    def written_meanwhile(seconds):
        (drop.root / "stops.csv").write_text(STOPS + "府前站,117.3\n", encoding="utf-8")

    drop.session.sleep = written_meanwhile
    refuses("folder_changing", drop.fetch)


def test_an_earlier_look_counts_as_the_first(drop, tmp_path):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (drop.root / "manifest.json").unlink()
    keep = tmp_path / "keep"
    keep.mkdir()
    drop.fetch(FetchState(keep=keep))
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        drop.fetch(FetchState(keep=keep))
    with clock.frozen(clock.now() + timedelta(seconds=15)):
        drop.fetch(FetchState(keep=keep))
    assert len(drop.slept) == 2
    (drop.root / "stops.csv").write_text(STOPS * 2, encoding="utf-8")
    with clock.frozen(clock.now() + timedelta(seconds=30)):
        drop.fetch(FetchState(keep=keep))
    assert len(drop.slept) == 3
    (keep / "look.json").write_text('{"at": 5, "files"', encoding="utf-8")
    drop.fetch(FetchState(keep=keep))
    assert len(drop.slept) == 4


def test_a_marker_that_was_written_last_says_that_all_is_there(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    (drop.root / "manifest.json").unlink()
    (drop.root / "_READY").touch()
    assert len(drop.read()) == 1
    assert drop.slept == []
    (drop.root / "stops.csv").write_text(STOPS * 2, encoding="utf-8")
    refuses("folder_incomplete", drop.fetch)


# What departments get wrong


@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "/etc/passwd", "a/../../b.csv", ".hidden", "a//b", "x" * 300, "a/b/c/d/e/f/g/h/i", "..\\b"],
)
def test_a_name_that_leads_out_refuses_its_entry_alone(drop, name):
    fill(drop.root, [ROW | {"数据文件": name}, row(1)])
    bad, good = drop.read()
    assert slugs(bad.findings) == ["file_name_refused"]
    assert (bad.files, good.findings) == ((), ())


def test_two_entries_of_one_code_that_differ_are_refused_until_they_agree(drop):
    rows = [row(1, 信息资源代码="307001004/0001"), row(2, 信息资源代码="307001004/0001")]
    fill(drop.root, rows)
    (first,) = drop.read()
    assert slugs(first.findings) == ["conflict"]
    fill(drop.root, [rows[0]])
    (second,) = drop.read()
    assert second.findings == ()
    assert first.data != second.data


def test_a_cell_that_is_no_value_says_so_once(drop):
    fill(drop.root, [row(1, 更新周期="有空就更新", 数据类型="谜")])
    found = drop.entry().findings
    assert {finding.field for finding in found if finding.slug == "unknown_code"} == {"update_cycle", "info_items"}
    assert "update_cycle" not in {finding.field for finding in found if finding.slug == "required"}
    assert all("有空就更新" in finding.message_zh for finding in found if finding.field == "update_cycle")


def test_a_formula_is_no_value(drop):
    fill(drop.root, [row(1, 信息资源摘要="=1+1")])
    (record,) = drop.read()
    assert slugs(record.findings) == ["formula"]


def test_an_entry_without_title_is_told_the_same_in_every_run(drop):
    nameless = row(1) | {"信息资源名称": ""}
    fill(drop.root, [nameless, row(2)])
    first, _ = drop.read()
    assert slugs(first.findings) == ["title_missing"]
    fill(drop.root, [row(2), nameless | {"来源标识": ""}])
    assert first.guid in [record.guid for record in drop.read()]


def test_what_the_workbook_does_not_say_its_point_declares(drop):
    silent = dict.fromkeys(["类分类", "项分类", "目分类", "细目分类", "共享类型", "是否向社会开放", "发布日期"], "")
    fill(drop.root, [ROW | silent | {"有条件共享理由": "含个人信息"}], stops_csv=STOPS)
    found = drop.entry()
    assert slugs(found.findings) == []
    assert (found.entry["share_type"], found.entry["open_type"], found.initial) == ("2", "3", ("pub_date",))
    assert found.entry["resources"][0]["audience"] == "share"


def test_entries_of_several_departments_are_refused(drop):
    fill(drop.root, [row(1), row(2, 信息资源提供方="市财政局")])
    refuses("workbook_several_providers", drop.fetch)


def test_secret_entries_are_refused(drop):
    fill(drop.root, [row(1, 涉密属性="涉密")])
    assert "secret" in slugs(drop.entry().findings)


@pytest.mark.parametrize(
    ("content", "rows"),
    [(STOPS.encode("gb18030"), 2), (STOPS.encode("utf-16"), 2), (b"\xef\xbb\xbf" + STOPS.encode(), 2),
     (STOPS.replace(",", ";").encode(), 2), (b"", 0)],
)  # fmt: skip
def test_encodings_are_told_by_rule(drop, content, rows):
    fill(drop.root, [ROW], stops_csv=content)
    (record,) = drop.read()
    assert (record.findings, record.files[0]["rows"]) == ((), rows)


@pytest.mark.parametrize(
    "content", [b"\xff\xff\xff,\x80", b"a,b\n\x00\x01,2\n", STOPS.encode("utf-16")[:-1], b"x" * (5 << 20)],
    ids=["no encoding", "binary", "cut", "one endless line"],
)  # fmt: skip
def test_a_csv_that_cannot_be_read_refuses_its_entry_alone(drop, content):
    drop.session.max_bytes = 1 << 24
    fill(drop.root, [ROW, row(1)], stops_csv=content)
    bad, good = drop.read()
    assert (slugs(bad.findings), good.findings) == (["file_unreadable"], ())
