"""Rows of the DataStore on the page of an entry: sorted, searched, paged, and never more than asked for."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.portal import preview, preview_store
from ckanext.govshare.portal.preview_question import Question
from tests.conftest import publish
from tests.portal import lasting_city, tables
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("with_plugins")

city = lasting_city.city
make_entry = lasting_city.make_entry


class _Rows(HTMLParser):
    """Cells of the table of rows, and which column says it is sorted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.sorted: list[tuple[str, str]] = []
        self._inside = self._cell = False
        self._head = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "table":
            self._inside = "gs-table--data" in values.get("class", "")
        if self._inside and tag == "tr":
            self.rows.append([])
        self._cell = self._inside and tag == "td"
        if self._cell:
            self.rows[-1].append("")
        if self._inside and tag == "th":
            self._head = values.get("aria-sort", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._inside = False
        if tag in ("td", "tr", "table"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data
        if self._inside and self._head and data.strip():
            self.sorted.append((data.strip(), self._head))
            self._head = ""

    def column(self, place: int) -> list[str]:
        return [row[place] for row in self.rows if row]

@pytest.fixture(scope="module")
def entry(city: SimpleNamespace) -> dict[str, Any]:
    """An open entry with a table of six stops: no test writes it."""
    made = publish(city)
    tables.fill(tables.open_file(made)["id"])
    return made


def page(app: Any, entry: dict[str, Any], status: int = 200, **query: str) -> str:
    return app.get(f"/dataset/{entry['name']}?{urlencode(query)}", status=status).body


def names(app: Any, entry: dict[str, Any], **query: str) -> list[str]:
    return _Rows(page(app, entry, **query)).column(1)


def test_rows_lie_as_they_were_loaded(app: Any, entry: dict[str, Any]) -> None:
    body = page(app, entry)
    assert _Rows(body).rows[1] == ["10001", "市政府", "东城", "114.4123", "23.0868", "40"]
    assert "6行 × 6列" in body.replace(" ", "").replace("×", " × ")


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("seats asc", ["7", "9", "12", "40", "100", ""]),
        ("seats desc", ["100", "40", "12", "9", "7", ""]),
    ],
)
def test_a_column_sorts_by_value_and_says_so(
    app: Any, entry: dict[str, Any], sort: str, expected: list[str]
) -> None:
    rows = _Rows(page(app, entry, sort=sort))
    assert rows.column(5) == expected
    assert rows.sorted == [("候车座位数", "ascending" if sort.endswith("asc") else "descending")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"f": "公交"}, ["文化广场公交站", "公交总公司"]),
        ({"f": "广场公"}, ["文化广场公交站"]),
        ({"f": "东城", "column": "name"}, []),
        ({"f": "东城", "column": "district"}, ["市政府", "文化广场公交站", "第一中学"]),
        ({"f": "114.41"}, ["市政府", "文化广场公交站", "第一中学"]),
        ({"f": "东城", "sort": "seats desc"}, ["市政府", "文化广场公交站", "第一中学"]),
    ],
)
def test_parts_of_chinese_words_are_found(
    app: Any, entry: dict[str, Any], query: dict[str, str], expected: Any
) -> None:
    assert names(app, entry, **query) == expected


def test_nothing_found_says_what_to_do(app: Any, entry: dict[str, Any]) -> None:
    body = page(app, entry, f="没有这样的站")
    assert "没有包含“没有这样的站”的数据" in body
    assert "清除筛选与排序" in body


@pytest.mark.parametrize(
    "query",
    [
        {"f": "%"},
        {"f": "_"},
        {"f": "\\"},
        {"f": "'"},
        {"f": '"; DROP TABLE x; --'},
        {"f": "x" * 5000},
        {"f": "%s%(a)s:b{0}"},
        {"f": "<script>alert(1)</script>"},
        {"f": "公交", "column": "nothing"},
        {"f": "公交", "column": "_full_text"},
        {"f": "公交", "column": 'name" = name --'},
        {"sort": "nothing asc"},
        {"sort": "name; DROP TABLE x asc"},
        {"sort": "name asc, seats desc"},
        {"sort": "_id desc"},
        {"page": "-1"},
        {"page": "0"},
        {"page": str(10**9)},
        {"page": "9" * 400},
        {"page": "1.5"},
        {"f": "\ud800".encode("utf-8", "surrogatepass").decode("latin1")},
    ],
)
def test_hostile_question_is_answered_with_a_page(
    app: Any, entry: dict[str, Any], query: dict[str, str]
) -> None:
    body = page(app, entry, **query)
    assert "城区公交站点信息" in body
    assert "<script>alert" not in body
    shown = len(_Rows(body).column(0))
    assert shown == (
        0 if query.get("f") and not query["f"].startswith("公交") else 2 if query.get("f") else 6
    )


def test_nul_in_an_address_is_refused(app: Any, entry: dict[str, Any]) -> None:
    assert app.get(f"/dataset/{entry['name']}?f=%00", expect_errors=True).status_code in (200, 400)


