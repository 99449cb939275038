"""A drop folder for tests: its workbook and the files that it names."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

from openpyxl import Workbook

ROW: dict[str, Any] = {
    "信息资源名称": "公交站点信息",
    "信息资源提供方": "市交通运输局",
    "提供方内部部门": "公共交通处",
    "信息资源摘要": "全市公交站点的名称、位置和开通日期，自2015年起，覆盖主城区。",
    "类分类": "3 部门信息资源",
    "项分类": "307",
    "目分类": "307001",
    "细目分类": "307001004",
    "信息资源格式分类": "电子表格",
    "信息资源格式类型": "csv",
    "信息项名称": "站点名称",
    "信息项英文名称": "stop_name",
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
STOPS = "站点名称,经度\n人民路站,117.1\n中山路站,117.2\n"


def workbook(rows: list[dict[str, Any]]) -> bytes:
    """An xlsx in the columns of the template."""
    titles = list(dict.fromkeys(title for row in [ROW, *rows] for title in row))
    book = Workbook()
    book.active.append(titles)
    for row in rows:
        book.active.append([row.get(title) for title in titles])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def table(rows: list[dict[str, Any]]) -> str:
    """The same as a CSV."""
    titles = list(dict.fromkeys(title for row in [ROW, *rows] for title in row))
    content = io.StringIO()
    writer = csv.DictWriter(content, titles)
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()


def row(number: int, **cells: Any) -> dict[str, Any]:
    """A good row of its own title; without a file unless one is given."""
    return ROW | {"信息资源名称": f"第{number}号公交线路信息", "数据文件": ""} | cells


def fill(folder: Path, rows: list[dict[str, Any]], **files: str | bytes) -> Path:
    """Write a workbook and files (``stops_csv`` is ``stops.csv``), with a manifest of everything."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "目录.xlsx").write_bytes(workbook(rows))
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    promise(folder)
    return folder


def promise(folder: Path) -> None:
    """Write the manifest of a folder, last."""
    listed = [
        {"name": path.name, "size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.is_symlink() and path.name != "manifest.json"
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": listed}), encoding="utf-8")
