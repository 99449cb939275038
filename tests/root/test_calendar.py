"""The calendar of working days: uploaded by the office, it holds at once and everywhere."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare import calendar, documents, schemas
from ckanext.govshare.kernel import workdays
from ckanext.govshare.kernel.clock import ZONE
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 12, 2, 9, tzinfo=ZONE)
YEAR = """
name: "2027"
notices:
  - {title: 关于2027年部分节假日安排的通知, number: 国办发明电〔2026〕9号, date: 2026-11-20}
holidays:
  - {zh: 元旦, en: New Year's Day, first: 2026-12-31, last: 2027-01-02, worked: [2027-01-09]}
  - {zh: 春节, en: Spring Festival, first: 2027-02-05, last: 2027-02-13, worked: [2027-01-31, 2027-02-20]}
"""
PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "office", "county_office", "operator")


def call(action: str, user: str = "", **data):
    return tk.get_action(f"govshare_workdays_{action}")({"user": user}, data)


def upload(text: str | bytes = YEAR) -> dict:
    return call("upload", "office", content=text)


def refused(content) -> list[str]:
    with pytest.raises(tk.ValidationError) as error:
        upload(content)
    model.Session.rollback()
    return error.value.error_dict["file"]


@pytest.fixture(autouse=True)
def december(frozen):
    with frozen(NOW):
        yield


def test_what_is_shipped_is_known():
    answer = call("list")
    assert [year["year"] for year in answer["years"]] == sorted(schemas.load_workdays().years, reverse=True)
    assert (answer["missing"], answer["provisional_from"]) == ([2027], "2026-12-26")
    spring = answer["years"][0]["holidays"][1]
    assert (spring["zh"], spring["first"], spring["last"], spring["days"]) == (
        "春节", "2026-02-15", "2026-02-23", 9,
    )  # fmt: skip
    assert spring["worked"] == ["2026-02-14", "2026-02-28"]


def test_terms_follow_an_uploaded_year():
    received = date(2027, 2, 3)  # Wednesday before the days of rest
    before = workdays.add(received, 3)
    assert (before.day, before.provisional) == (date(2027, 2, 8), True)
    assert upload() == {"year": 2027, "replaced": False}
    after = workdays.add(received, 3)
    assert (after.day, after.provisional) == (date(2027, 2, 16), False)
    assert workdays.is_workday(date(2027, 2, 20))
    assert not workdays.is_workday(date(2026, 12, 31))
    assert call("list")["provisional_from"] == "2027-12-26"


def test_correction_replaces_the_year():
    upload()
    assert upload(YEAR.replace("2027-02-20", "2027-02-21")) == {"year": 2027, "replaced": True}
    assert not workdays.is_workday(date(2027, 2, 20))
    assert workdays.is_workday(date(2027, 2, 21))


def test_table_wins_over_what_is_shipped():
    text = (
        YEAR.replace("2027", "2026").replace("2026-12-31", "2025-12-31").replace("2026-01-31", "2026-02-01")
    )
    upload(text.replace("2026-01-09", "2026-01-10").replace("2026-02-20", "2026-02-21"))
    assert workdays.is_workday(date(2026, 2, 16))
    assert call("list")["years"][0]["source"] == "uploaded"


def test_deployment_folder_is_the_base(tmp_path: Path, monkeypatch):
    (tmp_path / "workdays").mkdir()
    (tmp_path / "workdays" / "2027.yaml").write_text(json.dumps(documents.read(YEAR).value))
    monkeypatch.setitem(tk.config, "ckanext.govshare.schemas.path", str(tmp_path))
    model.Session.remove()
    assert call("list")["years"][0]["source"] == "deployment"
    assert workdays.known(2027)
    monkeypatch.undo()
    model.Session.remove()
    assert not workdays.known(2027)


def test_another_process_sees_it_in_its_next_session():
    """What another process wrote: nothing tells this one, the table does."""
    assert not workdays.known(2027)
    content, year = calendar.read(YEAR)
    with model.meta.engine.begin() as other:
        other.execute(
            calendar.UploadedYear.__table__.insert().values(
                year=year.year, content=content, uploaded=NOW, uploaded_by="office"
            )
        )
    model.Session.remove()
    assert workdays.known(2027)


def test_calendar_costs_one_statement_a_session():
    upload()
    model.Session.remove()
    with statements() as sent:
        for _term in range(50):
            workdays.add(date(2027, 2, 3), 5)
    assert len(sent) <= 2


def test_upload_is_recorded():
    upload()
    event = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_type": "workdays"})["results"][
        0
    ]
    assert (event["action"], event["object_id"]) == ("workdays_uploaded", "2027")
    assert event["data"] == {"replaced": False, "notices": ["国办发明电〔2026〕9号"]}


def test_who_reads_and_who_uploads():
    assert all(call("list", user)["missing"] == [2027] for user in PEOPLE)
    for user in PEOPLE:
        try:
            tk.check_access("govshare_workdays_upload", {"user": user}, {})
        except tk.NotAuthorized:
            assert user != "office"
        else:
            assert user == "office"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("2027-01-09", "2027-01-11", "2027-01-11"),  # a Monday is worked anyway
        ("last: 2027-01-02", "last: 2026-12-30", "2026-12-30"),  # ends before it begins
        ("2027-02-20", "2028-02-20", "2028-02-20"),  # another year
        ("2027-02-20", "2027-02-06", "2027-02-06"),  # twice
        ("first: 2027-02-05", "first: 2027-02-30", ""),  # no date
        ('"2027"', '"2028"', "2028"),  # no notice can be there yet
        ("notices:", "notes:", "2"),
    ],
)
def test_arrangement_that_contradicts_itself(before, after, words):
    assert words in "".join(refused(YEAR.replace(before, after)))
    assert not workdays.known(2027)


HOSTILE = [
    "", None, 5, b"", b"\xff\xff", "x: [", "[]", "1", 'name: "2027"', "a: &a [*a]", "[" * 9000, "x" * (1024 * 1024 + 1),
    YEAR.replace("元旦", '"\\0"'), YEAR.replace("元旦", '"\\ud800"'), YEAR.replace('"2027"', "2027"),
    YEAR.replace('"2027"', '"0000"'), YEAR + "holidays: []\n", "!!python/object/apply:os.getcwd []",
]  # fmt: skip


def test_hostile_uploads_end_in_words():
    for content in HOSTILE:
        assert refused(content), str(content)[:60]
    assert not workdays.known(2027)
