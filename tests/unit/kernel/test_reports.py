"""The monthly report: what may be written in it, and what must be right before it is handed in."""

from __future__ import annotations

import json
import math
from importlib import resources

import jsonschema
import pytest
import yaml

from ckanext.govshare import schemas
from ckanext.govshare.kernel import reports
from ckanext.govshare.kernel.report_values import LARGEST, LONGEST, MOST_ROWS, clean

SHIPPED = resources.files("ckanext.govshare.schemas")
DOCUMENT = {
    "version": 3,
    "title": {"zh": "月报", "en": "Report"},
    "sections": [
        {
            "slug": "open", "zh": "数据开放情况", "en": "Opening",
            "fields": [
                {"slug": "new", "zh": "新增", "en": "New", "kind": "number", "period": "本期",
                 "source": "counting:open_datasets.new", "part_of": "total", "required": True},
                {"slug": "total", "zh": "累计", "en": "Total", "kind": "number", "period": "累计", "required": True},
                {"slug": "done", "zh": "办结", "en": "Done", "kind": "number", "period": "累计"},
                {"slug": "asked", "zh": "收到", "en": "Asked", "kind": "number", "period": "累计"},
                {"slug": "rate", "zh": "办结率", "en": "Rate", "kind": "percent", "period": "累计",
                 "numerator": "done", "denominator": "asked"},
                {"slug": "listed", "zh": "明细", "en": "List", "kind": "rows", "period": "本期",
                 "columns": [
                     {"slug": "title", "zh": "名称", "en": "Name", "kind": "text", "required": True},
                     {"slug": "items", "zh": "项数", "en": "Items", "kind": "number"},
                 ]},
            ],
        },
        {
            "slug": "progress", "zh": "进展", "en": "Progress",
            "fields": [{"slug": "progress", "zh": "进展", "en": "Progress", "kind": "text", "period": "none",
                        "required": True}],
        },
    ],
}  # fmt: skip
FORM = reports.parse(DOCUMENT)
RIGHT = {"new": 2, "total": 5, "progress": "完成目录更新"}


def found(values=None, notes=None, prefilled=None, nil=False):
    """(slug, field) of what stands in the way."""
    prefilled = prefilled or {}
    said = reports.effective(FORM, RIGHT if values is None else values, prefilled)
    return [
        (finding.slug, finding.field) for finding in reports.check(FORM, said, notes or {}, prefilled, nil)
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (3, 3), ("3", 3), (" 12 ", 12), ("１２", 12), (12.0, 12), (0, 0), ("", None), ("  ", None), (None, None),
        (LARGEST, LARGEST),
    ],
)  # fmt: skip
def test_number_is_kept(given, kept):
    assert clean(FORM, {"new": given}) == ({"new": kept}, [])


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("三", "not_whole"), ("1.5", "not_whole"), (1.5, "not_whole"), (True, "not_whole"), ([], "not_whole"),
        ({}, "not_whole"), (math.inf, "not_whole"), (math.nan, "not_whole"), ("1e400", "not_whole"),
        ("²", "not_whole"), ("9" * 1_000_000, "not_whole"), ("3\x00", "not_whole"), (-1, "negative"),
        ("-1", "negative"), ("－3", "negative"), (LARGEST + 1, "too_large"), (1e300, "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(given, slug):
    kept, findings = clean(FORM, {"new": given})
    assert kept == {}
    assert [(finding.slug, finding.field) for finding in findings] == [(slug, "new")]


@pytest.mark.parametrize(
    ("field", "given", "slug"),
    [
        ("progress", 5, "not_text"), ("progress", "好\x00", "unreadable"), ("progress", "\ud800", "unreadable"),
        ("progress", "长" * (LONGEST + 1), "too_long"), ("progress", "x" * 1_000_000, "too_long"),
        ("listed", "表", "not_rows"), ("listed", ["行"], "not_rows"), ("listed", {"title": "甲"}, "not_rows"),
        ("listed", [{}] * (MOST_ROWS + 1), "too_many_rows"), ("listed", [{"other": 1}], "unknown_column"),
        ("listed", [{"title": "甲"}, {"items": "三"}], "not_whole"), ("nothing", 1, "unknown_field"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_field(field, given, slug):
    kept, findings = clean(FORM, {field: given})
    assert kept == {}
    assert [(finding.slug, finding.field) for finding in findings] == [(slug, field)]


def test_cell_is_named_by_row_and_column():
    _kept, findings = clean(FORM, {"listed": [{"title": "甲"}, {"title": "乙", "items": -1}]})
    assert findings[0].message_zh == "第 2 行“项数”：数字不能小于 0"
    assert findings[0].message_en == "Row 2, Items: A number is not below 0"


def test_empty_rows_are_left_out_and_percentages_never_kept():
    given = {"listed": [{"title": " 甲 ", "items": "3"}, {"title": "", "items": None}], "rate": 99}
    assert clean(FORM, given) == ({"listed": [{"title": "甲", "items": 3}]}, [])


def test_report_that_is_right_has_no_findings():
    assert found() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({**RIGHT, "progress": None}, [("missing", "progress")]),
        ({**RIGHT, "total": None}, [("missing", "total")]),
        ({**RIGHT, "new": 6}, [("above_total", "new")]),
        ({**RIGHT, "new": 5}, []),
        ({**RIGHT, "done": 3, "asked": 2}, [("above_whole", "rate")]),
        ({**RIGHT, "listed": [{"title": None, "items": 2}]}, [("cell_missing", "listed")]),
    ],
)
def test_findings(values, expected):
    assert found(values) == expected


@pytest.mark.parametrize(
    ("values", "notes", "expected"),
    [
        ({}, {}, []),  # follows what was counted
        ({"new": 2}, {}, []),
        ({"new": 3}, {}, [("note_missing", "new")]),
        ({"new": 3}, {"new": "另有一项线下移交"}, []),
        ({"new": 3}, {"total": "不相干"}, [("note_missing", "new")]),
        ({"new": 0}, {}, [("note_missing", "new")]),
    ],
)
def test_number_that_differs_from_the_count_needs_a_sentence(values, notes, expected):
    counted = {"new": 2, "total": 5}
    assert found({"progress": "有进展", **values}, notes, counted) == expected


def test_what_was_counted_is_right_even_where_more_came_than_stayed():
    counted = {"new": 4, "total": 3}
    assert found({"progress": "有进展"}, {}, counted) == []
    assert found({"progress": "有进展", "new": 5}, {"new": "补报"}, counted) == [("above_total", "new")]


@pytest.mark.parametrize(
    ("values", "prefilled", "expected"),
    [
        ({"total": 5}, {}, []),  # totals are no news
        ({"new": 0, "total": 5}, {}, []),
        ({"new": 1, "total": 5}, {}, [("nil_contradicted", "new")]),
        ({"total": 5}, {"new": 1}, [("nil_contradicted", "new")]),
        ({"listed": [{"title": "甲", "items": None}]}, {}, [("nil_contradicted", "listed")]),
        ({"progress": "本期无变化"}, {}, []),
    ],
)
def test_nil_report_contradicts_news(values, prefilled, expected):
    assert found(values, {}, prefilled, nil=True) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (7, 10, 70.0),
        (1, 3, 33.3),
        (2, 3, 66.7),
        (1, 8, 12.5),
        (1, 16, 6.3),
        (0, 5, 0.0),
        (5, 0, None),
        (None, 5, None),
    ],
)
def test_percentage_has_one_decimal(part, whole, expected):
    assert reports.percent(part, whole) == expected


