"""The item table: pasted from Excel, edited by its buttons, saved while one types."""

from __future__ import annotations

import json

from ckan import model

from ckanext.govshare.kernel import forms
from tests.desk.test_form import officer, someone  # noqa: F401 - fixtures

HEAD = "信息项名称\t数据类型\t数据长度\t说明"


def columns():
    return forms.installed()["dataset"].items


def test_rows_are_told_by_their_titles_in_any_order(loaded):
    from ckanext.govshare.desk.form_input import pasted

    text = '数据长度\t信息项名称\t类型？\t数据类型*\n50\t站点名称\tx\t字符型\n\t首末班\tx\tD\n18,2\t"票\n价"\tx\t货币'
    assert pasted(text, columns()) == [
        {"length": "50", "name": "站点名称", "type": "C"},
        {"length": "", "name": "首末班", "type": "D"},
        {"length": "18,2", "name": "票\n价", "type": "Y"},
    ]


def test_without_titles_they_come_in_the_order_of_the_form(loaded):
    from ckanext.govshare.desk.form_input import pasted

    assert pasted("站点名称\tSTOP_NAME\t\t1", columns()) == [
        {"name": "站点名称", "name_en": "STOP_NAME", "standard": "", "type": "C"}
    ]


def test_what_the_list_does_not_have_stays_as_it_was_written(loaded):
    from ckanext.govshare.desk.form_input import pasted

    assert pasted(f"{HEAD}\n站点\t向量\t12\t无", columns())[0]["type"] == "向量"


def test_nothing_pasted_is_no_row(loaded):
    from ckanext.govshare.desk.form_input import pasted

    assert pasted(" \n\t\t\n", columns()) == []
    assert pasted(HEAD, columns()) == []


def test_the_table_is_edited_by_its_buttons_without_a_script(officer):  # noqa: F811
    id = officer.begin()
    plain = {
        "info_items": "",
        "info_items-0-name": "甲",
        "info_items-1-name": "乙",
        "info_items-10-name": "丙",
    }
    officer.save(id, "format", **plain)
    names = lambda: [row["name"] for row in officer.change(id)["data"]["info_items"]]  # noqa: E731
    assert names() == ["甲", "乙", "丙"]
    officer.save(id, "format", act="items.up.2", **plain)
    assert names() == ["甲", "丙", "乙"]
    officer.save(id, "format", act="items.remove.0", **plain)
    assert names() == ["乙", "丙"]
    answer = officer.save(id, "format", act="items.paste", paste=f"{HEAD}\n丁\t整型\t4\t", **plain)
    assert answer.headers["Location"].endswith("#f-info_items")
    assert officer.change(id)["data"]["info_items"][-1] == {"name": "丁", "type": "I", "length": "4"}
    officer.save(id, "format", act="items.remove.99", **plain)
    assert names() == ["甲", "乙", "丙"]


def test_more_than_ten_rows_keep_their_order(officer):  # noqa: F811
    id = officer.begin()
    rows = [{"name": f"第{number}项", "type": "C", "length": "9"} for number in range(400)]
    officer.save(id, "format", info_items=json.dumps(rows))
    assert officer.change(id)["data"]["info_items"] == rows
    assert officer.get(f"/desk/change/{id}/edit?step=format").status_code == 200


def test_typing_is_saved_and_answered_with_what_is_wrong(officer):  # noqa: F811
    id = officer.begin()
    revision = officer.change(id)["revision"]
    typed = {"step": "basic", "revision": revision, "title": "长" * 51, "notes": ""}
    answer = officer.post(f"/desk/change/{id}/autosave", typed)
    assert answer.status_code == 200
    assert answer.json["revision"] == revision + 1
    assert answer.json["errors"]["title"]
    assert "notes" not in answer.json["errors"]
    assert next(step for step in answer.json["steps"] if step["slug"] == "basic")["state"] == "wrong"
    assert officer.change(id)["data"]["title"] == "长" * 51


def test_typing_on_an_older_revision_is_answered_with_who_wrote(officer, someone):  # noqa: F811
    id = officer.begin()
    seen = officer.change(id)["revision"]
    someone("reviewer").save(id, "basic", title="审核员写的")
    answer = officer.post(
        f"/desk/change/{id}/autosave", {"step": "basic", "revision": seen, "title": "填报员写的"}
    )
    assert answer.status_code == 409
    assert model.User.get("reviewer").fullname in answer.json["message"]
    assert answer.json["theirs"] == [{"label": "信息资源名称", "theirs": "审核员写的", "mine": "填报员写的"}]
    assert officer.change(id)["data"]["title"] == "审核员写的"


def test_typing_what_cannot_be_stored_is_answered_at_the_field(officer):  # noqa: F811
    id = officer.begin()
    answer = officer.post(f"/desk/change/{id}/autosave", {"step": "basic", "title": "空\x00字符"})
    assert answer.status_code == 400
    assert list(answer.json["errors"]) == ["title"]
    empty = officer.post(f"/desk/change/{id}/autosave", {})
    assert empty.status_code == 403


def test_an_answer_that_clears_fields_says_which(officer):  # noqa: F811
    id = officer.begin()
    officer.save(id, "share", share_type="2", share_scope="市公安局", share_condition="办案", share_mode="1")
    answer = officer.post(f"/desk/change/{id}/autosave", {"step": "share", "share_type": "1"})
    assert answer.json["cleared"] == ["共享范围", "共享条件"]
