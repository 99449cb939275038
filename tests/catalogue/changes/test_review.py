"""Draft → department → office → published: what each step brings about."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest
from werkzeug.datastructures import FileStorage

from tests.catalogue.changes.conftest import CONTENT, call


def test_a_change_is_published_after_department_and_office_approved_it(signed):
    done = call("change_approve", "office", id=signed()["id"], opinion="符合规范")
    shown = tk.get_action("package_show")({"user": ""}, {"id": done["package_id"]})
    assert (done["state"], shown["title"]) == ("approved", CONTENT["title"])
    assert shown["resource_code"] == "307001004/0001"
    assert shown["name"] == "307001004-0001"


def test_every_act_is_in_the_history_with_actor_and_opinion(signed):
    done = call("change_approve", "office", id=signed()["id"], opinion="符合规范")
    assert [(event["actor"], event["act"], event["to"], event["opinion"]) for event in done["events"]] == [
        ("officer", "submit", "dept_review", ""),
        ("reviewer", "approve", "office_review", ""),
        ("office", "approve", "approved", "符合规范"),
    ]


def test_a_published_change_is_found_by_search_at_once(signed):
    call("change_approve", "office", id=signed()["id"])
    found = tk.get_action("package_search")({"user": ""}, {"q": "公交站点"})
    assert [entry["title"] for entry in found["results"]] == [CONTENT["title"]]


def test_a_draft_may_have_gaps_and_says_what_is_missing(city):
    change = call("change_create", "officer", data={"title": "城区路灯信息"})
    missing = {finding["field"] for finding in change["findings"] if finding["severity"] == "refuse"}
    assert {"notes", "class_lei", "share_type", "open_type"} <= missing


def test_a_change_with_gaps_is_not_handed_in(city):
    change = call("change_create", "officer", data={"title": "城区路灯信息"})
    with pytest.raises(tk.ValidationError) as refused:
        call("change_submit", "officer", id=change["id"])
    assert "notes" in refused.value.error_dict
    assert call("change_show", "officer", id=change["id"])["state"] == "draft"


def test_the_published_version_stays_as_it_is_while_a_change_is_under_review(make_entry):
    entry = make_entry()
    change = call("change_create", "officer", id=entry["id"], data={"title": "城区公交站点信息（新）"})
    call("change_submit", "officer", id=change["id"])
    shown = tk.get_action("package_show")({"user": ""}, {"id": entry["id"]})
    assert shown["title"] == CONTENT["title"]


def test_a_change_is_shown_as_a_readable_difference(make_entry):
    entry = make_entry()
    items = [*CONTENT["info_items"], {"name": "首末班时间", "type": "C", "length": "20"}]
    change = call("change_create", "officer", id=entry["id"], data={"update_cycle": "3", "info_items": items})
    assert change["diff"] == [
        {
            "field": "info_items",
            "label": "信息项",
            "rows": [
                {
                    "kind": "added",
                    "key": "首末班时间",
                    "before": {},
                    "after": {"信息项名称": "首末班时间", "数据类型": "字符型", "数据长度": "20"},
                }
            ],
        },
        {"field": "update_cycle", "label": "更新周期", "before": "每日", "after": "每周"},
    ]


def test_a_return_needs_a_reason(submitted):
    with pytest.raises(tk.ValidationError) as refused:
        call("change_return", "reviewer", id=submitted()["id"], reason=" ")
    assert list(refused.value.error_dict) == ["reason"]


def test_a_returned_change_is_corrected_and_handed_in_again(submitted):
    change = call("change_return", "reviewer", id=submitted()["id"], reason="信息项缺说明")
    assert (change["state"], change["waits_on"]["role"]) == ("returned", "author")
    call("change_update", "officer", id=change["id"], data={"notes": "含站点名称、线路和方向。"})
    assert call("change_submit", "officer", id=change["id"])["state"] == "dept_review"


def test_a_change_under_review_is_not_written_in(submitted):
    with pytest.raises(tk.NotAuthorized):
        call("change_update", "officer", id=submitted()["id"], data={"title": "另一个"})


def test_a_withdrawn_change_leaves_the_catalogue_as_it_is(submitted):
    change = call("change_withdraw", "officer", id=submitted()["id"])
    assert change["state"] == "withdrawn"
    assert tk.get_action("package_search")({"user": "office"}, {})["count"] == 0


def test_the_code_stays_the_same_when_a_change_comes_back_and_is_handed_in_again(submitted):
    change = submitted()
    code = change["data"]["resource_code"]
    call("change_return", "reviewer", id=change["id"], reason="补充")
    assert call("change_submit", "officer", id=change["id"])["data"]["resource_code"] == code


def test_a_department_of_one_person_hands_in_to_the_office_and_it_is_recorded(city):
    change = call("change_create", "neighbour", data=CONTENT)
    after = call("change_submit", "neighbour", id=change["id"])
    assert (after["state"], after["events"][-1]["note"]) == ("office_review", "one_person")


def test_the_withdrawal_of_an_entry_goes_the_same_way(make_entry):
    entry = make_entry()
    change = call("change_create", "officer", id=entry["id"], purpose="withdraw", reason="停止采集")
    call("change_submit", "officer", id=change["id"])
    call("change_approve", "reviewer", id=change["id"])
    call("change_approve", "office", id=change["id"])
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("package_show")({"user": "", "auth_user_obj": None}, {"id": entry["id"]})


def test_an_approval_that_core_refuses_leaves_the_change_where_it_was(signed):
    change = signed()
    taken = {**CONTENT, "resource_code": change["data"]["resource_code"]}
    tk.get_action("package_create")(
        {"user": "office"}, {**taken, "type": "dataset", "owner_org": change["organization"]["id"]}
    )
    with pytest.raises(tk.ValidationError) as refused:
        call("change_approve", "office", id=change["id"])
    after = call("change_show", "office", id=change["id"])
    assert "resource_code" in refused.value.error_dict
    assert (after["state"], len(after["events"])) == ("office_review", 2)


def test_a_stored_file_is_shown_by_its_name_and_not_by_its_address(city):
    upload = FileStorage(io.BytesIO("站点名称\n市政府\n".encode()), "站点.csv")
    stored = call("file_store", "officer", upload=upload)
    file = {"name": "站点表", "audience": "share", "format": "CSV", "hash": stored["hash"]}
    change = call("change_create", "officer", data={"title": "站点", "resources": [file]})
    (row,) = change["diff"][-1]["rows"]
    assert list(row["after"].values()) == ["站点表", "政务共享", "CSV", "站点.csv"]
