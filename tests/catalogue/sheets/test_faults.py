"""A workbook of 200 rows with 40 faults of all kinds: each is found, once, at its cell; repaired, it is imported."""

from __future__ import annotations

import io

import sqlalchemy as sa
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare.kernel.grid_base import column_letter
from tests.catalogue.sheets.conftest import call, rows, table, workbook
from tests.unit.kernel.grid_files import xlsx

# (row of the sheet, column, what stands there instead of what is right, slug of the finding)
FAULTS = [
    (3, "信息资源名称", None, "required"),
    (6, "信息资源名称", "名" * 51, "too_long"),
    (9, "信息资源名称", "道路  运输　信息", "title_form"),
    (12, "信息资源名称", "第3号线路站点信息", "twice"),
    (15, "信息资源摘要", None, "required"),
    (18, "信息资源摘要", "字" * 257, "too_long"),
    (21, "类分类", "部门类", "unknown_code"),
    (24, "项分类", "不存在的项", "unknown_code"),
    (27, "目分类", None, "required"),
    (30, "细目分类", "101001004", "unknown_code"),
    (33, "信息资源代码", "307001004-7", "code_shape"),
    (36, "信息资源代码", "101001/0003", "code_shape"),
    (39, "信息资源提供方", "市教育局", "other_provider"),
    (42, "资源提供方代码", "123456789012345678", "provider_code"),
    (45, "信息资源格式分类", "表格类", "unknown_code"),
    (48, "信息资源格式类型", "pdf", "format_type"),
    (51, "信息资源格式类型", None, "required"),
    (54, "信息项名称", None, "items"),
    (57, "数据类型", "汉字", "unknown_code"),
    (60, "数据类型", None, "items"),
    (63, "数据长度", None, "items"),
    (66, "数据长度", "五十", "items"),
    (69, "数据长度", "=40+10", "formula"),
    (72, "信息项共享类型", "随意", "unknown_code"),
    (75, "共享类型", "4", "unknown_code"),
    (78, "共享类型", None, "required"),
    (81, "共享条件", "须经批准", "share_conditions"),
    (84, "共享方式分类", None, "share_mode"),
    (87, "共享方式类型", "数据库", "share_mode"),
    (90, "是否向社会开放", "也许", "unknown_code"),
    (93, "是否向社会开放", None, "required"),
    (96, "开放领域", "农林牧渔业", "unknown_code"),
    (99, "更新周期", "偶尔", "unknown_code"),
    (102, "更新周期", None, "required"),
    (105, "发布日期", "2026-02-30", "pub_date"),
    (108, "发布日期", "2999-01-01", "pub_date"),
    (111, "发布日期", None, "required"),
    (114, "关联资源代码", "307001004/9999", "related_known"),
    (117, "数据存储总量", "12GB", "plain_number"),
    (120, "涉密属性", "涉密", "secret"),
]


def good() -> list[dict]:
    """200 rows: every third entry has a second item."""
    found = []
    for number, row in enumerate(rows(100), 1):
        found.append({**row, "类分类": "3 部门信息资源" if number % 2 else "部门信息资源"})
        found.append(
            {"信息资源名称": row["信息资源名称"], "信息项名称": "途经线路", "数据类型": "C", "数据长度": 200}
        )
    return found


def planted() -> list[dict]:
    """The rows with their faults; row 1 of the sheet is the header."""
    found = [dict(row) for row in rows(200)]
    for row, column, value, _slug in FAULTS:
        found[row - 2][column] = value
    return found


def counts() -> dict[str, int]:
    """Rows of every table but that of the imports."""
    with model.meta.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in names
            if name != "govshare_import"
        }


def letters() -> dict[str, str]:
    """Letter of every column by its title."""
    return {title.split("（")[0]: column_letter(at) for at, title in enumerate(table([])[0], 1)}


def test_forty_faults_are_forty_findings_at_their_cells(hand_in):
    assert len(FAULTS) == 40
    before, column_of = counts(), letters()
    answer = hand_in(planted(), dry_run=False)
    found = [(finding["row"], finding["column"], finding["slug"]) for finding in answer["findings"]]
    assert found == [(row, column_of[title], slug) for row, title, _value, slug in FAULTS]
    assert (answer["findings_count"], answer["rows"], answer["refused"]) == (40, 200, True)
    assert counts() == before
    assert all(finding["message_zh"] and finding["message_en"] for finding in answer["findings"])


def test_the_same_by_upload_and_repaired_it_is_imported(hand_in):
    data = workbook(planted())
    upload = FileStorage(io.BytesIO(data), filename="目录.xlsx")
    answer = call("import", "officer", organization="jiaotong", upload=upload)
    assert (answer["findings_count"], answer["filename"]) == (40, "目录.xlsx")
    repaired = hand_in(rows(200), dry_run=False)
    assert (repaired["findings_count"], repaired["state"], len(repaired["changes"])) == (0, "applied", 200)


def test_rows_of_items_are_merged_and_their_faults_found_at_their_rows(hand_in):
    found = good()
    found[1]["数据类型"] = "X型"
    found[3]["信息项名称"] = "站点名称"
    found[5]["更新周期"] = "每年"
    found[7]["数据长度"] = None
    answer = hand_in(found)
    column_of = letters()
    assert [(finding["row"], finding["column"], finding["slug"]) for finding in answer["findings"]] == [
        (3, column_of["数据类型"], "unknown_code"),
        (5, column_of["信息项名称"], "item_names"),
        (7, column_of["更新周期"], "conflict"),
        (9, column_of["数据长度"], "items"),
    ]
    assert (answer["rows"], answer["entries"]) == (200, 100)


def test_the_count_is_full_where_the_list_is_cut(hand_in):
    answer = hand_in(xlsx(table([{**row, "更新周期": "偶尔", "类分类": "无此类"} for row in rows(600)])))
    assert (len(answer["findings"]), answer["findings_count"]) == (1000, 1200)


def test_a_file_that_is_no_table_is_told_so(hand_in):
    answer = hand_in(b"%PDF-1.7", filename="a.pdf")
    assert [finding["slug"] for finding in answer["findings"]] == ["not_a_table"]
    assert answer["refused"]
