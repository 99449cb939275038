"""The organisations of the demo city."""

from __future__ import annotations

import pytest
from stdnum.cn import uscc

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.kernel import codes, rules
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.runtime.demo import city

DEPARTMENTS = city.departments()
by_name = pytest.mark.parametrize("department", DEPARTMENTS, ids=lambda row: row["name"])


@by_name
def test_codes_are_those_of_the_unassigned_region(department):
    code = department["uscc"]
    assert codes.uscc_valid(code)
    assert uscc.is_valid(code)
    assert codes.org_code_valid(code[8:17])
    assert code[2:8] == department["region"]
    assert department["region"].startswith("9901")


@by_name
def test_rules_on_organisations_refuse_nothing(department):
    findings = rules.check_organization(department, provides_data=True)
    assert [found for found in findings if found.severity is Severity.REFUSE] == []


def test_names_and_codes_are_unique():
    for field in ("name", "title", "uscc"):
        values = [department[field] for department in DEPARTMENTS]
        assert len(values) == len(set(values))


def test_a_superior_body_comes_first():
    seen = {""}
    for department in DEPARTMENTS:
        assert department["parent"] in seen
        seen.add(department["name"])


def test_every_region_has_one_office():
    offices = [row["region"] for row in DEPARTMENTS if row["org_type"] == "office"]
    assert sorted(offices) == [city.city()["region"], *sorted(city.city()["counties"])]


def test_enterprises_are_no_government():
    marks = {row["name"]: row["government"] for row in DEPARTMENTS if row["org_type"] == "public_enterprise"}
    assert set(marks.values()) == {"0"}


def test_accounts_belong_to_departments():
    names = {department["name"] for department in DEPARTMENTS}
    for account in city.city()["accounts"]:
        assert account["organization"] in names
        assert account["role"] in ("editor", "admin")
