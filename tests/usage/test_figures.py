"""Figures of use: of an entry, of the whole, the ranking; and the page of statistics with the lists behind it."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_plus

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.usage import chart
from ckanext.govshare.usage.model import Usage
from tests.portal import outlet_city
from tests.portal.outlet_city import ENTRIES, SEEN
from tests.sql import statements

NOW = datetime(2026, 5, 20, 12, tzinfo=clock.ZONE)
#: kind of entry → day, kind of use, number
USED = {
    "open": [
        (date(2026, 4, 30), "view", 5),
        (date(2026, 5, 1), "view", 7),
        (date(2026, 5, 20), "download", 2),
        (date(2024, 12, 31), "view", 100),
    ],
    "hostile": [(date(2026, 5, 2), "view", 9), (date(2026, 5, 2), "call", 4)],
    "open_on_condition": [(date(2026, 5, 3), "view", 1)],
    "shared_only": [(date(2026, 5, 3), "view", 4321)],
    "withdrawn": [(date(2026, 5, 3), "view", 5432), (date(2026, 5, 3), "call", 5432)],
    "private": [(date(2026, 5, 3), "download", 6543)],
}


@pytest.fixture(scope="module")
def made(loaded: None) -> SimpleNamespace:
    """The catalogue of outlet_city, and use of some of its entries; nothing here writes, so it is made once."""
    made = outlet_city.build()
    for kind, rows in USED.items():
        for day, of, number in rows:
            resource = made.entries[kind]["resources"][0]["id"] if of != "view" else ""
            entry = made.entries[kind]["id"]
            model.Session.add(Usage(day=day, kind=of, package_id=entry, resource_id=resource, number=number))
    model.Session.add(Usage(day=date(2026, 5, 4), kind="view", package_id="gone", number=99))
    model.Session.commit()
    return made


@pytest.fixture
def ask(made: SimpleNamespace, frozen: Any):
    """Call an action as somebody, on 20 May 2026."""

    def one(action: str, user: str = "", **data: Any) -> Any:
        context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
        with frozen(NOW):
            return tk.get_action(f"govshare_usage_{action}")(context, data)

    return one


def test_an_entry_tells_how_often_it_was_used(ask, made):
    entry = made.entries["open"]
    expected = {"views": 112, "downloads": 2, "calls": 0, "since": "2024-12-31"}
    assert ask("show", package_id=entry["id"]) == ask("show", package_id=entry["name"]) == expected


def test_a_file_tells_how_often_it_was_used(ask, made):
    resource = made.entries["open"]["resources"][0]["id"]
    assert ask("show", resource_id=resource) == {
        "views": 0,
        "downloads": 2,
        "calls": 0,
        "since": "2024-12-31",
    }


@pytest.mark.parametrize("reader", ["", "citizen", "neighbour", "officer", "office"])
@pytest.mark.parametrize("kind", sorted(ENTRIES))
def test_use_of_an_entry_is_told_to_who_sees_it(ask, made, reader, kind):
    context = {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}
    entry = made.entries[kind]["id"]
    try:
        tk.check_access("package_show", dict(context), {"id": entry})
        sees = True
    except tk.NotAuthorized:
        sees = False
    try:
        ask("show", reader, package_id=entry)
        told = True
    except tk.ObjectNotFound:
        told = False
    assert told is sees


@pytest.mark.parametrize(
    "asked", [{"package_id": "nobody"}, {"resource_id": "nobody"}, {"resource_id": "\x00"}]
)
def test_what_is_not_there_is_not_found(ask, asked):
    with pytest.raises(tk.ObjectNotFound):
        ask("show", **asked)


@pytest.mark.parametrize("asked", [{}, {"package_id": ""}, {"package_id": ["a"]}, {"package_id": 3}])
def test_what_to_show_must_be_said(ask, asked):
    with pytest.raises(tk.ValidationError):
        ask("show", **asked)


def ranked(made: SimpleNamespace, rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    kinds = {entry["id"]: kind for kind, entry in made.entries.items()}
    return [(kinds[row["package_id"]], row["number"]) for row in rows]


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("", [("open", 12), ("hostile", 9), ("open_on_condition", 1)]),
        ("citizen", [("open", 12), ("hostile", 9), ("open_on_condition", 1)]),
        ("neighbour", [("shared_only", 4321), ("open", 12), ("hostile", 9), ("open_on_condition", 1)]),
        (
            "office",
            [
                ("withdrawn", 5432),
                ("shared_only", 4321),
                ("open", 12),
                ("hostile", 9),
                ("open_on_condition", 1),
            ],
        ),
    ],
)
def test_the_ranking_names_what_its_reader_sees(ask, made, reader, expected):
    assert ranked(made, ask("ranking", reader, kind="view", days=30)) == expected


def test_the_ranking_is_of_a_period_and_ends_where_one_says(ask, made):
    assert ranked(made, ask("ranking", kind="view", month="2026-04")) == [("open", 5)]
    assert ranked(made, ask("ranking", kind="view", month="2024-12")) == [("open", 100)]
    assert ranked(made, ask("ranking", kind="view", days=20, limit=1)) == [("hostile", 9)]
    assert ranked(made, ask("ranking", kind="call", days=30)) == [("hostile", 4)]
    assert ranked(made, ask("ranking", kind="download", days=1)) == [("open", 2)]


def test_the_ranking_goes_on_behind_what_its_reader_does_not_see(ask, made, monkeypatch):
    from ckanext.govshare.usage import ranking

    monkeypatch.setattr(ranking, "CHUNK", 1)
    assert ranked(made, ask("ranking", "neighbour", kind="view", days=30)) == [
        ("shared_only", 4321),
        ("open", 12),
        ("hostile", 9),
        ("open_on_condition", 1),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "robots"), ("days", 0), ("days", "x"), ("days", 10**9), ("limit", 101), ("limit", -1), ("limit", []),
        ("month", "2026-13"), ("month", "2026"), ("month", "'; drop table"),
    ],
)  # fmt: skip
def test_a_ranking_that_cannot_be_made_names_the_value(ask, field, value):
    with pytest.raises(tk.ValidationError) as refused:
        ask("ranking", **{field: value})
    assert list(refused.value.error_dict) == [field]


def test_the_whole_is_that_of_public_entries_whoever_asks(ask):
    found = ask("site", months=2)
    assert found == ask("site", "office", months=2)
    assert found == {
        "views": 122, "downloads": 2, "calls": 4, "since": "2024-12-31",
        "months": [
            {"month": "2026-04", "views": 5, "downloads": 0, "calls": 0},
            {"month": "2026-05", "views": 17, "downloads": 2, "calls": 4},
        ],
    }  # fmt: skip


def test_months_go_over_the_turn_of_the_year(ask, frozen):
    with frozen(datetime(2026, 1, 31, 12, tzinfo=clock.ZONE)):
        months = tk.get_action("govshare_usage_site")({"user": ""}, {"months": 3})["months"]
    assert [row["month"] for row in months] == ["2025-11", "2025-12", "2026-01"]


def test_candidates_of_the_high_frequency_library_are_what_programs_call_most(app, made, frozen):
    with frozen(NOW), app.flask_app.test_request_context("/"):
        assert ranked(made, tk.h.govshare_frequent_candidates()) == [("hostile", 4)]


@pytest.fixture
def page(app: Any, made: SimpleNamespace, frozen: Any):
    """The text of a page on 20 May 2026."""

    def one(path: str, status: int = 200) -> str:
        with frozen(NOW):
            answer = app.get(path)
        assert answer.status_code == status
        return answer.body

    return one


def test_the_line_of_an_entry_shows_its_figures(app, made):
    with app.flask_app.test_request_context("/"):
        text = tk.render_snippet("govshare/usage/of_entry.html", {"pkg": made.entries["open"]})
    assert re.findall(r"\d+", text) == ["112", "2", "0"]


@pytest.mark.parametrize(
    "path", ["/stats", "/stats.csv", "/stats/view", "/stats/view/2026-05", "/stats/opened/2026-03"]
)
def test_statistics_hold_no_trace_of_what_is_not_open(page, made, path):
    text = page(path)
    closed = [made.entries[kind] for kind in set(ENTRIES) - SEEN]
    assert [entry["title"] for entry in closed if entry["title"] in text or entry["name"] in text] == []
    assert not re.search(r"\b(4,?321|5,?432|6,?543)\b", text)


def test_every_figure_is_the_length_of_the_list_behind_it(page, app, made):
    text = page("/stats")
    links = re.findall(r'<a href="([^"]*/dataset[^"]*\?[^"]*)">(\d+)<', text)
    assert {link.partition("?")[2].partition("=")[0] for link, _number in links} == {
        "open_domain", "organization", "open_type", "res_format",
    }  # fmt: skip
    for link, number in links:
        name, _, value = unquote_plus(link).partition("?")[2].partition("=")
        found = tk.get_action("package_search")({"user": ""}, {"fq": f'{name}:"{value}"', "rows": 0})
        assert found["count"] == int(number), link


def test_entries_opened_in_a_month_are_listed(page, made):
    text = page("/stats/opened/2026-03")
    assert text.count('<th scope="row">') == len(SEEN)
    assert all(made.entries[kind]["name"] in text for kind in SEEN)


def test_use_in_a_month_is_listed_most_first(page, made):
    text = page("/stats/view/2026-05")
    names = [made.entries[kind]["name"] for kind in ("hostile", "open", "open_on_condition")]
    assert re.findall(r'/dataset/([^"]+)"', text.partition("<tbody>")[2].partition("</tbody>")[0]) == names


def test_the_file_says_what_the_page_says(page):
    rows = list(csv.reader(io.StringIO(page("/stats.csv").lstrip("\ufeff"))))
    figures = {(row[0], row[1]): row[3] for row in rows[1:]}
    assert {row[4] for row in rows[1:]} == {"2026-05-20"}
    assert figures[("每月浏览量", "2026-05")] == "17"
    assert figures[("开放数据按开放类型分布", "2")] == "1"
    assert figures[("每月开放数据", "2026-03")] == str(len(SEEN))


@pytest.mark.parametrize(
    "path",
    [
        "/stats/opened",
        "/stats/opened/2026-13",
        "/stats/view/x",
        "/stats/robots",
        "/stats/view/1",
        "/stats/opened/0000-01",
    ],
)
def test_a_list_that_is_none_is_not_there(page, path):
    page(path, 404)


def test_a_chart_has_a_name_words_and_a_table(page):
    text = page("/stats")
    assert (
        text.count('role="img" aria-labelledby="')
        == text.count("<desc id=")
        == len(re.findall(r"<summary>[^<]*<span", text))
        == 4
    )


def test_the_page_of_statistics_costs_the_same_for_more_entries(page, app, made):
    page("/stats/view/2026-04")
    counts = []
    for path in ("/stats/view/2026-04", "/stats/view/2026-05"):  # one entry, three entries
        with statements() as sent:
            page(path)
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_columns_stand_on_the_base_and_reach_up_by_their_share():
    laid = chart.columns([("a", 0), ("b", 5), ("c", 10)])
    low, middle, high = laid["columns"]
    floor = chart.HEIGHT - chart.BOTTOM
    assert (low["height"], low["y"]) == (0, floor)
    assert high["height"] == pytest.approx(2 * middle["height"], abs=0.2)
    assert high["y"] + high["height"] == pytest.approx(floor, abs=0.1)
    assert [tick["value"] for tick in laid["ticks"]] == [0, 3, 6, 9, 12]
    assert chart.columns([("a", 0)])["columns"][0]["height"] == 0
