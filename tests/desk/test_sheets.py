"""Excel on screen: template, check, findings, application, export."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.catalogue.sheets.conftest import CELLS, workbook
from tests.desk.conftest import call, words

GOOD = [CELLS]
BAD = [{**CELLS, "更新周期": "每天", "发布日期": "2026-13-01"}]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def hand_in(app, headers):
    """Hand a file in as a person; answers the redirect, or the page that says why not."""

    def send(content: bytes, user: str = "officer", name: str = "目录.xlsx", **data: str):
        upload = (io.BytesIO(content), name)
        form = {"upload": upload, "organization": "jiaotong", **data}
        return app.post(
            "/desk/import/check",
            headers=headers(user),
            data=form,
            content_type="multipart/form-data",
            follow_redirects=False,
        )

    return send


def place(answer) -> str:
    """Path of the page that a redirect leads to."""
    return "/desk/import/" + answer.headers["Location"].rsplit("/", 1)[1]


def test_the_form_is_made_for_the_department(see, city):
    answer = see("/desk/import/template?organization=jiaotong", "officer")
    assert answer.headers["Content-Type"].startswith("application/vnd.openxml")
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).sheetnames


@pytest.mark.parametrize("path", ["/desk/import", "/desk/import/template", "/desk/export"])
def test_strangers_hand_nothing_in(see, path):
    assert see(path).status_code == 302
    assert see(path, "citizen").status_code == 403


def test_a_check_writes_nothing_and_names_every_fault(see, hand_in):
    body = see(place(hand_in(workbook(BAD))), "officer").body
    assert "每天" in words(body)
    assert "2026-13-01" in words(body)
    assert 'value="draft"' not in body
    assert call("change_list", "officer")["count"] == 0


def test_findings_are_filtered_by_column(see, hand_in):
    page = place(hand_in(workbook(BAD)))
    chosen = see(f"{page}?column=更新周期", "officer").body
    table = chosen[chosen.index("<tbody") :]
    assert "每天" in table
    assert "2026-13-01" not in table


def test_the_marked_copy_and_the_json_are_beside_the_result(see, hand_in):
    page = place(hand_in(workbook(BAD)))
    copy = see(f"{page}/marked.xlsx", "officer")
    assert openpyxl.load_workbook(io.BytesIO(copy.data)).sheetnames
    assert see(f"{page}/result.json", "officer").json["findings_count"] >= 2


@pytest.mark.parametrize(("mode", "state"), [("draft", "draft"), ("submit", "dept_review")])
def test_the_checked_file_itself_is_applied(see, send, hand_in, mode, state):
    page = place(hand_in(workbook(GOOD)))
    assert send(f"{page}/apply", "officer", mode=mode).status_code == 302
    listed = call("change_list", "officer")["results"]
    assert [line["state"] for line in listed] == [state]
    assert f"/desk/change/{listed[0]['id']}" in see(page, "officer").body


def test_a_second_click_applies_nothing_twice(send, hand_in):
    page = place(hand_in(workbook(GOOD)))
    for _ in range(2):
        send(f"{page}/apply", "officer", mode="draft")
    assert call("change_list", "officer")["count"] == 1


def test_a_department_cannot_publish_past_the_review(send, hand_in):
    page = place(hand_in(workbook(GOOD)))
    answer = send(f"{page}/apply", "officer", mode="publish")
    assert 'role="alert"' in answer.body
    assert call("change_list", "officer")["count"] == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"\x00\xff\xfe", "没有表头".encode()])
def test_what_is_no_table_is_refused_in_words(app, headers, see, hand_in, content):
    answer = hand_in(content)
    if answer.status_code == 302:
        assert "gs-tag--bad" in see(place(answer), "officer").body
    else:
        assert (answer.status_code, 'role="alert"' in answer.body) == (200, True)


def test_no_file_is_told(send, city):
    assert 'role="alert"' in send("/desk/import/check", "officer", organization="jiaotong").body


@pytest.mark.parametrize("person", ["neighbour", "county_office", "operator"])
def test_a_foreign_file_is_not_there(see, hand_in, person):
    page = place(hand_in(workbook(BAD)))
    for part in ("", "/marked.xlsx", "/result.json", "/progress"):
        assert see(page + part, person).status_code in (403, 404)


def test_an_unknown_file_is_not_there(see, city):
    assert see(f"/desk/import/{UNKNOWN}", "officer").status_code == 404


def test_progress_is_told_in_rows(see, hand_in):
    assert see(place(hand_in(workbook(GOOD))) + "/progress", "officer").json["over"] is True


def test_the_export_page_leads_to_a_file_of_each_format(see, make_entry):
    make_entry()
    body = see("/desk/export", "officer").body
    for kind in ("xlsx", "csv", "json"):
        assert f"/catalogue/export.{kind}" in body
        assert (
            see(f"/catalogue/export.{kind}?package_type=dataset&organization=jiaotong", "officer").status_code
            == 200
        )
