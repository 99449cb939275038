"""Roles: the office by region, departments, dated grants."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare import roles
from tests.conftest import COUNTY, REGION


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


@pytest.mark.parametrize("user", ["officer", "reviewer", "county_office", "citizen"])
def test_only_the_office_of_the_region_grants(city, user):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access(
            "govshare_role_grant",
            {"user": user},
            {"user": "citizen", "organization": city.traffic, "role": "editor"},
        )


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
