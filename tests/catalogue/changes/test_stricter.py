"""Departments that publish themselves, and what only the office may make stricter (V18)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.changes.conftest import CONTENT, call
from tests.conftest import KINDS


@pytest.fixture
def alone(city):
    """The office leaves the review of 市交通运输局 to itself."""
    tk.get_action("organization_patch")({"user": "office"}, {"id": city.traffic, "review": "none"})
    return city


def test_the_sign_off_of_a_department_that_reviews_itself_publishes(alone, submitted):
    after = call("change_approve", "reviewer", id=submitted()["id"])
    assert (after["state"], after["events"][-1]["note"]) == ("approved", "department_publishes")


def test_a_stricter_opening_goes_to_the_office_all_the_same(alone, make_entry):
    entry = make_entry()
    closed = {**KINDS["shared_only"], "resources": []}
    change = call("change_create", "officer", id=entry["id"], data=closed)
    call("change_submit", "officer", id=change["id"])
    assert call("change_approve", "reviewer", id=change["id"])["state"] == "office_review"
    call("change_approve", "office", id=change["id"])
    shown = tk.get_action("package_show")({"user": "officer"}, {"id": entry["id"]})
    assert (shown["open_type"], shown["private"]) == ("3", True)


def test_a_department_that_reviews_itself_does_not_close_an_entry_through_core(alone, make_entry):
    closed = {"id": make_entry()["id"], **KINDS["shared_only"], "resources": []}
    with pytest.raises(tk.ValidationError) as refused:
        tk.get_action("package_patch")({"user": "reviewer"}, closed)
    assert "open_type" in refused.value.error_dict


def test_a_second_entry_of_the_same_title_is_refused_by_name(make_entry):
    make_entry()
    change = call("change_create", "officer", data={**CONTENT, "title": "城区 公交站点信息"})
    with pytest.raises(tk.ValidationError) as refused:
        call("change_submit", "officer", id=change["id"])
    assert "title" in refused.value.error_dict


def test_a_new_entry_of_the_same_title_is_refused_to_the_office_too(make_entry, city):
    make_entry()
    with pytest.raises(tk.ValidationError) as refused:
        tk.get_action("package_create")(
            {"user": "office"}, {**CONTENT, "type": "dataset", "owner_org": city.traffic}
        )
    assert "title" in refused.value.error_dict
