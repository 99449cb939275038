"""A department hands a file in: what becomes of it, once, as a whole or not at all."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import forms, importer, imports, sheet_apply, sheet_jobs
from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.kernel.grid_form import columns
from tests.catalogue.sheets.conftest import CELLS, USCC, call, encoded, places, rows, table, workbook
from tests.conftest import ENTRY
from tests.unit.kernel.grid_files import xlsx

TITLE = "信息资源名称"


def drafts() -> list[Change]:
    return model.Session.query(Change).order_by(Change.id).all()


def test_a_good_file_becomes_drafts(hand_in):
    checked = hand_in(rows(3))
    assert (places(checked), checked["create"], checked["refused"]) == ([], 3, False)
    applied = call("import", "officer", import_id=checked["id"], dry_run=False)
    assert (applied["state"], len(applied["changes"])) == ("applied", 3)
    assert {draft.data["title"] for draft in drafts()} == {
        f"第{number}号线路站点信息" for number in (1, 2, 3)
    }
    assert drafts()[0].data["info_items"] == [{"name": "站点名称", "type": "C", "length": "50"}]
    assert drafts()[0].data["open_domain"] == "14"


def test_a_dry_run_writes_nothing_but_its_own_row(hand_in):
    hand_in(rows(2))
    assert drafts() == []
    assert model.Session.query(imports.Import).count() == 1


def test_an_import_is_applied_once(hand_in):
    checked = hand_in(rows(2))
    first = call("import", "officer", import_id=checked["id"], dry_run=False)
    again = call("import", "reviewer", import_id=checked["id"], dry_run=False)
    assert again["changes"] == first["changes"]
    assert len(drafts()) == 2
    report = sheet_jobs.work(
        checked["id"], actor="officer", mode="draft", dry_run=False
    )  # a worker that comes late
    assert (report["changes"], len(drafts())) == (first["changes"], 2)


def test_the_same_file_again_makes_nothing(hand_in):
    hand_in(rows(2), dry_run=False)
    again = hand_in(rows(2), dry_run=False)
    assert (again["unchanged"], again["create"], again["update"], again["changes"]) == (2, 0, 0, [])


def test_a_changed_row_goes_into_the_draft_that_is_open(hand_in):
    hand_in(rows(2), dry_run=False)
    changed = rows(2)
    changed[1]["信息资源摘要"] = "改过的摘要。"
    answer = hand_in(changed, dry_run=False)
    assert (answer["update"], answer["unchanged"], len(drafts())) == (1, 1, 2)


def test_a_draft_may_have_gaps_and_handing_in_may_not(hand_in):
    gap = rows(1, 更新周期=None)
    assert (hand_in(gap)["refused"], hand_in(gap, submit=True)["refused"]) == (False, True)
    assert hand_in(gap)["may"] == {"draft": True, "submit": False}
    hand_in(gap, dry_run=False)
    assert drafts()[0].data["update_cycle"] == ""


def test_a_wrong_value_stops_the_whole_file(hand_in):
    answer = hand_in([*rows(2), {**CELLS, "更新周期": "偶尔"}], dry_run=False)
    assert (answer["state"], answer["refused"], drafts()) == ("checked", True, [])


def test_handed_in_changes_wait_for_the_reviewer(hand_in):
    answer = hand_in(rows(1), dry_run=False, submit=True)
    shown = tk.get_action("govshare_change_show")({"user": "officer"}, {"id": answer["changes"][0]})
    assert shown["state"] == "dept_review"
    assert hand_in(rows(1, 更新周期="每年"))["findings"][0]["slug"] == "under_review"


def test_the_office_publishes_at_once(hand_in):
    answer = hand_in(rows(2), user="office", dry_run=False, publish=True)
    assert answer["state"] == "applied"
    entries = [
        tk.get_action("package_show")({"user": "office"}, {"id": entry}) for entry in answer["changes"]
    ]
    assert [entry["name"] for entry in entries] == ["307001004-0001", "307001004-0002"]
    assert (entries[0]["catalogue_state"], entries[0]["profile"]) == ("published", "national")
    assert hand_in(rows(2), user="office", publish=True)["unchanged"] == 2
    assert hand_in(rows(2))["unchanged"] == 2


def test_what_core_refuses_leaves_nothing_of_the_file(hand_in, town):
    form, owner = forms.form("dataset"), roles.organization(town.traffic)
    checked = importer.check(workbook(rows(3)), form, owner)
    checked.entries[1].content["tag_string"] = "x"  # shorter than core takes; the check would have said so
    with pytest.raises(sheet_apply.RefusedError) as refused:
        sheet_apply.write(checked, form, owner, "office", "publish")
    assert [(found.place.row, found.title, found.slug) for found in refused.value.findings] == [
        (3, "标签", "not_saved")
    ]
    assert model.Session.query(model.Package).count() == 0


def test_a_row_finds_its_entry_by_code_present_or_past_and_by_title(hand_in, make_entry):
    entry = make_entry(resources=[])
    by_title = hand_in([{**CELLS, "信息项名称": "站点名称"}])
    assert (by_title["update"], by_title["plan"][0]["package_id"]) == (1, entry["id"])
    by_code = hand_in([{**CELLS, TITLE: "改名的公交站点信息", "信息资源代码": entry["resource_code"]}])
    assert (by_code["update"], by_code["plan"][0]["package_id"]) == (1, entry["id"])


def test_a_code_of_another_department_is_refused(hand_in, town):
    tk.get_action("package_create")({"user": "office"}, {**ENTRY, "owner_org": town.school})
    answer = hand_in([{**CELLS, "信息资源代码": "307001004/0001"}])
    assert places(answer)[0][2] == "code_taken"


def test_an_update_takes_nothing_that_the_file_has_no_column_for(hand_in, make_entry):
    entry = make_entry(resources=[], contact_name="张三")
    head = [
        TITLE,
        "信息资源代码",
        "信息资源摘要",
        *[column.title for column in columns(forms.form("dataset")) if column.mandatory],
    ]
    row = {**CELLS, "信息资源代码": entry["resource_code"], "信息资源摘要": "改过的摘要。"}
    hand_in(workbook([row], titles=dict.fromkeys(head)), dry_run=False)
    data = drafts()[0].data
    assert (data["notes"], data["contact_name"], len(data["info_items"])) == ("改过的摘要。", "张三", 2)


def test_columns_are_found_in_any_order_and_unknown_ones_reported(hand_in):
    head = [*reversed([column.heading for column in columns(forms.form("dataset"))]), "备注栏"]
    answer = hand_in(workbook([{**CELLS, "备注栏": "x"}], titles=head))
    assert [(finding["slug"], finding["severity"], finding["value"]) for finding in answer["findings"]] == [
        ("unknown_column", "warn", "备注栏")
    ]
    assert answer["create"] == 1


def test_missing_mandatory_columns_are_reported_once(hand_in):
    head = [column.heading for column in columns(forms.form("dataset")) if column.title != "更新周期"]
    assert places(hand_in(workbook(rows(3), titles=head))) == [(1, "更新周期", "missing_column")]


def test_a_file_without_header_is_refused(hand_in):
    assert [slug for _row, _title, slug in places(hand_in(xlsx([["甲", "乙"], ["1", "2"]])))] == ["no_header"]


def test_group_titles_and_leading_lines_over_the_header_are_read(hand_in):
    head = ["信息资源名称（必填项）", "信息资源分类", None, None, None, "信息资源摘要", "信息项", None, None]
    below = [None, "类", "项", "目", "细目", None, "名称", "数据类型", "数据长度"]
    grouped = {"类分类", "项分类", "目分类", "细目分类", "信息项名称", "数据类型", "数据长度"}
    more = [title for title in CELLS if title not in {*grouped, "信息资源名称", "信息资源摘要"}]
    first = ["城区公交站点信息", "3", "307", "307001", "307001004", "含站点名称。", "站点名称", "C", 50]
    data = xlsx(
        [
            ["政务信息资源目录填报表"],
            [],
            ["填报单位", "市交通运输局"],
            head + more,
            below,
            first + [CELLS[title] for title in more],
            [None] * 6 + ["途经线路", "C", 200],
        ]
    )
    answer = hand_in(data)
    assert (places(answer), answer["entries"], answer["rows"]) == ([], 1, 2)
    hand_in(data, dry_run=False)
    assert [item["name"] for item in drafts()[0].data["info_items"]] == ["站点名称", "途经线路"]
    assert drafts()[0].data["class_ximu"] == "307001004"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_any_encoding_is_imported(hand_in, encoding):
    lines = [",".join("" if cell is None else str(cell) for cell in line) for line in table(rows(2))]
    answer = hand_in("\r\n".join(lines).encode(encoding), filename="目录.csv")
    assert (places(answer), answer["create"]) == ([], 2)


def test_formulas_are_findings(hand_in):
    answer = hand_in(rows(1, 信息资源摘要='=HYPERLINK("http://x.example")'))
    assert places(answer) == [(2, "信息资源摘要", "formula")]
    assert answer["wrong"] == 1


def test_labels_codes_and_both_are_taken_and_dates_in_many_shapes(hand_in):
    written = rows(5)
    shares = ["1", "无条件共享", "1 无条件共享", "1-无条件共享", 1.0]
    days = ["2026-03-18", "2026年3月18日", 46099, "2026/3/18", "20260318"]
    for row, share, day in zip(written, shares, days, strict=True):
        row["共享类型"], row["发布日期"] = share, day
    hand_in(written, dry_run=False)
    assert {(draft.data["share_type"], draft.data["pub_date"]) for draft in drafts()} == {("1", "2026-03-18")}


def test_nothing_said_in_words_is_nothing(hand_in):
    hand_in(
        rows(1, 提供方内部部门="无相关内部部门", 共享范围="无", 关联资源代码="无", 信息资源代码="无"),
        dry_run=False,
    )
    data = drafts()[0].data
    assert (data["provider_unit"], data["share_scope"], data["related_codes"]) == ("", "", [])


def test_the_register_of_systems_takes_the_same_way(hand_in):
    form = forms.form("information-system")
    head = [column.heading for column in columns(form)]
    answer = hand_in(xlsx([head, ["网约车监管系统" if column.key == "title" else None for column in columns(form)]]),
                     package_type="information-system")  # fmt: skip
    assert (answer["wrong"], answer["create"]) == (0, 1)
    assert answer["missing"] > 0


def test_a_stamp_of_another_department_or_version_is_noticed(hand_in):
    head, *body = table(rows(1))
    other = "模板版本：dataset-00000000-2025-01-01　填报单位：市教育局　资源提供方代码：11990100MB0A00009X"
    answer = hand_in(xlsx([["填报表"], [other], head, *body]))
    assert [finding["slug"] for finding in answer["findings"]] == ["template_outdated", "other_template"]
    assert USCC not in other


def test_a_large_file_is_left_to_a_worker_and_shows_its_progress(town, hand_in, monkeypatch):
    asked = []
    monkeypatch.setattr(sheet_jobs, "enqueue", lambda *job: asked.append(job) or True)
    answer = call(
        "import", "officer", organization="jiaotong", content_base64=encoded(workbook(rows(2))), wait=False
    )
    assert (answer["state"], answer["entries"]) == ("queued", 0)
    sheet_jobs.job(*asked[0])
    shown = call("import_show", "officer", id=answer["id"])
    assert (shown["state"], shown["create"], shown["progress"]) == ("checked", 2, {"done": 2, "total": 2})
    assert call("import_list", "officer", organization="jiaotong")["count"] == 1
