"""What goes out: the template of a department, and whatever a reader may see as Excel, CSV and JSON."""

from __future__ import annotations

import base64
import csv
import io
import json

import ckan.plugins.toolkit as tk
import openpyxl
import pytest

from ckanext.govshare.kernel import grids
from tests.catalogue.sheets.conftest import USCC, call, opened, places
from tests.conftest import KINDS, empty

TITLE = "信息资源名称"


def decoded(answer: dict) -> bytes:
    return base64.b64decode(answer["content_base64"])


def titles(answer: dict) -> set[str]:
    """Titles of the entries in an export as CSV."""
    lines = list(csv.reader(io.StringIO(decoded(answer).decode("utf-8-sig"))))
    at = next(number for number, title in enumerate(lines[0]) if title.startswith(TITLE))
    return {line[at] for line in lines[1:]}


def test_a_template_bears_its_department_version_lists_and_example(town):
    answer = call("template", "officer", organization="jiaotong")
    book = opened(answer)
    sheet = book["目录填报"]
    head = [cell.value for cell in sheet[3]]
    assert answer["version"] in sheet["A2"].value
    assert USCC in sheet["A2"].value
    assert {"信息资源名称（必填项）", "资源提供方代码（选填项）", "共享条件（条件必填项）"} <= set(head)
    assert sheet["A4"].value.startswith("【示例】")
    assert sheet["A3"].comment.text
    assert len(sheet.data_validations.dataValidation) >= 12
    assert (book["下拉项"].sheet_state, book["代码表"].max_row > 100, book["填写说明"].max_row > 40) == (
        "hidden",
        True,
        True,
    )
    formulas = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert any(formula.startswith("OFFSET(") for formula in formulas)


def test_an_untouched_template_imports_nothing_and_a_filled_one_does(town, hand_in):
    blank = call("template", "officer", organization="jiaotong")
    assert [slug for _row, _title, slug in places(hand_in(decoded(blank)))] == ["no_rows"]
    book = opened(blank)
    sheet = book["目录填报"]
    # the example's rows without their mark, under the right department, are an entry
    for row in (4, 5):
        sheet.cell(row, 1).value = "道路客运企业信息"
    target = io.BytesIO()
    book.save(target)
    answer = hand_in(target.getvalue())
    assert (places(answer), answer["create"]) == ([], 1)


def test_a_prefilled_template_changes_nothing(make_entry, hand_in):
    make_entry(resources=[])
    make_entry(title="二号线", resources=[], **KINDS["shared_on_condition"])
    answer = hand_in(decoded(call("template", "officer", organization="jiaotong", prefill=True)))
    assert (answer["wrong"], answer["missing"], answer["unchanged"]) == (0, 0, 2)


def test_the_register_of_systems_has_its_template(town):
    book = opened(call("template", "officer", organization="jiaotong", package_type="information-system"))
    assert book["目录填报"].max_row >= 3


SPECIAL = {
    "title": "=1+1公交站点信息",
    "notes": "-5到+5度。\n第二行，“引号”与,逗号",
    "provider_unit": "@运输科",
    "contact_name": "+张三",
    "contact_phone": "+86 10 12345678",
    "tag_string": "公交,站点",
    "stat_total_gb": "12.50",
    "info_items": [{"name": f"第{number}列", "type": "C", "length": "50"} for number in range(1, 13)]
    + [
        {
            "name": "金额",
            "type": "N",
            "length": "18,2",
            "name_en": "=amount",
            "share_type": "2",
            "description": "'-x",
        }
    ],
}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_comes_in_again_on_an_empty_site(make_entry, kind):
    from tests.conftest import build_city

    make_entry(**SPECIAL)
    for number, fields in enumerate(KINDS.values()):
        make_entry(title=f"第{number}类信息", resources=[], **fields)
    before = _entries("office")
    out = call("export", "office", format=kind, organization="jiaotong")
    empty()
    build_city()
    answer = call(
        "import", "office", organization="jiaotong", content_base64=out["content_base64"], wait=True,
        dry_run=False, publish=True,
    )  # fmt: skip
    assert [finding for finding in answer["findings"] if finding["severity"] == "refuse"] == []
    assert answer["state"] == "applied"
    assert _entries("office") == before


