"""Information systems go through the same drafts and reviews as entries, and are never public."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.changes.conftest import call

SYSTEM = {
    "title": "公交智能调度系统",
    "owner_unit": "科技信息科",
    "owner_level": "2",
    "notes": "线路排班、车辆定位、客流统计。",
    "system_class": "01",
    "use_scope": "2",
    "users_month": "120",
    "logins_month": "3600",
    "approving_body": "市发展和改革委员会",
    "approved_on": "2023-05-12",
    "build_mode": "1",
    "fund_build": "1",
    "fund_run": "1",
    "build_state": "2",
    "network": "2",
    "cloud_state": "1",
    "protection_grade": "2",
    "protection_on": "2025-09-01",
    "contact_name": "科技信息科",
    "contact_phone": "0000-8001015",
}


@pytest.fixture
def published(city):
    """A system of 市交通运输局 that went all the way."""
    change = call("change_create", "officer", package_type="information-system", data=SYSTEM)
    call("change_submit", "officer", id=change["id"])
    call("change_approve", "reviewer", id=change["id"])
    return call("change_approve", "office", id=change["id"])


def test_a_system_gets_a_code_of_its_region(published):
    shown = tk.get_action("package_show")({"user": "officer"}, {"id": published["package_id"]})
    assert (shown["system_code"], shown["name"]) == ("xt990100/0001", "xt990100-0001")


@pytest.mark.parametrize("field", sorted(set(SYSTEM) - {"title"}))
def test_every_field_of_a_system_must_be_filled_in(city, field):
    change = call("change_create", "officer", package_type="information-system", data={**SYSTEM, field: ""})
    assert field in {item["field"] for item in change["findings"] if item["severity"] == "refuse"}


@pytest.mark.parametrize(
    ("person", "sees"),
    [("", 0), ("citizen", 0), ("firm", 0), ("county_office", 0), ("neighbour", 1), ("officer", 1), ("office", 1)],
)
def test_a_system_is_seen_by_departments_of_the_region_alone(published, person, sees):
    query = {"fq": "dataset_type:information-system", "include_private": True}
    found = tk.get_action("package_search")({"user": person}, query)
    assert found["count"] == sees


def test_a_search_of_entries_finds_no_system(published):
    assert tk.get_action("package_search")({"user": "office"}, {"include_private": True})["count"] == 0


def test_papers_of_a_system_are_for_its_department_and_the_office(published, city):
    package = tk.get_action("package_show")({"user": "office"}, {"id": published["package_id"]})
    tk.get_action("package_update")(
        {"user": "office"},
        {**package, "resources": [{"name": "等保测评报告", "url": "http://files.example/report.pdf"}]},
    )
    seen = {}
    for person in ("officer", "neighbour"):
        shown = tk.get_action("package_show")({"user": person}, {"id": published["package_id"]})
        seen[person] = ["url" in resource for resource in shown["resources"]]
    assert seen == {"officer": [True], "neighbour": [False]}
