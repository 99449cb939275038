"""The first rows of stored files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ckanext.govshare.portal import preview

ITEMS = [{"name": "站点名称", "name_en": "stop"}, {"name": "经度", "name_en": "lon"}]


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that stores bytes as the file of a resource (by checksum: without suffix)."""

    def store(content: bytes, file_format: str) -> dict[str, Any]:
        path = tmp_path / "0123abcd"
        path.write_bytes(content)
        uploader = type("Uploader", (), {"get_path": lambda self, resource_id: str(path)})
        monkeypatch.setattr(preview.uploader, "get_resource_uploader", lambda resource: uploader())
        return {"id": "r", "url": "http://x/f", "url_type": "upload", "format": file_format, "rows": 40}

    return store


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_any_usual_encoding_shows_chinese_titles(stored: Any, encoding: str) -> None:
    resource = stored("stop,lon\n市政府,114.41\n文化广场,114.42\n人民医院,114.43\n".encode(encoding), "CSV")
    table = preview.first_rows(resource, ITEMS, 2, "")
    assert table is not None
    assert list(table.titles) == ["站点名称", "经度"]
    assert list(table.rows) == [["市政府", "114.41"], ["文化广场", "114.42"]]
    assert list(table.numeric) == [False, True]
    assert table.total == 40


def test_code_with_a_leading_zero_is_no_number(stored: Any) -> None:
    table = preview.first_rows(stored(b"code\n007\n008\n", "csv"), [], 5, "")
    assert table is not None
    assert list(table.numeric) == [False]


def test_xlsx_is_read_though_its_file_has_no_suffix(stored: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["stop", "lon"])
    book.active.append(["市政府", 114.41])
    book.save(tmp_path / "a.xlsx")
    table = preview.first_rows(stored((tmp_path / "a.xlsx").read_bytes(), "XLSX"), ITEMS, 5, "")
    assert table is not None
    assert list(table.rows) == [["市政府", "114.41"]]


def test_json_records_become_a_table(stored: Any) -> None:
    content = json.dumps({"data": [{"stop": "市政府", "lon": None}, {"stop": "广场"}]}).encode()
    table = preview.first_rows(stored(content, "JSON"), ITEMS, 5, "")
    assert table is not None
    assert list(table.rows) == [["市政府", ""], ["广场", ""]]


@pytest.mark.parametrize(
    ("content", "file_format"),
    [(b"", "CSV"), (b"no zip", "XLSX"), (b"{", "JSON"), (b"%PDF", "PDF"), (b"\xff\xff\xff", "CSV")],
)
def test_broken_or_other_file_has_no_preview_and_raises_nothing(
    stored: Any, content: bytes, file_format: str
) -> None:
    assert preview.first_rows(stored(content, file_format), ITEMS, 5, "") is None


def test_file_that_may_not_be_taken_has_no_preview(stored: Any) -> None:
    resource = stored(b"a\n1\n", "CSV")
    del resource["url"]
    assert preview.first_rows(resource, ITEMS, 5, "") is None
