"""The form as a table: headers found, rows put together, cells read, findings brought to their items."""

from __future__ import annotations

import pytest

from ckanext.govshare import schemas
from ckanext.govshare.kernel import forms, rules
from ckanext.govshare.kernel.findings import Given
from ckanext.govshare.kernel.grid_base import Row
from ckanext.govshare.kernel.grid_entries import Collector
from ckanext.govshare.kernel.grid_form import (
    EXAMPLE,
    Titles,
    columns,
    find,
    key_of,
    outdated,
    tables,
    version,
)
from ckanext.govshare.kernel.grid_places import Locator
from ckanext.govshare.kernel.grid_values import WrongError, cell_of, choice, day, value_of

CODES = schemas.load_codelists()
FORM = schemas.load_forms()["dataset"]
TITLES = Titles.of(FORM)


def sheet(*lines: list, name: str = "表") -> list[Row]:
    return [Row(name, number, tuple(line)) for number, line in enumerate(lines, 1) if any(line)]


def collected(*lines: list) -> Collector:
    collector = Collector(FORM, TITLES)
    for header, rows in tables(
        sheet(["信息资源名称", "信息资源代码", "更新周期", "信息项名称"], *lines), TITLES
    ):
        collector.table(header, rows)
    return collector


@pytest.mark.parametrize("form", schemas.load_forms().values(), ids=lambda form: form.type)
def test_every_column_of_every_form_is_found_by_its_own_title(form: forms.Form):
    titles = Titles.of(form)
    found = columns(form)
    assert len({key_of(column.title) for column in found}) == len(found)
    assert [titles.match(column.heading) for column in found] == [column.key for column in found]


@pytest.mark.parametrize(
    "title",
    [
        "信息资源名称",
        "信息资源名称（必填项）",
        " 信息资源\n名称 (必填)",
        "*信息资源名称：",
        "信息资源名称［选填］",
    ],
)
def test_a_title_is_known_before_its_bracket(title):
    assert TITLES.match(title) == "title"


def test_a_sheet_without_the_title_column_is_passed_over():
    rows = sheet(["代码表", "代码", "名称"]) + sheet(
        ["x"], ["信息资源名称", "更新周期", "信息资源摘要"], ["甲"], name="二"
    )
    assert [
        (header.sheet, header.row, [row.values for row in below]) for header, below in tables(rows, TITLES)
    ] == [("二", 2, [("甲",)])]


def test_titles_below_a_group_title_are_put_together():
    header = find(
        sheet(
            ["信息资源名称", "信息资源分类", None, None, None, "信息资源摘要"],
            [None, "类", "项", "目", "细目"],
            ["甲", "1", "2"],
        ),
        TITLES,
    )
    assert (header.row, list(header.columns.values())) == (
        2,
        ["title", "class_lei", "class_xiang", "class_mu", "class_ximu", "notes"],
    )


def test_a_version_changes_with_the_columns():
    assert not outdated(FORM, f"模板版本：{version(FORM, '2026-03-31')}")
    assert outdated(FORM, "模板版本：dataset-00000000-2026-03-31")
    assert outdated(FORM, f"模板版本：{version(schemas.load_forms()['information-system'], '2026-03-31')}")
    assert not outdated(FORM, "没有版本")


def test_rows_of_one_code_are_one_entry_wherever_they_stand():
    found = collected(
        ["甲", "307001/1", "每日", "a"], ["乙", "307001/2", None, "b"], [None, "307001/1", None, "c"]
    ).drafts
    assert [[item.texts["name"] for item in draft.items] for draft in found] == [["a", "c"], ["b"]]


def test_rows_of_one_title_are_one_entry_where_they_follow_each_other():
    found = collected(
        ["甲", None, "每日", "a"], [None, None, None, "b"], ["甲", None, None, "c"], ["乙"], ["甲"]
    ).drafts
    assert [(draft.row.row, len(draft.items)) for draft in found] == [(2, 3), (5, 0), (6, 0)]


def test_rows_of_an_entry_that_differ_are_a_finding():
    found = collected(["甲", None, "每日"], ["甲", None, "每年"])
    assert [(finding.place, finding.slug) for finding in found.findings] == [(("表", 3, 3), "conflict")]


def test_the_example_is_left_out_with_its_further_rows():
    found = collected([f"{EXAMPLE}甲", None, "每日", "a"], [None, None, None, "b"], ["乙", None, None, "c"])
    assert [draft.texts["title"] for draft in found.drafts] == ["乙"]
    assert found.rows == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("1", "1"), ("无条件共享", "1"), ("1 无条件共享", "1"), ("1、无条件共享", "1"), ("１ 无条件共享", "1")],
)
def test_a_choice_is_code_label_or_both(text, code):
    assert choice(CODES["share_type"], text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("C", "C"), ("字符型", "C"), ("字符型C", "C"), ("1", "C"), ("10 整型I", "I")]
)
def test_a_data_type_is_letter_number_or_name(text, code):
    assert choice(CODES["item_type"], text) == code


@pytest.mark.parametrize("text", ["4", "1 有条件共享", "共享"])
def test_what_is_in_no_list_is_wrong_and_the_choices_are_named(text):
    with pytest.raises(WrongError) as wrong:
        choice(CODES["share_type"], text)
    assert "无条件共享" in wrong.value.zh


def test_a_code_may_be_given_without_its_parents_digits():
    assert choice(CODES["class_xiang"], "07", "3") == "307"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-3-1", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("20260301", "2026-03-01"),
        ("46082", "2026-03-01"),
        ("2026-02-30", "2026-02-30"),
        ("三月", "三月"),
    ],
)
def test_a_day_is_read_in_many_shapes_and_anything_else_handed_on(text, date):
    assert day(text) == date


@pytest.mark.parametrize(
    "column", [column for column in columns(FORM) if column.field], ids=lambda column: column.key
)
def test_a_coded_cell_reads_back_as_it_was_written(column):
    table = CODES.get(column.field.codelist)
    if column.field.kind != "choice" or table is None:
        assert value_of(column.field, "", CODES) in ("", [])
        return
    for code in table.codes:
        assert (
            value_of(column.field, cell_of(column.field, code.code, CODES), CODES, code.parent) == code.code
        )


def test_findings_on_the_item_table_come_to_their_cells():
    good = {"name": "甲", "type": "C", "length": "50"}
    items = [
        good,
        {"name": "乙", "type": "C"},
        {"type": "X", "length": "5"},
        {"name": "甲", "type": "D"},
        {"name": "丁", "length": "1"},
        {"name": "戊", "type": "D", "share_type": "1"},
    ]
    entry = {"format_class": "2", "share_type": "2", "info_items": items}
    found = [
        finding for finding in rules.check("dataset", entry, "national") if finding.field == "info_items"
    ]
    places = Locator(FORM, entry, "national", Given.of("dataset")).places(found)
    assert sorted(places) == [
        (1, "length"),
        (2, "name"),
        (2, "type"),
        (3, "name"),
        (4, "type"),
        (5, "share_type"),
    ]


def test_a_finding_on_the_table_as_a_whole_has_no_item():
    entry = {"format_class": "2", "info_items": []}
    found = [
        finding for finding in rules.check("dataset", entry, "national") if finding.field == "info_items"
    ]
    assert Locator(FORM, entry, "national", Given.of("dataset")).places(found) == [(-1, "")]