def test_sums_add_up_and_percentages_are_of_the_sums():
    many = [
        reports.effective(FORM, {"new": 1, "total": 10, "done": 1, "asked": 1}, {}),
        reports.effective(FORM, {"new": 2, "done": 1, "asked": 9}, {"total": 20}),
        reports.effective(FORM, {"done": 5}, {}),  # says no whole: it is in no percentage
    ]
    assert reports.sums(FORM, many) == {"new": 3, "total": 30, "done": 7, "asked": 10, "rate": 20.0}
    assert reports.sums(FORM, []) == dict.fromkeys(["new", "total", "done", "asked", "rate"])


def test_department_goes_on_following_the_count_where_it_says_the_same():
    assert reports.differing({"new": 2, "total": 6, "progress": None}, {"new": 2, "total": 5}) == {"total": 6}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "percent"}, {"source": "counting:rows.new"}, {"source": "catalogue:hooked"},
        {"kind": "text", "part_of": "", "source": "catalogue:new"}, {"part_of": "progress"},
        {"slug": "progress"}, {"kind": "percent", "numerator": "done"},
        {"kind": "sum"}, {"period": "上期"},
    ],
)  # fmt: skip
def test_form_that_contradicts_itself_is_refused(change):
    broken = json.loads(json.dumps(DOCUMENT))
    broken["sections"][0]["fields"][0].update(change)
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        reports.parse(broken)


def valid(document):
    schema = json.loads((SHIPPED / "monthly_report.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def test_shipped_form_has_the_sections_that_the_documents_ask_for():
    document = yaml.safe_load((SHIPPED / "monthly_report.yaml").read_text(encoding="utf-8"))
    assert valid(document)
    assert [section.zh for section in reports.parse(document).sections] == [
        "目录编制维护情况", "系统整合情况", "资源共享和使用情况", "数据开放情况", "数据应用情况", "工作进展与问题",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "sum"},
        {"source": "sql:x"},
        {"source": "counting:rows.new"},
        {"period": "上期"},
        {"slug": "A b"},
        {"columns": []},
        {"x": 1},
    ],
)
def test_schema_refuses_a_wrong_field(change):
    broken = json.loads(json.dumps(DOCUMENT))
    assert valid(broken)
    broken["sections"][0]["fields"][0].update(change)
    assert not valid(broken)


def test_own_form_replaces_the_shipped_one(tmp_path):
    (tmp_path / "monthly_report.yaml").write_text(
        yaml.safe_dump(DOCUMENT, allow_unicode=True), encoding="utf-8"
    )
    assert reports.parse(schemas.load_monthly_report(str(tmp_path))).version == 3
    assert reports.parse(schemas.load_monthly_report()).version == 1


def test_broken_form_of_its_own_is_named(tmp_path):
    (tmp_path / "monthly_report.yaml").write_text(
        "version: 1\ntitle: {zh: 月报, en: Report}\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"monthly_report\.yaml: 'sections' is missing"):
        schemas.load_monthly_report(str(tmp_path))
