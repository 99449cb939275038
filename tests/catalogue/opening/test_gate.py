"""From a stored file to an open one: findings, clearances, signature, confirmation, and what resets them."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.govshare.catalogue import opening
from ckanext.govshare.kernel import clock
from tests.catalogue.opening.conftest import CLEAN, PERSONAL, call, refused, state, upload
from tests.conftest import ENTRY, FILES, signature


def show(entry, user="office"):
    return call("opening_show", user, package_id=entry.id)[0]


def stage(entry):
    return show(entry)["stage"]


def test_a_clean_file_opens_by_two_people(publish_waiting, sign, confirm):
    entry = publish_waiting()
    assert (state(entry), stage(entry)) == ("waiting", "sign")
    assert sign(entry)["stage"] == "confirm"
    assert state(entry) == "waiting"
    assert confirm(entry, opinion="同意")["state"] == "open"
    assert state(entry) == "open"
    record = show(entry)["record"]
    assert (record["signed_by"], record["confirmed_by"], record["reviewer"], record["confirm_opinion"]) == (
        "reviewer",
        "office",
        "审查人甲",
        "同意",
    )


def test_findings_name_column_rows_and_a_masked_sample(publish_waiting):
    entry = publish_waiting(upload(PERSONAL))
    found = {(finding["kind"], finding["column"]): finding for finding in show(entry)["scan"]["findings"]}
    assert set(found) == {("mobile", "手机号"), ("column_name", "手机号")}
    mobile = found["mobile", "手机号"]
    assert (mobile["count"], mobile["rows"], mobile["sample_masked"]) == (2, [2, 3], "138****5678")


def test_nobody_signs_before_every_finding_is_cleared(publish_waiting, sign, confirm):
    entry = publish_waiting(upload(PERSONAL))
    errors = refused("opening_sign", "reviewer", **entry.about, **signature())
    assert len(errors["findings"]) == 2
    assert "手机号" in errors["findings"][0]
    for kind in ("mobile", "column_name"):
        call(
            "opening_clear",
            "reviewer",
            **entry.about,
            kind=kind,
            column="手机号",
            ground="值班电话，依法公开",
        )
    sign(entry)
    assert confirm(entry)["state"] == "open"


def test_the_office_cannot_waive_a_finding(publish_waiting, sign):
    entry = publish_waiting(upload(PERSONAL))
    clear = {"kind": "mobile", "column": "手机号", "ground": "公开"}
    with pytest.raises(tk.NotAuthorized):
        call("opening_clear", "office", **entry.about, **clear)
    assert set(refused("opening_confirm", "office", **entry.about)) == {"resources"}
    assert state(entry) == "waiting"


@pytest.mark.parametrize(
    "fault", [{"ground": " "}, {"column": "站点"}, {"kind": "id_card"}, {"ground": "字" * 3000}]
)
def test_a_clearance_names_a_finding_and_a_ground(publish_waiting, fault):
    entry = publish_waiting(upload(PERSONAL))
    clear = {"kind": "mobile", "column": "手机号", "ground": "公开", **fault}
    refused("opening_clear", "reviewer", **entry.about, **clear)


@pytest.mark.parametrize(
    "person", ["", "officer", "neighbour", "office", "county_office", "citizen", "operator"]
)
def test_only_a_reviewer_of_the_provider_signs(publish_waiting, sign, person):
    entry = publish_waiting()
    with pytest.raises(tk.NotAuthorized):
        sign(entry, user=person)


@pytest.mark.parametrize("person", ["", "officer", "reviewer", "neighbour", "county_office", "operator"])
def test_only_the_office_of_the_region_confirms(publish_waiting, sign, confirm, person):
    entry = publish_waiting()
    sign(entry)
    with pytest.raises(tk.NotAuthorized):
        confirm(entry, user=person)


def test_who_signed_cannot_confirm(publish_waiting, sign, confirm, city):
    entry = publish_waiting()
    grant = {"user": "office", "organization": city.traffic, "role": "reviewer"}
    tk.get_action("govshare_role_grant")({"ignore_auth": True, "user": "operator"}, grant)
    sign(entry, user="office")
    assert set(refused("opening_confirm", "office", **entry.about)) == {"resources"}


def test_a_sysadmin_who_is_of_the_office_is_bound_too(publish_waiting, city):
    entry = publish_waiting()
    both = factories.Sysadmin(name="both")
    for organization, role in ((city.traffic, "reviewer"), (city.bureau, "office")):
        grant = {"user": both["name"], "organization": organization, "role": role}
        tk.get_action("govshare_role_grant")({"ignore_auth": True, "user": "office"}, grant)
    call("opening_sign", "both", **entry.about, **signature())
    refused("opening_confirm", "both", **entry.about)


@pytest.mark.parametrize("person", ["", "neighbour", "citizen", "county_office", "firm", "operator"])
@pytest.mark.parametrize("action", ["opening_show", "opening_list"])
def test_findings_are_for_the_provider_and_the_office(publish_waiting, city, person, action):
    entry = publish_waiting(upload(PERSONAL))
    data = {"package_id": entry.id} if action == "opening_show" else {"organization": city.traffic}
    with pytest.raises(tk.NotAuthorized):
        call(action, person, **data)


@pytest.mark.parametrize(
    ("field", "value"),
    [("reviewer", ""), ("opinion", None), ("basis", " "), ("reviewed_on", "2026/3/1"), ("reviewed_on", "9999-01-01"),
     ("reviewed_on", ""), ("attachment", "0" * 64), ("opinion", ["x"]), ("reviewer", "a\x00b")],
)  # fmt: skip
def test_a_wrong_field_of_the_review_is_named(publish_waiting, field, value):
    entry = publish_waiting()
    assert field in refused("opening_sign", "reviewer", **entry.about, **signature(**{field: value}))


def test_a_review_of_tomorrow_is_none(publish_waiting):
    entry = publish_waiting()
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert "reviewed_on" in refused(
        "opening_sign", "reviewer", **entry.about, **signature(reviewed_on=tomorrow)
    )


@pytest.mark.parametrize("digest", ["0" * 64, "x", "", None, 7])
def test_a_digest_that_is_no_file_of_the_provider(publish_waiting, city, digest):
    publish_waiting()
    with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
        call("opening_sign", "reviewer", organization=city.traffic, digest=digest, **signature())


def test_a_new_file_resets_the_review_and_the_same_one_keeps_it(publish_waiting, sign, confirm):
    entry = publish_waiting()
    sign(entry)
    confirm(entry)
    resource = {"id": entry.resource_id, "description": "说明"}
    tk.get_action("resource_patch")({"user": "office"}, resource)
    assert state(entry) == "open"
    tk.get_action("resource_patch")(
        {"user": "office"},
        {"id": entry.resource_id, "upload": upload(CLEAN + "新站,5路\n")["upload"], "url": ""},
    )
    assert state(entry) == "waiting"


def test_another_provider_of_the_same_file_reviews_it_itself(publish_waiting, sign, confirm, city):
    entry = publish_waiting()
    sign(entry)
    confirm(entry)
    other = publish_waiting(upload(), title="学校站点", owner_org=city.school)
    assert state(other) == "waiting"


def test_a_client_cannot_say_that_a_file_is_open(publish_waiting):
    entry = publish_waiting(upload(opening="open"))
    assert state(entry) == "waiting"
    tk.get_action("resource_patch")({"user": "office"}, {"id": entry.resource_id, "opening": "open"})
    assert state(entry) == "waiting"


def test_a_link_is_looked_at_by_a_person(publish_waiting, sign):
    entry = publish_waiting(FILES[0])
    found = show(entry)
    assert (found["kind"], [finding["kind"] for finding in found["scan"]["findings"]]) == ("link", ["link"])
    refused("opening_sign", "reviewer", **entry.about, **signature())
    call("opening_clear", "reviewer", **entry.about, kind="link", column="*", ground="已下载并逐列审查")
    assert sign(entry)["stage"] == "confirm"


def test_what_cannot_be_read_needs_an_explicit_look(publish_waiting):
    entry = publish_waiting(upload(), upload(b"%PDF-1.7 \x00", "公报.pdf"))
    pdf = call("opening_show", "office", package_id=entry.id)[1]
    assert (pdf["scan"]["error"], pdf["stage"]) == ("pdf", "clear")


def test_a_file_for_departments_needs_no_review(publish_waiting):
    entry = publish_waiting(upload(), upload(PERSONAL, audience="share"))
    assert len(call("opening_show", "office", package_id=entry.id)) == 1


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"resources": [{**FILES[0], "format": "PDF"}]}, "machine_readable"),
        ({"license_id": ""}, "licence"),
        ({"format_class": "2", "info_items": []}, "items"),
    ],
)
def test_what_the_entry_lacks_is_named(city, change, slug):
    entry = {"owner_org": city.traffic, "profile": "national", "resources": [FILES[0]], **ENTRY, **change}
    assert slug in opening.demands(entry)
    assert opening.refusals(city.traffic, entry)


def test_a_pdf_alone_is_not_confirmed_and_beside_a_table_it_is(publish_waiting, sign, confirm):
    entry = publish_waiting(upload(b"%PDF-1.7", "公报.pdf", format="PDF"))
    call("opening_clear", "reviewer", **entry.about, kind="unreadable", column="*", ground="已逐页审查")
    sign(entry)
    assert set(refused("opening_confirm", "office", **entry.about)) == {"resources"}
    tk.get_action("resource_create")({"user": "office"}, {"package_id": entry.id, **upload()})
    assert confirm(entry)["state"] == "open"


def test_wording_of_secrecy_in_the_entry_blocks_until_it_is_cleared(publish_waiting, sign, confirm):
    entry = publish_waiting(notes="本表曾列为机密，已解密。")
    refused("opening_sign", "reviewer", **entry.about, **signature())
    cleared = {"kind": "secrecy_words", "column": "notes", "ground": "已解密，解密决定见附件"}
    call("opening_clear", "reviewer", **entry.about, **cleared)
    sign(entry)
    assert confirm(entry)["state"] == "open"
    tk.get_action("package_patch")({"user": "office"}, {"id": entry.id, "notes": "本表为机密内部资料。"})
    assert state(entry) == "waiting"


def test_a_clearance_after_the_signature_asks_for_a_new_one(publish_waiting, sign, confirm):
    entry = publish_waiting()
    sign(entry)
    tk.get_action("package_patch")({"user": "office"}, {"id": entry.id, "notes": "含国家秘密四字。"})
    cleared = {"kind": "secrecy_words", "column": "notes", "ground": "仅为用语"}
    assert call("opening_clear", "reviewer", **entry.about, **cleared)["stage"] == "sign"
    assert set(refused("opening_confirm", "office", **entry.about)) == {"resources"}


@pytest.mark.parametrize("person", ["reviewer", "office"])
def test_a_review_that_is_taken_back_closes_the_file(publish_waiting, sign, confirm, person):
    entry = publish_waiting()
    sign(entry)
    confirm(entry)
    refused("opening_revoke", person, **entry.about, reason="")
    assert call("opening_revoke", person, **entry.about, reason="发现个人信息")["state"] == "waiting"
    assert state(entry) == "waiting"
    shown = show(entry)
    assert (shown["record"], shown["revoked"]["reason"]) == (None, "发现个人信息")
    sign(entry)
    assert confirm(entry)["state"] == "open"


def test_every_act_is_in_the_record_of_events_and_in_the_history(publish_waiting, sign, confirm):
    entry = publish_waiting()
    sign(entry)
    confirm(entry)
    events = call("audit_list", "office", object_id=entry.about["digest"])["results"]
    assert [(event["action"], event["actor"]) for event in events] == [
        ("opening_confirmed", "office"),
        ("opening_signed", "reviewer"),
    ]
    opened = call("audit_list", "office", object_id=entry.id)["results"][0]
    assert (opened["action"], opened["actor"]) == ("entry_opened", "office")


def test_the_to_do_list_says_what_waits_for_whom(publish_waiting, sign, city):
    entry = publish_waiting()
    assert [(line["slug"], line["count"]) for line in call("opening_todo", "reviewer")] == [
        ("opening_sign", 1)
    ]
    assert (
        call("opening_todo", "office")
        == call("opening_todo", "officer")
        == call("opening_todo", "neighbour")
        == []
    )
    sign(entry)
    (line,) = call("opening_todo", "office")
    assert (line["slug"], line["count"], line["organization"]["name"]) == ("opening_confirm", 1, "jiaotong")
    assert call("opening_todo", "reviewer") == []


def test_the_list_is_of_own_departments_and_regions(publish_waiting, city):
    publish_waiting()
    publish_waiting(upload(), title="学校站点", owner_org=city.school)
    found = call("opening_list", "officer")
    assert [row["provider"]["name"] for row in found["results"]] == ["jiaotong"]
    assert call("opening_list", "office")["count"] == 2
    assert call("opening_list", "office", organization="jiaoyu")["count"] == 1
    assert call("opening_list", "office", state="open")["count"] == 0
    assert "state" in refused("opening_list", "office", state="x")
    assert "limit" in refused("opening_list", "office", limit="viele")


def test_an_attachment_is_for_the_provider_and_the_office(app, publish_waiting, sign):
    entry = publish_waiting()
    stored = call("file_store", "reviewer", upload=upload("审查表", "审查表.txt")["upload"])
    sign(entry, attachment=stored["hash"])
    address = f"/opening/{entry.about['organization']}/{entry.about['digest']}/attachment"
    for reader, status in (("", 404), ("neighbour", 404), ("office", 200), ("officer", 200)):
        headers = {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}
        assert app.get(address, headers=headers, expect_errors=True).status_code == status


def test_resources_of_a_change_are_refused_until_signed_and_confirmed_by_its_approval(city):
    stored = call("file_store", "officer", upload=upload()["upload"])
    data = {
        "profile": "national",
        "resources": [{**stored, "name": "表", "audience": "open", "format": "CSV"}],
        **ENTRY,
    }
    change = call(
        "change_create", "officer", package_type="dataset", owner_org=city.traffic, data=_content(data)
    )
    (file,) = call("opening_show", "reviewer", change_id=change["id"])
    assert opening.refusals(city.traffic, data)
    call("opening_scan", "officer", digest=file["digest"])
    call("opening_sign", "reviewer", organization=city.traffic, digest=file["digest"], **signature())
    assert opening.refusals(city.traffic, data) == []
    with pytest.raises(tk.ValidationError):
        opening.confirm_change({}, city.traffic, data, "reviewer")
    opening.confirm_change({}, city.traffic, data, "office")
    model.Session.commit()
    assert call("opening_show", "reviewer", change_id=change["id"])[0]["state"] == "open"


def _content(data):
    return {key: value for key, value in data.items() if key not in ("type", "profile")}


def test_a_large_file_is_scanned_by_a_worker(publish_waiting, ckan_config, monkeypatch):
    from ckanext.govshare.catalogue import opening_doors

    monkeypatch.setitem(ckan_config, "ckanext.govshare.opening.scan_at_once", 10)
    entry = publish_waiting(upload(PERSONAL))
    assert (show(entry)["scan"]["state"], stage(entry)) == ("none", "scan")
    assert set(refused("opening_sign", "reviewer", **entry.about, **signature())) == {"scan"}
    opening_doors.scan_job(entry.about["digest"])
    assert (show(entry)["scan"]["state"], stage(entry)) == ("done", "clear")


def test_what_a_newer_scanner_finds_closes_an_open_file(publish_waiting, sign, confirm, monkeypatch):
    from ckanext.govshare.kernel import scan

    entry = publish_waiting(upload("站点,线路\n市政府,鲁B12345\n"))
    call("opening_clear", "reviewer", **entry.about, kind="plate", column="线路", ground="公交车号牌")
    sign(entry)
    confirm(entry)
    monkeypatch.setattr(scan, "VERSION", scan.VERSION + 1)
    assert show(entry)["scan"]["outdated"]
    assert call("opening_scan", "office", digest=entry.about["digest"])["version"] == scan.VERSION
    assert state(entry) == "open"
    found = scan.ScanFinding("mobile", "线路", 1, (2,), "138****5678")
    monkeypatch.setattr(scan.Scanner, "findings", lambda self: [found])
    call("opening_scan", "office", digest=entry.about["digest"], again=True)
    assert state(entry) == "waiting"


@pytest.mark.parametrize("person", ["", "neighbour", "citizen", "operator", "county_office"])
def test_a_scan_is_asked_for_by_who_has_the_file(publish_waiting, person):
    entry = publish_waiting()
    with pytest.raises(tk.NotAuthorized):
        call("opening_scan", person, digest=entry.about["digest"])
