"""Departments over time: renamed, merged, split; nothing is lost on the way."""

from __future__ import annotations

import hashlib
from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.catalogue.model import ChangeLog, Code
from ckanext.govshare.catalogue.opening_model import OpeningAct
from ckanext.govshare.exchange.model import ExchangePoint, HarvestRecord, HarvestRun
from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import COUNTY

JUNE = datetime(2026, 6, 1, 9, tzinfo=ZONE)
MERGER = {"on": "2026-06-01", "document": "机构改革〔2026〕1号"}
PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "neighbour", "office", "county_office", "operator")


def act(action, by, **data):
    return tk.get_action(action)({"user": by}, data)


def faults(action, by, **data):
    with pytest.raises(tk.ValidationError) as refusal:
        act(action, by, **data)
    return refusal.value.error_dict


def merge(by="office", **data):
    return act("govshare_organization_merge", by, **{"ids": ["jiaotong"], "into": "jiaoyu", **MERGER, **data})


def owner(entry):
    model.Session.expire_all()
    return model.Package.get(entry["id"]).owner_org


def find(q, user=""):
    found = tk.get_action("package_search")({"user": user}, {"q": q})
    return [entry["title"] for entry in found["results"]]


@pytest.fixture
def point(city):
    """An exchange point of 市交通运输局."""
    row = ExchangePoint(
        name="jiaotong-1",
        title="交通数据节点",
        organization_id=city.traffic,
        kind="data_json",
        url="http://files.example/data.json",
        network="互联网",
        default_class="307001004",
        share_type="2",
        state="accepted",
        created_by="officer",
    )
    model.Session.add(row)
    model.Session.commit()
    return row


def held_by(point, *entries):
    for entry in entries:
        model.Session.add(
            HarvestRecord(
                point_id=point.id,
                guid=entry["id"],
                package_id=entry["id"],
                digest="0",
                state="current",
                last_change_run="",
            )
        )
    model.Session.commit()


@pytest.mark.parametrize("user", PEOPLE)
@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("govshare_organization_rename", {"id": "jiaotong"}),
        ("govshare_organization_merge", {"ids": ["jiaotong"], "into": "jiaoyu"}),
        ("govshare_organization_split", {"id": "jiaotong", "parts": [{"into": "jiaoyu"}]}),
    ],
)
def test_only_the_office_of_the_region_changes_departments(city, user, action, data):
    try:
        tk.check_access(action, {"user": user}, dict(data))
    except tk.NotAuthorized:
        assert user != "office"
    else:
        assert user == "office"


@pytest.mark.parametrize("ids", [["xian"], "jiaotong、xian", ["jiaotong", "xian"]])
def test_no_office_merges_departments_of_another_region(city, ids):
    with pytest.raises(tk.NotAuthorized):
        merge(ids=ids)


@pytest.mark.parametrize("user", PEOPLE)
def test_everybody_reads_the_names_of_a_department(city, user):
    assert act("govshare_organization_history", user, id="jiaotong")["title"] == "市交通运输局"


def test_a_renamed_department_is_found_by_both_names(city, make_entry, frozen):
    make_entry()
    with frozen(JUNE):
        shown = act(
            "govshare_organization_rename", "office", id="jiaotong", title="市交通局", on="2026-06-01"
        )
    assert [(row["title"], row["since"], row["until"]) for row in shown["names"]] == [
        ("市交通运输局", None, "2026-06-01"),
        ("市交通局", "2026-06-01", None),
    ]
    assert tk.get_action("organization_list")({}, {"q": "市交通运输局"}) == ["jiaotong"]
    assert find("市交通运输局") == find("市交通局") == ["城区公交站点信息"]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("title", {"title": "市教育局"}),
        ("title", {"title": "市交通运输局"}),
        ("title", {"title": " "}),
        ("on", {"on": "2026-06-02"}),
        ("on", {"on": "2026-13-01"}),
        ("id", {"id": "nowhere"}),
    ],
)
def test_a_wrong_rename_names_its_field(city, frozen, field, data):
    values = {"id": "jiaotong", "title": "市交通局", "on": "2026-06-01", **data}
    with frozen(JUNE):
        assert list(faults("govshare_organization_rename", "office", **values)) == [field]


