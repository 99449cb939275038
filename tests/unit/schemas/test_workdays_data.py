"""The shipped working days, a deployment's own years, and a second source of the same facts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from ckanext.govshare import schemas
from ckanext.govshare.kernel import workdays

jsonschema = pytest.importorskip("jsonschema")
FOLDER = Path(schemas.__file__).parent
FILES = sorted((FOLDER / "workdays").glob("*.yaml"))
RULES = jsonschema.Draft202012Validator(
    json.loads((FOLDER / "workdays.schema.json").read_text(encoding="utf-8"))
)
SHIPPED = schemas.load_workdays()
OWN = """
name: "2027"
notices: [{title: "通知", number: "文号", date: "2026-11-05"}]
holidays: [{zh: "元旦", en: "New Year's Day", first: "2027-01-01", last: "2027-01-04"}]
"""


@pytest.fixture
def own(tmp_path):
    """Write a file of a deployment's own, and answer its folder."""

    def write(name, text):
        (tmp_path / "workdays").mkdir(exist_ok=True)
        (tmp_path / "workdays" / name).write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


def days(year):
    return [
        date(year, 1, 1) + timedelta(days=n)
        for n in range(366)
        if (date(year, 1, 1) + timedelta(days=n)).year == year
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_year_fits_its_schema(path):
    RULES.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("year", SHIPPED.years.values(), ids=lambda year: str(year.year))
def test_year_names_its_notice_and_all_holidays(year):
    notice, *changes = year.notices
    assert notice.title == f"国务院办公厅关于{year.year}年部分节假日安排的通知"
    assert f"〔{year.year - 1}〕" in notice.number
    assert notice.date.year == year.year - 1
    assert all(change.date > notice.date for change in changes)
    names = "、".join(holiday.zh for holiday in year.holidays).split("、")
    assert sorted(names) == sorted(["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"])


def test_years_are_there_without_a_gap():
    assert list(SHIPPED.years) == list(range(2018, 2027))


@pytest.mark.parametrize(
    ("year", "worked"),
    [
        (2018, 250),
        (2019, 250),
        (2020, 249),
        (2021, 250),
        (2022, 249),
        (2023, 249),
        (2024, 251),
        (2025, 248),
        (2026, 248),
    ],
)
def test_number_of_working_days(year, worked):
    assert sum(SHIPPED.works(day) for day in days(year)) == worked


def test_second_source_says_the_same():
    """Day by day against chinesecalendar, which writes the notices down by itself."""
    oracle = pytest.importorskip(
        "chinese_calendar", reason="chinesecalendar is not installed: no second source"
    )
    different = [
        day for year in SHIPPED.years for day in days(year) if SHIPPED.works(day) != oracle.is_workday(day)
    ]
    assert different == []


def test_deployment_adds_a_year(own):
    calendar = schemas.load_workdays(own("2027.yaml", OWN))
    assert list(calendar.years) == list(range(2018, 2028))
    assert not workdays.is_workday(date(2027, 1, 4), calendar)
    assert not workdays.known(2027)


def test_deployment_replaces_a_year(own):
    calendar = schemas.load_workdays(own("2026.yaml", OWN.replace("2027", "2026")))
    assert list(calendar.years) == list(SHIPPED.years)
    assert workdays.is_workday(date(2026, 2, 16), calendar)
    assert not workdays.is_workday(date(2026, 2, 16))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace('"2027-01-04"', "2027-01-04"), "dates are text in quotes"),
        (OWN.replace('"2027-01-04"', '"2027-02-30"'), "day is out of range"),
        (OWN.replace("last", "end"), "'last' is missing"),
        (OWN.replace('name: "2027"', 'name: "2028"'), "is named otherwise"),
        ("- 1", "2027.yaml"),
    ],
)
def test_broken_file_is_refused_by_name(own, text, message):
    with pytest.raises(ValueError, match=message) as refused:
        schemas.load_workdays(own("2027.yaml", text))
    assert "2027.yaml" in str(refused.value)
