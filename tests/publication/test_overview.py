"""Beside the number: fields and departments, quality, periods, measures that are not for the public."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import FILES, KINDS, REGION
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")
READERS = ("", "citizen", "firm", "officer", "neighbour", "office", "county_office", "operator")


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=ZONE)


def call(action: str, user: str = "", **data):
    return tk.get_action(f"govshare_publication_{action}")({"user": user}, data)


def allowed(action: str, user: str, **data) -> bool:
    try:
        call(action, user, **data)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def move(entry: dict, organization_id: str) -> None:
    """An entry becomes another organisation's, whoever wrote it."""
    model.Package.get(entry["id"]).owner_org = organization_id
    model.Session.commit()


@pytest.fixture
def two_departments(publish, frozen, city):
    with frozen(noon("2026-10-01")):
        publish(open_domain="14")
        publish(open_domain="14", owner_org=city.school)
        publish(open_domain="06", owner_org=city.school, rows=500)
        publish(open_domain="06", owner_org=city.school, resources=[{**FILES[0], "format": "PDF"}])
        publish(**KINDS["shared_only"], owner_org=city.school)
    with frozen(noon("2026-11-20")):
        yield city


def test_matrix_has_fields_departments_and_gaps(two_departments, make_target):
    make_target(scope="field", field="14", at_least=1)
    make_target(scope="field", field="13", at_least=3)
    found = call("matrix", "office")
    fields = {line["code"]: line for line in found["fields"]}
    assert {code: (line["counted"], line["at_least"], line["gap"]) for code, line in fields.items()} == {
        "06": (1, None, 0), "13": (0, 3, 3), "14": (2, 1, 0),
    }  # fmt: skip
    assert fields["14"]["cells"] == {two_departments.traffic: 1, two_departments.school: 1}
    assert [(line["title"], line["counted"]) for line in found["departments"]] == [
        ("市教育局", 2),
        ("市交通运输局", 1),
    ]


@pytest.mark.parametrize("user", READERS)
def test_matrix_shows_departments_to_the_office_or_where_they_are_published(
    two_departments, make_target, user
):
    make_target()
    assert bool(call("matrix", user)["departments"]) == (user == "office")
    make_target(due="2026-11-30", at_least=10, publish_departments=True)
    found = call("matrix", user)
    assert len(found["departments"]) == 2
    assert sum(line["counted"] for line in found["fields"]) == 3


@pytest.mark.parametrize("user", READERS)
def test_departments_of_a_target_are_for_the_office_or_published(two_departments, make_target, user):
    target = make_target()["id"]
    assert allowed("departments", user, target=target) == (user == "office")
    shown = make_target(due="2026-11-30", at_least=10, publish_departments=True)["id"]
    assert sum(line["counted"] for line in call("departments", user, target=shown)) == 3


def test_quality_stands_beside_the_number(two_departments):
    found = call("quality", "office")
    assert (found["datasets"], found["counted"], found["machine_readable"], found["rows"]) == (4, 3, 3, 500)
    assert (found["with_items"], found["files"], found["not_open"]) == (4, 3, 1)
    assert call("quality")["not_open"] is None


@pytest.mark.parametrize("user", READERS)
def test_quality_of_one_department_is_its_own_and_the_offices(two_departments, user):
    found = allowed("quality", user, organization="jiaoyu")
    assert found == (user in ("neighbour", "office"))


def test_period_has_stock_new_and_gone_by_department(publish, set_extra, frozen, city):
    with frozen(noon("2026-09-20")):
        publish()
    with frozen(noon("2026-09-25")):
        goes = publish()
    with frozen(noon("2026-10-05")):
        publish()
        publish(owner_org=city.school)
    with frozen(noon("2026-10-20")):
        set_extra(goes["id"], {"catalogue_state": "suspended"}, private=True)
    with frozen(noon("2026-11-03")):
        publish()
        found = call("period", "office", first="2026-09-25", last="2026-10-24")
        assert found[city.traffic]["open_datasets"] == {"total": 2, "new": 1, "gone": 0, "candidates": 3}
        october = call("period", "office", first="2026-10-01", last="2026-10-31")
        assert october[city.traffic]["open_datasets"] == {"total": 2, "new": 1, "gone": 1, "candidates": 3}
        assert october[city.school]["open_datasets"] == {"total": 1, "new": 1, "gone": 0, "candidates": 1}
        assert set(call("period", "officer", first="2026-10-01", last="2026-10-31")) == {city.traffic}


@pytest.mark.parametrize("user", READERS)
def test_periods_are_for_members_of_departments(two_departments, user):
    found = allowed("period", user, first="2026-10-01", last="2026-10-31")
    assert found == (user in ("officer", "neighbour", "office", "county_office"))


