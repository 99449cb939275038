"""Who hands in files for whom, by action and command line; and the marked copy."""

from __future__ import annotations

import io
import json

import ckan.plugins.toolkit as tk
import openpyxl
import pytest
from ckan import model
from ckan.cli.cli import ckan

from tests.catalogue.sheets.conftest import call, encoded, opened, rows, table, workbook

MAY = {"officer": True, "reviewer": True, "office": True}
PEOPLE = ("officer", "reviewer", "office", "neighbour", "county_office", "firm", "citizen", "operator", "")


@pytest.mark.parametrize("user", PEOPLE)
def test_only_the_department_and_its_office_hand_in_its_files(town, hand_in, user):
    done = hand_in(rows(1))
    context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
    doors = {
        "template": {"organization": "jiaotong"},
        "import": {"organization": "jiaotong", "content_base64": encoded(workbook(rows(1)))},
        "import_show": {"id": done["id"]},
        "import_file": {"id": done["id"]},
        "import_list": {"organization": "jiaotong"},
    }
    for action, data in doors.items():
        try:
            tk.get_action(f"govshare_catalogue_{action}")(dict(context), data)
            allowed = True
        except tk.NotAuthorized:
            allowed = False
        expected = MAY.get(user, False) or (user == "operator" and action == "import")
        assert allowed is expected, (user, action)


@pytest.mark.parametrize("user", PEOPLE)
def test_only_the_office_and_operators_publish_at_once(town, user):
    context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
    data = {"organization": "jiaotong", "content_base64": encoded(workbook(rows(1))), "publish": True}
    if user in ("office", "operator"):
        tk.get_action("govshare_catalogue_import")(context, {**data, "dry_run": False})
        assert model.Session.query(model.Package).count() == 1
    else:
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("govshare_catalogue_import")(context, data)


def test_a_department_cannot_apply_the_file_of_another(town, hand_in):
    done = hand_in(rows(1))
    with pytest.raises(tk.NotAuthorized):
        call("import", "neighbour", import_id=done["id"], organization="jiaoyu", dry_run=False)


@pytest.mark.parametrize(
    "data",
    [{}, {"content_base64": "§"}, {"content_base64": ""}, {"content_base64": "eA==", "package_type": "x"}],
)
def test_a_request_without_a_usable_file_says_so(town, data):
    with pytest.raises(tk.ValidationError):
        call("import", "officer", organization="jiaotong", **data)


def test_a_file_that_is_too_large_is_refused(town, monkeypatch):
    monkeypatch.setattr(
        "ckanext.govshare.catalogue.logic.sheets.Limits", lambda: type("Few", (), {"max_bytes": 5})
    )
    with pytest.raises(tk.ValidationError):
        call("import", "officer", organization="jiaotong", content_base64=encoded(b"123456"))


def test_the_marked_copy_shows_every_fault_where_it_stands(hand_in):
    answer = hand_in(
        [*rows(2), *rows(1, 信息资源名称="三号", 更新周期="偶尔", 信息资源摘要=None)], filename="目录.xlsx"
    )
    copy = call("import_file", "officer", id=answer["id"])
    book = opened(copy)
    assert copy["filename"] == "目录-问题标注.xlsx"
    marked = {
        cell.coordinate: cell.comment.text
        for row in book["Sheet1"].iter_rows()
        for cell in row
        if cell.comment
    }
    assert set(marked) == {f"{finding['column']}{finding['row']}" for finding in answer["findings"]}
    assert len(list(book["问题清单"].iter_rows())) == 1 + len(answer["findings"])
    assert book["Sheet1"]["A2"].value == "第1号线路站点信息"


def test_the_marked_copy_of_a_csv_is_a_workbook(hand_in):
    lines = [
        ",".join("" if cell is None else str(cell) for cell in line)
        for line in table(rows(1, 更新周期="偶尔"))
    ]
    answer = hand_in("\n".join(lines).encode("gb18030"), filename="目录.csv")
    book = opened(call("import_file", "officer", id=answer["id"]))
    finding = answer["findings"][0]
    assert book["数据"][f"{finding['column']}{finding['row']}"].comment.text
    assert book.sheetnames[0] == "问题清单"


def test_merged_cells_and_a_broken_file_have_a_marked_copy_too(hand_in):
    book = openpyxl.load_workbook(io.BytesIO(workbook(rows(1, 更新周期="偶尔"))))
    sheet = book.active
    finding = hand_in(workbook(rows(1, 更新周期="偶尔")))["findings"][0]
    sheet.merge_cells(f"{finding['column']}2:{finding['column']}3")
    target = io.BytesIO()
    book.save(target)
    answer = hand_in(target.getvalue())
    assert opened(call("import_file", "officer", id=answer["id"])).active[f"{finding['column']}2"].comment
    broken = hand_in(b"%PDF-1.7")
    assert opened(call("import_file", "officer", id=broken["id"])).sheetnames == ["问题清单"]


def test_the_command_line_makes_a_template_imports_and_exports(town, cli, tmp_path):
    target, good, bad = tmp_path / "模板.xlsx", tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    made = cli.invoke(
        ckan, ["govshare", "catalogue", "template", str(target), "--organization", "jiaotong", "--json"]
    )
    assert made.exit_code == 0, made.output
    assert target.read_bytes().startswith(b"PK")
    good.write_bytes(workbook(rows(2)))
    bad.write_bytes(workbook(rows(1, 更新周期="偶尔")))
    command = ["govshare", "catalogue", "import", "--organization", "jiaotong"]
    refused = cli.invoke(ckan, [*command, str(bad), "--json", "--marked", str(tmp_path / "marked.xlsx")])
    assert refused.exit_code == 1
    assert json.loads(refused.output.splitlines()[-1])["findings"][0]["slug"] == "unknown_code"
    assert (tmp_path / "marked.xlsx").exists()
    assert cli.invoke(ckan, [*command, str(good), "--dry-run"]).exit_code == 0
    done = cli.invoke(ckan, [*command, str(good), "--publish", "--user", "office", "--json"])
    assert (done.exit_code, json.loads(done.output.splitlines()[-1])["state"]) == (0, "applied")
    out = cli.invoke(
        ckan, ["govshare", "catalogue", "export", str(tmp_path / "out.json"), "--user", "office"]
    )
    assert out.exit_code == 0, out.output
    assert len(json.loads((tmp_path / "out.json").read_text())["entries"]) == 2
    assert cli.invoke(ckan, [*command, str(good), "--user", "neighbour"]).exit_code == 1
