"""Two people at once: an older revision is refused, a moved base is merged by a person."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.changes.conftest import CONTENT, call


def approve(change_id: str) -> dict:
    call("change_submit", "officer", id=change_id)
    call("change_approve", "reviewer", id=change_id)
    return call("change_approve", "office", id=change_id)


def test_a_writer_who_saw_an_older_revision_is_told_who_wrote_meanwhile(draft):
    change = draft()
    call("change_update", "reviewer", id=change["id"], data={"notes": "甲"}, revision=change["revision"])
    with pytest.raises(tk.ValidationError) as refused:
        call("change_update", "officer", id=change["id"], data={"notes": "乙"}, revision=change["revision"])
    assert "reviewer" in refused.value.error_dict["revision"][0]
    assert call("change_show", "officer", id=change["id"])["data"]["notes"] == "甲"


def test_a_double_click_hands_in_once(draft):
    change = draft()
    call("change_submit", "officer", id=change["id"])
    with pytest.raises(tk.NotAuthorized):
        call("change_submit", "officer", id=change["id"])
    assert len(call("change_show", "officer", id=change["id"])["events"]) == 1


def test_a_change_whose_base_moved_is_not_published(make_entry):
    entry = make_entry()
    one = call("change_create", "officer", id=entry["id"], data={"notes": "甲的说明"})
    other = call("change_create", "officer", id=entry["id"], data={"notes": "乙的说明"})
    approve(one["id"])
    with pytest.raises(tk.ValidationError) as refused:
        call("change_submit", "officer", id=other["id"])
    assert list(refused.value.error_dict) == ["base"]
    assert call("change_show", "officer", id=other["id"])["base_moved"] is True


def test_fields_that_only_one_side_changed_are_merged_without_a_question(make_entry):
    entry = make_entry()
    one = call("change_create", "officer", id=entry["id"], data={"update_cycle": "3"})
    other = call("change_create", "officer", id=entry["id"], data={"notes": "乙的说明"})
    approve(one["id"])
    merged = call("change_merge", "officer", id=other["id"])
    assert (merged["data"]["update_cycle"], merged["data"]["notes"]) == ("3", "乙的说明")
    assert merged["base_moved"] is False


def test_a_conflict_is_decided_by_a_person(make_entry):
    entry = make_entry()
    one = call("change_create", "officer", id=entry["id"], data={"notes": "甲的说明"})
    other = call("change_create", "officer", id=entry["id"], data={"notes": "乙的说明"})
    approve(one["id"])
    with pytest.raises(tk.ValidationError) as refused:
        call("change_merge", "officer", id=other["id"])
    assert list(refused.value.error_dict) == ["notes"]
    merged = call("change_merge", "officer", id=other["id"], choices={"notes": "mine"})
    assert approve(merged["id"])["state"] == "approved"
    assert tk.get_action("package_show")({"user": ""}, {"id": entry["id"]})["notes"] == "乙的说明"


def test_several_are_approved_with_a_result_each(signed, submitted):
    good, waiting = signed(), submitted(title="另一条目录")
    lines = call("change_approve_many", "office", ids=[good["id"], waiting["id"], "no-such-change"])
    assert [(line["done"], line["state"]) for line in lines] == [
        (True, "approved"),
        (False, "dept_review"),
        (False, ""),
    ]
    assert lines[1]["error"]
    assert lines[2]["error"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"titel": "拼写错误"}, "titel"),
        ({"title": {"a": 1}}, "title"),
        ({"title": "空\x00字符"}, "title"),
        ({"notes": "长" * 20_001}, "notes"),
        ({"info_items": "不是表"}, "info_items"),
        ({"info_items": [{"nmae": "甲"}]}, "info_items"),
        ({"resources": "不是表"}, "resources"),
        ({"resources": [{"hash": "0" * 64}]}, "resources"),
        ({"related_codes": {"a": 1}}, "related_codes"),
    ],
)
def test_what_no_field_can_hold_is_refused_by_its_name(city, data, field):
    with pytest.raises(tk.ValidationError) as refused:
        call("change_create", "officer", data=data)
    assert list(refused.value.error_dict) == [field]


def test_a_draft_takes_what_package_show_answers(make_entry):
    entry = make_entry()
    change = call("change_create", "officer", id=entry["id"], data=entry)
    assert change["diff"] == []


def test_content_is_what_was_given(city):
    change = call("change_create", "officer", data={**CONTENT, "related_codes": "307001004/1、307001004/2"})
    assert change["data"]["related_codes"] == ["307001004/1", "307001004/2"]


@pytest.mark.parametrize("change_id", ["no-such-change", "\x00", "", None, ["a"], {"a": 1}])
def test_a_change_that_is_none_is_not_found(city, change_id):
    with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
        call("change_show", "officer", id=change_id)
