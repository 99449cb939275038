"""The front pages: who comes in, what waits, where the figures lead."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from ckanext.govshare.desk import summary as standing
from ckanext.govshare.kernel import clock
from tests.desk.conftest import call, words
from tests.sql import statements

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=clock.ZONE)


def review_lines(body: str) -> list[str]:
    """Lines of the to-do list that lead to changes."""
    lines = re.findall(r'(?s)<li class="gs-todo__line">.*?</li>', body)
    return [line for line in lines if "/desk/change" in line]


@pytest.mark.parametrize("path", ["/desk", "/office", "/desk/changes", "/desk/catalogue", "/desk/systems"])
def test_a_visitor_is_asked_to_log_in_and_a_citizen_is_refused(see, path):
    visitor = see(path)
    assert (visitor.status_code, "/user/login" in visitor.headers["Location"]) == (302, True)
    assert see(path, "citizen").status_code == 403


def test_the_office_page_is_for_the_office(see):
    assert see("/office", "officer").status_code == 403
    assert see("/office", "operator").status_code == 403
    assert see("/office", "office").status_code == 200


def test_an_empty_desk_says_what_to_do_next(see):
    body = see("/desk", "officer").body
    assert "/desk/new" in body
    assert "今日待办（0）" in words(body) or "To do today (0)" in words(body)


def test_what_waits_is_one_line_with_its_button(see, submitted):
    change = submitted()
    body = see("/desk", "reviewer").body
    (line,) = review_lines(body)
    assert change["title"] in line
    assert f'href="/desk/change/{change["id"]}"' in line


def test_a_returned_entry_comes_with_the_reason(see, submitted):
    call("change_return", "reviewer", id=submitted()["id"], reason="信息项缺说明")
    assert "信息项缺说明" in words(see("/desk", "officer").body)


def test_many_of_a_kind_are_one_line_that_opens_the_list(see, submitted):
    for number in range(6):
        submitted(title=f"第{number}条")
    body = see("/desk", "reviewer").body
    (line,) = review_lines(body)
    assert "/desk/changes?waiting=1" in line


def test_the_longest_waiting_comes_first(see, submitted):
    with clock.frozen(NOW - timedelta(days=9)):
        submitted(title="九天前的")
    with clock.frozen(NOW - timedelta(days=2)):
        submitted(title="两天前的")
    with clock.frozen(NOW):
        lines = call("todo_list", "reviewer")
        body = words(see("/desk", "reviewer").body)
    titles = [line["title"] for line in lines if line["room"] == "change"]
    assert titles == ["九天前的", "两天前的"]
    assert re.search(r"等待 ?9 ?天|waits for 9 days", body)


def test_a_room_that_is_away_offers_nothing(city, submitted, monkeypatch):
    import ckan.plugins.toolkit as tk

    submitted()
    found = tk.get_action

    def without(name):
        if name in ("govshare_opening_todo", "govshare_people_todo", "govshare_exchange_todo"):
            raise KeyError(name)
        return found(name)

    monkeypatch.setattr(tk, "get_action", without)
    lines = found("govshare_todo_list")({"user": "reviewer"}, {})
    assert [line["room"] for line in lines] == ["change"]


@pytest.mark.parametrize(
    ("person", "may"), [("officer", True), ("office", True), ("citizen", False), ("operator", False)]
)
def test_who_has_a_todo_list(city, person, may):
    import ckan.plugins.toolkit as tk

    if may:
        assert tk.check_access("govshare_todo_list", {"user": person}, {})
    else:
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("govshare_todo_list", {"user": person}, {})


def test_the_figures_of_the_department_open_their_lists(see, draft, submitted, make_entry):
    make_entry()
    draft(title="草稿一")
    submitted(title="待审一")
    body = see("/desk", "officer").body
    for address in re.findall(r'<td class="gs-n"><a href="([^"]+)"', body):
        listed = see(address.replace("&amp;", "&"), "officer")
        assert listed.status_code == 200
        assert len(re.findall(r"<tr>", listed.body)) == 2  # head and one row


def test_the_office_sees_where_every_department_stands(see, signed):
    with clock.frozen(NOW - timedelta(days=9)):
        change = signed()
    with clock.frozen(NOW):
        summary = {row["organization"]["name"]: row for row in call("desk_summary", "office", office=True)}
        body = words(see("/office", "office").body)
    assert summary["jiaotong"]["changes"]["office_review"] == 1
    assert summary["jiaotong"]["overdue"] == 1
    assert (summary["jiaotong"]["last"]["actor"], summary["jiaotong"]["last"]["act"]) == (
        "reviewer",
        "approve",
    )
    assert "xian" not in summary  # the county has an office of its own
    assert change["title"] in body


def test_a_page_costs_the_same_for_three_and_thirty_changes(see, signed, submitted, headers):
    def cost(path: str, user: str) -> int:
        headers(user)
        see(path, user)
        with statements() as sent:
            see(path, user)
        return len(sent)

    for number in range(3):
        signed(title=f"条目{number}")
        submitted(title=f"草稿{number}")
    pages = [("/desk", "reviewer"), ("/office", "office"), ("/desk/changes", "office")]
    few = [cost(*page) for page in pages]
    for number in range(27):
        signed(title=f"更多{number}")
    assert [cost(*page) for page in pages] == few


def test_desk_and_office_are_in_the_navigation_of_those_who_work_there(see, city):
    def links(user: str) -> set[str]:
        nav = re.search(r'(?s)<nav class="gs-nav".*?</nav>', see("/", user).body).group()
        return {path for path in ("/desk", "/office") if f'href="{path}"' in nav}

    assert links("officer") == {"/desk"}
    assert links("office") == {"/desk", "/office"}
    assert links("citizen") == links("") == set()


@pytest.mark.parametrize(
    ("moment", "overdue"),
    [
        (datetime(2026, 10, 13, 23, 59, tzinfo=clock.ZONE), False),
        (datetime(2026, 10, 14, 0, 1, tzinfo=clock.ZONE), True),
    ],
)
def test_a_review_is_overdue_after_five_working_days(city, frozen, moment, overdue):
    """Handed in on 30 September 2026: 8, 9, 10 (a worked Saturday), 12 and 13 October are its five days."""
    handed_in = datetime(2026, 9, 30, 10, 0, tzinfo=clock.ZONE)
    with frozen(moment):
        assert (handed_in < standing.overdue_before()) is overdue
