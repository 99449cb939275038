"""Pages of the monthly report: who opens them, how the form saves and hands in, what the office does with a month."""

from __future__ import annotations

import re

import pytest

from tests.desk.conftest import words
from tests.publication.reporting import (
    MANUAL,
    MARCH,
    OPENS,
    hand_in,
    show,
    timer,
)

EVERYBODY = ("citizen", "firm", "neighbour", "officer", "reviewer", "office", "county_office", "operator")
PATH = f"/desk/report/{MARCH}"


def form(**fields):
    """The form as an officer sends it who filled in what nobody counts."""
    report = show(fields.pop("by", "officer"), fields.pop("organization", "jiaotong"))
    data = {"organization": report["organization"]["name"], "revision": report["revision"], "act": "save"}
    for slug, value in {**MANUAL, **fields.pop("values", {})}.items():
        data[f"value-{slug}"] = value
    return {**data, **fields}


def inputs(body):
    """Names and values of the fields of a page."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", body):
        values = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        found[values.get("name", "")] = values.get("value", "")
    return found


@pytest.mark.parametrize("user", EVERYBODY)
def test_who_opens_which_page(see, month, user):
    of_traffic = f"{PATH}?organization=jiaotong"
    reads = user in ("officer", "reviewer", "office")
    answer = see(of_traffic, user).status_code
    assert answer == 200 if reads else answer in (403, 404)
    offices = user in ("office", "county_office")
    assert see("/office/reports", user).status_code == (200 if offices else 403)
    for path in (f"/office/reports/{MARCH}", f"/office/reports/{MARCH}/export?format=json"):
        answer = see(path, user)
        assert answer.status_code == (200 if offices else 403)
        assert ("市交通运输局" in answer.body) is (user == "office")


@pytest.mark.parametrize("path", ["/desk/report", PATH, "/office/reports", f"/office/reports/{MARCH}"])
def test_a_visitor_is_asked_to_log_in(see, month, path):
    answer = see(path)
    assert (answer.status_code, "/user/login" in answer.headers["location"]) == (302, True)


def test_a_department_sees_its_months(see, month):
    page = see("/desk/report", "officer").body
    assert f"/desk/report/{MARCH}?organization=jiaotong" in page
    assert "2026-02-25" in page


def test_somebody_of_the_office_is_led_to_its_page(see, month):
    assert see("/desk/report", "office").headers["location"].endswith("/office/reports")


def test_the_form_shows_what_was_counted_beside_its_field(see, month):
    page = see(PATH, "officer").body
    assert 'id="counted-entries_total"' in page
    assert 'aria-describedby="counted-entries_total"' in page
    assert 'name="note-entries_total"' in page
    assert inputs(page)["value-entries_total"] == "0"


def test_the_form_saves_what_is_typed(see, send, month):
    data = form(values={"requests_total": "7", "progress": "目录已更新。"})
    assert send(f"{PATH}/act", "officer", **data).status_code == 302
    kept = show()
    assert (kept["values"]["requests_total"], kept["state"]) == (7, "open")
    assert inputs(see(PATH, "officer").body)["value-requests_total"] == "7"


def test_the_form_hands_in(send, month):
    assert send(f"{PATH}/act", "officer", **form(act="submit", opinion="请审核")).status_code == 302
    handed = show()
    assert (handed["state"], handed["late"], handed["events"][-1]["opinion"]) == (
        "submitted",
        False,
        "请审核",
    )


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(send, month):
    data = form(act="submit", values={"progress": "", "requests_total": "7"})
    answer = send(f"{PATH}/act", "officer", **data)
    assert answer.status_code == 200
    assert 'href="#f-progress"' in answer.body
    assert 'id="wrong-progress"' in answer.body
    assert inputs(answer.body)["value-requests_total"] == "7"
    assert show()["state"] == "open"


@pytest.mark.parametrize("value", ["十二", "1.5", "-1", "9" * 20, "1e3", "x" * 1_000_000, "<script>"])
def test_a_number_that_is_none_is_refused_at_its_field(send, month, value):
    answer = send(f"{PATH}/act", "officer", **form(values={"requests_total": value}))
    assert answer.status_code == 200
    assert 'id="wrong-requests_total"' in answer.body
    assert '<script>"' not in answer.body
    assert show()["values"]["requests_total"] is None


def test_another_number_than_counted_asks_for_its_reason(see, send, month):
    data = form(values={"entries_total": "5"})
    send(f"{PATH}/act", "officer", **data)
    assert 'id="wrong-entries_total"' in see(PATH, "officer").body
    send(
        f"{PATH}/act",
        "officer",
        **form(values={"entries_total": "5"}, **{"note-entries_total": "含纸质目录"}),
    )
    assert 'id="wrong-entries_total"' not in see(PATH, "officer").body
    assert show()["notes"] == {"entries_total": "含纸质目录"}


def test_a_nil_report_contradicts_rows_at_their_field(send, month):
    rows = {
        "rows-used_listed": "1",
        "cell-used_listed-0-title": "人口信息",
        "cell-used_listed-0-provider": "公安局",
    }
    answer = send(f"{PATH}/act", "officer", **form(act="submit", nil="1", **rows))
    assert 'id="wrong-used_listed"' in answer.body
    assert show()["state"] == "open"
    assert show()["nil"] is True


def test_a_nil_report_without_rows_is_handed_in(send, month):
    data = {key: value for key, value in form(act="submit", nil="1").items() if not key.startswith("value-")}
    assert send(f"{PATH}/act", "officer", **data).status_code == 302
    assert (show()["state"], show()["nil"]) == ("submitted", True)


def test_the_tick_can_be_taken_back(send, month):
    send(f"{PATH}/act", "officer", **form(nil="1"))
    send(f"{PATH}/act", "officer", **form())
    assert show()["nil"] is False


def test_rows_are_added_without_javascript_and_nothing_typed_is_lost(send, month):
    rows = {
        "rows-used_listed": "1",
        "cell-used_listed-0-title": "人口信息",
        "cell-used_listed-0-provider": "公安局",
    }
    answer = send(
        f"{PATH}/act", "officer", **form(act="row:used_listed", values={"requests_total": "7"}, **rows)
    )
    fields = inputs(answer.body)
    assert fields["cell-used_listed-0-title"] == "人口信息"
    assert fields["value-requests_total"] == "7"
    assert int(fields["rows-used_listed"]) > 1
    assert show()["values"]["used_listed"] is None


def test_rows_are_kept_in_their_order_and_empty_ones_left_out(send, month):
    rows = {"rows-used_listed": "3"}
    for place, title in ((0, "人口信息"), (2, "法人信息")):
        rows |= {f"cell-used_listed-{place}-title": title, f"cell-used_listed-{place}-provider": "某局"}
        rows |= {f"cell-used_listed-{place}-calls": "3"}
    send(f"{PATH}/act", "officer", **form(**rows))
    kept = show()["values"]["used_listed"]
    assert [(row["title"], row["calls"]) for row in kept] == [("人口信息", 3), ("法人信息", 3)]


@pytest.mark.parametrize("many", ["-1", "x", "99999999999", "200", "²", ""])
def test_a_number_of_rows_that_is_none_does_no_harm(send, month, many):
    assert send(f"{PATH}/act", "officer", **form(**{"rows-used_listed": many})).status_code == 302


def test_a_second_window_is_told_that_the_report_moved_on(send, month):
    first, second = form(values={"requests_total": "7"}), form(values={"requests_total": "8"})
    send(f"{PATH}/act", "officer", **first)
    answer = send(f"{PATH}/act", "reviewer", **second)
    assert 'role="alert"' in answer.body
    assert inputs(answer.body)["value-requests_total"] == "8"
    assert show()["values"]["requests_total"] == 7


def test_a_second_click_hands_in_once(send, month):
    data = form(act="submit")
    for _click in range(2):
        send(f"{PATH}/act", "officer", **data)
    assert [event["act"] for event in show()["events"]] == ["submit"]


@pytest.mark.parametrize("user", ["neighbour", "office", "county_office", "firm", "citizen", "operator"])
def test_nobody_else_writes_in_a_report(send, month, user):
    for wanted in ("save", "submit"):
        send(f"{PATH}/act", user, **form(act=wanted, values={"requests_total": "7"}))
    after = show()
    assert (after["values"]["requests_total"], after["state"]) == (None, "open")


@pytest.mark.parametrize("user", ["officer", "reviewer", "neighbour", "county_office", "operator"])
def test_only_the_office_decides(send, month, user):
    hand_in()
    for wanted in ("accept", "return"):
        send(f"{PATH}/act", user, organization="jiaotong", act=wanted, words="可以")
    assert show()["state"] == "submitted"


def test_what_is_handed_in_is_read_only(see, month):
    hand_in()
    page = see(PATH, "officer").body
    assert 'name="value-' not in page
    assert "目录已更新。" in page


def test_a_report_is_sent_back_with_its_reason_and_handed_in_again(see, send, month):
    hand_in()
    path = f"{PATH}/act"
    answer = send(path, "office", organization="jiaotong", act="return", words="")
    assert 'role="alert"' in answer.body
    send(path, "office", organization="jiaotong", act="return", words="请补充办结数")
    page = words(see(PATH, "officer").body)
    assert "请补充办结数" in page
    send(path, "officer", **form(act="submit"))
    assert show()["state"] == "submitted"


def test_the_office_accepts_on_the_page(send, month):
    hand_in()
    send(f"{PATH}/act", "office", organization="jiaotong", act="accept", words="同意")
    assert show()["state"] == "accepted"


def test_before_the_end_of_the_period_it_is_saved_but_not_handed_in(see, send, city, frozen):
    with frozen(OPENS):
        timer()
        page = see(PATH, "officer").body
        assert 'value="save"' in page
        assert 'value="submit"' not in page
        send(f"{PATH}/act", "officer", **form(act="submit"))
        assert show()["state"] == "open"


@pytest.mark.parametrize(
    "path", ["/desk/report/2026-13", "/desk/report/x", "/desk/report/2031-01", "/desk/report/%00",
             "/desk/report/2026-03?organization=no-such", "/desk/report/2026-03?organization=%00"]
)  # fmt: skip
def test_a_report_that_is_none_is_not_found(see, month, path):
    assert see(path, "officer").status_code in (400, 404)


def test_an_act_that_is_none_is_refused(send, month):
    assert send(f"{PATH}/act", "officer", organization="jiaotong", act="delete").status_code == 400


def test_the_front_pages_lead_to_the_reports(see, month):
    assert "/desk/report" in see("/desk", "officer").body
    assert "/office/reports" in see("/office", "office").body