def test_column_names_are_taken_as_names(app: Any, make_entry: Any) -> None:
    made = make_entry()
    fields = [("a%s", "text", "甲"), ("b: c", "text", "乙"), ("select", "json", "丙")]
    tables.fill(tables.open_file(made)["id"], fields, [("1%", "x", {"k": 1}), ("2_", "y", {"k": 2})])
    assert _Rows(page(app, made, f="1%", column="a%s")).column(0) == ["1%"]
    assert _Rows(page(app, made, sort="b: c desc")).column(1) == ["y", "x"]
    assert _Rows(page(app, made, sort="select desc")).column(2) == ['{"k": 2}', '{"k": 1}']


def test_cells_are_shown_as_text(app: Any, make_entry: Any) -> None:
    made = make_entry()
    tables.fill(
        tables.open_file(made)["id"],
        [("a", "text", "<i>标题</i>")],
        [("<img src=x onerror=alert(1)>",), ("=HYPERLINK(1)",), ("长" * 5000,)],
    )
    body = page(app, made)
    assert "<img src=x" not in body
    assert "<i>标题" not in body
    assert max(map(len, _Rows(body).column(0))) == 120


def test_a_table_of_120_columns_is_shown_whole(app: Any, make_entry: Any) -> None:
    made = make_entry()
    fields = [(f"c{number}", "text", f"列{number}") for number in range(120)]
    tables.fill(tables.open_file(made)["id"], fields, [[f"v{number}" for number in range(120)]] * 3)
    rows = _Rows(page(app, made, sort="c119 desc", f="v77"))
    assert [len(row) for row in rows.rows[1:]] == [120] * 3


def test_an_empty_table_says_so(app: Any, make_entry: Any) -> None:
    made = make_entry()
    tables.fill(tables.open_file(made)["id"], rows=[])
    assert "目前没有数据" in page(app, made)


def test_a_table_that_is_being_replaced_is_waited_for_and_then_told(app: Any, entry: dict[str, Any]) -> None:
    resource = tables.open_file(entry)
    with tables.held(resource["id"]):
        body = page(app, entry)
    assert "数据正在更新" in body
    assert "10001" in page(app, entry)


def test_a_table_that_went_away_leaves_a_page_without_rows(app: Any, make_entry: Any) -> None:
    made = make_entry()
    resource = tables.open_file(made)
    tables.fill(resource["id"])
    tables.drop(resource["id"])
    body = page(app, made)
    assert "gs-table--data" not in body
    assert "http://files.example/open.csv" in body
    gone = preview.Source(table=preview_store.Table(resource["id"], [], {}, -1))
    assert preview.page(gone, resource, 10, Question()) is None


def test_a_file_deleted_in_between_is_not_there(app: Any, make_entry: Any) -> None:
    made = make_entry()
    resource = tables.open_file(made)
    tk.get_action("resource_delete")({"ignore_auth": True, "user": "office"}, {"id": resource["id"]})
    model.Session.expire_all()
    app.get(f"/dataset/{made['name']}/resource/{resource['id']}?f=1", status=404)
    assert "gs-table--data" not in page(app, made)


@pytest.fixture(scope="module")
def big(loaded: None) -> preview.Source:
    """A table of 300,000 rows without an entry."""
    return preview.Source(table=tables.fill_loose("00000000-0000-4000-8000-0000000b1600", 300_000))


def test_a_sort_that_takes_too_long_is_told(big: preview.Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_store, "PATIENCE", 5)
    table = preview.page(big, {"rows": 300_000}, 10, Question(sort="word"))
    assert table is not None
    assert (table.trouble, list(table.rows)) == ("slow", [])


def test_a_search_in_many_rows_is_counted_to_a_thousand(big: preview.Source) -> None:
    table = preview.page(big, {"rows": 300_000}, 10, Question(text="东城", page=10**6))
    assert table is not None
    assert (table.matching, table.more, table.pages, table.question.page) == (1000, True, 100, 100)
    assert table.rows[0][0] == str(1 + 3 * 990)


def test_the_first_page_of_many_rows_costs_what_that_of_few_does(big: preview.Source) -> None:
    few = preview.Source(table=tables.fill_loose("00000000-0000-4000-8000-0000000b1601", 1000))

    def cost(source: preview.Source, rows: int) -> float:
        taken = []
        for _turn in range(7):
            began = time.perf_counter()
            assert preview.page(source, {"rows": rows}, 10, Question()) is not None
            taken.append(time.perf_counter() - began)
        return sorted(taken)[3]

    assert cost(big, 300_000) < 2 * cost(few, 1000) + 0.01


def test_rows_of_a_page_are_few_statements(app: Any, entry: dict[str, Any], make_entry: Any) -> None:
    def sent(made: dict[str, Any]) -> int:
        page(app, made)
        with statements() as found:
            page(app, made)
        return len(found)

    one = make_entry()
    tables.fill(tables.open_file(one)["id"])
    files = [
        {"name": f"文件{n}", "url": f"http://files.example/{n}.csv", "audience": "open"} for n in range(8)
    ]
    many = make_entry(resources=[{**file, "format": "CSV"} for file in files])
    tables.fill(tables.open_file(many)["id"], rows=tables.STOPS * 60)
    assert sent(many) == sent(one)
