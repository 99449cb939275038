"""Data applications: registered by the office, seen by all once approved, counted with their proof."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import KINDS

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


@pytest.fixture
def register(city, publish):
    """Register an approved web application on one open data set, unless told otherwise."""
    used = publish()

    def make(user: str = "office", **fields):
        data = {
            "type": "application", "title": "公交到站查询", "notes": "查询到站时间。",
            "owner_org": city.bureau,
            "app_form": "web", "url": "https://bus.example.org/", "developer": "演示科技公司",
            "dataset_codes": [used["resource_code"]], "approved": "1", **fields,
        }  # fmt: skip
        return tk.get_action("package_create")({"user": user}, data)

    return make


@pytest.fixture
def goal(make_target):
    target = make_target(measure="applications", at_least=10, title="数据应用 10 个以上")

    def read(user: str = ""):
        return tk.get_action("govshare_publication_progress")({"user": user}, {"target": target["id"]})[0]

    return read


def test_approved_application_counts(register, goal, frozen):
    with frozen(NOW):
        made = register()
        assert made["name"].startswith("app-")
        assert (goal()["counted"], goal()["candidates"]) == (1, 1)
        assert "split" not in goal()


def test_reasons_of_applications(register, goal, mark_link, frozen):
    with frozen(NOW):
        register()
        register(title="重复登记", url="http://www.bus.example.org")
        register(title="待审核", url="https://a.example.org", approved="0")
        register(title="自用", url="https://b.example.org", own_use="1")
        register(title="失效", url="https://c.example.org")
        mark_link("https://c.example.org", "dead")
        account = {"app_form": "official_account", "url": ""}
        register(title="公众号一", **account, app_id="gh1", proof_checked="2026-08-01")
        register(title="公众号二", **account, app_id="gh2", proof_checked="2026-11-01")
        register(title="报告", app_form="report", url="")
        register(title="报告二", app_form="report", url="", doi="10.1234/abc")
        row = goal()
    assert row["counted"] == 3
    assert row["not_counted"] == {
        "dead_link": 1, "duplicate": 1, "not_approved": 1, "own_use": 1, "no_proof": 1, "proof_old": 1,
    }  # fmt: skip
    assert row["candidates"] == 9


def test_application_without_open_data_left_does_not_count(register, goal, set_extra, frozen):
    with frozen(NOW):
        made = register()
        for code in made["dataset_codes"]:
            found = tk.get_action("govshare_entry_show")({"user": "office"}, {"resource_code": code})
            set_extra(found["id"], {"catalogue_state": "withdrawn"}, private=True)
        assert goal()["not_counted"] == {"no_open_dataset": 1}


def test_anonymous_sees_only_approved_ones(register):
    seen, waiting = register(), register(title="待审核", url="https://a.example.org", approved="0")
    tk.get_action("package_show")({"user": ""}, {"id": seen["id"]})
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("package_show", {"user": ""}, {"id": waiting["id"]})
    query = {"fq": "dataset_type:application", "include_private": True}
    assert [a["id"] for a in tk.get_action("package_search")({"user": ""}, query)["results"]] == [seen["id"]]
    assert tk.get_action("package_search")({"user": "office"}, query)["count"] == 2


def test_who_is_not_the_office_cannot_approve(register, goal, frozen):
    with frozen(NOW):
        made = register(user="operator")
        assert made["approved"] == "0"
        assert made["private"]
        assert goal()["not_counted"] == {"not_approved": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""), ("app_form", "game"), ("dataset_codes", []), ("dataset_codes", ["307001004/9999"]),
        ("title", ""), ("proof_checked", "yesterday"),
    ],
)  # fmt: skip
def test_wrong_field_of_an_application_is_named(register, field, value):
    with pytest.raises(tk.ValidationError) as error:
        register(**{field: value})
    assert field in error.value.error_dict


def test_data_that_are_not_open_cannot_be_linked(register, publish):
    closed = publish(**KINDS["shared_only"])
    with pytest.raises(tk.ValidationError) as error:
        register(dataset_codes=[closed["resource_code"]])
    assert list(error.value.error_dict) == ["dataset_codes"]
