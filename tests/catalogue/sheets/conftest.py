"""Files of rows for 市交通运输局, made and read as a department does."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import openpyxl
import pytest

from ckanext.govshare.catalogue import forms
from ckanext.govshare.kernel.codes import uscc_check_char
from ckanext.govshare.kernel.grid_form import columns
from tests.unit.kernel.grid_files import xlsx

USCC = "11990100MB0A00001" + uscc_check_char("11990100MB0A00001")
#: Cells of a good entry of one item, by column title.
CELLS = {
    "信息资源名称": "城区公交站点信息",
    "信息资源提供方": "市交通运输局",
    "信息资源摘要": "含站点名称和途经线路。",
    "类分类": "3 部门信息资源",
    "项分类": "307",
    "目分类": "307001",
    "细目分类": "307001004",
    "信息资源格式分类": "电子表格",
    "信息资源格式类型": "xlsx",
    "信息项名称": "站点名称",
    "数据类型": "字符型",
    "数据长度": 50,
    "共享类型": "1 无条件共享",
    "共享方式分类": "共享平台方式",
    "共享方式类型": "文件",
    "是否向社会开放": "无条件开放",
    "开放领域": "交通运输",
    "更新周期": "每日",
    "发布日期": "2026-03-18",
}
Rows = list[dict[str, Any]]


def call(action: str, user: str, **data: Any) -> Any:
    """An action as a person, with its auth function."""
    return tk.get_action(f"govshare_catalogue_{action}")({"user": user}, data)


def table(rows: Rows, package_type: str = "dataset", titles: Iterable[str] = ()) -> list[list[Any]]:
    """Rows of cells below a header of the template's titles."""
    head = list(titles) or [column.heading for column in columns(forms.form(package_type))]
    plain = [title.split("（")[0] for title in head]
    return [head, *([row.get(title) for title in plain] for row in rows)]


def workbook(rows: Rows, package_type: str = "dataset", titles: Iterable[str] = ()) -> bytes:
    """A workbook of these rows."""
    return xlsx(table(rows, package_type, titles))


def rows(count: int, **cells: Any) -> Rows:
    """Rows of good entries; keyword arguments replace cells."""
    return [{**CELLS, "信息资源名称": f"第{number}号线路站点信息", **cells} for number in range(1, count + 1)]


def encoded(data: bytes) -> str:
    """Bytes as they travel in JSON."""
    return base64.b64encode(data).decode()


def opened(answer: dict[str, Any]) -> openpyxl.Workbook:
    """The workbook that an action answered with."""
    return openpyxl.load_workbook(io.BytesIO(base64.b64decode(answer["content_base64"])))


@pytest.fixture
def town(city: Any) -> Any:
    """The city; 市交通运输局 has its unified social credit code."""
    tk.get_action("organization_patch")({"user": "office"}, {"id": city.traffic, "uscc": USCC})
    return city


@pytest.fixture
def hand_in(town: Any) -> Callable[..., dict[str, Any]]:
    """Hand a file in as the officer of 市交通运输局: rows, or the bytes of a file."""

    def handed(content: Rows | bytes, user: str = "officer", **options: Any) -> dict[str, Any]:
        data = content if isinstance(content, bytes) else workbook(content)
        answer = call(
            "import",
            user,
            **{"organization": "jiaotong", "wait": True, "content_base64": encoded(data), **options},
        )
        assert answer["state"] in ("checked", "applied")
        return answer

    return handed


def places(answer: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Row, column title and slug of every finding."""
    return [(finding["row"], finding["title"], finding["slug"]) for finding in answer["findings"]]
