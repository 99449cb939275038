"""数据专员 of record: exactly one a department, handed over, confirmed by the end of May."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.people.model import Officer
from tests.conftest import COUNTY

MARCH = datetime(2026, 3, 2, 9, tzinfo=ZONE)
LAST_MINUTE = datetime(2026, 5, 31, 23, 59, tzinfo=ZONE)
FIRST_OF_JUNE = datetime(2026, 6, 1, tzinfo=ZONE)
NEXT_MARCH = datetime(2027, 3, 1, tzinfo=ZONE)
PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "neighbour", "office", "county_office", "operator")
APPOINTMENT = {"organization": "jiaotong", "user": "officer", "post": "科长", "phone": "0990-1234567"}


def act(action, by, **data):
    return tk.get_action(action)({"user": by}, data)


def appoint():
    """The reviewer appoints the officer."""
    tk.get_action("govshare_officer_appoint")({"user": "reviewer"}, dict(APPOINTMENT))


def faults(action, by, **data):
    with pytest.raises(tk.ValidationError) as refusal:
        act(action, by, **data)
    return refusal.value.error_dict


def may(action, by, **data):
    try:
        tk.check_access(action, {"user": by}, data)
    except tk.NotAuthorized:
        return False
    return True


@pytest.mark.parametrize("user", PEOPLE)
@pytest.mark.parametrize(
    ("action", "data", "allowed"),
    [
        ("govshare_officer_appoint", {"organization": "jiaotong"}, {"reviewer", "office"}),
        ("govshare_officer_confirm", {"organization": "jiaotong"}, {"officer", "reviewer"}),
        ("govshare_officer_delegate", {"organization": "jiaotong"}, {"officer", "reviewer", "office"}),
        ("govshare_officer_show", {"organization": "jiaotong"}, set(PEOPLE)),
        (
            "govshare_officer_show",
            {"organization": "jiaotong", "history": True},
            {"officer", "reviewer", "neighbour", "office", "county_office"},
        ),
        ("govshare_officer_list", {}, {"office", "county_office"}),
        ("govshare_officer_list", {"region": COUNTY}, {"county_office"}),
        ("govshare_person_list", {"organization": "jiaotong"}, {"officer", "reviewer", "office"}),
        ("govshare_people_todo", {}, set(PEOPLE) - {""}),
    ],
    ids=str,
)
def test_who_may_do_what_with_the_officer(city, user, action, data, allowed):
    appoint()
    assert may(action, user, **data) is (user in allowed)


def test_a_second_active_officer_is_refused_and_the_first_is_named(city):
    appoint()
    name = model.User.get("officer").display_name
    errors = faults(
        "govshare_officer_appoint",
        "office",
        organization="jiaotong",
        user="reviewer",
        post="处长",
        phone="0990-7654321",
    )
    assert name in errors["user"][0]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Officer)) == 1


def test_the_database_refuses_a_second_active_officer(city):
    appoint()
    twin = Officer(
        organization_id=city.traffic,
        user_id=model.User.get("reviewer").id,
        post="处长",
        phone="0990-7654321",
        since=MARCH.date(),
        appointed_by="nobody",
    )
    model.Session.add(twin)
    with pytest.raises(sa.exc.IntegrityError):
        model.Session.flush()
    model.Session.rollback()


def test_a_handover_keeps_both_in_history(city, frozen):
    with frozen(MARCH):
        appoint()
    with frozen(LAST_MINUTE):
        act(
            "govshare_officer_appoint",
            "reviewer",
            organization="jiaotong",
            user="reviewer",
            post="处长",
            phone="0990-7654321",
            replaces=True,
            handover="移交目录和台账",
        )
        shown = act("govshare_officer_show", "office", organization="jiaotong", history=True)
    periods = [(row["user"], row["since"], row["until"], row["handover"]) for row in shown["history"]]
    assert periods == [
        ("reviewer", "2026-05-31", None, ""),
        ("officer", "2026-03-02", "2026-05-30", "移交目录和台账"),
    ]


def test_who_is_no_member_of_the_department_cannot_be_its_officer(city):
    for user in ("citizen", "neighbour", "office"):
        errors = faults(
            "govshare_officer_appoint",
            "office",
            organization="jiaotong",
            user=user,
            post="科长",
            phone="0990-1234567",
        )
        assert list(errors) == ["user"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", "nobody"),
        ("user", ""),
        ("user", ["officer"]),
        ("organization", "nowhere"),
        ("post", "  "),
        ("post", "长" * 501),
        ("phone", "来电请转"),
        ("phone", "<script>1234567</script>"),
        ("since", "2999-01-01"),
        ("since", "yesterday"),
        ("note", {"a": 1}),
    ],
)
def test_a_wrong_field_is_named(city, field, value):
    errors = faults("govshare_officer_appoint", "office", **{**APPOINTMENT, field: value})
    assert list(errors) == [field]


def test_telephones_are_for_government_people(city):
    appoint()
    seen = {
        user: "phone" in act("govshare_officer_show", user, organization="jiaotong")["officer"]
        for user in PEOPLE
    }
    assert {user for user, phone in seen.items() if phone} == {
        "officer",
        "reviewer",
        "neighbour",
        "office",
        "county_office",
    }


def test_the_year_is_confirmed_in_time_until_the_last_minute_of_may(city, frozen):
    with frozen(datetime(2025, 3, 2, tzinfo=ZONE)):
        appoint()
    with frozen(LAST_MINUTE):
        before = act("govshare_officer_list", "office", state="unconfirmed")
        done = act("govshare_officer_confirm", "officer", organization="jiaotong")
    with frozen(FIRST_OF_JUNE):
        after = act("govshare_officer_list", "office", state="unconfirmed")
    assert ([row["organization"]["name"] for row in before["results"]], before["late"]) == (
        ["jiaotong"],
        False,
    )
    assert (done["year"], done["late"]) == (2026, False)
    assert (after["results"], after["late"]) == ([], True)


def test_on_the_first_of_june_missing_and_unconfirmed_are_listed(city, frozen):
    with frozen(datetime(2025, 3, 2, tzinfo=ZONE)):
        appoint()
    with frozen(FIRST_OF_JUNE):
        found = act("govshare_officer_list", "office")
        late = act("govshare_officer_confirm", "officer", organization="jiaotong")
    states = {row["organization"]["name"]: row["state"] for row in found["results"]}
    assert states == {"jiaotong": "unconfirmed", "jiaoyu": "missing"}
    assert (found["late"], found["due"]) == (True, "2026-05-31")
    assert found["counts"] == {"missing": 1, "unconfirmed": 1, "confirmed": 0}
    assert late["late"] is True


def test_an_appointment_is_the_filing_of_its_year(city, frozen):
    with frozen(MARCH):
        appoint()
    with frozen(FIRST_OF_JUNE):
        assert act("govshare_officer_list", "office")["counts"]["confirmed"] == 1
    with frozen(NEXT_MARCH):
        assert act("govshare_officer_list", "office")["counts"]["unconfirmed"] == 1


@pytest.mark.parametrize("year", [2024, 2027, "soon"])
def test_neither_a_coming_year_nor_one_before_the_appointment_is_confirmed(city, frozen, year):
    with frozen(datetime(2025, 3, 2, tzinfo=ZONE)):
        appoint()
    with frozen(MARCH):
        errors = faults("govshare_officer_confirm", "officer", organization="jiaotong", year=year)
    assert list(errors) == ["year"]


def test_confirming_twice_changes_nothing(city, frozen):
    with frozen(MARCH):
        appoint()
        first = act("govshare_officer_confirm", "officer", organization="jiaotong")
    with frozen(LAST_MINUTE):
        second = act("govshare_officer_confirm", "officer", organization="jiaotong")
    assert first["confirmed_at"] == second["confirmed_at"]


def test_an_officer_who_left_the_department_is_missing(city):
    appoint()
    act("govshare_role_revoke", "office", organization="jiaotong", user="officer", role="editor")
    tk.get_action("organization_member_delete")(
        {"ignore_auth": True, "user": "operator"}, {"id": city.traffic, "username": "officer"}
    )
    row = next(
        row
        for row in act("govshare_officer_list", "office", state="missing")["results"]
        if row["organization"]["name"] == "jiaotong"
    )
    assert (row["left"], row["officer"]["user"]) == (True, "officer")
    assert not may("govshare_officer_confirm", "officer", organization="jiaotong")


def test_a_delegate_is_another_person_for_a_term(city, frozen):
    with frozen(MARCH):
        appoint()
        itself = faults(
            "govshare_officer_delegate",
            "officer",
            organization="jiaotong",
            user="officer",
            until="2026-04-01",
        )
        shown = act(
            "govshare_officer_delegate",
            "officer",
            organization="jiaotong",
            user="reviewer",
            until="2026-04-01",
        )
    assert list(itself) == ["user"]
    assert (shown["officer"]["delegate"]["user"], shown["officer"]["delegate"]["active"]) == (
        "reviewer",
        True,
    )
    with frozen(LAST_MINUTE):
        later = act("govshare_officer_show", "office", organization="jiaotong")
    assert later["officer"]["delegate"] is None


def test_one_delegate_at_a_time(city, frozen):
    factories.User(name="third")
    act("govshare_role_grant", "office", organization="jiaotong", user="third", role="editor")
    term = {"organization": "jiaotong", "until": "2026-04-01"}
    with frozen(MARCH):
        appoint()
        act("govshare_officer_delegate", "officer", user="reviewer", **term)
        errors = faults("govshare_officer_delegate", "officer", user="third", **term)
        shown = act("govshare_officer_delegate", "officer", user="third", replaces=True, **term)
        history = act("govshare_officer_show", "office", organization="jiaotong", history=True)["history"]
    assert "2026-04-01" in errors["user"][0]
    assert shown["officer"]["delegate"]["user"] == "third"
    assert [row["user"] for row in history[0]["delegates"]] == ["reviewer", "third"]


@pytest.mark.parametrize(
    ("field", "term"),
    [
        ("until", {"until": "2026-03-01"}),
        ("until", {"since": "2026-04-01", "until": "2026-03-31"}),
        ("until", {"until": "2028-01-01"}),
        ("since", {"since": "2026-02-01", "until": "2026-04-01"}),
    ],
)
def test_the_term_of_a_delegation_is_checked(city, frozen, field, term):
    with frozen(MARCH):
        appoint()
        errors = faults(
            "govshare_officer_delegate", "officer", organization="jiaotong", user="reviewer", **term
        )
    assert list(errors) == [field]


@pytest.mark.parametrize(
    ("moment", "user", "expected"),
    [
        (datetime(2026, 4, 30, 23, 59, tzinfo=ZONE), "officer", {}),
        (datetime(2026, 5, 1, tzinfo=ZONE), "officer", {"officer_unconfirmed": "warn"}),
        (LAST_MINUTE, "reviewer", {"officer_unconfirmed": "warn"}),
        (FIRST_OF_JUNE, "officer", {"officer_unconfirmed": "late"}),
        (LAST_MINUTE, "office", {"officers_missing": "info", "officers_unconfirmed": "info"}),
        (FIRST_OF_JUNE, "office", {"officers_missing": "late", "officers_unconfirmed": "late"}),
        (FIRST_OF_JUNE, "county_office", {}),
        (FIRST_OF_JUNE, "citizen", {}),
        (FIRST_OF_JUNE, "neighbour", {}),
    ],
)
def test_the_to_do_list_asks_in_time(city, frozen, moment, user, expected):
    with frozen(datetime(2025, 3, 2, tzinfo=ZONE)):
        appoint()
    with frozen(moment):
        lines = act("govshare_people_todo", user)
    assert {line["slug"]: line["level"] for line in lines} == expected


def test_a_reviewer_is_asked_to_appoint(city):
    assert [line["slug"] for line in act("govshare_people_todo", "reviewer")] == ["officer_missing"]


def test_the_end_of_a_delegation_is_announced(city, frozen):
    with frozen(MARCH):
        appoint()
        act(
            "govshare_officer_delegate",
            "officer",
            organization="jiaotong",
            user="reviewer",
            until="2026-03-16",
        )
        assert [line["slug"] for line in act("govshare_people_todo", "officer")] == ["delegate_expires"]


def test_the_people_of_a_department_are_listed_with_roles_and_marks(city):
    appoint()
    act("govshare_role_grant", "office", organization="jiaotong", user="citizen", role="auditor")
    act("govshare_role_revoke", "office", organization="jiaotong", user="citizen", role="auditor")
    found = act("govshare_person_list", "reviewer", organization="jiaotong", history=True)
    assert {row["user"]: (row["roles"], row["officer"]) for row in found["results"]} == {
        "officer": (["editor"], True),
        "reviewer": (["editor", "reviewer"], False),
    }
    assert [(row["user"], row["role"]) for row in found["former"]] == [("citizen", "auditor")]


def test_every_act_is_in_the_record_of_events(city):
    appoint()
    found = tk.get_action("govshare_audit_list")(
        {"user": "office"}, {"action": "officer_appointed", "object_id": city.traffic}
    )
    assert (found["count"], found["results"][0]["actor"]) == (1, "reviewer")