def _entries(user: str) -> dict[str, dict]:
    """Every entry by its code, but for what belongs to one site or to its files."""
    found = tk.get_action("package_search")({"user": user}, {"include_private": True, "rows": 100})["results"]
    ours = {
        "id",
        "owner_org",
        "organization",
        "resources",
        "num_resources",
        "creator_user_id",
        "data_updated",
        "tags",
    }
    kept = {}
    for entry in found:
        values = {
            key: value
            for key, value in entry.items()
            if value not in (None, "", []) and key not in ours and not key.startswith("metadata_")
        }
        kept[entry["resource_code"]] = values | {"tags": sorted(tag["name"] for tag in entry["tags"])}
    return kept


@pytest.mark.parametrize(
    ("user", "seen"),
    [
        ("office", {"open", "open_on_condition", "shared_only", "not_shared"}),
        ("officer", {"open", "open_on_condition", "shared_only", "not_shared"}),
        ("neighbour", {"open", "open_on_condition", "shared_only", "not_shared"}),
        ("citizen", {"open", "open_on_condition"}),
        ("firm", {"open", "open_on_condition"}),
        ("county_office", {"open", "open_on_condition"}),
        ("", {"open", "open_on_condition"}),
    ],
)
def test_an_export_holds_what_its_reader_may_see(make_entry, user, seen):
    for kind in ("open", "open_on_condition", "shared_only", "not_shared"):
        make_entry(title=kind, resources=[], contact_phone="0000-1234567", **KINDS[kind])
    answer = call("export", user, format="csv")
    assert titles(answer) == seen
    inside = user in ("office", "officer", "neighbour")
    for form in ("csv", "json"):
        assert (b"0000-1234567" in decoded(call("export", user, format=form))) is inside


def test_a_visitor_gets_no_address_of_a_file_that_is_not_open(make_entry):
    make_entry()
    text = decoded(call("export", "", format="json")).decode()
    found = json.loads(text)["entries"][0]
    assert [resource["audience"] for resource in found["resources"]] in ([], ["open"])
    assert "share.csv" not in text
    assert found["labels"]["share_type"] == "1 无条件共享"


def test_no_cell_of_an_export_is_a_formula_and_numbers_stay(make_entry):
    make_entry(**SPECIAL)
    book = openpyxl.load_workbook(io.BytesIO(decoded(call("export", "office"))))
    cells = [cell for row in book["目录填报"].iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "=1+1公交站点信息" and cell.quotePrefix for cell in cells)
    text = decoded(call("export", "office", format="csv")).decode("utf-8-sig")
    values = {cell for line in csv.reader(io.StringIO(text)) for cell in line}
    assert {"'=1+1公交站点信息", "'@运输科", "'+张三", "+86 10 12345678", "12.50", "18,2", "''-x"} <= values
    assert not [value for value in values if grids.is_formula_text(value)]


def test_an_export_is_selected_by_query_and_ids(make_entry):
    first, second = make_entry(title="甲类信息", resources=[]), make_entry(title="乙类信息", resources=[])
    assert titles(call("export", "office", format="csv", ids=[second["resource_code"]])) == {"乙类信息"}
    assert titles(call("export", "office", format="csv", ids=[first["id"]])) == {"甲类信息"}
    assert titles(call("export", "office", format="csv", fq=f"name:{first['name']}")) == {"甲类信息"}
    assert titles(call("export", "office", format="csv", organization="jiaoyu")) == set()
    with pytest.raises(tk.ObjectNotFound):
        call("export", "office", organization="nobody")
    with pytest.raises(tk.ValidationError):
        call("export", "office", format="pdf")


def test_a_long_export_goes_on_over_its_pages(make_entry, monkeypatch):
    monkeypatch.setattr("ckanext.govshare.catalogue.exporter.PAGE", 2)
    for number in range(5):
        make_entry(title=f"第{number}号信息", resources=[])
    assert len(titles(call("export", "", format="csv"))) == 5


def test_the_address_of_an_export_gives_the_file(make_entry, app):
    make_entry()
    response = app.get("/catalogue/export.csv")
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    assert "城区公交站点信息" in response.body
    assert app.get("/catalogue/export.pdf", status=404).status_code == 404
