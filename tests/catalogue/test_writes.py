"""Core's writes on entries: who may, what the server sets itself, what is refused."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from tests.conftest import ENTRY, KINDS

WRITERS = ["office", "operator"]
REFUSED = ["officer", "reviewer", "neighbour", "county_office", "firm", "citizen", ""]


@pytest.mark.parametrize("user", WRITERS)
def test_office_and_operator_publish_an_entry(city, user):
    made = tk.get_action("package_create")({"user": user}, {**ENTRY, "owner_org": city.traffic})
    assert (made["catalogue_state"], made["profile"], made["private"]) == ("published", "national", False)


@pytest.mark.parametrize("user", REFUSED)
def test_everybody_else_is_told_to_propose_a_change(city, user):
    with pytest.raises(tk.NotAuthorized) as refusal:
        tk.check_access(
            "package_create",
            {"user": user, "auth_user_obj": model.User.get(user)},
            {**ENTRY, "owner_org": city.traffic},
        )
    assert not user or "govshare_change_create" in str(refusal.value)


@pytest.mark.parametrize("user", REFUSED)
@pytest.mark.parametrize(
    "action",
    ["package_update", "package_patch", "resource_create", "resource_delete", "package_owner_org_update"],
)
def test_nobody_else_writes_an_entry_through_core(city, make_entry, user, action):
    entry = make_entry()
    resource = entry["resources"][0]["id"]
    data = {
        "id": resource if action == "resource_delete" else entry["id"],
        "package_id": entry["id"],
        "notes": "x",
        "url": "http://x.example/y",
        "organization_id": city.school,
    }
    with pytest.raises(tk.NotAuthorized):
        tk.get_action(action)({"user": user}, data)
    assert tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})["notes"] == ENTRY["notes"]


@pytest.mark.parametrize("user", ["office", "operator", "reviewer"])
def test_nobody_deletes_an_entry(make_entry, user):
    entry = make_entry()
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("package_delete")({"user": user}, {"id": entry["id"]})


def test_a_department_set_to_review_none_publishes_itself(city):
    tk.get_action("organization_patch")({"user": "office"}, {"id": city.traffic, "review": "none"})
    made = tk.get_action("package_create")({"user": "reviewer"}, {**ENTRY, "owner_org": city.traffic})
    assert made["name"] == "307001004-0001"


def test_an_admin_of_a_department_cannot_lift_its_review(city):
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("organization_patch")({"user": "reviewer"}, {"id": city.traffic, "review": "none"})


def test_name_is_the_first_code_and_stays(make_entry):
    entry = make_entry(name="my-own-name")
    changed = tk.get_action("package_patch")(
        {"user": "office"}, {"id": entry["id"], "name": "other", "title": "新的名称"}
    )
    assert (entry["name"], changed["name"]) == ("307001004-0001", "307001004-0001")


def test_codes_are_allotted_in_sequence_and_never_twice(make_entry):
    assert [make_entry(title=f"第{number}项")["resource_code"] for number in (1, 2, 3)] == [
        "307001004/0001",
        "307001004/0002",
        "307001004/0003",
    ]


def test_a_code_that_stands_is_refused_at_its_field(make_entry):
    entry = make_entry()
    with pytest.raises(tk.ValidationError) as refusal:
        make_entry(title="另一项", resource_code=entry["resource_code"])
    assert set(refusal.value.error_dict) & {"resource_code", "name"}


def test_entry_is_found_by_its_former_code(make_entry):
    entry = make_entry()
    tk.get_action("package_patch")({"user": "office"}, {"id": entry["id"], "resource_code": "307001004/0900"})
    shown = tk.get_action("govshare_entry_show")({"user": ""}, {"resource_code": "307001004/0001"})
    assert (shown["id"], shown["resource_code"], shown["name"]) == (
        entry["id"],
        "307001004/0900",
        "307001004-0001",
    )


@pytest.mark.parametrize("field", ["catalogue_state", "profile", "source_point", "source_guid"])
def test_a_client_cannot_set_what_the_server_sets(make_entry, field):
    untouched = make_entry()[field]
    assert make_entry(title="另一项", **{field: "federated"})[field] == untouched


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"share_type": "3", "open_type": "3", "no_open_reason": "法律禁止"}, "no_share_basis"),
        (
            {"share_type": "2", "share_condition": "按需申请", "open_type": "2", "open_condition": "申请"},
            "share_scope",
        ),
        (
            {"open_type": "2", "share_type": "2", "share_scope": "全市", "share_condition": "申请"},
            "open_condition",
        ),
        ({"open_type": "3"}, "no_open_reason"),
        ({"secret": "1"}, "secret"),
        ({"share_type": "7"}, "share_type"),
        ({"title": ""}, "title"),
    ],
)
def test_a_broken_rule_names_its_field(make_entry, fields, at):
    with pytest.raises(tk.ValidationError) as refusal:
        make_entry(**fields)
    assert at in refusal.value.error_dict


@pytest.mark.parametrize(
    "items", ["text", [None], ["text"], [{"surprise": "x"}], [{"name": ["x"]}], {"name": "x"}]
)
def test_a_malformed_item_table_is_a_clear_error(make_entry, items):
    with pytest.raises(tk.ValidationError) as refusal:
        make_entry(info_items=items)
    assert "info_items" in refusal.value.error_dict


def test_twelve_items_of_a_form_keep_their_order(make_entry):
    posted = {
        f"info_items-{number}-{key}": value
        for number in range(12)
        for key, value in (("name", f"第{number}项"), ("type", "C"), ("length", "9"))
    }
    entry = make_entry(info_items="", **posted)
    assert [item["name"] for item in entry["info_items"]] == [f"第{number}项" for number in range(12)]


@pytest.mark.parametrize(
    ("kind", "private"), [(kind, kind not in ("open", "open_on_condition")) for kind in KINDS]
)
def test_private_follows_from_the_open_type(make_entry, kind, private):
    assert make_entry(**KINDS[kind], private=not private)["private"] is private


def test_withdrawing_hides_and_undo_shows_again(make_entry):
    entry = make_entry()
    withdraw = tk.get_action("govshare_catalogue_withdraw")
    withdraw({"user": "office"}, {"id": entry["id"], "reason": "数据有误"})
    hidden = tk.get_action("package_search")({"user": ""}, {})["count"]
    withdraw({"user": "office"}, {"id": entry["id"], "reason": "已更正", "undo": True})
    assert (hidden, tk.get_action("package_search")({"user": ""}, {})["count"]) == (0, 1)


@pytest.mark.parametrize("user", ["operator", "reviewer", "county_office", ""])
def test_only_the_office_withdraws(make_entry, user):
    entry = make_entry()
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("govshare_catalogue_withdraw", {"user": user}, {"id": entry["id"]})


def test_withdrawing_is_one_event_with_its_reason(make_entry):
    entry = make_entry()
    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": entry["id"], "reason": "数据有误"})
    listed = tk.get_action("govshare_audit_list")({"user": "office"}, {"object_id": entry["id"], "limit": 10})
    reasons = [line["data"]["reason"] for line in listed["results"] if line["action"] == "entry_withdrawn"]
    assert reasons == ["数据有误"]


@pytest.mark.parametrize("action", ["bulk_update_delete", "bulk_update_private", "bulk_update_public"])
@pytest.mark.parametrize("user", ["", "officer", "office", "operator"])
def test_nobody_opens_or_withdraws_entries_in_bulk(make_entry, action, user):
    entry = make_entry()
    with pytest.raises(tk.NotAuthorized):
        tk.get_action(action)({"user": user}, {"datasets": [entry["id"]], "org_id": entry["owner_org"]})