def test_a_department_does_not_rename_itself_in_the_form(city):
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("organization_patch")({"user": "reviewer"}, {"id": city.traffic, "title": "市大交通局"})


@pytest.mark.parametrize("user", ["office", "operator"])
def test_fields_of_the_server_are_not_set_by_anybody(city, user):
    fields = {"closed_on": "2020-01-01", "successor": city.school, "former_names": "市公安局"}
    tk.get_action("organization_patch")({"user": user}, {"id": city.traffic, **fields})
    assert roles.organization(city.traffic).closed_on == ""
    assert not set(fields) & set(model.Group.get(city.traffic).extras)


def test_the_form_of_a_department_keeps_the_fields_of_the_server(city):
    act("govshare_organization_rename", "office", id="jiaotong", title="市交通局", on="2026-01-01")
    tk.get_action("organization_patch")({"user": "office"}, {"id": city.traffic, "notes": "职责"})
    assert model.Group.get(city.traffic).extras["former_names"] == "市交通运输局"


def test_a_merger_moves_entries_with_codes_log_and_index(city, make_entry, frozen):
    open_entry = make_entry()
    closed_entry = make_entry(title="企业名录", open_type="3", no_open_reason="含商业秘密")
    with frozen(JUNE):
        answer = merge()
    assert (answer["merged"][0]["entries"], owner(open_entry), owner(closed_entry)) == (
        2,
        city.school,
        city.school,
    )
    shown = tk.get_action("govshare_entry_show")({"user": ""}, {"resource_code": open_entry["resource_code"]})
    assert (shown["name"], shown["organization"]["name"]) == (open_entry["name"], "jiaoyu")
    log = model.Session.scalars(sa.select(ChangeLog).where(ChangeLog.kind == "transferred")).all()
    assert {row.package_id for row in log} == {open_entry["id"], closed_entry["id"]}
    found = tk.get_action("package_search")({"user": ""}, {"fq": "organization:jiaoyu"})
    assert [entry["id"] for entry in found["results"]] == [open_entry["id"]]
    assert find("市交通运输局") == ["城区公交站点信息"]


def test_a_merged_department_is_closed(city, app, make_entry, frozen):
    with frozen(JUNE):
        merge()
    assert "jiaotong" not in tk.get_action("organization_list")({}, {})
    assert "jiaotong" not in {
        row["name"] for row in tk.get_action("organization_autocomplete")({}, {"q": "jiao"})
    }
    assert tk.get_action("organization_list")({}, {"q": "交通运输"}) == ["jiaoyu"]
    assert roles.organization(city.traffic) is None
    assert "organization" in faults(
        "govshare_role_grant", "office", user="citizen", organization="jiaotong", role="editor"
    )
    with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
        make_entry()
    assert list(
        faults("govshare_organization_rename", "office", id="jiaotong", title="新", on="2026-01-01")
    ) == ["id"]


def test_the_history_of_both_sides_is_public(city, frozen):
    with frozen(JUNE):
        merge()
    left = act("govshare_organization_history", "", id="jiaotong")
    right = act("govshare_organization_history", "", id="jiaoyu")
    assert (left["closed_on"], left["successor"]["name"]) == ("2026-06-01", "jiaoyu")
    assert left["names"] == [{"title": "市交通运输局", "since": None, "until": "2026-06-01"}]
    assert [(event["kind"], event["role"], event["document"]) for event in right["events"]] == [
        ("merge", "into", MERGER["document"])
    ]


@pytest.mark.parametrize(("members", "roles_there"), [(True, {"editor", "reviewer"}), (False, set())])
def test_people_go_along_or_lose_their_roles(city, members, roles_there):
    merge(on="2026-01-01", members=members)
    held = {role for role in ("editor", "reviewer") if roles.has_role("reviewer", role, city.school)}
    assert held == roles_there
    assert not any(org.id == city.traffic for org, _held in roles.memberships("reviewer"))


