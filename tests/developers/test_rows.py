"""Rows of open tables by program: pages, cursor, filters, formats, and what is refused in which words."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ckanext.govshare import signals
from tests.developers.conftest import file_of


@pytest.fixture
def address(entries: dict[str, Any]) -> str:
    return f"/api/rows/{entries['open']['resource_code']}/1"


def stops(response: Any) -> list[str]:
    assert response.status_code == 200, response.body
    return [record["站点名称"] for record in response.json["result"]["records"]]


def refusal(response: Any) -> tuple[int, str | None]:
    assert response.json["success"] is False
    return response.status_code, response.json["error"]["parameter"]


def test_rows_come_with_chinese_labels_types_and_facts_of_the_entry(call, address, entries):
    result = call(address, rows=2).json["result"]
    assert result["records"][0] == {
        "站点名称": "城东公交站", "乘客数": 120, "开通日期": "2020-01-01T00:00:00", "备注": "50%_折",
    }  # fmt: skip
    assert result["code"] == entries["open"]["resource_code"]
    assert (result["total"], result["page"], result["rows"]) == (5, 1, 2)
    assert [column["type"] for column in result["columns"]] == ["text", "numeric", "timestamp", "text"]


def test_technical_names_are_given_where_they_are_asked_for(call, address):
    record = call(address, names="id", columns="opened,stop", rows=1).json["result"]["records"][0]
    assert list(record) == ["opened", "stop"]


def test_numbers_keep_every_digit(call, address):
    assert '"乘客数": 300.5,' in call(address).body


def test_pages_follow_each_other_by_next_until_the_end(call, address):
    seen, onward = [], f"{address}?rows=2"
    while onward:
        result = call(onward[onward.index("/api") :]).json["result"]
        seen += [record["站点名称"] for record in result["records"]]
        onward = result["next"]
    assert seen == ["城东公交站", "城西公交站", "City Hall", "火车站", "机场"]


def test_cursor_reads_every_row_once_in_the_order_of_the_table(call, address):
    seen, onward = [], f"{address}?rows=3&after=0"
    while onward:
        result = call(onward[onward.index("/api") :]).json["result"]
        assert (result["total"], result["page"]) == (None, None)
        seen += [record["站点名称"] for record in result["records"]]
        onward = result["next"]
    assert seen == ["城东公交站", "城西公交站", "City Hall", "火车站", "机场"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"eq.站点名称": "机场"}, ["机场"]),
        ({"eq.stop": "机场"}, ["机场"]),
        ({"contains.站点名称": "公交"}, ["城东公交站", "城西公交站"]),
        ({"contains.stop": "city"}, ["City Hall"]),
        ({"contains.备注": "%_"}, ["城东公交站"]),
        ({"contains.备注": "/"}, ["城西公交站"]),
        ({"contains.乘客数": "00"}, ["City Hall", "火车站"]),
        ({"ge.乘客数": "120"}, ["城东公交站", "City Hall", "火车站"]),
        ({"ge.乘客数": "81", "le.乘客数": "300.5"}, ["城东公交站", "City Hall"]),
        ({"eq.乘客数": "80.0"}, ["城西公交站", "机场"]),
        ({"ge.开通日期": "2022-03-18"}, ["City Hall"]),
        ({"le.开通日期": "2019-12-31T23:59:59"}, ["机场"]),
        ({"eq.备注": ""}, ["City Hall", "火车站"]),
        ({"eq.开通日期": ""}, ["火车站"]),
        ({"eq.站点名称": "没有"}, []),
    ],
)
def test_filters_let_through_what_they_say(call, address, query, expected):
    assert stops(call(address, **query)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("乘客数", ["城西公交站", "机场", "城东公交站", "City Hall", "火车站"]),
        ("-乘客数,站点名称", ["火车站", "City Hall", "城东公交站", "城西公交站", "机场"]),
    ],
)
def test_sort_goes_by_columns_up_and_down(call, address, sort, expected):
    assert stops(call(address, sort=sort)) == expected


def test_csv_is_a_table_that_spreadsheets_open(call, address):
    response = call(address, format="csv", columns="站点名称,开通日期", rows=2)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = response.data.decode("utf-8")
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [
        ["站点名称", "开通日期"], ["城东公交站", "2020-01-01T00:00:00"], ["城西公交站", "2021-06-30T00:00:00"],
    ]  # fmt: skip
    assert 'rel="next"' in response.headers["Link"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "x"}, "page"),
        ({"page": "９"}, "page"),
        ({"page": "100000", "rows": "10000"}, "page"),
        ({"rows": "0"}, "rows"),
        ({"rows": "10001"}, "rows"),
        ({"rows": "9" * 40}, "rows"),
        ({"after": "x"}, "after"),
        ({"after": "1", "page": "2"}, "after"),
        ({"after": "1", "sort": "stop"}, "after"),
        ({"columns": "stop,_id"}, "columns"),
        ({"columns": "*"}, "columns"),
        ({"columns": 'stop" FROM pg_user --'}, "columns"),
        ({"sort": "nothing"}, "sort"),
        ({"sort": "stop desc"}, "sort"),
        ({"sort": "stop,riders,opened,stop,stop,stop"}, "sort"),
        ({"format": "xml"}, "format"),
        ({"names": "pinyin"}, "names"),
        ({"total": "maybe"}, "total"),
        ({"limit": "5"}, "limit"),
        ({"stop": "机场"}, "stop"),
        ({"like.stop": "机场"}, "like.stop"),
        ({"eq._id": "1"}, "eq._id"),
        ({"eq.": "1"}, "eq."),
        ({"ge.riders": "many"}, "ge.riders"),
        ({"ge.riders": "NaN"}, "ge.riders"),
        ({"ge.riders": "1e999999999"}, "ge.riders"),
        ({"ge.riders": "1; DROP TABLE x"}, "ge.riders"),
        ({"ge.opened": "18.3.2022"}, "ge.opened"),
        ({"ge.opened": "9999-99-99"}, "ge.opened"),
        ({"contains.stop": "长" * 501}, "contains.stop"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_the_name_of_the_parameter(call, address, query, parameter):
    response = call(address, **query)
    assert refusal(response) == (400, parameter)
    assert response.json["error"]["message"]


def test_a_parameter_given_twice_is_refused(call, address):
    assert refusal(call(f"{address}?eq.stop=a&eq.stop=b")) == (400, "eq.stop")


@pytest.mark.parametrize(
    "value", ["x'; DROP TABLE user; --", "' OR 1=1 --", "%", "\\", "%(param)s", "$1", "{}"]
)
@pytest.mark.parametrize("operator", ["eq", "ge", "le", "contains"])
def test_values_are_values_whatever_they_look_like(call, address, operator, value):
    found = stops(call(address, **{f"{operator}.stop": value}))
    if operator in ("eq", "contains"):
        assert found == []


def test_values_with_signs_of_sql_find_themselves(call, address):
    assert stops(call(address, **{"contains.we'ir%d": "DROP TABLE"})) == ["机场"]


def test_words_of_a_refusal_are_in_the_language_of_the_address(call, address):
    assert "rows" in call(f"/en{address}", rows="0", x="1").body
    english, chinese = (
        call(f"{prefix}{address}", rows="0").json["error"]["message"] for prefix in ("/en", "")
    )
    assert english == "A whole number from 1 is needed"
    assert isinstance(chinese, str)


@pytest.mark.parametrize("kind", ["shared_only", "shared_on_condition", "not_shared"])
def test_entries_that_are_not_open_are_not_there(call, entries, kind):
    there = call(f"/api/rows/{entries[kind]['resource_code']}/1")
    nowhere = call("/api/rows/307001004/9999/1")
    assert there.status_code == nowhere.status_code == 404
    assert there.json["error"]["__type"] == nowhere.json["error"]["__type"] == "Not Found Error"


def test_data_on_condition_are_refused_with_the_way_to_apply(call, entries):
    entry = entries["open_on_condition"]
    response = call(f"/api/rows/{entry['resource_code']}/1")
    assert response.status_code == 403
    assert f"/dataset/{entry['name']}/apply" in response.json["error"]["message"]


@pytest.mark.parametrize("number", [0, 2, 3, 99999])
def test_only_files_for_the_public_have_numbers(call, entries, number):
    response = call(f"/api/rows/{entries['open']['resource_code']}/{number}")
    assert refusal(response) == (404, "number")


@pytest.mark.parametrize("code", ["307001004/%00", "a'b/1", "307001004/0001%20OR%201", "长/0001", "../0001"])
def test_strange_codes_are_not_there(call, code):
    assert call(f"/api/rows/{code}/1").status_code == 404


def test_pages_of_other_sites_may_read_rows(call, address, app):
    assert call(address).headers["Access-Control-Allow-Origin"] == "*"
    asked = app.options(address, headers={"Origin": "https://app.example"})
    assert asked.status_code == 200
    assert "X-Api-Key" in asked.headers["Access-Control-Allow-Headers"]


def test_rows_set_no_cookie_and_look_at_no_login(call, address):
    assert "Set-Cookie" not in call(address).headers


def test_a_call_is_told_to_who_counts(call, address, entries):
    told = []

    def listen(_sender: Any, **what: Any) -> None:
        told.append(what)

    with signals.called.connected_to(listen):
        call(address)
        call(address, rows="0")
    entry = entries["open"]
    assert told == [{"package_id": entry["id"], "resource_id": file_of(entry)["id"], "key": ""}]
