"""Files made of rows: what they hold, and who gets them."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import ckan.plugins.toolkit as tk
import openpyxl
import pytest

FORMATS = ("csv", "xlsx", "json", "xml")
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


def fill(resource_id, fields=FIELDS, records=RECORDS):
    """A table in the DataStore for a resource."""
    tk.get_action("datastore_create")(
        {"ignore_auth": True, "user": "office"},
        {"resource_id": resource_id, "force": True, "fields": fields, "records": records},
    )


@pytest.fixture
def table(make_entry):
    """An entry whose open file has a table."""
    entry = make_entry()
    resource = next(row for row in entry["resources"] if row["audience"] == "open")
    fill(resource["id"])
    return entry, resource


def take(app, entry, resource, extension, **options):
    url = f"/dataset/{entry['name']}/resource/{resource['id']}/as/{extension}"
    return app.get(url, **{"expect_errors": True, **options})


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