def test_share_of_entries_that_are_hooked_up(publish, make_target, frozen):
    with frozen(noon("2026-10-01")):
        for _ in range(7):
            publish()
        for _ in range(3):
            publish(**{**KINDS["shared_on_condition"], "resources": []})
        target = make_target(measure="hook_up", at_least=80)
        row = call("progress", "office", target=target["id"])[0]
        assert (row["unit"], row["counted"], row["candidates"], row["value"]) == ("percent", 7, 10, 70.0)
        assert (row["needed"], row["reached"], row["not_counted"]) == (1, False, {"not_hooked_up": 3})


def test_share_that_is_just_short_is_not_reached(publish, make_target, frozen):
    with frozen(noon("2026-10-01")):
        for _ in range(2):
            publish()
        publish(**{**KINDS["shared_on_condition"], "resources": []})
        row = call("progress", "office", target=make_target(measure="hook_up", at_least=66.7)["id"])[0]
        assert (row["value"], row["reached"], row["needed"]) == (66.6, False, 1)


@pytest.mark.parametrize("user", READERS)
@pytest.mark.parametrize("action", ["progress", "ledger", "history", "difference"])
def test_internal_measure_is_not_there_for_the_public(two_departments, make_target, user, action):
    target = make_target(measure="hook_up", at_least=90)["id"]
    more = {"first": "2026-11-01", "last": "2026-11-19"} if action == "difference" else {}
    assert allowed(action, user, target=target, **more) == (
        user in ("officer", "neighbour", "office", "county_office")
    )
    assert target not in str(call("progress", "citizen"))


def test_interfaces_are_data_sets_that_programs_can_query(publish, make_target, frozen):
    with frozen(noon("2026-10-01")):
        queried = publish()
        publish()
        for resource in model.Session.query(model.Resource).filter_by(package_id=queried["id"]):
            resource.extras = {**resource.extras, "datastore_active": True}
        model.Session.commit()
        row = call("progress", target=make_target(measure="interfaces", at_least=5)["id"])[0]
        assert (row["counted"], row["candidates"], row["not_counted"]) == (1, 2, {"no_interface": 1})
        rows = call("ledger", "office", target=row["target"]["id"], counted=False)["results"]
        assert [line["reasons"] for line in rows] == [["no_interface"]]


def test_rows_are_those_of_counted_data_sets_and_have_a_history(publish, make_target, set_extra, frozen):
    with frozen(noon("2026-10-01")):
        publish(rows=100)
        publish(rows=900, link_state="dead")
        target = make_target(measure="rows", at_least=1000)["id"]
        assert [call("progress", target=target)[0][key] for key in ("value", "needed", "unit")] == [
            100,
            900,
            "rows",
        ]
    with frozen(noon("2026-10-10")):
        second = publish(rows=50)
    with frozen(noon("2026-10-20")):
        set_extra(second["id"], {"catalogue_state": "suspended"}, private=True)
    with frozen(noon("2026-10-25")):
        points = call("history", target=target, first="2026-10-01", last="2026-10-25", step="day")["points"]
        values = {point["day"][-2:]: point["value"] for point in points}
        assert [values[day] for day in ("01", "09", "10", "19", "20", "25")] == [100, 100, 150, 150, 100, 100]


def test_county_lies_in_the_city(publish, make_target, frozen, city):
    with frozen(noon("2026-10-01")):
        publish()
        move(publish(), city.county)
        target = make_target(at_least=5)
        assert call("progress", target=target["id"])[0]["counted"] == 2
        assert target["region"] == REGION


def test_statements_do_not_grow_with_departments(two_departments, make_target, publish, city):
    make_target()
    make_target(scope="field", field="14", at_least=1)

    def cost() -> int:
        with statements() as sent:
            call("progress", "office")
            call("departments", "office", target=call("progress", "office")[0]["target"]["id"])
            call("matrix", "office")
            call("quality", "office")
            call("period", "office", first="2026-10-01", last="2026-10-31")
        return len(sent)

    publish(open_domain="05")
    before = cost()
    move(publish(open_domain="05"), city.county)
    move(publish(open_domain="05"), city.bureau)
    assert cost() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("day", "gestern"), ("day", "2026-02-30"), ("limit", "-1"), ("offset", "x"), ("organization", "nobody")],
)
def test_wrong_parameter_is_named(make_target, field, value):
    with pytest.raises(tk.ValidationError) as error:
        call("ledger", target=make_target()["id"], **{field: value})
    assert list(error.value.error_dict) == [field]


def test_last_day_before_the_first_is_refused(make_target):
    with pytest.raises(tk.ValidationError) as error:
        call("difference", target=make_target()["id"], first="2026-10-02", last="2026-10-01")
    assert list(error.value.error_dict) == ["last"]


@pytest.mark.parametrize("user", ["office", "officer", ""])
def test_people_do_not_touch_the_ledger(user):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("govshare_ledger_touch", {"user": user}, {})
