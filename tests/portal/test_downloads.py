"""Files made of rows: what they hold, and who gets them."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.govshare.portal import convert, convert_rows, convert_shapes, convert_xlsx
from tests.portal.downloads import FORMATS, fill, open_file, take

FIELDS = [
    {"id": "stop_code", "type": "text", "info": {"label": "站点编码"}},
    {"id": "passengers", "type": "numeric", "info": {"label": "日均客流"}},
    {"id": "opened", "type": "timestamp", "info": {"label": "开通日期"}},
    {"id": "seen", "type": "timestamp"},
    {"id": "roofed", "type": "bool"},
]
RECORDS = [
    {
        "stop_code": "007",
        "passengers": 12.5,
        "opened": "2026-03-18",
        "seen": "2026-03-18T08:30:00",
        "roofed": True,
    },
    {"stop_code": '<a> & "b"\n人民路', "passengers": None, "opened": None, "seen": None, "roofed": None},
]


@pytest.fixture
def table(make_entry):
    """An entry whose open file has a table."""
    entry = make_entry()
    resource = open_file(entry)
    fill(resource["id"], FIELDS, RECORDS)
    return entry, resource


def test_csv_has_a_mark_labels_and_the_values_as_they_are(app, table):
    answer = take(app, *table, "csv")
    assert answer.status_code == 200
    text = answer.data.decode("utf-8")
    assert text.startswith("\ufeff站点编码,日均客流,开通日期,seen,roofed\n")
    assert list(csv.reader(io.StringIO(text[1:])))[1:] == [
        ["007", "12.5", "2026-03-18", "2026-03-18 08:30:00", "true"],
        ['<a> & "b"\n人民路', "", "", "", ""],
    ]


def test_json_has_fields_and_typed_records(app, table):
    made = json.loads(take(app, *table, "json").data)
    assert made["title"].startswith("城区公交站点信息")
    assert made["provider"] == "市交通运输局"
    assert made["fields"][2] == {"id": "opened", "label": "开通日期", "type": "date"}
    assert made["records"] == [
        {
            "stop_code": "007",
            "passengers": 12.5,
            "opened": "2026-03-18",
            "seen": "2026-03-18T08:30:00",
            "roofed": True,
        },
        {"stop_code": '<a> & "b"\n人民路', "passengers": None, "opened": None, "seen": None, "roofed": None},
    ]


def test_xml_parses_and_leaves_out_what_is_not_there(app, table):
    made = ET.fromstring(take(app, *table, "xml").data)  # noqa: S314 - our own
    assert [[(cell.tag, cell.text) for cell in record] for record in made.iter("record")] == [
        [
            ("stop_code", "007"),
            ("passengers", "12.5"),
            ("opened", "2026-03-18"),
            ("seen", "2026-03-18T08:30:00"),
            ("roofed", "true"),
        ],
        [("stop_code", '<a> & "b"\n人民路')],
    ]


def test_xlsx_has_numbers_dates_and_texts(app, table):
    book = openpyxl.load_workbook(io.BytesIO(take(app, *table, "xlsx").data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("站点编码", "日均客流", "开通日期", "seen", "roofed")
    assert rows[1][:2] + rows[1][4:] == ("007", 12.5, True)
    assert [moment.isoformat() for moment in rows[1][2:4]] == ["2026-03-18T00:00:00", "2026-03-18T08:30:00"]
    assert rows[2] == ('<a> & "b"\n人民路', None, None, None, None)
    assert book.worksheets[0]["C2"].number_format == "yyyy\\-mm\\-dd"
    assert dict(book.worksheets[1].iter_rows(values_only=True))["提供单位"] == "市交通运输局"


@pytest.mark.parametrize("extension", FORMATS)
def test_a_table_without_rows_has_its_columns(app, make_entry, extension):
    entry = make_entry()
    resource = open_file(entry)
    fill(resource["id"], FIELDS, [])
    header, rows = read(take(app, entry, resource, extension).data, extension)
    assert (len(header), rows) == (5, [])


# Cells that break programs, as PostgreSQL can hold them.
HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "＝1+1",
    "\t=1",
    "-5",
    "--",
    "+86 10 6655 4433",
    "a,b;c",
    'say "hi"',
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nends",
    "\\.",
    "back\\slash \\n",
    "<b>&amp;</b> ]]>",
    "bell \x07 unit \x1f one \x01 two \x02 end",
    "nowhere \ufffe \uffff \ufeff",
    "\U0001f68c\U0001f468\u200d\U0001f469 公交",
    "_x000D_ and _x0041_",
    "\u202egnp.exe",
    "007",
    "x" * 1_000_000,
    "\U0001f68c" * 20_000,
    " blanks ",
    "{% raw %}'; DROP TABLE x; --",
]


@pytest.mark.parametrize("writer", convert.WRITERS.values(), ids=convert.WRITERS)
def test_postgresql_and_python_make_the_same_rows(site, writer):
    columns = [convert_rows.Column("a", "a", "text", '"a"'), convert_rows.Column("n", "n", "number", '"n"')]
    made = [convert_shapes.clean(writer.row(columns, [cell, "1.50"])) for cell in HOSTILE]
    assert [copied(writer, columns, cell) for cell in HOSTILE] == made


def copied(writer, columns, cell):
    """The row that COPY makes."""
    out = io.BytesIO()
    with get_write_engine().connect() as connection, connection.connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE hostile (_id int, a text, n numeric) ON COMMIT DROP")
        cursor.execute("INSERT INTO hostile VALUES (1, %s, 1.50)", (cell,))
        statement = writer.select(columns, "FROM hostile ORDER BY _id")
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT WITH ({writer.options()})", out)
    return convert_shapes.clean(out.getvalue())


@pytest.mark.parametrize("extension", FORMATS)
def test_hostile_cells_arrive_as_text(app, make_entry, extension):
    entry = make_entry()
    resource = open_file(entry)
    fill(resource["id"], [{"id": "a", "type": "text"}], [{"a": cell} for cell in HOSTILE])
    _header, rows = read(take(app, entry, resource, extension).data, extension)
    assert [row[0] for row in rows] == [expected(cell, extension) for cell in HOSTILE]


def expected(cell, extension):
    if extension == "csv":
        return convert_shapes.neutral(cell)
    if extension == "json":
        return cell
    for lost in (*map(chr, convert_shapes.CONTROLS), "\ufffe", "\uffff"):
        cell = cell.replace(lost, "")
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")  # as every reader of XML does
    too_long = extension == "xlsx" and len(cell.encode("utf-16-le")) // 2 > convert_xlsx.CELL
    return cell[: convert_xlsx.CUT] + convert_xlsx.CUT_MARK if too_long else cell


@pytest.mark.parametrize("cell", ["=1+1", "@x", "+a1", "-a(1)", "＝1", "\r=1"])
def test_csv_has_no_formula(cell):
    assert convert_shapes.neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "--", "-", "+86 10 6655", "－", "a=b", "'=1"])
def test_csv_leaves_harmless_text(cell):
    assert convert_shapes.neutral(cell) == cell


@pytest.mark.parametrize("extension", FORMATS)
def test_odd_values_of_every_type(app, make_entry, extension):
    entry = make_entry()
    resource = open_file(entry)
    fields = [
        ("n", "numeric"),
        ("f", "float"),
        ("t", "timestamp"),
        ("j", "json"),
        ("l", "text[]"),
        ("i", "int8"),
    ]
    fill(resource["id"], [{"id": name, "type": kind} for name, kind in fields], [])
    nested = "ROW('{\"a\": [1,\n2]}', NULL)::nested"
    values = f"('NaN', 'Infinity', 'infinity', {nested}, ARRAY['x', 'y'], 1234567890123456789)"
    old = "('-Infinity', 'NaN', '0044-03-15 BC', NULL, NULL, 1), (1e20, 1e-7, '1899-12-31 10:00', NULL, NULL, 2)"
    with get_write_engine().begin() as connection:
        connection.execute(
            sa.text(
                f'INSERT INTO "{resource["id"]}" (n, f, t, j, l, i) VALUES {values}, {old}'.replace(
                    ":", "\\:"
                )
            )  # noqa: S608
        )
    _header, rows = read(take(app, entry, resource, extension).data, extension)
    assert [str(row[0]) for row in rows] == ["NaN", "-Infinity", "100000000000000000000"]
    assert [str(row[1]) for row in rows] == ["Infinity", "NaN", "1e-07"]
    assert rows[0][4] in (["x", "y"], '["x","y"]')
    assert str(rows[0][5]) == "1234567890123456789"
    assert (
        json.loads(rows[0][3]) == {"a": [1, 2]}
        if isinstance(rows[0][3], str)
        else rows[0][3] == {"a": [1, 2]}
    )


@pytest.mark.parametrize("extension", FORMATS)
def test_five_hundred_columns_with_hostile_names(app, make_entry, extension):
    entry = make_entry()
    resource = open_file(entry)
    odd = [
        "站点名",
        "a b",
        "x'; --",
        "<c>",
        "%s",
        "d:",
        "xmlfoo",
        "\U0001f68c",
        "column_3",
        "Ａ",
        "a/b",
        "{e}",
    ]
    names = odd + [f"c{place}" for place in range(488)]
    fields = [{"id": name, "type": "text", "info": {"label": "同名"}} for name in names]
    fill(resource["id"], fields, [dict.fromkeys(names, "v")])
    header, rows = read(take(app, entry, resource, extension).data, extension)
    assert len(set(header)) == 500
    assert rows == [["v"] * 500]


def read(data, extension):
    """Header and rows, as a program reads them."""
    if extension == "csv":
        former = csv.field_size_limit(10**7)
        try:
            header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        finally:
            csv.field_size_limit(former)  # it is the process's: other tests count on it
        return header, rows
    if extension == "json":
        made = json.loads(data)
        return [f["id"] for f in made["fields"]], [list(record.values()) for record in made["records"]]
    if extension == "xml":
        made = ET.fromstring(data)  # noqa: S314 - our own
        return [f.get("name") for f in made.iter("field")], [[c.text for c in r] for r in made.iter("record")]
    book = openpyxl.load_workbook(io.BytesIO(data))
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)
    return list(header), [[unescaped(value) for value in row] for row in rows]


def unescaped(value):
    """As Excel reads a text: openpyxl leaves _x005F_ as it stands."""
    return value.replace("_x005F_", "_") if isinstance(value, str) else value
