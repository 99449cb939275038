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


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        (
            ["2026-11-16T00:00:00", "2026-11-16T01:30:00.000", None],
            ["2026-11-16 00:00", "2026-11-16 01:30", ""],
        ),
        (["2026-11-16T00:00:00", "2026-11-17T00:00:00"], ["2026-11-16", "2026-11-17"]),
    ],
)
def test_rows_of_the_datastore_have_titles_and_readable_times(
    monkeypatch: pytest.MonkeyPatch, times: list[str | None], shown: list[str]
) -> None:
    answer = {
        "fields": [
            {"id": "_id", "type": "int"},
            {"id": "obs_time", "type": "timestamp", "info": {"label": "观测时间"}},
            {"id": "lon", "type": "numeric"},
        ],
        "records": [{"_id": 1, "obs_time": time, "lon": 1.5} for time in times],
        "total": 504,
    }
    monkeypatch.setattr(preview.tk, "get_action", lambda name: lambda context, query: answer)
    table = preview.first_rows({"id": "r", "url": "x", "datastore_active": True}, ITEMS, 10, "")
    assert table is not None
    assert list(table.titles) == ["观测时间", "经度"]
    assert [row[0] for row in table.rows] == shown
    assert list(table.numeric) == [False, True]
    assert table.total == 504
