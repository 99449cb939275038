"""Tables that people hand in: every kind read right, everything else refused in one sentence."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.govshare.kernel import grid_csv, grids
from tests.unit.kernel import grid_files as files

TABLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "tables"
ROWS = [["信息资源名称", "更新周期"], ["公交站点", "每月"], ["学校名录", "每年"]]


def values(data: bytes, **limits: int) -> list[tuple]:
    return [row.values for row in grids.read(data, grids.Limits(**limits))]


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(grids.UnreadableError) as refused:
        list(grids.read(data, grids.Limits(**limits)))
    assert refused.value.zh.endswith("。")
    assert refused.value.en.endswith(".")
    return refused.value.slug


TEXT = "\r\n".join(",".join(row) for row in ROWS)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("utf-16"),
        files.xlsx(ROWS),
        files.xls([(row, column, text) for row, line in enumerate(ROWS) for column, text in enumerate(line)]),
    ],
    ids=["utf-8", "bom", "gb18030", "utf-16", "utf-16-be", "semicolon", "tab utf-16", "xlsx", "xls"],
)
def test_the_same_table_reads_the_same_from_every_kind_of_file(data):
    assert values(data) == [tuple(row) for row in ROWS]


def test_rows_keep_their_numbers_over_blank_ones():
    rows = list(grids.read(files.xlsx([[], [None, "a"], [], [], ["b"]])))
    assert [(row.number, row.values) for row in rows] == [(2, (None, "a")), (5, ("b",))]


def test_rows_of_an_old_workbook_keep_their_place():
    rows = list(grids.read(files.xls([(3, 2, "a"), (5, 1, 7.0)])))
    assert [(row.sheet, row.number, row.values) for row in rows] == [
        ("目录", 4, (None, None, "a")),
        ("目录", 6, (None, 7.0)),
    ]


def test_rows_of_a_csv_are_counted_as_a_spreadsheet_program_shows_them():
    rows = list(grids.read(b'a,b\n"zwei\nZeilen",c\n\nd,e\n'))
    assert [row.number for row in rows] == [1, 2, 4]


def test_all_sheets_are_read_whatever_their_names():
    data = files.xlsx([["a"]], [["b"]], titles=["表 一’[2]".replace("[", "(").replace("]", ")"), "mês"])
    assert [row.sheet for row in grids.read(data)] == ["表 一’(2)", "mês"]


def test_a_formula_is_reported_and_never_evaluated():
    rows = values(files.xlsx([['=HYPERLINK("http://x.example","点")', "=1+1", "text"]]))
    assert [type(value) for value in rows[0]] == [grids.Formula, grids.Formula, str]


def test_a_formula_of_an_old_workbook_is_reported():
    assert [type(value) for value in values(files.xls([(0, 0, "a"), (0, 1, ("1", 2.0))]))[0]] == [
        str,
        grids.Formula,
    ]


def test_a_text_that_begins_like_a_formula_stays_text():
    book = files.Workbook()
    cell = book.active.cell(1, 1, "=not a formula")
    cell.data_type = "s"
    assert type(values(files.saved(book))[0][0]) is str


def test_a_leading_equals_sign_in_a_csv_counts_as_formula():
    assert [type(value) for value in values(b"=1+1,-5,+86 10 1234,@x\n")[0]] == [grids.Formula, str, str, str]


def test_dates_and_numbers_keep_their_kind():
    row = values(files.xlsx([[datetime(2026, 3, 31), date(2026, 3, 31), 3.0, 2.5, True]]))[0]  # noqa: DTZ001
    assert [grids.text(value) for value in row] == ["2026-03-31", "2026-03-31", "3", "2.5", "是"]


def test_a_declared_dimension_is_not_believed():
    wrong = files.sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>', dimension="A1:A1"
    )
    assert values(files.replaced(files.xlsx([["x"]]), "xl/worksheets/sheet1.xml", wrong)) == [(1,), (None, 2)]


def test_a_million_empty_rows_cost_nothing():
    far = files.sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', dimension="A1:XFD1048576")
    assert values(files.replaced(files.xlsx([["x"]]), "xl/worksheets/sheet1.xml", far)) == [(1,)]


def test_a_row_far_below_is_read_with_its_number():
    far = files.sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'
    )
    data = files.replaced(files.xlsx([["x"]]), "xl/worksheets/sheet1.xml", far)
    assert [row.number for row in grids.read(data)] == [1, 1048576]


XLSX = files.xlsx([["x"]])
LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def with_sheet(rows: str, before: str = "") -> bytes:
    return files.replaced(XLSX, "xl/worksheets/sheet1.xml", files.sheet_xml(rows, before))


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "not_a_table"),
        (b"GIF89a\x00\x01\x00\x02", "not_a_table"),
        (bytes(range(128, 256)), "encoding"),
        (b'"' + b"a\n" * 80000, "bad_csv"),
        (XLSX[:-40], "damaged"),
        (XLSX[:2000] + b"\x00" * 50 + XLSX[2050:], "damaged"),
        (files.replaced(XLSX, "xl/worksheets/sheet1.xml", b"<worksheet"), "damaged"),
        (files.replaced(XLSX, "mimetype", b"application/vnd.oasis"), "not_a_table"),
        (files.replaced(XLSX, "xl/workbook.bin", b""), "not_a_table"),
        (files.replaced(XLSX, "word/document.xml", b"<a/>"), "not_a_table"),
        (files.xls([(0, 0, "a")], encrypted=True), "encrypted"),
        (files.compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "encrypted"),
        (files.compound({"WordDocument": b"x"}), "not_a_table"),
        (files.xls([(0, 0, "a")])[:1500], "damaged"),
        (files.xls([(0, 0, 1.0), (65535, 255, 1.0)]), "too_large"),
        (with_sheet("", LAUGHS), "entities"),
        (files.replaced(XLSX, "xl/workbook.xml", LAUGHS.encode() + b"<workbook>&j;</workbook>"), "entities"),
        (
            files.replaced(
                XLSX, "xl/styles.xml", f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}<a/>'.encode("utf-16")
            ),
            "entities",
        ),
        (
            with_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"字" * 900_000}</t></is></c></row>'),
            "too_large",
        ),
        (
            with_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"a" * 40_000}</t></is></c></row>'),
            "cell_too_long",
        ),
        (with_sheet(f'<row r="1">{"<c/>" * 700_000}</row>'), "too_large"),
        (with_sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "too_many_columns"),
        (with_sheet('<row r="9999999999"><c r="A9999999999"><v>1</v></c></row>'), "damaged"),
        (
            files.replaced(XLSX, "xl/sharedStrings.xml", b"<sst>" + b"<si/>" * 1_000_000 + b"</sst>"),
            "too_large",
        ),
        (
            files.replaced(XLSX, "xl/styles.xml", b"<styleSheet>" + b"<xf/>" * 400_000 + b"</styleSheet>"),
            "too_large",
        ),
        (b"," * 1_000_000, "too_many_columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_reason(data, slug):
    assert refusal(data) == slug


def test_a_row_number_beyond_a_sheet_does_not_run_on_for_ever():
    assert refusal(with_sheet('<row r="2000000"><c r="A2000000"><v>1</v></c></row>')) == "damaged"


def test_a_bomb_is_known_by_what_it_would_unfold_to():
    bomb = files.replaced(XLSX, "xl/media/bomb.bin", bytes(20 * 1024 * 1024))
    assert len(bomb) < 40_000
    assert refusal(bomb, max_unfolded=10 * 1024 * 1024) == "too_large"
    assert values(bomb) == [("x",)]


def test_limits_hold_for_rows_and_bytes():
    assert refusal(TEXT.encode(), max_rows=2) == "too_many_rows"
    assert refusal(TEXT.encode(), max_bytes=10) == "too_large"
    assert refusal(files.xlsx(*[[["a"]]] * 4), max_sheets=3) == "too_many_sheets"


def test_an_archive_of_very_many_parts_is_not_opened():
    target = files.io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(2100):
            archive.writestr(f"{number}", b"")
    assert refusal(target.getvalue()) == "too_large"


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(tail):
    for head in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"):
        try:
            list(grids.read(head + tail))
        except grids.UnreadableError:
            continue


@given(st.integers(0, len(files.xls([(0, 0, "a")])) - 1), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_any_broken_byte_of_an_old_workbook_is_read_or_refused(position, byte):
    data = bytearray(files.xls([(0, 0, "a"), (1, 1, 2.0)]))
    data[position] = byte
    try:
        list(grids.read(bytes(data)))
    except grids.UnreadableError:
        return


@given(st.text(max_size=20))
def test_a_neutral_text_is_restored_as_it_was(value):
    assert grids.restore(grids.neutral(value)) == value
    assert not grids.is_formula_text(grids.neutral(value))


@pytest.mark.parametrize("number", ["-5", "+86 10 1234", "-0.25", "2026-03-31", "+3,5", "（"])
def test_plain_numbers_are_left_alone(number):
    assert grids.neutral(number) == number


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "=", "-"])
def test_formulas_are_made_harmless(text):
    assert grids.neutral(text) == f"'{text}"


def test_the_delimiter_is_the_one_that_cuts_most():
    assert grid_csv.delimiter_of("名称;说明\n甲;含有,逗号\n") == ";"


@pytest.mark.skipif(not TABLES.is_dir(), reason="../shared/data/tables is not there")
@pytest.mark.parametrize(
    "path", sorted(TABLES.glob("*.*")) if TABLES.is_dir() else [], ids=lambda path: path.name
)
def test_messy_tables_of_real_institutions_are_read_or_refused(path):
    try:
        outcome = len(list(grids.read(path.read_bytes())))
    except grids.UnreadableError as refused:
        outcome = refused.slug
    assert outcome in {"not_a_table", "encrypted", "encoding"} or outcome or path.name == "libreoffice.xlsx"
