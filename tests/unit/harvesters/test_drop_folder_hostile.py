"""Drop folders that try to lead out, to keep the reader waiting, or to fill its memory."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from drop_rows import ROW, STOPS, fill, promise, row, workbook
from refusals_seen import refuses

from ckanext.govshare.harvesters.drop_folder import DropFolderHarvester
from ckanext.govshare.harvesters.drop_folder_files import Folder
from ckanext.govshare.harvesters.refusals import FetchRefused

pytestmark = pytest.mark.usefixtures("at_ten")


@pytest.mark.parametrize(
    "url",
    ["", "traffic", "folder:", "folder:/etc", "folder:../traffic", "folder:traffic/..", "folder:traffic/../..",
     "folder:traffic/a/../../b", "folder:traffic//a", "folder:traffic/", "folder:traffic/.ssh", "folder:tr affic",
     "file:///etc", "/etc", "folder:traffic/a\x00b", "folder:交通"],
)  # fmt: skip
def test_addresses_lead_to_configured_folders_only(drop, url):
    refuses("url_invalid", lambda: drop.kind.validate_url(url, {}))


def test_an_unknown_folder_is_refused(drop):
    refuses("folder_unknown", lambda: drop.kind.validate_url("folder:health", {}))


@pytest.mark.parametrize(
    "settings",
    [{"workbook": "../a.xlsx"}, {"workbook": ["a"]}, {"settle_seconds": -1}, {"settle_seconds": 301},
     {"settle_seconds": "soon"}, {"settle_seconds": True}],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(drop, settings):
    refuses("settings_invalid", lambda: drop.kind.validate_url("folder:traffic", settings))


def test_a_folder_that_is_not_there_is_refused(drop, tmp_path):
    refuses("folder_missing", lambda: drop.fetch(url="folder:traffic/gone"))
    drop.kind.lookup = {"traffic": tmp_path / "unmounted"}.get
    refuses("folder_missing", drop.fetch)


def test_a_link_below_the_configured_folder_is_not_followed(drop, tmp_path):
    fill(tmp_path / "elsewhere", [row(1)])
    (drop.root / "link").symlink_to(tmp_path / "elsewhere")
    refuses("folder_missing", lambda: drop.fetch(url="folder:traffic/link"))
    (drop.root / "目录.xlsx").symlink_to(tmp_path / "elsewhere" / "目录.xlsx")
    refuses("workbook_missing", drop.fetch)


def special(kind: str, path: Path, outside: Path) -> None:
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "link to nothing":
        path.symlink_to(outside / "nothing")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        try:
            os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("devices are made by root alone")


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "folder", "device"])
def test_what_is_no_regular_file_refuses_its_entry_alone(drop, tmp_path, kind):
    outside = tmp_path / "passwd"
    outside.write_text("root:x:0:0", encoding="utf-8")
    (drop.root / "目录.xlsx").write_bytes(workbook([ROW, row(1)]))
    special(kind, drop.root / "stops.csv", outside)
    bad, good = drop.read(settle_seconds=0)
    assert [finding.slug for finding in bad.findings] == ["file_not_regular"]
    assert (bad.files, good.findings) == ((), ())


def test_a_folder_on_the_way_to_a_file_may_be_no_link(drop, tmp_path):
    fill(tmp_path / "elsewhere", [], stops_csv=STOPS)
    (drop.root / "data").symlink_to(tmp_path / "elsewhere")
    (drop.root / "目录.xlsx").write_bytes(workbook([ROW | {"数据文件": "data/stops.csv"}]))
    (record,) = drop.read(settle_seconds=0)
    assert [finding.slug for finding in record.findings] == ["file_not_regular"]


def test_a_manifest_that_is_a_pipe_keeps_nobody_waiting(drop):
    fill(drop.root, [row(1)])
    (drop.root / "manifest.json").unlink()
    os.mkfifo(drop.root / "manifest.json")
    refuses("manifest_invalid", drop.fetch)


def test_a_file_of_ten_gigabytes_is_refused_before_it_is_read(drop):
    (drop.root / "目录.xlsx").write_bytes(workbook([ROW]))
    with (drop.root / "stops.csv").open("wb") as file:
        file.truncate(10 << 30)
    refuses("too_large", lambda: drop.fetch(settle_seconds=0))


def test_a_workbook_of_ten_gigabytes_is_refused_before_it_is_read(drop):
    with (drop.root / "目录.xlsx").open("wb") as file:
        file.truncate(10 << 30)
    refuses("too_large", lambda: drop.fetch(settle_seconds=0))


def test_a_manifest_of_a_gigabyte_is_refused(drop):
    fill(drop.root, [row(1)])
    with (drop.root / "manifest.json").open("wb") as file:
        file.truncate(1 << 30)
    refuses("manifest_invalid", drop.fetch)


def test_reading_ends_with_its_seconds(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    drop.session.max_seconds = 0
    refuses("too_slow", drop.fetch)


def test_reading_tells_how_far_it_is_and_can_be_ended(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    told = []
    drop.session.told = told.append
    drop.fetch()
    assert told == [len(STOPS.encode()), 2 * len(STOPS.encode())]  # to hash it, and to copy it

    def cancelled(size):
        raise KeyboardInterrupt

    drop.session.told = cancelled
    with pytest.raises(KeyboardInterrupt):
        drop.fetch()


def test_a_file_that_grows_while_it_is_read_is_not_taken(drop, monkeypatch, tmp_path):
    fill(drop.root, [ROW], stops_csv=STOPS)
    copy = Folder.copy

    def growing(folder, name, target):
        with (drop.root / name).open("a", encoding="utf-8") as file:
            file.write("府前站,117.3\n")
        return copy(folder, name, target)

    monkeypatch.setattr(Folder, "copy", growing)
    with pytest.raises(FetchRefused) as caught:
        drop.fetch()
    assert caught.value.slug == "folder_changing"


def bomb(path: Path) -> None:
    """A workbook whose sheet unfolds to 400 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for _ in range(400):
                sheet.write(b" " * (1 << 20))


