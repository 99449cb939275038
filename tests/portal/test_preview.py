"""The first rows of stored files, and what an address asks of a preview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ckanext.govshare.portal import preview, preview_files
from ckanext.govshare.portal.preview_question import MOST_TEXT, Question

ITEMS = [{"name": "站点名称", "name_en": "stop"}, {"name": "经度", "name_en": "lon"}]
LONG = "x" * 5000


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that stores bytes as the file of a resource (by checksum: without suffix)."""

    def store(content: bytes, file_format: str, rows: int | None = 4000) -> dict[str, Any]:
        path = tmp_path / "0123abcd"
        path.write_bytes(content)
        uploader = type("Uploader", (), {"get_path": lambda self, resource_id: str(path)})
        monkeypatch.setattr(preview_files.uploader, "get_resource_uploader", lambda resource: uploader())
        return {"id": "r", "url": "http://x/f", "url_type": "upload", "format": file_format, "rows": rows}

    return store


def rows_of(table: preview.Preview | None) -> list[list[str]]:
    assert table is not None
    return [list(row) for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_any_usual_encoding_shows_chinese_titles(stored: Any, encoding: str) -> None:
    resource = stored("stop,lon\n市政府,114.41\n文化广场,114.42\n人民医院,114.43\n".encode(encoding), "CSV")
    table = preview.first_rows(resource, ITEMS, 2)
    assert table is not None
    assert table.titles == ["站点名称", "经度"]
    assert rows_of(table) == [["市政府", "114.41"], ["文化广场", "114.42"]]
    assert table.numeric == [False, True]
    assert (table.total, table.pages, table.looked_at) == (3, 2, None)


def test_a_long_file_is_read_by_its_head_and_says_so(stored: Any) -> None:
    content = "n\n" + "".join(f"{number}\n" for number in range(4000))
    table = preview.first_rows(stored(content.encode(), "CSV"), [], 10, Question(sort="n", descending=True))
    assert rows_of(table)[0] == ["499"]
    assert table is not None
    assert (table.total, table.looked_at) == (4000, 500)


@pytest.mark.parametrize("cell", ["007", "nan", "inf", "1e5x"])
def test_what_only_looks_like_a_number_is_none(stored: Any, cell: str) -> None:
    table = preview.first_rows(stored(f"code\n{cell}\n".encode(), "csv"), [], 5)
    assert table is not None
    assert table.numeric == [False]


def test_numbers_of_a_file_are_sorted_by_value_and_blanks_come_last(stored: Any) -> None:
    resource = stored(b"n,x\n10,a\n9,b\n,c\n-1,d\n", "CSV")
    assert [row[0] for row in rows_of(preview.first_rows(resource, [], 9, Question(sort="n")))] == [
        "-1",
        "9",
        "10",
        "",
    ]
    descending = preview.first_rows(resource, [], 9, Question(sort="n", descending=True))
    assert [row[0] for row in rows_of(descending)] == ["10", "9", "-1", ""]


def test_rows_of_a_file_are_found_by_parts_of_words(stored: Any) -> None:
    resource = stored("stop,line\n城区公交站,1路\n火车站,公交2路\n码头,3路\n".encode(), "CSV")
    anywhere = preview.first_rows(resource, [], 9, Question(text="公交"))
    in_line = preview.first_rows(resource, [], 9, Question(text="公交", column="line"))
    assert [row[0] for row in rows_of(anywhere)] == ["城区公交站", "火车站"]
    assert [row[0] for row in rows_of(in_line)] == ["火车站"]


def test_columns_of_one_name_stay_apart(stored: Any) -> None:
    table = preview.first_rows(stored(b"a,a,\n1,2,3\n", "CSV"), [], 9)
    assert table is not None
    assert table.titles == ["a", "a_2", "column_3"]


def test_xlsx_is_read_though_its_file_has_no_suffix(stored: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["stop", "lon"])
    book.active.append(["市政府", 114.41])
    book.save(tmp_path / "a.xlsx")
    table = preview.first_rows(stored((tmp_path / "a.xlsx").read_bytes(), "XLSX"), ITEMS, 5)
    assert rows_of(table) == [["市政府", "114.41"]]


def test_json_records_become_a_table(stored: Any) -> None:
    content = json.dumps({"data": [{"stop": "市政府", "lon": None}, {"stop": "广场"}]}).encode()
    table = preview.first_rows(stored(content, "JSON"), ITEMS, 5)
    assert rows_of(table) == [["市政府", ""], ["广场", ""]]


@pytest.mark.parametrize(
    ("content", "file_format"),
    [(b"", "CSV"), (b"no zip", "XLSX"), (b"{", "JSON"), (b"%PDF", "PDF"), (b"\xff\xff\xff", "CSV")],
)
def test_broken_or_other_file_has_no_preview_and_raises_nothing(
    stored: Any, content: bytes, file_format: str
) -> None:
    assert preview.first_rows(stored(content, file_format), ITEMS, 5) is None


def test_file_that_may_not_be_taken_has_no_preview(stored: Any) -> None:
    resource = stored(b"a\n1\n", "CSV")
    del resource["url"]
    assert preview.first_rows(resource, ITEMS, 5) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Question()),
        ({"f": "  公交\x00\t站 "}, Question(text="公交 站")),
        ({"f": LONG}, Question(text=LONG[:MOST_TEXT])),
        ({"sort": "a b desc"}, Question(sort="a b", descending=True)),
        ({"sort": "a sideways"}, Question()),
        ({"sort": "asc"}, Question()),
        ({"page": "3"}, Question(page=3)),
        *(({"page": page}, Question()) for page in ("-1", "1e9", "", "９", "²", "0x2", "9" * 30, "1;2")),
    ],
)
def test_what_an_address_asks(values: dict[str, str], expected: Question) -> None:
    assert Question.of(values) == expected


@pytest.mark.parametrize(
    ("page", "rows", "expected"),
    [(0, 25, (1, 3)), (10**9 - 1, 25, (3, 3)), (2, 0, (1, 1)), (10**9 - 1, 10**7, (100, 100))],
)
def test_a_page_that_is_not_there_is_the_nearest(page: int, rows: int, expected: tuple[int, int]) -> None:
    question, pages = Question(page=page).at(rows, 10)
    assert (question.page, pages) == expected


def test_signs_of_like_are_letters_in_a_pattern() -> None:
    assert Question(text="100%_\\").pattern() == r"%100\%\_\\%"
