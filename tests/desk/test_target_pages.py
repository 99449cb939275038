"""Targets and the calendar at the office: lists, forms that lose nothing, one target for two clicks, who comes in."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel.clock import ZONE
from tests.desk.conftest import words
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")
PAGES = ("/office/targets", "/office/targets/new", "/office/targets/fields", "/office/calendar")
FORM = {"measure": "open_datasets", "scope": "city", "rule_version": "2"}


def stored() -> list[dict[str, Any]]:
    return tk.get_action("govshare_target_list")({"user": "office"}, {})


@pytest.fixture
def target() -> Callable[..., dict[str, Any]]:
    """A target of the office; keyword arguments replace fields."""

    def make(**fields: Any) -> dict[str, Any]:
        data = {"title": "年底 80", "measure": "open_datasets", "at_least": 80, "due": "2026-12-31", **fields}
        return tk.get_action("govshare_target_create")({"user": "office"}, data)

    return make


def values(body: str, name: str) -> list[str]:
    """Values of the fields of that name."""
    found = re.findall(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', body)
    return [re.search(r'value="([^"]*)"', field).group(1) for field in found]


def test_who_comes_in(see, target):
    made = target()["id"]
    for path in (*PAGES, f"/office/targets/{made}", f"/office/targets/{made}/delete"):
        assert see(path, "office").status_code == 200, path
        assert see(path).status_code == 302, path
        for person in ("officer", "reviewer", "firm"):
            assert see(path, person).status_code == 403, (path, person)
        for person in ("citizen", "operator"):
            assert see(path, person).status_code == 403, (path, person)


def test_another_office_changes_nothing(send, target):
    made = target()["id"]
    for path, form in (
        (f"/office/targets/{made}", {"title": "x", "at_least": "1", "due": "2026-12-31"}),
        (f"/office/targets/{made}/delete", {}),
        ("/office/targets/new", {**FORM, "region": "990100", "due-0": "2026-06-30", "at_least-0": "5"}),
        (
            "/office/targets/fields",
            {"measure": "rows", "region": "990100", "due": "2026-06-30", "at_least-14": "5"},
        ),
    ):
        assert send(path, "county_office", **form).status_code == 400, path
    assert [found["title"] for found in stored()] == ["年底 80"]


def test_list_shows_every_target_where_it_stands(see, target):
    target()
    target(title="三月 20", at_least=20, due="2026-03-31")
    target(title="交通挂接率", measure="hook_up", at_least=62.5, scope="department", organization="jiaotong")
    shown = words(see("/en/office/targets", "office").body)
    assert shown.index("三月 20") < shown.index("年底 80") < shown.index("交通挂接率")
    for text in ("80 to go", "62.5%", "市交通运输局"):
        assert text in shown


def test_list_asks_the_same_number_of_questions_for_many(see, target):
    def cost() -> int:
        with statements() as sent:
            see("/office/targets", "office")
        return len(sent)

    target(scope="department", organization="jiaotong")
    see("/office/targets", "office")
    before = cost()
    for month in range(1, 9):
        target(scope="department", organization="jiaoyu", due=f"2026-{month:02}-28", at_least=month)
    assert cost() <= before + 1


def test_several_milestones_name_themselves(send):
    form = {**FORM, "due-0": "2026-03-31", "at_least-0": "20", "due-1": "2026-12-15", "at_least-1": "80"}
    assert send("/office/targets/new", "office", **form).status_code == 302
    assert {(found["title"], found["title_en"]) for found in stored()} == {
        ("2026年3月底前开放20个以上数据集", "At least 20 open data sets by 31 March 2026"),
        ("2026年12月15日前开放80个以上数据集", "At least 80 open data sets by 15 December 2026"),
    }


def test_form_shows_the_fields_that_apply(see):
    shown = see("/office/targets/new?measure=hook_up&scope=department", "office").body
    assert 'name="organization"' in shown
    assert 'name="field"' not in shown
    assert "publish_departments" not in shown
    assert 'name="field"' in see("/office/targets/new?measure=rows&scope=field", "office").body
    impossible = see("/en/office/targets/new?measure=applications&scope=field", "office").body
    assert "counted for the whole city" in impossible
    assert 'name="due-0"' not in impossible


def test_refused_form_keeps_what_was_typed(send):
    form = {**FORM, "due-0": "2026-03-31", "at_least-0": "20", "title-2": "留下", "due-2": "2026-06-30",
            "at_least-2": "2", "publish_departments": "1"}  # fmt: skip
    answer = send("/office/targets/new", "office", **form)
    assert answer.status_code == 400
    body = answer.body
    for name in ("due-0", "at_least-0", "title-2", "due-2", "at_least-2"):
        assert values(body, name) == [form[name]], name
    assert re.search(r'name="at_least-2"[^>]*aria-invalid="true"', body)
    assert re.search(r'name="publish_departments"[^>]*checked', body)
    assert stored() == []


def test_two_clicks_make_one_target(send):
    form = {**FORM, "once": uuid.uuid4().hex, "due-0": "2026-03-31", "at_least-0": "20"}
    for _click in range(2):
        assert send("/office/targets/new", "office", **form).status_code == 302
    assert len(stored()) == 1


def test_target_is_changed_and_taken_back(send, see, target):
    made = target()
    page = f"/office/targets/{made['id']}"
    form = {"title": "年底 81", "title_en": "", "at_least": "81", "due": "2026-12-31", "rule_version": "1"}
    assert send(page, "office", **form).status_code == 302
    assert [(found["title"], found["at_least"], found["rule_version"]) for found in stored()] == [
        ("年底 81", 81, 1)
    ]
    refused = send(page, "office", **{**form, "at_least": "0", "title": "还在"})
    assert refused.status_code == 400
    assert values(refused.body, "title") == ["还在"]
    assert "年底 81" in see(f"{page}/delete", "office").body
    assert send(f"{page}/delete", "office").status_code == 302
    assert stored() == []


def test_fields_at_once(send, see):
    form = {"measure": "open_datasets", "region": "990100", "due": "2026-12-31", "at_least-14": "10",
            "at_least-18": "5", "due-18": "2026-06-30"}  # fmt: skip
    for _click in range(2):
        assert send("/office/targets/fields", "office", **form).status_code == 302
    assert {(found["field"], found["at_least"], found["due"]) for found in stored()} == {
        ("14", 10, "2026-12-31"), ("18", 5, "2026-06-30"),
    }  # fmt: skip
    assert stored()[0]["title"].endswith(("交通运输领域开放10个以上数据集", "信用服务领域开放5个以上数据集"))
    shown = see("/en/office/targets/fields", "office").body
    assert "10 · 2026-12-31" in shown
    assert "Fields that a city opens first" in shown


def test_one_wrong_field_and_none_is_set(send):
    form = {"measure": "open_datasets", "due": "2026-12-31", "at_least-14": "10", "at_least-18": "x",
            "due-20": "2026-01-31"}  # fmt: skip
    answer = send("/office/targets/fields", "office", **form)
    assert answer.status_code == 400
    for name in ("at_least-18", "at_least-20"):
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', answer.body), name
    assert values(answer.body, "at_least-14") == ["10"]
    assert stored() == []
    assert send("/office/targets/fields", "office", measure="rows").status_code == 400


def test_hostile_forms_end_in_words(send, see):
    for form in (
        {"measure": "pages", "scope": "world"}, {**FORM, "due-0": "\x00", "at_least-0": "9" * 400},
        {**FORM, "title-0": "<script>alert(1)</script>", "due-0": "2026-12-31", "at_least-0": "x"},
        {**FORM, "rule_version": "x", "due-0": "2026-12-31", "at_least-0": "5"}, {},
    ):  # fmt: skip
        answer = send("/office/targets/new", "office", **form)
        assert answer.status_code == 400, form
        assert "<script>alert" not in answer.body
    assert (
        send("/office/targets/fields", "office", **{"at_least-14": "９", "measure": "'"}).status_code == 400
    )
    assert see("/office/targets/no-such", "office").status_code == 404
    assert see("/office/targets/00000000-0000-0000-0000-000000000000", "office").status_code == 404
    assert stored() == []


YEAR = """name: "2027"
notices: [{title: 通知, number: 国办发明电〔2026〕9号, date: "2026-11-20"}]
holidays: [{zh: 元旦, en: New Year's Day, first: "2027-01-01", last: "2027-01-03", worked: ["2027-01-09"]}]
"""


def test_a_year_is_uploaded_and_shown(app, headers, see, frozen):
    with frozen(datetime(2026, 12, 2, 9, tzinfo=ZONE)):
        assert "The working days of 2027 are not loaded" in see("/en/office/calendar", "office").body
        data = {"file": (io.BytesIO(YEAR.encode()), "2027.yaml")}
        answer = app.post(
            "/en/office/calendar", headers=headers("office"), data=data, follow_redirects=False,
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 302
        shown = words(see("/en/office/calendar", "office").body)
        for text in (
            "国办发明电〔2026〕9号",
            "2027-01-09 Sat",
            "This year and the next are known",
            "2027-12-26",
        ):
            assert text in shown


def test_a_broken_year_is_told_by_its_line(app, headers, frozen):
    with frozen(datetime(2026, 12, 2, 9, tzinfo=ZONE)):
        data = {"file": (io.BytesIO(YEAR.replace("first:", "begin:").encode()), "2027.yaml")}
        answer = app.post(
            "/en/office/calendar", headers=headers("office"), data=data, follow_redirects=False,
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 400
        assert "Line 3: first is missing" in words(answer.body)