def test_a_bomb_is_no_workbook(drop):
    bomb(drop.root / "目录.xlsx")
    drop.session.max_bytes = 1 << 30
    refuses("workbook_unreadable", lambda: drop.fetch(settle_seconds=0))


def test_a_bomb_as_data_file_is_taken_as_it_is(drop):
    fill(drop.root, [ROW | {"数据文件": "bomb.xlsx"}])
    bomb(drop.root / "bomb.xlsx")
    promise(drop.root)
    (record,) = drop.read()
    assert record.findings == ()
    assert "rows" not in record.files[0]


@pytest.mark.parametrize(
    ("content", "slug"),
    [(b"", "workbook_unreadable"), (b"%PDF-1.7", "workbook_unreadable"), (b"PK\x03\x04", "workbook_unreadable"),
     (b"\xff\xff\xff", "workbook_unreadable"), (b"a,b,c\n1,2,3\n", "workbook_no_header"),
     (b"=cmd|' /C calc'!A0,\n", "workbook_no_header")],
)  # fmt: skip
def test_what_is_no_workbook_is_refused(drop, content, slug):
    (drop.root / "目录.csv").write_bytes(content)
    refuses(slug, lambda: drop.fetch(settle_seconds=0))


def test_two_workbooks_are_one_too_many(drop):
    fill(drop.root, [row(1)])
    (drop.root / "catalogue.xlsx").write_bytes(workbook([row(1)]))
    refuses("workbook_missing", drop.fetch)
    promise(drop.root)
    assert len(drop.read(workbook="catalogue.xlsx")) == 1


def test_nothing_stays_open(drop):
    fill(drop.root, [ROW], stops_csv=STOPS)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        drop.fetch()
        with pytest.raises(FetchRefused):
            drop.fetch(url="folder:traffic/gone")
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_kind_knows_no_folder_until_it_is_told():
    refuses("folder_unknown", lambda: DropFolderHarvester().validate_url("folder:traffic", {}))
