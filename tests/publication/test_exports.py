"""Files of progress: what is in them, for whom, and that no cell of them is ever evaluated."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from openpyxl import load_workbook

from tests.publication.progress_world import GONE, HOSTILE, Reader, world


@pytest.fixture(scope="module")
def made(loaded):
    with world() as built:
        yield built


@pytest.fixture
def read(app, made: SimpleNamespace) -> Reader:
    return Reader(app)


def export(user: str, what: str, kind: str = "json", **data: Any) -> bytes:
    made = tk.get_action("govshare_publication_export")({"user": user}, {"what": what, "format": kind, **data})
    assert made["filename"].endswith(f".{kind}")
    return base64.b64decode(made["content_base64"])


def test_progress_holds_what_the_caller_may_see(made):
    measures = [row["target"]["measure"] for row in json.loads(export("", "progress"))]
    assert sorted(set(measures)) == ["applications", "open_datasets", "rows"]
    assert "hook_up" in [row["target"]["measure"] for row in json.loads(export("officer", "progress"))]


@pytest.mark.parametrize(
    ("user", "reasons"),
    [("", []), ("citizen", []), ("operator", []), ("neighbour", []), ("officer", [GONE]), ("office", [GONE])],
)
def test_ledger_tells_reasons_to_those_concerned(made, user, reasons):
    rows = json.loads(export(user, "ledger", target=made.main))["results"]
    assert [row["title"] for row in rows if not row["counted"]] == reasons
    assert sum(row["counted"] for row in rows) == 4


def test_ledger_of_a_department_is_a_sheet(made):
    sheet = load_workbook(io.BytesIO(export("officer", "ledger", "xlsx", target=made.main, organization="jiaotong")))
    lines = [[cell.value for cell in row] for row in sheet.active.iter_rows()]
    assert "市交通运输局" in lines[0][0]
    assert "统计口径" in lines[2][0]
    named = [line[0] for line in lines[4:]]
    assert GONE in named
    assert "校园信息" not in named
    why = next(line for line in lines if line[0] == GONE)
    assert "链接失效" in why[6]
    assert why[9]


def test_ledger_of_a_past_day(made):
    rows = json.loads(export("", "ledger", target=made.main, day="2026-11-09"))["results"]
    assert GONE in [row["title"] for row in rows]


@pytest.mark.parametrize("what", ["ledger", "history", "difference", "departments", "matrix", "progress"])
@pytest.mark.parametrize("kind", ["xlsx", "csv", "json"])
def test_everything_comes_in_every_format(made, what, kind):
    data = {} if what in ("matrix", "progress") else {"target": made.main}
    if what == "difference":
        data |= {"first": "2026-11-01", "last": "2026-11-22"}
    assert export("office", what, kind, **data)


def test_text_stays_text(made):
    lines = list(csv.reader(io.StringIO(export("", "ledger", "csv", target=made.main).decode("utf-8-sig"))))
    assert [line[0] for line in lines if "HYPERLINK" in line[0]] == ["'" + HOSTILE]
    content = export("", "ledger", "xlsx", target=made.main)
    cells = [cell for row in load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row]
    cell = next(cell for cell in cells if "HYPERLINK" in str(cell.value))
    assert (cell.value, cell.data_type) == (HOSTILE, "s")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_csv_carries_the_mark_that_excel_wants(made):
    assert export("", "progress", "csv").startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("user", "may"), [("", False), ("officer", False), ("operator", False), ("office", True)])
def test_departments_are_the_office_s(made, user, may):
    context = {"user": user}
    data = {"what": "departments", "target": made.main}
    if may:
        assert tk.check_access("govshare_publication_export", context, data)
    else:
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("govshare_publication_export", context, data)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"what": "nonsense"},
        {"what": "ledger"},
        {"what": "progress", "format": "exe"},
        {"what": "history", "first": "x"},
    ],
)
def test_wrong_parameters_are_named(made, data):
    with pytest.raises(tk.ValidationError) as refused:
        tk.get_action("govshare_publication_export")({"user": "office"}, {"target": None, **data})
    assert refused.value.error_dict


def test_pages_hand_the_files_out(read, made):
    answer = read.get(f"/progress/{made.main}/export.xlsx", "officer")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    read.get("/progress/export.csv")
    read.get("/progress/export.json?what=matrix")
    read.get(f"/progress/{made.main}/export.json?what=difference&first=2026-11-01")
    read.get(f"/progress/{made.main}/export.json?what=departments", status=403)
    read.get("/progress/no-such/export.csv", status=404)
    read.get("/progress/export.csv?what=nonsense", status=404)
    read.get("/progress/export.exe", status=404)
