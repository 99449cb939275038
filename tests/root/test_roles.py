"""Roles: the office by region, departments, dated grants."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare import roles
from tests.conftest import COUNTY, REGION
from tests.sql import statements


@pytest.mark.parametrize(
    ("user", "region", "expected"),
    [
        ("office", REGION, True),
        ("office", COUNTY, False),
        ("county_office", COUNTY, True),
        ("county_office", REGION, False),
        ("officer", REGION, False),
        ("operator", REGION, False),
        ("", REGION, False),
    ],
)
def test_the_office_acts_in_its_region(city, user, region, expected):
    assert roles.is_office(user, region) is expected


def test_a_role_can_be_granted_and_ended(city):
    subject = {"user": "citizen", "organization": city.traffic, "role": "auditor"}
    tk.get_action("govshare_role_grant")({"user": "office"}, dict(subject))
    held = roles.has_role("citizen", "auditor", city.traffic)
    tk.get_action("govshare_role_revoke")({"user": "office"}, dict(subject))
    assert (held, roles.has_role("citizen", "auditor", city.traffic)) == (True, False)


# Who gives which role in 市交通运输局: the office of the region every one, its reviewer those of the department.
MAY_GRANT = {
    "office": {"editor", "reviewer", "auditor"},
    "reviewer": {"editor", "reviewer"},
    **{user: set() for user in ("", "citizen", "officer", "neighbour", "firm", "county_office")},
}


@pytest.mark.parametrize("action", ["govshare_role_grant", "govshare_role_revoke"])
@pytest.mark.parametrize("role", ["editor", "reviewer", "auditor"])
@pytest.mark.parametrize("user", MAY_GRANT)
def test_a_role_is_given_by_the_office_of_the_region_or_the_own_reviewer(city, user, role, action):
    subject = {"user": "citizen", "organization": city.traffic, "role": role}
    may = True
    try:
        tk.check_access(action, {"user": user}, subject)
    except tk.NotAuthorized:
        may = False
    assert may is (role in MAY_GRANT[user])


def test_nobody_gives_themselves_a_role(city):
    subject = {"user": "office", "organization": city.traffic, "role": "reviewer"}
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("govshare_role_grant")({"user": "office"}, dict(subject))
    assert not roles.has_role("office", "reviewer", city.traffic)


def test_a_role_that_follows_from_membership_ends_with_it(city):
    subject = {"organization": city.traffic, "role": "editor"}
    ended = tk.get_action("govshare_role_revoke")({"user": "reviewer"}, {"user": "officer", **subject})
    assert ended == {"ended": 1}
    assert not roles.has_role("officer", "editor", city.traffic)


def test_the_other_role_of_a_membership_stays(city):
    tk.get_action("govshare_role_revoke")(
        {"user": "office"}, {"user": "reviewer", "organization": city.traffic, "role": "editor"}
    )
    held = {role for role in ("editor", "reviewer") if roles.has_role("reviewer", role, city.traffic)}
    assert held == {"reviewer"}


def test_the_office_role_of_a_member_is_ended_with_the_editor_role(city):
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("govshare_role_revoke")(
            {"ignore_auth": True, "user": "operator"},
            {"user": "office", "organization": city.bureau, "role": "office"},
        )
    assert "role" in refusal.value.error_dict


def test_a_closed_account_receives_no_role(city):
    tk.get_action("user_delete")({"ignore_auth": True}, {"id": "citizen"})
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("govshare_role_grant")(
            {"user": "office"}, {"user": "citizen", "organization": city.traffic, "role": "editor"}
        )
    assert "user" in refusal.value.error_dict


def test_the_office_sees_the_roles_of_its_region_alone(city):
    seen = tk.get_action("govshare_role_list")({"user": "county_office"}, {"user": "officer"})
    own = tk.get_action("govshare_role_list")({"user": "officer"}, {})
    assert (seen, [row["organization"] for row in own]) == ([], ["jiaotong"])


@pytest.mark.parametrize("subject", [{"user": "nobody"}, {"organization": "nowhere"}, {"role": "king"}])
def test_a_wrong_subject_is_named(city, subject):
    data = {"user": "citizen", "organization": city.traffic, "role": "editor", **subject}
    with pytest.raises(tk.ValidationError) as refusal:
        tk.get_action("govshare_role_grant")({"ignore_auth": True, "user": "office"}, data)
    assert set(refusal.value.error_dict) == set(subject)


def test_init_makes_the_office_once(site):
    from ckan.tests import factories

    factories.Sysadmin(name="root")
    first = tk.get_action("govshare_init")({"user": "root"}, {})
    again = tk.get_action("govshare_init")({"user": "root"}, {})
    assert (first["created"], again["created"]) == (True, False)
    assert roles.is_office("root", REGION)


def test_a_page_looks_its_provider_up_once_and_forgets_it(app, make_entry):
    entry = make_entry()
    path = f"/dataset/{entry['name']}"
    app.get(path)
    with statements() as sent:
        answer = app.get(path, headers={"Cookie": "a=b"})  # a page that is drawn anew
    looked_up = [said for said in sent if 'FROM "group"' in said and 'WHERE "group".id = ' in said]
    assert (answer.status_code, len(looked_up)) == (200, 1)
    assert roles._remembered.get() is None


def test_what_a_page_looked_up_is_not_what_the_next_one_sees(app, city):
    path = f"/organization/{roles.organization(city.traffic).name}"
    assert app.get(path, headers={"Cookie": "a=b"}).status_code == 200
    change = {"id": city.traffic, "state": "deleted"}
    tk.get_action("organization_patch")({"ignore_auth": True, "user": "operator"}, change)
    assert roles.organization(city.traffic) is None
    assert app.get(path, headers={"Cookie": "a=b"}).status_code == 404