def test_dated_roles_end_with_the_department_and_are_given_anew(city):
    act("govshare_role_grant", "office", user="citizen", organization="jiaotong", role="editor")
    merge(on="2026-01-01")
    grants = model.Session.scalars(sa.select(roles.RoleGrant).order_by(roles.RoleGrant.since)).all()
    assert [(grant.organization_id, grant.until is None) for grant in grants] == [
        (city.traffic, False),
        (city.school, True),
    ]


def test_the_data_officer_ends_with_the_department(city):
    act(
        "govshare_officer_appoint",
        "reviewer",
        organization="jiaotong",
        user="officer",
        post="科长",
        phone="0990-1234567",
        since="2026-01-01",
    )
    merge(on="2026-01-02")
    history = act("govshare_officer_show", "office", organization="jiaotong", history=True)["history"]
    assert [(row["until"], "市教育局" in row["handover"]) for row in history] == [("2026-01-02", True)]


def test_waiting_changes_go_along(city):
    change = act("govshare_change_create", "officer", owner_org="jiaotong", data={"title": "公交线路信息"})
    answer = merge(on="2026-01-01", members=False)
    assert answer["merged"][0]["cases"] == 1
    assert model.Session.get(cases.Case, change["id"]).organization_id == city.school
    assert act("govshare_change_show", "neighbour", id=change["id"])["organization"]["name"] == "jiaoyu"


def test_exchange_points_go_along(city, point):
    answer = merge(on="2026-01-01")
    assert answer["merged"][0]["points"] == [{"title": "交通数据节点", "fate": "moved"}]
    assert model.Session.get(ExchangePoint, point.id).organization_id == city.school


def test_a_run_under_way_stops_the_merger_whole(city, point, make_entry):
    entry = make_entry()
    model.Session.add(HarvestRun(point_id=point.id, state="applying", started_by="officer"))
    model.Session.commit()
    assert list(
        faults("govshare_organization_merge", "office", ids=["jiaotong"], into="jiaoyu", **MERGER)
    ) == ["exchange_point"]
    assert (owner(entry), roles.organization("jiaotong").id) == (city.traffic, city.traffic)


def test_several_departments_merge_or_none(city, make_entry):
    entry = make_entry()
    errors = faults(
        "govshare_organization_merge", "office", ids=["jiaotong", "nowhere"], into="jiaoyu", **MERGER
    )
    assert (list(errors), owner(entry)) == (["ids"], city.traffic)


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("into", {"into": "jiaotong"}),
        ("into", {"into": "nowhere"}),
        ("ids", {"ids": []}),
        ("ids", {"ids": ["office"]}),
        ("ids", {"ids": {"a": 1}}),
        ("document", {"document": ""}),
        ("on", {"on": "2999-01-01"}),
    ],
)
def test_a_wrong_merger_names_its_field(city, field, data):
    values = {"ids": ["jiaotong"], "into": "jiaoyu", **MERGER, "on": "2026-01-01", **data}
    assert list(faults("govshare_organization_merge", "office", **values)) == [field]


def test_a_dry_run_says_what_would_move_and_moves_nothing(city, make_entry):
    entry = make_entry()
    answer = merge(on="2026-01-01", dry_run=True)
    assert answer["merged"][0]["entries"] == 1
    assert set(answer["merged"][0]["members"]) == {"officer", "reviewer"}
    assert owner(entry) == city.traffic


def test_a_split_moves_the_entries_that_it_names(city, make_entry):
    goes, stays = make_entry(), make_entry(title="公交线路信息")
    answer = act(
        "govshare_organization_split",
        "office",
        id="jiaotong",
        parts=[{"into": "jiaoyu", "entries": [goes["resource_code"]]}],
        on="2026-01-01",
        document="1号",
    )
    assert (owner(goes), owner(stays), answer["closed"]) == (city.school, city.traffic, False)
    assert roles.has_role("reviewer", "reviewer", city.traffic)


