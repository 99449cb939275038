"""Drop folders of front-end machines, through the whole engine: files into the store and the DataStore, by checksum."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("site", "frozen")

STOPS = "站点名称,经度\n人民路站,117.1\n中山路站,117.2\n"
ROW = {
    "信息资源名称": "公交站点信息",
    "信息资源摘要": "全市公交站点的名称、位置和开通日期，自2015年起，覆盖主城区。",
    "信息资源格式分类": "电子表格",
    "信息资源格式类型": "csv",
    "信息项名称": "站点名称",
    "数据类型": "字符型C",
    "数据长度": "100",
    "共享类型": "无条件共享",
    "共享方式分类": "1",
    "共享方式类型": "文件",
    "是否向社会开放": "1",
    "更新周期": "每日",
    "发布日期": "2026-03-01",
    "数据文件": "stops.csv",
}
SECOND = {"信息资源名称": ROW["信息资源名称"], "信息项名称": "经度", "数据类型": "N", "数据长度": "9,6"}


def row(number: int, **cells: str) -> dict[str, str]:
    return ROW | {"信息资源名称": f"第{number}号公交线路信息", "数据文件": ""} | cells


class Drop:
    """What a front-end machine holds."""

    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, rows: list[dict[str, str]], files: dict[str, str | bytes] | None = None) -> None:
        """Write workbook and files, and the manifest last."""
        with (self.folder / "目录.csv").open("w", encoding="gb18030", newline="") as file:
            writer = csv.DictWriter(file, list(ROW))
            writer.writeheader()
            writer.writerows(rows)
        for name, content in (files or {}).items():
            (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        listed = [
            {"name": path.name, "size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in self.folder.iterdir()
            if path.name != "manifest.json"
        ]
        (self.folder / "manifest.json").write_text(json.dumps({"files": listed}), encoding="utf-8")


@pytest.fixture
def drop(tmp_path: Path, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Drop:
    (tmp_path / "front").mkdir()
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.folder.traffic", str(tmp_path / "front"))
    return Drop(tmp_path / "front")


@pytest.fixture
def connect(make_point: Callable[..., str], drop: Drop) -> Callable[..., str]:
    def make(**settings: Any) -> str:
        return make_point("folder:traffic", kind="drop_folder", name="traffic-drop", settings=settings)

    return make


def slugs(run: dict[str, Any]) -> set[str]:
    return {finding["slug"] for problem in run["problems"] for finding in problem["findings"]} - {"provider_uscc"}


def stored(resource: dict[str, Any]) -> bytes:
    from ckan.lib import uploader

    return Path(uploader.get_resource_uploader(resource).get_path(resource["id"])).read_bytes()


def test_entries_arrive_with_their_files_and_rows(drop, connect, harvest, entries, ask):
    drop.put([ROW, SECOND, row(1, 数据文件="说明.pdf")], {"stops.csv": STOPS, "说明.pdf": b"%PDF-1.7 \xff"})

    run = harvest(connect())

    assert (run["state"], run["counts"]["create"], slugs(run)) == ("done", 2, set())
    found = entries("traffic-drop")
    table = found["公交站点信息"]["resources"][0]
    assert [item["name"] for item in found["公交站点信息"]["info_items"]] == ["站点名称", "经度"]
    assert (table["name"], table["format"], table["rows"], table["columns"]) == ("stops", "CSV", 2, 2)
    assert (stored(table), table["original_name"]) == (STOPS.encode(), "stops.csv")
    assert ask("datastore_search", {"resource_id": table["id"]})["total"] == 2
    paper = found["第1号公交线路信息"]["resources"][0]
    assert (paper["format"], stored(paper)) == ("PDF", b"%PDF-1.7 \xff")
    assert not paper.get("datastore_active")


def test_an_unchanged_folder_writes_nothing(drop, connect, harvest):
    drop.put([ROW, SECOND], {"stops.csv": STOPS})
    point = connect()
    harvest(point)
    drop.put([SECOND | ROW, SECOND])

    run = harvest(point)

    assert (run["counts"]["unchanged"], run["writes"]) == (1, 0)


def test_a_changed_file_is_taken_under_the_same_ids_and_the_others_are_left(drop, connect, harvest, entries, ask):
    drop.put([ROW, SECOND, row(1, 数据文件="b.csv")], {"stops.csv": STOPS, "b.csv": STOPS})
    point = connect()
    harvest(point)
    before = entries(point)
    drop.put([ROW, SECOND, row(1, 数据文件="b.csv")], {"stops.csv": STOPS + "府前站,117.3\n"})

    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["unchanged"], slugs(run)) == (1, 1, set())
    after = entries(point)
    assert after["第1号公交线路信息"] == before["第1号公交线路信息"]
    old, new = before["公交站点信息"]["resources"][0], after["公交站点信息"]["resources"][0]
    assert (old["id"], old["hash"]) != (new["id"], new["hash"])
    assert old["id"] == new["id"]
    assert ask("datastore_search", {"resource_id": new["id"]})["total"] == 3


def test_a_half_copied_file_fails_the_run_and_changes_nothing(drop, connect, harvest, entries):
    drop.put([ROW, SECOND], {"stops.csv": STOPS})
    point = connect()
    harvest(point)
    before = entries(point)
    (drop.folder / "stops.csv").write_text(STOPS[:20], encoding="utf-8")

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["writes"]) == ("failed", "folder_incomplete", 0)
    assert entries(point) == before
    drop.put([ROW, SECOND], {"stops.csv": STOPS})
    assert harvest(point)["counts"]["unchanged"] == 1


def test_an_entry_that_was_refused_is_taken_with_its_file_once_it_is_right(drop, connect, harvest, entries):
    drop.put([row(1), ROW | {"更新周期": "有空就更新"}, SECOND], {"stops.csv": STOPS})
    point = connect()
    assert harvest(point)["counts"]["reject"] == 1
    drop.put([row(1), ROW, SECOND])

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["unchanged"]) == (1, 1)
    assert stored(entries(point)["公交站点信息"]["resources"][0]) == STOPS.encode()


def test_a_held_run_applies_the_files_that_it_saw(drop, connect, harvest, entries, ask):
    drop.put([ROW, SECOND, *(row(number) for number in range(1, 5))], {"stops.csv": STOPS})
    point = connect()
    harvest(point)
    seen = STOPS + "府前站,117.3\n"
    drop.put([ROW, SECOND], {"stops.csv": seen})
    held = harvest(point)
    assert held["state"] == "held"
    (drop.folder / "stops.csv").write_text("另写了一半", encoding="utf-8")

    ask("govshare_harvest_confirm", {"id": held["id"], "wait": True})

    assert stored(entries(point)["公交站点信息"]["resources"][0]) == seen.encode()


def test_names_that_lead_out_are_refused_alone(drop, connect, harvest):
    drop.put([row(1), row(2, 数据文件="../../etc/passwd")])
    run = harvest(connect())
    assert (run["counts"]["create"], run["counts"]["reject"], slugs(run)) == (1, 1, {"file_name_refused"})


@pytest.mark.parametrize("url", ["folder:nowhere", "folder:../traffic", "folder:traffic/../../etc", "/etc"])
def test_an_unknown_folder_is_refused_when_it_is_registered(make_point, drop, url):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        make_point(url, kind="drop_folder")
    assert str(drop.folder) not in str(error.value.error_dict)