def test_a_point_whose_entries_go_two_ways_is_suspended(city, point, make_entry):
    goes, stays = make_entry(), make_entry(title="公交线路信息")
    held_by(point, goes, stays)
    answer = act(
        "govshare_organization_split",
        "office",
        id="jiaotong",
        parts=[{"into": "jiaoyu", "entries": goes["resource_code"]}],
        on="2026-01-01",
        document="1号",
    )
    assert answer["parts"][0]["points"] == [{"title": "交通数据节点", "fate": "suspended"}]
    assert model.Session.get(ExchangePoint, point.id).state == "suspended"


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("parts", {"parts": []}),
        ("parts", {"parts": "jiaoyu"}),
        ("parts", {"parts": [{"into": "jiaotong", "entries": []}]}),
        ("parts", {"parts": [{"into": "jiaoyu", "entries": ["307001004/9999"]}]}),
        ("parts", {"parts": [{"into": "jiaoyu", "entries": []}, {"into": "jiaoyu", "entries": []}]}),
        ("close", {"close": True}),
        ("document", {"document": None}),
    ],
)
def test_a_wrong_split_names_its_field(city, make_entry, field, data):
    make_entry()
    values = {
        "id": "jiaotong",
        "parts": [{"into": "jiaoyu", "entries": []}],
        "on": "2026-01-01",
        "document": "1号",
        **data,
    }
    assert list(faults("govshare_organization_split", "office", **values)) == [field]


def test_a_department_that_is_split_up_ends(city, make_entry):
    entry = make_entry()
    act(
        "govshare_organization_split",
        "office",
        id="jiaotong",
        parts=[{"into": "jiaoyu", "entries": [entry["name"]]}],
        on="2026-01-01",
        document="1号",
        close=True,
    )
    assert act("govshare_organization_history", "", id="jiaotong")["successor"]["name"] == "jiaoyu"


def test_points_of_a_department_that_is_split_up_go_to_its_first_part(city, point, make_entry):
    entry = make_entry()
    answer = act(
        "govshare_organization_split",
        "office",
        id="jiaotong",
        parts=[{"into": "jiaoyu", "entries": [entry["name"]]}],
        on="2026-01-01",
        document="1号",
        close=True,
    )
    assert answer["parts"][0]["points"] == [{"title": "交通数据节点", "fate": "moved"}]
    assert model.Session.get(ExchangePoint, point.id).organization_id == city.school


def test_review_records_of_files_count_for_the_successor(city, make_entry):
    entry = make_entry()
    digest = hashlib.sha256(entry["resources"][0]["url"].encode()).hexdigest()
    row = {"organization_id": city.traffic, "digest": digest, "act": "sign", "actor": "reviewer", "data": {}}
    model.Session.add(OpeningAct(**row))
    model.Session.commit()
    merge(on="2026-01-01")
    held = model.Session.scalars(
        sa.select(OpeningAct).where(OpeningAct.digest == digest).order_by(OpeningAct.id)
    ).all()
    acts = {
        owner: [(record.act, record.actor) for record in held if record.organization_id == owner]
        for owner in (city.traffic, city.school)
    }
    assert ("sign", "reviewer") in acts[city.traffic]
    assert acts[city.traffic] == acts[city.school]


def test_codes_stay_valid_through_a_merger(city, make_entry):
    entry = make_entry()
    merge(on="2026-01-01")
    assert model.Session.get(Code, entry["resource_code"]).package_id == entry["id"]


def test_rights_follow_the_entries(city, make_entry):
    entry = make_entry(title="参保名录", open_type="3", no_open_reason="含商业秘密")
    merge(on="2026-01-01", members=False)
    tk.check_access("package_show", {"user": "neighbour"}, {"id": entry["id"]})
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("package_show", {"user": "officer"}, {"id": entry["id"]})


def test_a_county_keeps_its_departments(city):
    assert roles.organization("xian").region == COUNTY
    with pytest.raises(tk.NotAuthorized):
        merge(by="county_office")


def test_the_page_of_a_merged_department_leads_to_the_successor(city, app):
    merge(on="2026-01-01")
    answer = app.get("/organization/jiaotong", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].endswith("/organization/jiaoyu")) == (301, True)
    assert "市交通运输局" in app.get("/organization/jiaoyu").body
    assert "市交通运输局" not in app.get("/organization/").body
